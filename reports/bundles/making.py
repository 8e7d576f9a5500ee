"""A bundle made of a report directory: the evidence is judged once more, and what is signed is what it gives."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import Any, Final

from conformance.record.evidence import EvidenceFile
from conformance.record.features import discovered
from conformance.record.opening import beside
from conformance.record.run_record import RunRecord
from conformance.requirements import Binds
from fakes.stage.ixit import Ixit
from fakes.typed_toml import written
from fakes.whole_file import whole_file
from reports.declarations import Statement
from reports.exits import UsageError
from reports.gating.stored_verdict import MAX_SIZE
from reports.gating.stored_verdict import VERDICT as REPORTED
from reports.judging.waivers import load_waivers
from reports.writing import OutputError

from .archive import (
    CATALOGUE,
    EVIDENCE,
    ICS,
    IXIT,
    LIMITS,
    MANIFEST,
    READINGS,
    RECORDS,
    SIGNER,
    TIMESTAMP,
    VERDICT,
    VERSIONS,
    WAIVERS,
    BundleError,
    write_archive,
)
from .evidence_copy import copy_evidence, digest_of
from .judged_again import VerdictTerms, differences, document_of, ixit_entries, judge_again
from .manifest import Manifest, StatementOrigin
from .provenance import catalogue_of, judges, readings_of, versions
from .records import write_records
from .signing import PublicKey, private_key, seal
from .timestamps import see_that_it_stamps

IXIT_HEAD: Final = (
    "What the run was told about printer and bench (IXIT). Users, passwords and commands are not kept; what else is a "
    "comment has its default."
)
ICS_OF_RUN: Final = "The conformance statement (ICS) that the run was given."
ICS_DRAFTED: Final = (
    "What the printer says that it has. Nobody declares it: neither the run nor its judging was given a conformance "
    "statement (ICS)."
)


@dataclass(frozen=True, slots=True)
class BundleParts:
    """What a bundle is made of, beside the report directory."""

    key: Path | None = None
    timestamp: Path | None = None
    evidence: Path | None = None
    waivers: Path | None = None
    ics: Path | None = None


@dataclass(frozen=True, slots=True)
class MadeBundle:
    """What there is to say of a new one."""

    path: Path
    verdict: str
    signer: str  # the fingerprint of its key; empty for an unsigned one
    masked: int  # sessions with stars for a login
    sha256: str


def make_bundle(reports: Path, target: Path, given: BundleParts, *, overwrite: bool = False) -> MadeBundle:
    """Write it; raises ``UsageError``, ``EvidenceError``, ``BundleError``, ``OwnFaultError`` and ``OutputError``."""
    if os.path.lexists(target) and not overwrite:
        raise UsageError(f"{target} is there already; name another file (-o), or give --overwrite")
    key = private_key(given.key) if given.key else None
    told = _reported(reports)
    with TemporaryDirectory(prefix="ippmailto-") as place:
        directory = Path(place)
        evidence = given.evidence or _evidence(reports, told)
        masked = copy_evidence(evidence, directory / EVIDENCE)
        recorded = _as_reported(evidence, told)
        files = _Files(directory)
        statement, declared = _statement(directory / EVIDENCE, given.ics)
        if given.waivers:
            files.add(WAIVERS, _octets(given.waivers))
        elif told.get("waivers"):
            raise UsageError("it was judged with waivers; name their file (--waivers)")
        entries = tuple(load_waivers(directory / WAIVERS)) if given.waivers else ()
        judged = judge_again(directory / EVIDENCE, VerdictTerms.of(told), entries, statement)
        document = document_of(judged)
        if wrong := differences(told, document):
            what = f"{reports / REPORTED} is not what its evidence gives: {wrong[0]}"
            raise UsageError(f"{what}; ippmailto judge {evidence} makes it anew")
        files.json(VERDICT, document)
        files.json(VERSIONS, versions())
        files.json(CATALOGUE, catalogue_of(judged.edition, judged.vocabulary, judged.whom))
        files.json(READINGS, readings_of(judged.catalogue, judged.switched))
        files.add(IXIT, _ixit(directory / EVIDENCE).encode())
        edition = judged.edition.value
        files.add(ICS, _octets(given.ics) if given.ics else _ics(directory / EVIDENCE, statement, edition).encode())
        write_records(directory / EVIDENCE, directory / RECORDS)
        public = PublicKey(key.public_key()) if key else None
        if public:
            files.add(SIGNER, public.pem)
        digests = {name: digest_of(directory / name) for name in LIMITS if (directory / name).exists()}
        manifest = Manifest(digests, document["verdict"], declared, judges(), recorded, masked)
        files.add(MANIFEST, seal(manifest.statement(), key))
        if given.timestamp:
            files.add(TIMESTAMP, _octets(given.timestamp))
            see_that_it_stamps(_octets(given.timestamp), (directory / MANIFEST).read_bytes(), str(given.timestamp))
        _leave({name: directory / name for name in LIMITS if (directory / name).exists()}, target)
    signer = public.fingerprint if public else ""
    return MadeBundle(target, document["verdict"], signer, masked, digest_of(target))


class _Files:
    """Members that are made here."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, name: str, octets: bytes) -> None:
        (self._directory / name).write_bytes(octets)

    def json(self, name: str, document: Mapping[str, Any]) -> None:
        self.add(name, (json.dumps(document, indent=1) + "\n").encode())


