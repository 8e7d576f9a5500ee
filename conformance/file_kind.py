"""What a path leads to, before it is opened: a pipe may block whoever opens it, a device may act on it or never end."""

from __future__ import annotations

import stat
from typing import Final

_KINDS: Final = {stat.S_IFREG: "", stat.S_IFDIR: "a directory", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def unlike_a_file(mode: int) -> str:
    """What it is by its mode, in two words; nothing for a regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "a device")
