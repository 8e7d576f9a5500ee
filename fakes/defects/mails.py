"""Lies about the mail itself: Table 1, the formats, the sequence, the lease, the user data, the relay."""

from __future__ import annotations

from typing import Final

from .row import Defect

DEFECTS: Final[tuple[Defect, ...]] = ()
