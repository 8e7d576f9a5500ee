"""Reading from the store: verdicts and evidence, a few rows at a time however many there are."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from conformance.record.opening import beside

from .address import StoreAddress, StoreError
from .database import Store, open_store
from .publishing import LOG, READ
from .tables import EVIDENCE, RUNS, VERDICTS

AT_ONCE: Final = 10  # verdicts: one of a whole run has two megabytes
LINES_AT_ONCE: Final = 500  # rows without documents
SHORTEST: Final = 4  # digits that may stand for a run


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A line about a judgement and its run."""

    run: str
    began: str
    subject: str
    printer: str
    printer_uri: str
    firmware: str
    edition: str
    verdict: str
    station: str
    stored: datetime


def stored_verdicts(url: str, *, every: bool = False) -> Iterator[dict[str, Any]]:
    """The documents (verdict.json) in a store, in the order in which they were stored; raises ``StoreError``.

    Of each run and edition the last judgement, or with ``every`` all of them.  A few are in memory at a time.
    """
    store = open_store(StoreAddress.of(url), make=False)
    asked = select(VERDICTS.c.document).order_by(VERDICTS.c.number)
    with _streamed(store, asked if every else _last(asked), AT_ONCE) as rows:
        for (document,) in rows:
            yield json.loads(document)


def stored_runs(store: Store, *, every: bool = False) -> Iterator[StoredRun]:
    """A line about each judgement, likewise."""
    columns = (
        RUNS.c.id, RUNS.c.began, RUNS.c.subject, RUNS.c.printer, RUNS.c.printer_uri, RUNS.c.firmware,
        VERDICTS.c.edition, VERDICTS.c.verdict, VERDICTS.c.station, VERDICTS.c.stored,
    )  # fmt: skip
    asked = select(*columns).join(VERDICTS, VERDICTS.c.run == RUNS.c.id).order_by(VERDICTS.c.number)
    with _streamed(store, asked if every else _last(asked), LINES_AT_ONCE) as rows:
        for row in rows:
            run = StoredRun(*tuple(row))
            yield run if run.stored.tzinfo else replace(run, stored=run.stored.replace(tzinfo=UTC))  # SQLite drops it


def run_ids(store: Store) -> Iterator[str]:
    """Those of all runs."""
    with _streamed(store, select(RUNS.c.id).order_by(RUNS.c.stored, RUNS.c.id), LINES_AT_ONCE) as rows:
        for (run,) in rows:
            yield run


def run_called(store: Store, beginning: str) -> str:
    """The run whose id begins so; raises ``StoreError`` unless there is one."""
    if len(beginning) < SHORTEST or not beginning.isalnum():
        raise StoreError(f"{beginning!a:.70} is no id of a run; ippmailto runs lists them")
    with store.reading() as connection:
        found = connection.execute(select(RUNS.c.id).where(RUNS.c.id.startswith(beginning.lower())).limit(2)).all()
    if len(found) != 1:
        raise StoreError(
            f"{'several runs begin' if found else 'no run begins'} with {beginning}; ippmailto runs lists them"
        )
    return str(found[0][0])


def restore_evidence(store: Store, run: str, directory: Path) -> Path:
    """Write a run's evidence there, octet for octet, under its own name; raises ``StoreError``."""
    with store.reading() as connection:
        name = connection.execute(select(RUNS.c.file).where(RUNS.c.id == run)).scalar_one_or_none()
    if name is None:
        raise StoreError(f"the run {run:.12} is not in the store any more")
    path = directory / (Path(name).name or "run.evidence")  # whoever stored it may have called it anything
    digests = [_restore(store, run, path, log=False)]
    if (log := _restore(store, run, beside(path, LOG), log=True)) is not None:
        digests.append(log)
    whole = "".join(digest or "" for digest in digests)
    if run != (whole if len(digests) == 1 else hashlib.sha256(whole.encode()).hexdigest()):
        raise StoreError(f"the evidence of the run {run:.12} is damaged in the store; publish it again from its file")
    return path


def _restore(store: Store, run: str, path: Path, *, log: bool) -> str | None:
    """The digest of what was written, ``None`` where there is nothing to write."""
    asked = select(EVIDENCE.c.octets).where(EVIDENCE.c.run == run, EVIDENCE.c.log == int(log)).order_by(EVIDENCE.c.part)
    unpacker, seen, parts = zlib.decompressobj(), hashlib.sha256(), 0
    with path.open("xb") as file:
        try:
            with _streamed(store, asked, 1) as rows:
                for (packed,) in rows:
                    parts, octets = parts + 1, packed
                    while octets:  # however much it unpacks to
                        plain = unpacker.decompress(octets, READ)
                        seen.update(plain)
                        file.write(plain)
                        octets = unpacker.unconsumed_tail
        except zlib.error as error:
            raise StoreError(f"the evidence of the run {run:.12} is damaged in the store") from error
    if not parts:
        path.unlink()
        return None
    return seen.hexdigest()


@contextmanager
def _streamed(store: Store, asked: Select[Any], at_once: int) -> Iterator[Iterable[Row[Any]]]:
    """The rows by a cursor that stays at the server."""
    with store.reading() as connection, connection.execution_options(yield_per=at_once).execute(asked) as rows:
        yield rows


def _last(asked: Select[Any]) -> Select[Any]:
    """Of each run and edition the last judgement."""
    numbers = select(func.max(VERDICTS.c.number)).group_by(VERDICTS.c.run, VERDICTS.c.edition)
    return asked.where(VERDICTS.c.number.in_(numbers))
