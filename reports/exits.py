"""The exit codes that scripts rely on."""

from __future__ import annotations

import os
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, in rising order of what has to be looked at first when several files are judged."""

    CONFORMS = 0
    INCONCLUSIVE = 3
    NOT_JUDGED = 5
    DOES_NOT_CONFORM = 1
    USAGE = 2
    OWN_FAULT = 4


def in_words(error: OSError) -> str:
    """What the system said, without its number; asyncio writes a text of its own around it."""
    said = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror or str(error)
    return f"{said}: {error.filename}" if error.filename else said


class UsageError(Exception):
    """Wrong usage or configuration: the text says what to do."""
