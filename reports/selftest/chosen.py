"""Which rows of a table of printers are to be tried: those with a name, or a part that is the same each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar


class Named(Protocol):
    """A row of such a table."""

    @property
    def id(self) -> str:
        """Its name."""


R = TypeVar("R", bound=Named)


def chosen(rows: Sequence[R], patterns: Sequence[str], sample: int | None) -> list[R]:
    """The rows that a pattern names, or all; of them so many, in the order of the table."""
    found = [row for row in rows if not patterns or any(fnmatchcase(row.id, pattern) for pattern in patterns)]
    if sample is None or sample >= len(found):
        return found
    drawn = set(random.Random(0).sample(range(len(found)), sample))
    return [row for i, row in enumerate(found) if i in drawn]
