"""Opening an evidence file that anybody may have made.

SQLite acts on what lies beside a database and on what its schema says: it plays a journal back, deletes the files that
a journal names, computes columns, runs triggers.  So a file is looked at first; what is judged is opened as one that
never changes, or, with what a killed run left beside it, as a private copy; and nothing is read from it before its
schema has been found to be one of ours, letter for letter.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.file_kind import unlike_a_file
from conformance.verdict import printable

from .locking import Lock, hold
from .row_checks import TAKE_AGAIN, check_rows
from .rows import EvidenceError
from .schema import (
    APPLICATION_ID,
    EARLIER_INDEX,
    LISTING,
    MOST_ENTRIES,
    READABLE,
    ROWS,
    SCHEMA,
    Entry,
    known_schemas,
    rows_of,
    table,
)

HEAD: Final = 100  # octets of an SQLite database before its first table
MAGIC: Final = b"SQLite format 3\0"
LOGGED: Final = 2  # octet 18 of a database whose changes go to a log; one closed in order has 1
LOG_MAGIC: Final = b"\x37\x7f\x06"  # what a log begins with
LOG_HEAD: Final = 32  # octets that a log begins with, new ones each time that it is begun anew
LONGEST_NAME: Final = 60  # characters shown of a name that is not ours
COPIES: Final = 20  # attempts to copy a file that is being written; each takes longer than a checkpoint
LARGEST_LIMIT: Final = 2**31 - 1  # SQLite takes no larger one
LOCKED_SECONDS: Final = 5  # that another program may hold a file while we wait for it
_HELD: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
SMALLEST_LIMIT: Final = 100_000  # octets of a value, in however small a file; it bounds our own SQL, too


@dataclass(slots=True)
class Opened:
    """A database that may be read: its schema, the directory of the private copy and the lock, if there are such, and
    what of the recording is known to be missing.
    """

    db: sqlite3.Connection
    version: int = SCHEMA
    copy: TemporaryDirectory[str] | None = None
    lock: Lock | None = None
    lacks: str = ""


def refused(what: str, error: sqlite3.Error, hint: str, path: Path) -> EvidenceError:
    """What SQLite says of a file; one that somebody else holds for as long as it waits is not a bad one."""
    if (getattr(error, "sqlite_errorname", None) or "").startswith(_HELD):
        return EvidenceError(f"another program holds {path} locked", "end it, then try again")
    return EvidenceError(f"{what}: {error}", hint)


def beside(path: Path, suffix: str) -> Path:
    """The file that SQLite has beside a database under that suffix."""
    return path.with_name(path.name + suffix)


def to_read(path: Path) -> Opened:
    """A file to be judged; raises ``EvidenceError`` with one line if it cannot be, or is none of ours."""
    head = _looked_at(path)
    log = beside(path, "-wal")
    opened = _copied(path, log) if os.path.lexists(log) else Opened(connect(path, "mode=ro&immutable=1"))
    if _written_to(head) and not (os.path.lexists(log) and log.stat().st_size):
        opened.lacks = f"{path} was not closed in order, and {log.name}, which holds what came last, is not beside it"
    try:
        _examine(opened, path)
    except EvidenceError as error:
        close(opened)
        if opened.lacks:
            what = f"{opened.lacks}; {error.message}"
            raise EvidenceError(what, "copy both from where they were recorded") from error
        raise
    return opened


def to_follow(path: Path) -> Opened:
    """A file that another process of ours has just made and is writing to; raises ``EvidenceError``.

    Only SQLite opens it: whoever else did and closed it again would take from SQLite the locks it has there.
    """
    opened = Opened(connect(path, "mode=ro"))
    try:
        listed = frozenset(opened.db.execute(LISTING).fetchmany(MOST_ENTRIES))
    except sqlite3.Error as error:
        close(opened)
        raise refused(f"cannot follow {path}", error, "it may have been closed meanwhile; open it", path) from error
    if listed not in known_schemas(SCHEMA):
        close(opened)
        raise EvidenceError(f"{path} is not made as this program makes evidence", TAKE_AGAIN)
    return opened


def to_append(path: Path) -> Opened:
    """A file that is to be continued, with all that a killed run left beside it; raises ``EvidenceError``."""
    _looked_at(path)
    _refuse_other_names(path)
    opened = _locked(path)
    try:
        _examine(opened, path)
        opened.db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_LIMIT)  # its growth is ours
        opened.db.executescript(
            "PRAGMA journal_mode=MEMORY; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_spill=OFF;"
        )
        if opened.version < SCHEMA:
            added = " ".join(table(kind) for kind in ROWS if kind not in rows_of(opened.version))
            opened.db.executescript(
                f"BEGIN; DROP INDEX IF EXISTS {EARLIER_INDEX}; {added} PRAGMA user_version={SCHEMA}; COMMIT;"
            )
            opened.version = SCHEMA
    except EvidenceError:
        close(opened)
        raise
    except sqlite3.Error as error:
        close(opened)
        raise refused(f"cannot write {path}", error, "make it and its directory writable", path) from error
    return opened


def to_fill(path: Path, sql: str) -> Opened:
    """A new, private (0600) file, as that SQL makes it; raises ``EvidenceError``, and then leaves none."""
    if os.path.lexists(path):
        raise EvidenceError(f"{path} exists", "evidence is never overwritten; name another file")
    refuse_beside(path, new=True)
    opened = _locked(path, new=True)
    try:
        opened.db.executescript(sql)
    except sqlite3.Error as error:
        close(opened)
        for file in (path, beside(path, "-wal")):
            file.unlink(missing_ok=True)
        raise refused(f"cannot write {path}", error, "look at the disk and its quota", path) from error
    return opened


def _locked(path: Path, *, new: bool = False) -> Opened:
    """A file to be written to by us alone; raises ``EvidenceError`` when somebody else does."""
    lock = hold(path)
    try:
        if new:
            path.touch(mode=0o600, exist_ok=False)
        return Opened(connect(path, "mode=rw"), lock=lock)
    except OSError as error:
        lock.release()
        raise EvidenceError(f"cannot create {path}: {error.strerror}", "name a directory you can write") from error
    except EvidenceError:
        lock.release()
        raise


def close(opened: Opened) -> None:
    """Let go of it, of the copy and of the lock."""
    opened.db.close()
    if opened.copy is not None:
        opened.copy.cleanup()
    if opened.lock is not None:
        opened.lock.release()


# ---------------------------------------------------------------- before SQLite sees it


def _looked_at(path: Path) -> bytes:
    """The head of a file; raises ``EvidenceError`` if it is none, or has beside it what SQLite ought not to find."""
    with _regular(path, "name the .evidence file of a run") as file:
        try:
            head = file.read(HEAD)
        except OSError as error:  # the kernel's own files look like any
            raise EvidenceError(f"cannot read {path}: {error.strerror}", "name the .evidence file of a run") from error
    if len(head) < HEAD or not head.startswith(MAGIC):
        raise EvidenceError(f"{path} is not an evidence file", "it does not begin like an SQLite database")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise EvidenceError(f"{path} is not an evidence file", "it is an SQLite database of another application")
    version = int.from_bytes(head[60:64], "big")
    if version not in READABLE:
        raise EvidenceError(
            f"{path} has evidence schema {version}, this program reads up to {SCHEMA}", "use the version that wrote it"
        )
    refuse_beside(path)
    log = beside(path, "-wal")
    if log.exists() and log.stat().st_size:
        if not _written_to(head):
            raise EvidenceError(f"{log} is there, but {path} was closed without one", "move it away")
        with _regular(log, TAKE_AGAIN) as file:
            if file.read(len(LOG_MAGIC)) != LOG_MAGIC:
                raise EvidenceError(f"{log} is no log of SQLite's", TAKE_AGAIN)
    return head


def _written_to(head: bytes) -> bool:
    """Whether a file was being written to when it was last left: what came last is then in its log."""
    return head[18] == LOGGED


def refuse_beside(path: Path, *, new: bool = False) -> None:
    """Raise ``EvidenceError`` for what lies beside a file and is none of ours: SQLite would do as it says."""
    refused = ("-journal", "-wal", "-shm") if new else ("-journal",)
    for other in (beside(path, suffix) for suffix in refused):
        if os.path.lexists(other):
            why = "and belongs to no file" if new else "which this program never leaves"
            raise EvidenceError(f"{other} is there, {why}", "move it away, or name another file")
    for other in (beside(path, suffix) for suffix in ("-wal", "-shm")):
        if os.path.lexists(other):
            _regular(other, "take the file again, with what belongs beside it").close()


def _refuse_other_names(path: Path) -> None:
    """Raise ``EvidenceError`` for a file that stands elsewhere as well, or one beside it that does.

    Whoever writes to it there has another lock and another log; and what is beside it may be anybody's.
    """
    for each in (path, beside(path, "-wal"), beside(path, "-shm")):
        if os.path.lexists(each) and each.lstat().st_nlink > 1:
            raise EvidenceError(f"{each} has another name, too (a hard link)", "copy it, and go on with the copy")


def _regular(path: Path, hint: str) -> BufferedReader:
    """The file opened to read, if it is one: links are not followed, pipes not waited for, devices not touched."""
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise EvidenceError(f"{path} is a symbolic link", "name the file itself")
        if not stat.S_ISREG(kind):
            raise EvidenceError(f"{path} is no file but {unlike_a_file(kind)}", hint)
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except FileNotFoundError:
        raise EvidenceError(f"{path} is no file", hint) from None
    except OSError as error:
        raise EvidenceError(f"cannot open {path}: {error.strerror}", "name a file that you may read") from error


# ---------------------------------------------------------------- the private copy


def _copied(path: Path, log: Path) -> Opened:
    """A copy of the file and of the log beside it, which SQLite may then work up."""
    try:
        copy = TemporaryDirectory(prefix="ippmailto-")
    except OSError as error:
        raise EvidenceError(
            f"cannot copy {path} with the log beside it: {error.strerror}", "name another directory in TMPDIR"
        ) from error
    try:
        there = Path(copy.name) / "evidence"
        needed, free = path.stat().st_size + log.stat().st_size, shutil.disk_usage(copy.name).free
        if needed > free:
            raise EvidenceError(
                f"{path} has a log beside it and is judged from a copy; {copy.name} has no room for {needed:,} octets",
                "make room, or name another directory in TMPDIR",
            )
        for _ in range(COPIES):
            before = _state(path, log)
            for source, target in ((path, there), (log, beside(there, "-wal"))):
                with _regular(source, TAKE_AGAIN) as octets, target.open("wb") as out:
                    shutil.copyfileobj(octets, out)
            if _state(path, log) == before:
                return Opened(connect(there, "mode=rw"), copy=copy)
        raise EvidenceError(f"{path} is being written to without a pause", "wait until its run has ended")
    except OSError as error:
        copy.cleanup()
        raise EvidenceError(
            f"cannot copy {path} with the log beside it: {error.strerror}", "name another directory in TMPDIR"
        ) from error
    except EvidenceError:
        copy.cleanup()
        raise


def _state(path: Path, log: Path) -> tuple[int, int, bytes]:
    """What changes when what was logged is moved into the file; a log that only grows may be copied while it does."""
    status = path.stat()
    with _regular(log, TAKE_AGAIN) as file:
        return status.st_size, status.st_mtime_ns, file.read(LOG_HEAD)


# ---------------------------------------------------------------- before anything is read from it


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open it, with all that SQLite has against foreign files; ``how`` is the query of its URI."""
    db = None
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{how}",
            timeout=LOCKED_SECONDS,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        db.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")  # others may have written in it
        db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            db.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        if db is not None:
            db.close()
        raise refused(f"cannot open {path}", error, "damaged, or its directory not readable", path) from error
    return db


