"""The tables of an evidence file, in SQL, as each version of ours has made them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields
from functools import cache
from typing import Final

from .rows import Exchange, Fact, MailRow, Play, PlayEnd, Row, Run, RunEnd, Session, Step, Transcript

APPLICATION_ID: Final = 0x49504D54  # "IPMT" in the SQLite header, so that a foreign database is told from ours
SCHEMA: Final = 1  # of the files that are written
READABLE: Final = (1,)
ROWS: Final[tuple[type[Row], ...]] = (
    Run, RunEnd, Fact, Play, PlayEnd, Step, Exchange, Session, Transcript, MailRow,
)  # fmt: skip

Entry = tuple[str, str, str, str | None]  # type, name, table and SQL, as SQLite lists what a file is made of

_SQL_TYPE: Final = {"int": "INTEGER", "str": "TEXT", "bytes": "BLOB"}
_INDEX: Final = 'CREATE INDEX transcript_session ON transcript (session, "start");'
_EARLIER_INDEX: Final = "CREATE INDEX message_session ON message (session);"  # had nobody who asked it


def columns(kind: type[Row]) -> list[str]:
    """The columns of a table, in order."""
    return [f.name for f in fields(kind)]


def schema() -> str:
    """The SQL of the files that are written, made from the row classes so that the two cannot drift apart."""
    return "\n".join([*(_table(kind) for kind in ROWS), _INDEX])


def _table(kind: type[Row]) -> str:
    parts = [
        f'"{f.name}" {_SQL_TYPE[str(f.type)]} ' + ("PRIMARY KEY" if f.name == "id" else "NOT NULL")
        for f in fields(kind)
    ]
    return f'CREATE TABLE "{kind.table}" ({", ".join(parts)}) STRICT;'


@cache
def known_schemas() -> frozenset[frozenset[Entry]]:
    """What SQLite lists of the files that any version of ours has written."""
    return frozenset(_listed(sql) for sql in (schema(), schema() + _EARLIER_INDEX))


def _listed(sql: str) -> frozenset[Entry]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(sql)
        return frozenset(db.execute(LISTING))


LISTING: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
MOST_ENTRIES: Final = 2 * max(map(len, known_schemas()))  # of a stranger's list no more are read
INSERT: Final = {
    kind: 'INSERT INTO "{}" ({}) VALUES ({})'.format(
        kind.table, ", ".join(f'"{c}"' for c in columns(kind)), ", ".join("?" for _ in columns(kind))
    )
    for kind in ROWS
}
