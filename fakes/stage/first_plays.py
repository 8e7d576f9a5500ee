"""The plays that come before all others, by name."""

from __future__ import annotations

from typing import Final

UNPRINTED: Final = "job/ended-unprinted"
SUBSCRIBING: Final = ("printer/user-data", "printer/user-data-as-uri")
ISOLATION: Final = "job/isolation"
FIRST_PLAYS: Final = (*SUBSCRIBING, UNPRINTED, ISOLATION)
"""They show how to play the others."""
