"""The suite on trial: every liar has to be caught, no conforming printer blamed, each run judged like the last.

``trial`` plays and judges one printer in this process; ``kill_matrix``, ``conforming_variants``, ``steadiness`` and
``worked_example`` are programs (``python -m reports.selftest.kill_matrix``).
"""

from __future__ import annotations

from .trial import Broken, Trial, try_printer

__all__ = ["Broken", "Trial", "try_printer"]
