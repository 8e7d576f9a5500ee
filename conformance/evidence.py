"""The evidence file: what was asked, what was said, octet for octet, in one SQLite file per run.

Append-only in spirit: rows are inserted and never changed, what ends is told by a row of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import fields
from pathlib import Path
from typing import Final, TypeVar

from .rows import (
    EvidenceError,
    Exchange,
    Fact,
    Message,
    Play,
    PlayEnd,
    Row,
    Run,
    RunEnd,
    Session,
    Step,
    Transcript,
    client_pieces,
)

APPLICATION_ID: Final = 0x49504D54  # "IPMT" in the SQLite header, so that a foreign database is told from ours
SCHEMA: Final = 1
PAGE_SIZE: Final = 8192
"""Octets of the file that are written together.  With twice SQLite's usual size a mail of 30 KB costs an eighth less,
and one of 1 KB no more: fewer pages are summed, logged and copied."""

_R = TypeVar("_R", Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, Message)

_SQL_TYPE: Final = {"int": "INTEGER", "str": "TEXT", "bytes": "BLOB"}
_ROWS: Final[tuple[type[Row], ...]] = (
    Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, Message,
)  # fmt: skip


def _columns(kind: type[Row]) -> list[str]:
    return [f.name for f in fields(kind)]


def schema() -> str:
    """The SQL of schema 1, made from the row classes so that the two cannot drift apart."""
    statements = []
    for kind in _ROWS:
        columns = [
            f'"{f.name}" {_SQL_TYPE[str(f.type)]} ' + ("PRIMARY KEY" if f.name == "id" else "NOT NULL")
            for f in fields(kind)
        ]
        statements.append(f'CREATE TABLE "{kind.table}" ({", ".join(columns)}) STRICT;')
    statements.append('CREATE INDEX transcript_session ON transcript (session, "start");')
    return "\n".join(statements)


_INSERT: Final = {
    kind: 'INSERT INTO "{}" ({}) VALUES ({})'.format(
        kind.table, ", ".join(f'"{c}"' for c in _columns(kind)), ", ".join("?" for _ in _columns(kind))
    )
    for kind in _ROWS
}


# ---------------------------------------------------------------- the file


class EvidenceFile:
    """An open evidence file.  Not for use by two threads at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
        self.path, self._db, self._writable = path, connection, writable

    @classmethod
    def create(cls, path: Path) -> EvidenceFile:
        """A new, private (0600) file; raises ``EvidenceError`` if one is there or the place cannot be written."""
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise EvidenceError(f"{path} exists", "evidence is never overwritten; name another file") from None
        except OSError as error:
            raise EvidenceError(f"cannot create {path}: {error.strerror}", "name a directory you can write") from error
        db = _connect(path, "rw")
        db.executescript(
            f"PRAGMA page_size={PAGE_SIZE}; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA};"
            "PRAGMA journal_mode=WAL;"
        )
        db.executescript("BEGIN;" + schema() + "COMMIT;")
        db.execute("PRAGMA synchronous=FULL")
        return cls(path, db, writable=True)

    @classmethod
    def open(cls, path: Path, *, append: bool = False) -> EvidenceFile:
        """An existing file, to read or to append to; raises ``EvidenceError`` if it is none, foreign or damaged."""
        if not path.is_file():
            raise EvidenceError(f"{path} is no file", "name the .evidence file of a run")
        with path.open("rb") as f:
            head = f.read(100)
        if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
            raise EvidenceError(f"{path} is not an evidence file", "it does not begin like an SQLite database")
        if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
            raise EvidenceError(f"{path} is not an evidence file", "it is an SQLite database of another application")
        version = int.from_bytes(head[60:64], "big")
        if version != SCHEMA:
            raise EvidenceError(
                f"{path} has evidence schema {version}, this program reads {SCHEMA}", "use the version that wrote it"
            )
        writable = append or Path(f"{path}-wal").exists()  # what a killed run left beside the file is taken in first
        db = _connect(path, "rw" if writable else "ro")
        try:
            trouble = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if trouble != "ok":
                raise EvidenceError(f"{path} is damaged: {trouble}", "take the file from where it was recorded")
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
            missing = sorted({k.table for k in _ROWS} - tables)
            if missing:
                raise EvidenceError(f"{path} lacks {', '.join(missing)}", "take the file from where it was recorded")
            if append:
                db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        except sqlite3.DatabaseError as error:
            db.close()
            raise EvidenceError(f"{path} is damaged: {error}", "take the file from where it was recorded") from error
        except EvidenceError:
            db.close()
            raise
        return cls(path, db, writable=writable)

    def insert(self, rows: Sequence[Row]) -> None:
        """Append rows in one transaction; they are on the disk when this returns.

        Raises ``sqlite3.Error``, with nothing of these rows stored, when the disk refuses.
        """
        with self._db:
            self._db.execute("BEGIN")
            for row in rows:
                self._db.execute(_INSERT[type(row)], tuple(getattr(row, c) for c in row.__slots__))

    def rows(self, kind: type[_R], where: str = "", *values: object) -> Iterator[_R]:
        """Rows of one table in the order they were written; ``where`` is SQL with ``?`` for ``values``."""
        columns = ", ".join(f'"{c}"' for c in _columns(kind))
        clause = f" WHERE {where}" if where else ""
        query = f'SELECT {columns} FROM "{kind.table}"{clause} ORDER BY rowid'
        with closing(self._db.execute(query, values)) as cursor:
            for row in cursor:
                yield kind(*row)

    def client_octets(self, session: int, start: int, end: int) -> bytes:
        """That stretch of what the printer sent in a session."""
        out = bytearray()
        base = None
        rows = self._db.execute(
            'SELECT "start", events FROM transcript WHERE session=? AND "start" < ? AND id >= '
            '(SELECT COALESCE(MAX(id), 0) FROM transcript WHERE session=? AND "start" <= ?) ORDER BY id',
            (session, max(end, start + 1), session, start),
        )
        for at, blob in rows:
            base = at if base is None else base
            for piece in client_pieces(blob):
                out += piece
        base = base or 0
        if base + len(out) < end:
            raise EvidenceError(f"session {session} ends before octet {end}", "take the file from its source again")
        return bytes(out[start - base : end - base])

    def next_id(self, kind: type[Row]) -> int:
        """The first free id of a table."""
        (highest,) = self._db.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{kind.table}"').fetchone()
        return int(highest) + 1

    def close(self) -> None:
        """Close; if this was the last user the file is whole without its side files."""
        if self._writable:
            with suppress(sqlite3.OperationalError):  # somebody else has it open, or the disk is gone: nothing is lost
                self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()

    def __enter__(self) -> EvidenceFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    db = None
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        db.text_factory = lambda octets: octets.decode("utf-8", "backslashreplace")  # others may have written in it
        db.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        if db is not None:
            db.close()
        raise EvidenceError(f"cannot open {path}: {error}", "damaged, or its directory not readable") from error
    return db
