"""Implementation conformance statements: what a printer is said to have, held beside what it says and what it does.

``Statement`` is one, as a file has it; ``compared`` holds it to a run.  Nothing here decides a verdict.
"""

from __future__ import annotations

from .comparison import Declarations, Item, Mismatch, MismatchKind, compared
from .statement import Statement, StatementError

__all__ = ["Declarations", "Item", "Mismatch", "MismatchKind", "Statement", "StatementError", "compared"]