def _octets(path: Path) -> bytes:
    try:
        return whole_file(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _reported(reports: Path) -> dict[str, Any]:
    """The verdict in the directory."""
    path = reports / REPORTED
    try:
        found = json.loads(whole_file(path, MAX_SIZE))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a report directory") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no verdict.json of ippmailto, or it is damaged") from error
    if not isinstance(found, dict) or found.get("schema") != 1 or not isinstance(found.get("evidence"), dict):
        raise UsageError(f"{path} is no verdict.json of ippmailto, or it is damaged")
    return found


def _evidence(reports: Path, told: Mapping[str, Any]) -> Path:
    """In the directory, or where it was judged."""
    named = Path(str(told["evidence"].get("file", "")))
    for path in (reports / named.name, named):
        if path.is_file():
            return path
    raise UsageError(f"{reports / named.name} is not there, nor is {named}; name the evidence (--evidence)")


def _as_reported(evidence: Path, told: Mapping[str, Any]) -> dict[str, str]:
    """The digests of the evidence and of a log beside it, which have to be those of the report."""
    log = beside(evidence, "-wal")
    found = {"sha256": digest_of(evidence)} | ({"log-sha256": digest_of(log)} if log.exists() else {})
    if {name: told["evidence"].get(name) for name in ("sha256", "log-sha256") if name in told["evidence"]} != found:
        what = f"{evidence} is not the evidence that was judged: it has the SHA-256 {found['sha256']}"
        raise UsageError(f"{what}; judge it again")
    return found


def _statement(evidence: Path, given: Path | None) -> tuple[Statement | None, StatementOrigin]:
    """What the printer was held to, if it was to something."""
    if given:
        return Statement.load(given), StatementOrigin.GIVEN
    with EvidenceFile.open(evidence) as file:
        kept = RunRecord(file).facts.statement
    return (Statement.of_json(kept, EVIDENCE), StatementOrigin.RUN) if kept else (None, StatementOrigin.NOBODY)


def _ics(evidence: Path, statement: Statement | None, edition: str) -> str:
    if statement is not None:
        return written(Statement, ICS_OF_RUN, statement.said())
    with EvidenceFile.open(evidence) as file:
        run_record = RunRecord(file)
        if run_record.whom is not Binds.PRINTER or run_record.printer is None:
            return written(Statement, ICS_DRAFTED)
        return Statement.draft(discovered(run_record.printer, run_record.vocabulary), edition, ICS_DRAFTED)


def _ixit(evidence: Path) -> str:
    entries = ixit_entries(evidence)
    values = {name.replace("-", "_"): tuple(v) if isinstance(v, list) else v for name, v in entries.items()}
    return written(Ixit, IXIT_HEAD, values)


def _leave(members: Mapping[str, Path], target: Path) -> None:
    """The archive, whole or not at all, and readable by its owner alone."""
    temporary = None
    try:
        number, name = mkstemp(prefix=f".{target.name}-", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(number, "wb") as out:
            write_archive(out, members)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(str(target), error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


__all__ = ["BundleError", "BundleParts", "MadeBundle", "make_bundle"]
