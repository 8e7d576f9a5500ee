"""Patterns of ids: how one names several of them, on the command line and in files."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern means a name: ``*`` and ``?`` as in a shell, letters in either case.

    A bracket means itself, since the ids of cases have them.
    """
    return fnmatchcase(name.casefold(), pattern.casefold().replace("[", "[[]"))
