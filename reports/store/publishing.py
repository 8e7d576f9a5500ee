"""Putting a run into the store: evidence and verdict in one transaction, and the same only once."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from conformance.record.opening import beside
from conformance.requirements import Binds
from conformance.verdict import printable

from .address import StoreError
from .database import Store
from .tables import EVIDENCE, OUTCOMES, RUNS, VERDICTS

READ: Final = 1 << 20  # octets at once
PART: Final = 1 << 20  # octets of a row, compressed
LONGEST: Final = 500  # characters of what a printer says of itself
LOG: Final = "-wal"  # the end of the name of what a killed run leaves beside its evidence


@dataclass(frozen=True, slots=True)
class Publication:
    """A run with its verdict.  ``station``: who publishes; ``ticket``: of the job that asked, where one did."""

    document: Mapping[str, Any]  # verdict.json
    evidence: Path
    station: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of it.  ``late``: the ticket had its outcome already, and nothing was stored."""

    run: str
    new_run: bool = False
    new_verdict: bool = False
    late: bool = False

    def __str__(self) -> str:
        if self.late:
            return f"run {self.run:.12} came too late: another station has answered for it"
        if self.new_run:
            return f"run {self.run:.12} is stored"
        return f"run {self.run:.12} was there; {'its new verdict is stored' if self.new_verdict else 'nothing is new'}"


def run_id(document: Mapping[str, Any]) -> str:
    """The identity of a run: what its evidence holds."""
    evidence = document["evidence"]
    digest, log = str(evidence["sha256"]), evidence.get("log-sha256")
    return hashlib.sha256(f"{digest}{log}".encode()).hexdigest() if log else digest


def verdict_digest(document: Mapping[str, Any]) -> str:
    """The identity of a judgement; where the evidence lay when it was judged is no part of it."""
    evidence = {name: value for name, value in document["evidence"].items() if name != "file"}
    return hashlib.sha256(json.dumps({**document, "evidence": evidence}, sort_keys=True).encode()).hexdigest()


def publish(store: Store, what: Publication) -> Published:
    """Store what is new of it; raises ``StoreError``."""
    run = run_id(what.document)
    try:
        with store.writing() as connection:
            if new_run := _add(connection, RUNS, _run_row(run, what)):
                for log in (False, True):
                    _add_octets(connection, run, what, log=log)
            return Published(run, new_run, _add_verdict(connection, run, what))
    except _LateError:
        return Published(run, late=True)


def publish_verdict(store: Store, run: str, what: Publication) -> Published:
    """Store another judgement of a run that is there; raises ``StoreError``."""
    try:
        with store.writing() as connection:
            return Published(run, new_verdict=_add_verdict(connection, run, what))
    except _LateError:
        return Published(run, late=True)


class _LateError(Exception):
    """The job has its outcome; all that was written since the begin of the transaction is taken back."""


def _add_verdict(connection: Connection, run: str, what: Publication) -> bool:
    """Whether the judgement is new; it becomes the outcome of the job in any case."""
    digest = verdict_digest(what.document)
    new = _add(connection, VERDICTS, _verdict_row(run, digest, what))
    if what.ticket:
        same = (VERDICTS.c.run == run) & (VERDICTS.c.digest == digest)
        number = connection.execute(select(VERDICTS.c.number).where(same)).scalar_one()
        outcome = {"ticket": what.ticket, "run": run, "verdict": number, "station": what.station, "stored": _now()}
        if not _add(connection, OUTCOMES, outcome):
            raise _LateError
    return new


def has_outcome(store: Store, ticket: str) -> bool:
    """Whether the job was done before."""
    with store.reading() as connection:
        return connection.execute(select(OUTCOMES.c.ticket).where(OUTCOMES.c.ticket == ticket)).first() is not None


def _add(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Whether it was not there yet; one that another transaction adds meanwhile is waited for."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).first() is not None


def _short(text: object) -> str:
    """What a printer says of itself, for a line; the document has all of it."""
    return printable(str(text))[:LONGEST]


def _now() -> datetime:
    return datetime.now(UTC)


def _run_row(run: str, what: Publication) -> dict[str, Any]:
    document = what.document
    printer = document["printer"]
    return {
        "id": run,
        "began": document["started"],
        "subject": document.get("subject", Binds.PRINTER.value),
        "printer_uri": _short(printer.get("uri", "")),
        "printer": _short(document.get("client") or printer.get("make-and-model") or printer.get("name", "")),
        "firmware": _short(printer.get("firmware", "")),
        "file": what.evidence.name,
        "station": what.station,
        "stored": _now(),
    }


def _verdict_row(run: str, digest: str, what: Publication) -> dict[str, Any]:
    return {
        "run": run,
        "digest": digest,
        "edition": what.document["edition"],
        "verdict": what.document["verdict"],
        "document": json.dumps(what.document),
        "station": what.station,
        "stored": _now(),
    }


def _add_octets(connection: Connection, run: str, what: Publication, *, log: bool) -> None:
    """The file or its log; what is stored must be what was judged."""
    wanted = what.document["evidence"].get("log-sha256" if log else "sha256")
    if not wanted:
        return
    path = beside(what.evidence, LOG) if log else what.evidence
    seen = hashlib.sha256()
    try:
        for number, octets in enumerate(_compressed(path, seen)):
            connection.execute(insert(EVIDENCE).values(run=run, log=int(log), part=number, octets=octets))
    except OSError as error:
        raise StoreError(f"cannot read the evidence {path}: {error.strerror}") from error
    if seen.hexdigest() != wanted:
        raise StoreError(f"{path} is not what was judged; ippmailto judge {what.evidence} makes a verdict of it")


def _compressed(path: Path, seen: Any) -> Iterator[bytes]:
    """The octets of a file in parts; ``seen`` is their digest in the end."""
    packer, waiting = zlib.compressobj(), bytearray()
    with path.open("rb") as file:
        while octets := file.read(READ):
            seen.update(octets)
            waiting += packer.compress(octets)
            while len(waiting) >= PART:
                yield bytes(waiting[:PART])
                del waiting[:PART]
    waiting += packer.flush()
    while waiting:
        yield bytes(waiting[:PART])
        del waiting[:PART]
