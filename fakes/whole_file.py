"""A file that somebody names, read whole: it may be a device that never ends, or a pipe into which nobody writes."""

from __future__ import annotations

import errno
import os
import select
import time
from pathlib import Path
from typing import Final

MOST: Final = 64 << 20  # octets; what is printed is the largest of what is named
PATIENCE: Final = 10.0  # seconds for all of it; a file has it at once, and a shell's <(command) soon
_PART: Final = 1 << 20


def whole_file(path: Path, most: int = MOST) -> bytes:
    """Its octets; raises ``OSError``, also where there are more, and where they do not come."""
    if "\0" in str(path):  # a TOML file can name one
        raise OSError(errno.EINVAL, "there is a NUL in the name")
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(number, "rb", buffering=0) as file:
        ready, octets, until = select.poll(), bytearray(), time.monotonic() + PATIENCE
        ready.register(number, select.POLLIN)
        while len(octets) <= most:
            if not ready.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError(errno.ETIMEDOUT, f"nothing comes out of it within {PATIENCE:g} seconds")
            if (part := file.read(_PART)) == b"":
                return bytes(octets)
            octets += part or b""  # none at all where another reader was faster
    raise OSError(errno.EFBIG, f"it has more than {most:,} octets")
