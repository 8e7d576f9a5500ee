"""The reference printer as a client under test meets it: every connection on record.

``printer`` is the printer that watches, ``connection`` one connection of it, ``masking`` what is kept of credentials,
``ways`` the printers that are played for a client, and the plays they are in the evidence.
"""

from __future__ import annotations

from .connection import Weight
from .printer import WatchedPrinter
from .ways import PlayedWay, Visitor, WaySetting

__all__ = ["PlayedWay", "Visitor", "WatchedPrinter", "WaySetting", "Weight"]
