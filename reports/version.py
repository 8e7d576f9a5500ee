"""Which ippmailto this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache  # every report names it, and looking it up reads the metadata anew
def tool_version() -> str:
    """The version of the installed distribution; ``unknown`` in a bare checkout."""
    try:
        return version("ippmailto")
    except PackageNotFoundError:
        return "unknown"
