"""The tables of an evidence file, in SQL, as each version of ours has made them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields
from functools import cache
from typing import Final

from .rows import (
    Contact,
    ContactPart,
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
)

APPLICATION_ID: Final = 0x49504D54  # "IPMT" in the SQLite header, so that a foreign database is told from ours
SCHEMA: Final = 4  # of the files that are written
UNHIDDEN: Final = 3  # the one before: it has the credentials that it was not told of as they were sent
CLIENTLESS: Final = 2  # the one before that: no client can have been recorded in it
UNMARKED: Final = 1  # the first: it does not say how many rows there must be
READABLE: Final = (UNMARKED, CLIENTLESS, UNHIDDEN, SCHEMA)
ROWS: Final[tuple[type[Row], ...]] = (
    Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, MailRow, HiddenSpan, Contact,
    ContactPart, Mark,
)  # fmt: skip

_SINCE: Final[dict[type[Row], int]] = {
    Mark: CLIENTLESS, Contact: UNHIDDEN, ContactPart: UNHIDDEN, HiddenSpan: SCHEMA,
}  # fmt: skip

Entry = tuple[str, str, str, str | None]  # type, name, table and SQL, as SQLite lists what a file is made of

_SQL_TYPE: Final = {"int": "INTEGER", "str": "TEXT", "bytes": "BLOB"}
_INDEX: Final = 'CREATE INDEX transcript_session ON transcript (session, "start");'
EARLIER_INDEX: Final = "message_session"  # once made, and asked by nobody


def columns(kind: type[Row]) -> list[str]:
    """The columns of a table, in order."""
    return [f.name for f in fields(kind)]


def schema(version: int = SCHEMA) -> str:
    """The SQL of a file, made from the row classes so that the two cannot drift apart."""
    return "\n".join([*map(table, rows_of(version)), _INDEX])


def table(kind: type[Row]) -> str:
    """The SQL of one table."""
    parts = [
        f'"{f.name}" {_SQL_TYPE[str(f.type)]} ' + ("PRIMARY KEY" if f.name == "id" else "NOT NULL")
        for f in fields(kind)
    ]
    return f'CREATE TABLE "{kind.table}" ({", ".join(parts)}) STRICT;'


def rows_of(version: int) -> tuple[type[Row], ...]:
    """The kinds of row that a file of that schema has."""
    lacking = [kind for kind, since in _SINCE.items() if version < since]
    return tuple(kind for kind in ROWS if kind not in lacking)


@cache
def known_schemas(version: int) -> frozenset[frozenset[Entry]]:
    """What SQLite lists of the files of that schema that any version of ours has written."""
    sql = schema(version)
    earlier = {_listed(f"{sql} CREATE INDEX {EARLIER_INDEX} ON message (session);")} if version == UNMARKED else set()
    return frozenset({_listed(sql), *earlier})


def _listed(sql: str) -> frozenset[Entry]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(sql)
        return frozenset(db.execute(LISTING))


LISTING: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
MOST_ENTRIES: Final = 2 * len(ROWS) + 2  # of a stranger's list no more are read
TOGETHER: Final = (32, 8, 1)  # so many rows of a kind are inserted by one statement, the most that there are first


def _insert(kind: type[Row], count: int) -> str:
    """The SQL that inserts so many rows; a row that cannot be inserted undoes all of the transaction.

    To undo one statement alone SQLite would copy each page before it changes it, and beyond 64 KB into a file.
    """
    named, values = ", ".join(f'"{c}"' for c in columns(kind)), ", ".join("?" for _ in columns(kind))
    return f'INSERT OR ROLLBACK INTO "{kind.table}" ({named}) VALUES {", ".join([f"({values})"] * count)}'


INSERT: Final = {(kind, count): _insert(kind, count) for kind in ROWS for count in TOGETHER}
