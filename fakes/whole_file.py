"""A file that somebody names, read whole: it may be a device that never ends, or a pipe into which nobody writes."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path
from typing import Final

from conformance.file_kind import unlike_a_file

MOST: Final = 64 << 20  # octets; what is printed is the largest of what is named
PATIENCE: Final = 10.0  # seconds for all of it; a file has it at once, and a shell's <(command) soon
_PART: Final = 1 << 20
_OF_THE_SHELL: Final = ("dev", "proc")  # /dev/stdin, /dev/fd/63, /proc/self/fd/63


def see_that_it_is_a_file(path: Path, *, of_shell: bool = True) -> None:
    """Raise ``OSError`` for what is none, untouched: who opens a pipe may wait for ever, and a device may act.

    A pipe that a shell has made (``<(command)``) is taken (``of_shell``): somebody writes into it.
    """
    if "\0" in str(path):  # a TOML file can name one
        raise OSError(errno.EINVAL, "there is a NUL in the name")
    _refuse(path, path.stat().st_mode, of_shell=of_shell)


def whole_file(path: Path, most: int = MOST) -> bytes:
    """Its octets; raises ``OSError``, also where it is no file, where there are more, and where they do not come."""
    see_that_it_is_a_file(path)
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(number, "rb", buffering=0) as file:
        _refuse(path, os.fstat(number).st_mode)  # another may stand there by now
        ready, octets, until = select.poll(), bytearray(), time.monotonic() + PATIENCE
        ready.register(number, select.POLLIN)
        while len(octets) <= most:
            if not ready.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError(errno.ETIMEDOUT, f"nothing comes out of it within {PATIENCE:g} seconds")
            if (part := file.read(_PART)) == b"":
                return bytes(octets)
            octets += part or b""  # none at all where another reader was faster
    raise OSError(errno.EFBIG, f"it has more than {most:,} octets")


def _refuse(path: Path, mode: int, *, of_shell: bool = True) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if of_shell and stat.S_ISFIFO(mode) and path.is_absolute() and path.parts[1] in _OF_THE_SHELL:
        return
    if what := unlike_a_file(mode):
        raise OSError(errno.EINVAL, f"it is {what}, no file")
