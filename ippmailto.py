"""``python -m ippmailto`` is the command ``ippmailto``."""

from __future__ import annotations

from reports.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
