"""The built-in reference printer.  Make a ``ReferencePrinter`` with a ``Policy``."""

from __future__ import annotations

from .notice import Notice
from .policy import OBEDIENT, Policy
from .server import ReferencePrinter

__all__ = ["OBEDIENT", "Notice", "Policy", "ReferencePrinter"]