def _examine(opened: Opened, path: Path) -> None:
    """Whether it is whole and made as we make it; raises ``EvidenceError``."""
    db, log = opened.db, beside(path, "-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    db.setlimit(
        sqlite3.SQLITE_LIMIT_LENGTH, min(max(size, SMALLEST_LIMIT), LARGEST_LIMIT)
    )  # nothing in it is larger than the whole
    try:
        (opened.version,) = db.execute("PRAGMA user_version").fetchone()
        listed = frozenset(db.execute(LISTING).fetchmany(MOST_ENTRIES))
        if opened.version not in READABLE or listed not in known_schemas(opened.version):
            unlike = _unlike(listed, opened.version)
            raise EvidenceError(f"{path} is not made as this program makes evidence{unlike}", TAKE_AGAIN)
        trouble = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if trouble != "ok":
            raise EvidenceError(f"{path} is damaged: {trouble}", TAKE_AGAIN)
        check_rows(db, rows_of(opened.version), path)
    except sqlite3.DatabaseError as error:
        raise refused(f"{path} is damaged", error, TAKE_AGAIN, path) from error


def _unlike(listed: frozenset[Entry], version: int) -> str:
    """The first thing that is there and should not be, or the reverse."""
    known = known_schemas(version)
    if foreign := sorted(f"{kind} {name}" for kind, name, *_ in listed - frozenset().union(*known)):
        return f": {printable(foreign[0])[:LONGEST_NAME]} is not ours"
    if missing := sorted(name for _, name, *_ in min(known, key=len) - listed):
        return f": it lacks {missing[0]}"
    return ""
