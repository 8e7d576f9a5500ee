"""How fast it is, beside what it is measured against: ``python -m reports.benchmark``.

Each part prints ratios of things measured in the same run, in turns, so that a busy machine disturbs both sides alike.
Nothing here passes or fails by a clock; targets are stated with the figures, and whether they were met.
"""
