"""How a run is asked for and told.

``cli`` and ``pytest_plugin`` are the two ways in; ``commands`` is what stands behind each command, ``judging`` runs the
cases, ``formats`` renders what came out, ``selftest`` puts the suite itself on trial, ``benchmark`` measures it.
"""
