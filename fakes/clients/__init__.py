"""Clients of a few lines that connect to a printer of ours: obedient ones, and liars, each with one lie.

They prove the cases that judge clients, as ``fakes.defects`` proves those that judge printers.
"""

from __future__ import annotations

from .rows import LYING_CLIENTS, OBEDIENT_CLIENTS, ClientRow
from .scripted import ClientPolicy, PrinterPlace, visit

__all__ = ["LYING_CLIENTS", "OBEDIENT_CLIENTS", "ClientPolicy", "ClientRow", "PrinterPlace", "visit"]
