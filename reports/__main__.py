"""``python -m reports`` is ``ippmailto``."""

from .cli import main

raise SystemExit(main())
