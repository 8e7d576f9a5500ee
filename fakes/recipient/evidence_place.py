"""Whether an evidence file is still the one that was opened, and nothing was cut off it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.record.evidence import PAGE_SIZE

LOG_HEAD: Final = 32  # octets that a log begins with, new ones each time that it is begun anew
FRAME: Final = PAGE_SIZE + 24  # octets that a log grows by: a page of the file, and what the log says of it


class EvidencePlace:
    """Looks after the file and the log beside it, between transactions and after each.

    What was committed stands in the write-ahead log until SQLite moves it, so that file counts as much as the main one.
    Neither becomes shorter as long as it is open.
    """

    def __init__(self, path: Path) -> None:
        path = path.absolute()  # wherever the process goes
        log = path.with_name(f"{path.name}-wal")
        self._known = {place: state for place in (path, log) if (state := _state(place)) is not None}
        self._log = _LogEnd(log) if log in self._known else None

    def trouble(self) -> str | None:
        """What happened to it, if anything did."""
        for path, known in self._known.items():
            state = _state(path)
            if state is not None and state.inode == known.inode and state.size >= known.size:
                self._known[path] = state
                continue
            what = "removed or renamed" if state is None else "cut short" if state.inode == known.inode else "replaced"
            return f"{path} was {what} while it was written to"
        return None

    def trouble_since(self) -> str | None:
        """The same after a transaction; it may have made the log as long again as it was before it was cut."""
        trouble = self.trouble()
        if trouble is None and self._log is not None and not self._log.intact(self._known[self._log.path].size):
            trouble = f"{self._log.path} was cut short while it was written to"
        return trouble

    def leave(self) -> None:
        """Look after it no more."""
        if self._log is not None:
            self._log.close()


class _LogEnd:
    """What the last transaction left at the end of the log: the next one is written behind it, and changes none of it.

    That holds while the log grows.  SQLite begins it anew, with another head, when all in it has been moved; it then
    writes over what is there, until it is as long as it was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._size, self._grew = os.fstat(self._number).st_size, True
        self._head, self._end = self._read(LOG_HEAD), self._read(self._size)

    def intact(self, size: int) -> bool:
        """Whether it is still there; from now on that counts which ends at ``size``."""
        head = self._read(LOG_HEAD)
        begun_anew = head != self._head and any(head)
        intact = begun_anew or not self._grew or self._read(self._size) == self._end
        self._head, self._end = head, self._read(size)
        self._grew, self._size = size > self._size, size
        return intact

    def _read(self, end: int) -> bytes:
        """The last octets before that place."""
        start = max(0, end - FRAME)
        return os.pread(self._number, end - start, start)

    def close(self) -> None:
        """Look no more."""
        os.close(self._number)


@dataclass(frozen=True, slots=True)
class _State:
    """Which file stands at a place, and how many octets it has."""

    inode: tuple[int, int]
    size: int


def _state(path: Path) -> _State | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return _State((status.st_dev, status.st_ino), status.st_size)
