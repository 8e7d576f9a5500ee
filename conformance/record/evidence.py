"""The evidence file: what was asked, what was said, octet for octet, in one SQLite file per run.

Append-only in spirit: rows are inserted and never changed, what ends is told by a row of its own.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

from . import opening
from .opening import Opened
from .rows import (
    Contact,
    ContactPart,
    EvidenceError,
    EvidenceLostError,
    Exchange,
    Fact,
    HiddenSpan,
    MailRow,
    Mark,
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
from .schema import APPLICATION_ID, INSERT, ROWS, SCHEMA, TOGETHER, columns, rows_of, schema

PAGE_SIZE: Final = 16_384
"""Octets of the file that are written together.  With four times SQLite's usual size a mail of 30 KB costs less (a
twentieth than with twice that), and one of 1 KB no more: fewer pages are summed, logged and copied."""

KEPT_STRETCHES: Final = 64
KEPT_OCTETS: Final = 16 * 2**20
"""Of transcripts read so many, with so many octets, are kept.  One holds some 256 KB, and the mails of a play, which
are asked for one after the other, come in as many sessions as a printer opens at once."""

_PATIENCE: Final = f"PRAGMA busy_timeout={1000 * opening.LOCKED_SECONDS}"
_VALUES: Final = {kind: attrgetter(*columns(kind)) for kind in ROWS}

_R = TypeVar(
    "_R", Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, MailRow, HiddenSpan, Contact,
    ContactPart, Mark
)  # fmt: skip


class EvidenceFile:
    """An open evidence file.  Not for use by two threads at a time."""

    def __init__(self, path: Path, opened: Opened, *, writable: bool) -> None:
        self.path, self._opened, self._db, self._writable = path, opened, opened.db, writable
        self._left = False
        self._stretches: OrderedDict[int, bytes] = OrderedDict()  # what was read last of the transcripts
        self._kept = 0  # octets of those
        self._mark = self._last_mark() if writable else Mark(0, 0)
        self._prepared: Sequence[Row] | None = None  # in a transaction that is not committed yet
        self._coming = self._mark  # the one of that transaction

    def _last_mark(self) -> Mark:
        """The last one in the file; for a file without one what it would have to say."""
        last = next(self.rows(Mark, "id=(SELECT MAX(id) FROM mark)"), None)
        if last is not None:
            return last
        counts = (self._db.execute(f'SELECT COUNT(*) FROM "{kind.table}"').fetchone()[0] for kind in ROWS)
        return Mark(0, sum(counts))

    @property
    def lacks(self) -> str:
        """What of the recording is known to be missing; empty for a file that is whole."""
        return self._opened.lacks

    @classmethod
    def create(cls, path: Path) -> EvidenceFile:
        """A new, private (0600) file; raises ``EvidenceError`` if one is there or the place cannot be written."""
        # No journal is written to the disk, so that whenever we are killed none is left beside the file.
        sql = (
            f"PRAGMA journal_mode=MEMORY; PRAGMA page_size={PAGE_SIZE}; PRAGMA application_id={APPLICATION_ID};"
            f"PRAGMA user_version={SCHEMA}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            f"PRAGMA cache_spill=OFF; BEGIN; {schema()} COMMIT;"
        )
        return cls._made(path, opening.to_fill(path, sql), writable=True)

    @classmethod
    def open(cls, path: Path, *, append: bool = False) -> EvidenceFile:
        """An existing file, to read or to append to; raises ``EvidenceError`` if it is none, foreign or damaged."""
        file = cls._made(path, opening.to_append(path) if append else opening.to_read(path), writable=append)
        try:
            if append:
                file.insert([])  # from here on a log belongs to it: without one something is missing
        except sqlite3.Error as error:
            file.close()
            raise opening.refused(f"cannot write {path}", error, "look at the disk and its quota", path) from error
        return file

    @classmethod
    def _made(cls, path: Path, opened: Opened, *, writable: bool) -> EvidenceFile:
        try:
            return cls(path, opened, writable=writable)
        except sqlite3.Error as error:
            opening.close(opened)
            raise opening.refused(f"cannot read {path}", error, "look at the disk", path) from error

    @classmethod
    def follow(cls, path: Path) -> EvidenceFile:
        """A file that another process is writing to, as it is at each :meth:`snapshot`; raises ``EvidenceError``.

        Neither waits for the other.  It has to be closed before the writer closes, who else leaves the log.
        """
        return cls(path, opening.to_follow(path), writable=False)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it nothing new is seen, so that what is read at several times fits together."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    def prepare(self, rows: Sequence[Row]) -> None:
        """Put rows where :meth:`insert`, which has to be next, finds them; nothing waits for the disk or others here.

        Raises ``sqlite3.Error``, with nothing of these rows kept, when there can be no more, or another program has it.
        """
        self._db.execute("PRAGMA busy_timeout=0")
        try:
            self._prepare(rows)
        finally:
            self._db.execute(_PATIENCE)

    def _prepare(self, rows: Sequence[Row]) -> None:
        mark = Mark(self._mark.id + 1, self._mark.rows + len(rows) + 1)
        kinds: dict[type[Row], list[Row]] = {Mark: [mark]}
        for row in rows:
            kinds.setdefault(type(row), []).append(row)
        with ExitStack() as trouble:
            trouble.callback(self._db.rollback)
            self._db.execute("BEGIN")
            for kind, all_of_it in kinds.items():
                self._append(kind, list(map(_VALUES[kind], all_of_it)))
            trouble.pop_all()
        self._prepared, self._coming = rows, mark

    def _append(self, kind: type[Row], values: list[tuple[object, ...]]) -> None:
        """Few statements with many rows: each lets go of the interpreter's lock, for which other threads wait."""
        at = 0
        for count in TOGETHER:
            while len(values) - at >= count:
                self._db.execute(INSERT[kind, count], tuple(chain.from_iterable(values[at : at + count])))
                at += count

    def insert(self, rows: Sequence[Row]) -> None:
        """Append rows in one transaction, prepared or not; they are on the disk when this returns.

        Raises ``sqlite3.Error``, with nothing of these rows stored, when the disk refuses.
        """
        if self._prepared is not rows:
            self._prepare(rows)
        self._prepared = None
        with self._db:
            self._db.execute("COMMIT")
        self._mark = self._coming

    def move_log(self) -> None:
        """Move what is in the log into the file itself, so far as nobody reads it there; raises ``sqlite3.Error``."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def rows(self, kind: type[_R], where: str = "", *values: object) -> Iterator[_R]:
        """Rows of one table in the order they were written; ``where`` is SQL with ``?`` for ``values``."""
        if kind not in rows_of(self._opened.version):
            return  # the version that made the file knew of no such thing
        named = ", ".join(f'"{c}"' for c in columns(kind))
        clause = f" WHERE {where}" if where else ""
        query = f'SELECT {named} FROM "{kind.table}"{clause} ORDER BY rowid'
        cursor = self._db.execute(query, values)
        try:
            for row in cursor:
                yield kind(*row)
        finally:
            with suppress(sqlite3.ProgrammingError):  # whoever stopped in the middle may have closed the file since
                cursor.close()

    def client_octets(self, session: int, start: int, end: int) -> bytes:
        """That stretch of what the printer sent in a session."""
        out = bytearray()
        rows = self._db.execute(
            'SELECT id, "start" FROM transcript WHERE session=? AND "start" < ? AND id >= '
            '(SELECT COALESCE(MAX(id), 0) FROM transcript WHERE session=? AND "start" <= ?) ORDER BY id',
            (session, max(end, start + 1), session, start),
        ).fetchall()
        for identity, at in rows:
            octets = self._stretch(identity)
            out += octets[max(start - at, 0) : max(end - at, 0)]
        if len(out) < end - start:
            raise EvidenceError(f"session {session} ends before octet {end}", "take the file from its source again")
        return bytes(out)

    def _stretch(self, transcript: int) -> bytes:
        """The octets of the client in one transcript; kept, for as a rule the next mail stands there, too."""
        found = self._stretches.get(transcript)
        if found is None:
            (blob,) = self._db.execute("SELECT events FROM transcript WHERE id=?", (transcript,)).fetchone()
            found = self._stretches[transcript] = b"".join(client_pieces(blob))
            self._kept += len(found)
        self._stretches.move_to_end(transcript)
        while len(self._stretches) > 1 and (self._kept > KEPT_OCTETS or len(self._stretches) > KEPT_STRETCHES):
            self._kept -= len(self._stretches.popitem(last=False)[1])
        return found

    def transcript_size(self, session: int) -> int:
        """Octets of what is kept of a session, times and kinds included."""
        (size,) = self._db.execute(
            "SELECT COALESCE(SUM(LENGTH(events)), 0) FROM transcript WHERE session=?", (session,)
        ).fetchone()
        return int(size)

    def next_id(self, kind: type[Row]) -> int:
        """The first free id of a table."""
        (highest,) = self._db.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{kind.table}"').fetchone()
        return int(highest) + 1

    def leave(self) -> None:
        """Leave everything as it is from now on: a file with which something is wrong gets worse by being put in order.

        What was stored is then in the file together with its log.
        """
        self._left = True

    def close(self) -> None:
        """Close; if this was the last user the file is whole without its side files.

        Raises ``EvidenceLostError`` when the file turns out to be damaged.
        """
        try:
            if self._writable and not self._left:
                self._put_in_order()
        finally:
            if self._left:
                self._db.interrupt()  # SQLite would move into the file what is left of the log
            opening.close(self._opened)

    def _put_in_order(self) -> None:
        try:
            self._db.execute("PRAGMA journal_mode=MEMORY")  # no log any more, and no journal while that is noted
        except sqlite3.OperationalError:
            self._left = True  # somebody else has it open, or the disk is full: nothing is lost, the log stays
        except sqlite3.Error as error:
            self._left = True
            what = f"{self.path} was changed by something else while it was written to: {error}"
            raise EvidenceLostError(what, "keep it and its log as they are, and start again with a new one") from error

    def __enter__(self) -> EvidenceFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
