"""``python -m reports.web``: the process that serves the live page; ``ippmailto run --web`` starts it."""

from __future__ import annotations

from .serving import main

if __name__ == "__main__":
    main()
