"""The evidence file: what was asked, what was said, octet for octet, in one SQLite file per run.

Append-only in spirit: rows are inserted and never changed, what ends is told by a row of its own.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

from . import opening
from .opening import Opened
from .rows import (
    EvidenceError,
    Exchange,
    Fact,
    MailRow,
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
from .schema import APPLICATION_ID, INSERT, SCHEMA, columns, schema

PAGE_SIZE: Final = 8192
"""Octets of the file that are written together.  With twice SQLite's usual size a mail of 30 KB costs an eighth less,
and one of 1 KB no more: fewer pages are summed, logged and copied."""

_R = TypeVar("_R", Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, MailRow)


class EvidenceFile:
    """An open evidence file.  Not for use by two threads at a time."""

    def __init__(self, path: Path, opened: Opened, *, writable: bool) -> None:
        self.path, self._opened, self._db, self._writable = path, opened, opened.db, writable

    @classmethod
    def create(cls, path: Path) -> EvidenceFile:
        """A new, private (0600) file; raises ``EvidenceError`` if one is there or the place cannot be written."""
        if os.path.lexists(path):
            raise EvidenceError(f"{path} exists", "evidence is never overwritten; name another file")
        opening.refuse_beside(path, new=True)
        try:
            path.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise EvidenceError(f"cannot create {path}: {error.strerror}", "name a directory you can write") from error
        db = opening.connect(path, "mode=rw")
        try:
            # No journal is written to the disk, so that whenever we are killed none is left beside the file.
            db.executescript(
                f"PRAGMA journal_mode=MEMORY; PRAGMA page_size={PAGE_SIZE}; PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={SCHEMA}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                f"BEGIN; {schema()} COMMIT;"
            )
        except sqlite3.Error as error:
            db.close()
            raise EvidenceError(f"cannot write {path}: {error}", "look at the disk and its quota") from error
        return cls(path, Opened(db), writable=True)

    @classmethod
    def open(cls, path: Path, *, append: bool = False) -> EvidenceFile:
        """An existing file, to read or to append to; raises ``EvidenceError`` if it is none, foreign or damaged."""
        return cls(path, opening.to_append(path) if append else opening.to_read(path), writable=append)

    def insert(self, rows: Sequence[Row]) -> None:
        """Append rows in one transaction; they are on the disk when this returns.

        Raises ``sqlite3.Error``, with nothing of these rows stored, when the disk refuses.
        """
        with self._db:
            self._db.execute("BEGIN")
            for row in rows:
                self._db.execute(INSERT[type(row)], tuple(getattr(row, c) for c in row.__slots__))

    def rows(self, kind: type[_R], where: str = "", *values: object) -> Iterator[_R]:
        """Rows of one table in the order they were written; ``where`` is SQL with ``?`` for ``values``."""
        named = ", ".join(f'"{c}"' for c in columns(kind))
        clause = f" WHERE {where}" if where else ""
        query = f'SELECT {named} FROM "{kind.table}"{clause} ORDER BY rowid'
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
                self._db.execute("PRAGMA journal_mode=MEMORY")  # no log any more, and no journal while that is noted
        opening.close(self._opened)

    def __enter__(self) -> EvidenceFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
