"""A number with what it counts, for whoever reads a report."""

from __future__ import annotations


def counted(number: int, what: str, many: str = "") -> str:
    """``1 mail``, ``2 mails``; ``many`` where that is not ``what`` with an s."""
    return f"{number} {what if number == 1 else many or f'{what}s'}"
