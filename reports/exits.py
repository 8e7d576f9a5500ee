"""The exit codes that scripts rely on."""

from __future__ import annotations

import errno
import os
from enum import IntEnum
from tempfile import gettempdir
from typing import Final


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


_ROOM: Final = "make room on the disk, or name another directory in TMPDIR"
_LACKS: Final = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "end other programs, or raise the system's limit on open files",
    errno.EROFS: "name a directory that can be written, in TMPDIR too",
    errno.EIO: "look at the disk",
}


def lack(error: OSError) -> str:
    """What the machine lacks and what to do about it, in a line; empty for any other error, which may be a bug."""
    try:
        gettempdir()
    except OSError:
        return "there is no directory for temporary files; name one that can be written in TMPDIR"
    todo = _LACKS.get(error.errno or 0)
    return f"{os.strerror(error.errno or 0)}: {todo}" if todo else ""


class UsageError(Exception):
    """Wrong usage or configuration: the text says what to do."""
