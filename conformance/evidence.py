"""The evidence file: what was asked, what was said, octet for octet, in one SQLite file per run.

Append-only in spirit: rows are inserted and never changed, what ends is told by a row of its own.  All times are
nanoseconds since the file was begun (``Run.began``), taken from a clock that does not jump.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

APPLICATION_ID: Final = 0x49504D54  # "IPMT" in the SQLite header, so that a foreign database is told from ours
SCHEMA: Final = 1


class EvidenceError(Exception):
    """An evidence file that cannot be used; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint = message, hint


class EventKind(StrEnum):
    """What happened on an SMTP connection."""

    CLIENT = "C"  # octets from the printer, after TLS
    SERVER = "S"  # octets of ours
    TLS = "T"  # a handshake ended; the octets name version and cipher
    EOF = "E"  # the printer closed its sending side
    LOST = "L"  # the connection is gone; the octets say how
    FAULT = "F"  # a fault of ours was applied; the octets are its script line


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on a connection: nanoseconds, what, octets."""

    t: int
    kind: EventKind
    octets: bytes = b""


_EVENT: Final = struct.Struct(">QcI")


def pack_event(t: int, kind: EventKind, octets: bytes = b"") -> bytes:
    """An event's part of a blob: time (8 octets), kind (1), length (4), octets."""
    return _EVENT.pack(t, kind.encode(), len(octets)) + octets


def pack_events(events: Iterable[Event]) -> bytes:
    """Events as one blob, one after the other as :func:`pack_event` has them."""
    return b"".join(pack_event(e.t, e.kind, e.octets) for e in events)


def _client_pieces(blob: bytes) -> Iterator[bytes]:
    """The octets of the client's events alone; all else is left as it is."""
    at = 0
    while at + _EVENT.size <= len(blob):
        _, kind, size = _EVENT.unpack_from(blob, at)
        at += _EVENT.size + size
        if kind == b"C" and at <= len(blob):
            yield blob[at - size : at]
    if at != len(blob):
        unpack_events(blob)  # it says what is wrong


def unpack_events(blob: bytes) -> list[Event]:
    """The reverse of :func:`pack_events`; raises ``EvidenceError`` when the blob is damaged."""
    events, at = [], 0
    try:
        while at < len(blob):
            t, kind, size = _EVENT.unpack_from(blob, at)
            at += _EVENT.size
            if at + size > len(blob):
                raise ValueError(f"{size} octets announced, {len(blob) - at} there")
            events.append(Event(t, EventKind(kind.decode("latin-1")), blob[at : at + size]))
            at += size
    except (struct.error, ValueError) as error:
        raise EvidenceError(f"a transcript is damaged: {error}", "take the file from where it was recorded") from error
    return events


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class Run:
    """One sitting: ``began`` is RFC 3339 wall time, ``t`` its offset in the file (0 for the first)."""

    table: ClassVar[str] = "run"
    id: int
    t: int
    began: str
    tool: str
    printer_uri: str
    options: str = "{}"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A sitting that ended in order; a run without one was cut short."""

    table: ClassVar[str] = "run_end"
    run: int
    t: int
    reason: str = "finished"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the run that judging needs and no octets show: vocabulary, mail domain, learned latency."""

    table: ClassVar[str] = "fact"
    run: int
    t: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Play:
    """One performance of a scenario; ``parameters`` is JSON."""

    table: ClassVar[str] = "play"
    id: int
    run: int
    t: int
    scenario: str
    parameters: str = "{}"


@dataclass(frozen=True, slots=True)
class PlayEnd:
    """How a play ended: played, not-applicable, or cut-short, and why."""

    table: ClassVar[str] = "play_end"
    play: int
    t: int
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a play as it was carried out; ``detail`` is JSON."""

    table: ClassVar[str] = "step"
    id: int
    play: int
    t: int
    kind: str
    label: str = ""
    detail: str = "{}"

    @property
    def details(self) -> dict[str, Any]:
        """The detail as a mapping."""
        loaded: dict[str, Any] = json.loads(self.detail)
        return loaded


@dataclass(frozen=True, slots=True)
class Exchange:
    """One IPP request and what came back.

    ``request`` and ``response`` are the message bodies, ``..._head`` the HTTP octets before them as sent and received.
    ``problem`` is empty when a complete response arrived, else one of refused, unreachable, tls, timeout, closed,
    http, and ``problem_text`` says more.  ``step`` and ``play`` are 0 outside any play.
    """

    table: ClassVar[str] = "exchange"
    id: int
    play: int
    step: int
    operation: int
    uri: str
    t_start: int
    t_end: int
    tls: str
    request_head: bytes
    request: bytes
    http_status: int
    response_head: bytes
    response: bytes
    problem: str = ""
    problem_text: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An SMTP connection, from the moment it was accepted."""

    table: ClassVar[str] = "session"
    id: int
    t: int
    listener: str
    peer: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A stretch of a session; ``start`` is where its client octets stand in the session's client stream."""

    table: ClassVar[str] = "transcript"
    id: int
    session: int
    start: int
    events: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A mail taken in full.

    ``start`` and ``end`` bound its octets in the session's client stream, dot-stuffed as sent, without the final dot
    line; ``envelope`` is the MAIL and RCPT command lines as they came; ``t`` when the last octet was in.
    """

    table: ClassVar[str] = "message"
    id: int
    session: int
    t: int
    start: int
    end: int
    envelope: bytes


Row = Run | RunEnd | Fact | Play | PlayEnd | Step | Exchange | Session | Transcript | Message
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
            f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA}; PRAGMA journal_mode=WAL;"
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
            for piece in _client_pieces(blob):
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
