"""Which ippmailto this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def tool_version() -> str:
    """The version of the installed distribution; ``unknown`` in a bare checkout."""
    try:
        return version("ippmailto")
    except PackageNotFoundError:
        return "unknown"
