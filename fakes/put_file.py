"""Files put in a directory where anybody may have laid links: whole or not at all, and through no link."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp


def put(path: Path, octets: bytes, mode: int = 0o600) -> None:
    """Put a file in the place of whatever stands there; raises ``OSError``, and then leaves that."""
    number, draft = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(octets)
            os.fchmod(number, mode)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
