"""One writer for an evidence file: a lock on a small file beside it, held as long as the file is written to.

The lock is the system's (flock), so that it ends with the process that holds it, however that ends.  It is not on the
evidence itself: some systems do not keep it apart from the locks that SQLite has there.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conformance.record.rows import EvidenceError


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held; ``number`` is the descriptor it hangs on."""

    path: Path
    number: int

    def release(self) -> None:
        """Take the lock file away, and give the lock up."""
        with suppress(OSError):  # it is gone already, or its directory: the lock is given up all the same
            if _same(self.number, self.path):
                self.path.unlink()
        os.close(self.number)


def hold(evidence: Path) -> Lock:
    """The lock of an evidence file; raises ``EvidenceError`` if another has it."""
    path = evidence.with_name(f"{evidence.name}-lock")
    while True:
        number = _opened(path)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(number, path):  # else the one who held it has just taken the file away
                return Lock(path, number)
        except BlockingIOError:
            os.close(number)
            what = f"another run or recipient is writing to {evidence}"
            raise EvidenceError(what, "wait until it has ended, or name another file") from None
        except OSError as error:
            os.close(number)
            raise EvidenceError(f"cannot lock {path}: {error.strerror}", "name a file on another disk") from error
        os.close(number)


def _opened(path: Path) -> int:
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise EvidenceError(f"cannot create {path}: {error.strerror}", "name a directory you can write") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise EvidenceError(f"{path} is there, and is no lock", "move it away")
    return number


def _same(number: int, path: Path) -> bool:
    """Whether the descriptor is still that of the file at the path."""
    try:
        return os.path.samestat(os.fstat(number), path.lstat())
    except FileNotFoundError:
        return False
