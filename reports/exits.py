"""The exit codes that scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, in rising order of what has to be looked at first when several files are judged."""

    CONFORMS = 0
    INCONCLUSIVE = 3
    NOT_JUDGED = 5
    DOES_NOT_CONFORM = 1
    USAGE = 2
    OWN_FAULT = 4


class UsageError(Exception):
    """Wrong usage or configuration: the text says what to do."""
