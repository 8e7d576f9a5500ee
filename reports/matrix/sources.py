"""Verdicts from files, report directories, bundles and stores, one by one: none is kept when the next is read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.requirements import Binds
from conformance.verdict import Overall, Verdict
from conformance.vocabulary import Edition
from fakes.whole_file import see_that_it_is_a_file, whole_file
from reports.bundles import BundleError, told_verdict
from reports.exits import UsageError
from reports.gating.stored_verdict import MAX_SIZE, VERDICT
from reports.store.extra import see_that_it_is_installed

BUNDLES: Final = "*.bundle"


@dataclass(frozen=True, slots=True)
class VerdictDocument:
    """A verdict.json that can be used; ``name`` is how messages call it."""

    name: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unusable:
    """What was named and is none, and why."""

    name: str
    why: str


def verdict_documents(sources: Sequence[str]) -> Iterator[VerdictDocument | Unusable]:
    """Every verdict below what was named, in an order that does not depend on the disk."""
    for source in sources:
        if _is_store(source):
            yield from _of_store(source)
            continue
        path, found = Path(source), False
        for file in _files(path):
            found = True
            yield _read(file)
        if not found:
            yield Unusable(source, f"there is no {VERDICT} and no bundle in it")


def _is_store(source: str) -> bool:
    """Whether it is an address, says where one stands, or is a file of a store; evidence is none."""
    if "://" in source or source.startswith(("env:", "file:")):
        return True
    try:
        see_that_it_is_a_file(Path(source), of_shell=False)
        with sqlite3.connect(f"{Path(source).absolute().as_uri()}?mode=ro&immutable=1", uri=True) as file:
            return file.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is not None
    except (sqlite3.Error, OSError, ValueError):
        return False


def _of_store(source: str) -> Iterator[VerdictDocument | Unusable]:
    """The last judgement of each run that is stored there."""
    try:
        see_that_it_is_installed()
        from reports.store.address import StoreAddress
        from reports.store.reading import stored_verdicts

        where, told = str(StoreAddress.of(source)), 0
        for told, document in enumerate(stored_verdicts(source), 1):
            name, why = f"verdict {told} of {where}", why_unusable(document)
            yield Unusable(name, why) if why else VerdictDocument(name, document)
        if not told:
            yield Unusable(where, "nothing is stored there yet")
    except UsageError as error:
        yield Unusable("a store", str(error))


def _files(path: Path) -> Iterator[Path]:
    """The file itself; of a directory what is in it and below, or any JSON in it where nothing has such a name."""
    if not path.is_dir():
        yield path
        return
    found = sorted({*path.rglob(VERDICT), *path.rglob(BUNDLES)})
    yield from found or sorted(path.glob("*.json"))


def _read(path: Path) -> VerdictDocument | Unusable:
    name = str(path)
    try:
        octets = whole_file(path, MAX_SIZE)
    except OSError as error:
        return Unusable(name, f"it cannot be read: {error.strerror}")
    if octets[257:262] == b"ustar":
        try:
            octets = told_verdict(path)
        except (BundleError, UsageError) as error:
            return Unusable(name, f"it is no bundle that can be used: {error}")
    elif octets.startswith(b"SQLite format 3"):
        return Unusable(name, f"it is evidence; ippmailto judge {name} makes a verdict.json of it")
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError):
        return Unusable(name, "it is not JSON, or is damaged")
    why = why_unusable(document)
    return Unusable(name, why) if why else VerdictDocument(name, document)


def why_unusable(document: Any) -> str:
    """What is wrong with a verdict.json, for a matrix; empty if nothing is."""
    if not isinstance(document, dict) or "schema" not in document or "requirements" not in document:
        return "it is no verdict.json of ippmailto"
    if document["schema"] != 1:
        return f"it is of schema {document['schema']!a:.20}, which this version does not read"
    if document.get("subject", Binds.PRINTER.value) != Binds.PRINTER.value:
        return "it is about a client, and the matrix is about printers"
    try:
        Edition(document["edition"])
        Overall(document["verdict"])
        printer, readings = document["printer"], document.get("readings", {})
        texts = [document["started"], *printer.values(), *(printer[key] for key in ("uri", "name", "make-and-model"))]
        texts += [*readings.keys(), *readings.values(), *document.get("selection", [])]
        ids = [entry["id"] for entry in document["requirements"]]
        for entry in document["requirements"]:
            Verdict(entry["verdict"])
        if not all(isinstance(text, str) for text in (*texts, *ids)) or len(set(ids)) < len(ids):
            raise ValueError
        "".join((*texts, *ids)).encode()  # a lone half of a character cannot be written anywhere
    except (LookupError, TypeError, ValueError, AttributeError):
        return "it is no whole verdict.json of ippmailto, or it is damaged"
    return ""
