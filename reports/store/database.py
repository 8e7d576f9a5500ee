"""Opening a store: its connections, and its tables made or brought to this version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fakes.whole_file import see_that_it_is_a_file

from .address import StoreAddress, StoreError

CONNECT_SECONDS: Final = 10  # a server that is there answers in less
LOCKED_SECONDS: Final = 30  # that another process may write to a file of SQLite
MIGRATIONS: Final = Path(__file__).with_name("migrations")
MIGRATING: Final = 7_631_049_225  # the key of PostgreSQL's advisory lock; any number that nobody else has
WRITES: Final = "store_writes"
_WRITABLE: Final = "its directory has to be writable, for who only reads it too; copy it to one that is"
_ROOM: Final = "make room on its disk, then try again; what was stored before is in it"
_HINTS: Final = {
    "SQLITE_CANTOPEN": _WRITABLE,
    "SQLITE_READONLY": _WRITABLE,
    "SQLITE_FULL": _ROOM,
    "SQLITE_IOERR": _ROOM,
}


@dataclass(frozen=True, slots=True)
class Store:
    """A store that is open, with tables of this version."""

    address: StoreAddress
    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing; raises ``StoreError``."""
        with told(self.address), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept if nothing is raised in it; raises ``StoreError``."""
        with told(self.address), self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection


@contextmanager
def told(address: StoreAddress) -> Iterator[None]:
    """What a database says becomes a line that says which, and no password."""
    try:
        yield
    except DBAPIError as error:
        said = address.without_secrets(str(error.orig))
        name = getattr(error.orig, "sqlite_errorname", None) or ""
        if name.startswith("SQLITE_BUSY"):
            said = f"another program has held it for {LOCKED_SECONDS} s; end it, then try again"
        said += next((f" ({hint})" for kind, hint in _HINTS.items() if name.startswith(kind)), "")
        raise StoreError(f"the store {address} cannot be used: {said}") from None  # the cause may hold its password
    except UnicodeError:
        raise StoreError(f"the store {address} cannot be used: it holds what is not in UTF-8") from None


def open_store(address: StoreAddress, *, make: bool = True) -> Store:
    """Connect and bring the tables to this version; ``make``: also where there are none.  Raises ``StoreError``."""
    engine = _engine(address, make=make)
    with told(address):
        _migrate(Store(address, engine), make=make)
    return Store(address, engine)


def _engine(address: StoreAddress, *, make: bool) -> Engine:
    path = address.path
    if path is None:
        waits: dict[str, Any] = {} if "connect_timeout" in address.url.query else {"connect_timeout": CONNECT_SECONDS}
        return create_engine(address.url, poolclass=NullPool, connect_args=waits, hide_parameters=True)
    _see_to_file(path, address, make=make)
    engine = create_engine(
        address.url, poolclass=NullPool, connect_args={"timeout": LOCKED_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _own_transactions)
    event.listen(engine, "begin", _begin)
    return engine


def _see_to_file(path: Path, address: StoreAddress, *, make: bool) -> None:
    """A new one is readable by its owner alone, as all that a run leaves.

    Ours keep a log and never a journal; one that somebody laid beside a file could have SQLite delete any other.
    """
    if os.path.lexists(journal := f"{path}-journal"):
        raise StoreError(f"{journal} is none of ours; the store {address} is not opened while it is there")
    try:
        if path.exists() or not make:
            see_that_it_is_a_file(path, of_shell=False)
        if make:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except FileNotFoundError as error:
        raise StoreError(f"there is no store {address}; ippmailto publish makes one") from error
    except OSError as error:
        raise StoreError(f"cannot write the store {address}: {error.strerror}; name another path") from error


def _own_transactions(connection: Any, _: Any) -> None:
    """Python's driver begins too late for tables to be made in a transaction; so SQLAlchemy is to say when."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = MEMORY")  # else who opens it meanwhile finds a journal beside it
        connection.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    """Who means to write waits for its turn before reading, else SQLite refuses it afterwards."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


# ---------------------------------------------------------------- the tables


def _migrate(store: Store, *, make: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    head, known = script.get_current_head(), {revision.revision for revision in script.walk_revisions()}
    with store.reading() as connection:
        current = _revision(connection)
    if current == head:
        return
    if current is None and not make:
        raise StoreError(f"there is no store in {store.address}; ippmailto publish makes one")
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":  # several stations may begin at once
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        current = _revision(connection)
        if current is not None and current not in known:
            raise StoreError(
                f"the store {store.address} is of a later version of ippmailto; use that one, or another store"
            )
        if current != head:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
