"""Whether a bundle can be believed: its archive, its signature, its digests, and its verdict, which is made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509

from conformance.verdict import on_one_line
from reports.declarations import Statement, StatementError
from reports.exits import UsageError
from reports.judging.judging import JudgedRun
from reports.judging.quick import selected_in_words
from reports.judging.waivers import WaiverEntry, load_waivers

from .archive import (
    CATALOGUE,
    EVIDENCE,
    ICS,
    IXIT,
    MANIFEST,
    READINGS,
    RECORDS,
    SIGNER,
    TIMESTAMP,
    VERDICT,
    VERSIONS,
    WAIVERS,
    BundleError,
    unpack,
)
from .judged_again import (
    ELSEWHERE,
    VerdictTerms,
    differences,
    document_of,
    ixit_entries,
    json_of,
    judge_again,
    toml_of,
)
from .manifest import Manifest, StatementOrigin
from .provenance import catalogue_of, judges, readings_of
from .records import changes
from .signing import PublicKey, is_signed_by, opened
from .timestamps import look_at


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it, in lines of a word and what it says.

    ``wrong``: what makes it one not to be believed; ``unknown``: what could not be told; ``said``: what holds.
    """

    wrong: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]
    verdict: str = ""


@dataclass(slots=True)
class _Findings:
    wrong: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def closed(self, verdict: str = "") -> Verification:
        return Verification(tuple(self.wrong), tuple(self.unknown), tuple(self.said), verdict)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom one believes.  ``anybody``: whoever has signed, or nobody."""

    key: PublicKey | None = None
    authorities: Sequence[x509.Certificate] = ()
    anybody: bool = False


def verify_bundle(bundle: Path, trust: Trust) -> Verification:
    """Look at all of it; raises ``UsageError`` for what is no file, and ``OwnFaultError``."""
    found = _Findings()
    with TemporaryDirectory(prefix="ippmailto-") as place:
        try:
            members = unpack(bundle, Path(place))
            manifest = _signature(members, trust, found)
        except BundleError as error:
            found.wrong.append(("Archive", str(error)))
            return found.closed()
        if wrong := manifest.wrong(members):
            found.wrong += [("Changed", line) for line in _changed(wrong, members)]
            return found.closed()
        found.said.append(("Members", f"{len(manifest.digests)}, with the digests that the manifest has"))
        _timestamp(members, trust, found)
        try:
            verdict = _verdict(members, manifest, found)
        except BundleError as error:
            found.wrong.append(("Verdict", str(error)))
            verdict = ""
        return found.closed(verdict)


def _signature(members: Mapping[str, Path], trust: Trust, found: _Findings) -> Manifest:
    """Who answers for it, and what the manifest says; raises ``BundleError``."""
    envelope = opened(members[MANIFEST].read_bytes())
    try:
        brought = PublicKey.of(members[SIGNER].read_bytes(), SIGNER) if SIGNER in members else None
    except UsageError as error:
        raise BundleError(str(error)) from error
    lacking = found.said if trust.anybody else found.unknown
    if trust.key is not None:
        if is_signed_by(envelope, trust.key):
            found.said.append(("Signed", f"by the key that was named, SHA-256 {trust.key.fingerprint}"))
        elif not envelope.signatures:
            found.wrong.append(("Unsigned", "nobody has signed it, and the key that was named has to"))
        else:
            by = f", but by {brought.fingerprint}" if brought is not None and is_signed_by(envelope, brought) else ""
            found.wrong.append(("Signature", f"it is not by the key that was named, {trust.key.fingerprint}{by}"))
    elif not envelope.signatures:
        lacking.append(("Unsigned", "nobody has signed it: anybody may have made it, evidence and all"))
    elif brought is None or not is_signed_by(envelope, brought):
        found.wrong.append(("Signature", "it is not by the key that the bundle brings along"))
    else:
        whose = f"by a key that nobody has named, SHA-256 {brought.fingerprint}; --key FILE says whom you believe"
        lacking.append(("Signed", whose))
    return Manifest.of(envelope.payload)


def _changed(names: Sequence[str], members: Mapping[str, Path]) -> list[str]:
    """What is not as it was signed; of the evidence, which mail or exchange, where its records are as they were."""
    lines = []
    for name in names:
        if name not in members:
            lines.append(f"{name} is gone")
        elif name != EVIDENCE or RECORDS in names:
            lines.append(f"{name} is not the one in the manifest")
        else:
            try:
                lines += [f"{EVIDENCE}: {line}" for line in changes(members[EVIDENCE], members[RECORDS])]
            except BundleError as error:
                lines.append(f"{name} is not the one in the manifest, and {error}")
    return lines


def _timestamp(members: Mapping[str, Path], trust: Trust, found: _Findings) -> None:
    if TIMESTAMP not in members:
        if trust.authorities:
            found.unknown.append(("Time", "there is no time-stamp in it"))
        return
    stamp = look_at(members[TIMESTAMP].read_bytes(), members[MANIFEST].read_bytes(), trust.authorities)
    when = f"{stamp.time.isoformat()}" if stamp.time else ""
    if stamp.wrong:
        found.wrong.append(("Time", f"the time-stamp is not to be believed: {stamp.wrong}"))
    elif stamp.trusted:
        found.said.append(("Time", f"signed before {when}, by the authority that was named"))
    else:
        who = "who made the stamp was not looked at; --timestamp-authority FILE says whom you believe"
        found.said.append(("Time", f"the stamp of {when} is about this manifest; {who}"))


# ---------------------------------------------------------------- the verdict


def _verdict(members: Mapping[str, Path], manifest: Manifest, found: _Findings) -> str:
    """Make it again; raises ``BundleError``."""
    told = json_of(members[VERDICT])
    if recorded := changes(members[EVIDENCE], members[RECORDS]):
        raise BundleError(f"{RECORDS} is not about this evidence: {recorded[0]}")
    terms, waivers, statement = VerdictTerms.of(told), members_waivers(members), members_statement(members, manifest)
    alike = manifest.judges == dict(judges())
    version = str(json_of(members[VERSIONS]).get("ippmailto", ""))
    try:
        judged = judge_again(members[EVIDENCE], terms, waivers, statement)
    except BundleError as error:
        if alike:
            raise
        found.unknown.append(("Verdict", f"it was made by another catalogue, of {version}: {error}"))
        return str(told.get("verdict"))
    made = document_of(judged)
    wrong = differences(told, made)
    if told.get("evidence") != made["evidence"]:
        wrong.append("it is about other evidence, by its SHA-256")
    if told.get("verdict") != manifest.verdict:
        wrong.append(f"the manifest has {manifest.verdict}")
    wrong += _beside(members, manifest, told, judged)
    if wrong and alike:
        found.wrong += [("Verdict", f"it is not what its own evidence gives: {line}") for line in wrong]
    elif wrong:
        found.unknown += [("Verdict", f"it was made by another catalogue, of {version}: {line}") for line in wrong]
        found.unknown.append(("Verdict", "ippmailto rejudge tells requirement by requirement what is otherwise today"))
    else:
        by = "the same catalogue" if alike else f"another catalogue than that of {version} which made it"
        found.said.append(("Verdict", f"{made['verdict']}, as its evidence gives it again by {by}"))
    found.said += _about(made, judged)
    if manifest.masked:
        found.said.append(("Masked", f"logins in {manifest.masked} of its SMTP sessions, before it was judged"))
    if waived := made["counts"]["waived"]:
        found.said.append(("Waived", f"{waived} of its requirements, by waivers that the bundle brings along"))
    return str(made["verdict"])


def _about(made: Mapping[str, Any], judged: JudgedRun) -> Iterator[tuple[str, str]]:
    """Of whom and of how much it is the verdict, by the evidence: one of a part is not one of the whole."""
    printer = made["printer"]
    name, firmware = printer["make-and-model"] or printer["name"], printer["firmware"] or "not told"
    told = f"{name or 'without a name'}, firmware {firmware}, at {printer['uri']}; begun {made['started']}"
    yield (
        ("Printer", told) if made["subject"] == "printer" else ("Client", f"{made['client']}; begun {made['started']}")
    )
    part = on_one_line(selected_in_words(judged.selection, judged.edition))
    scope = f"a part only, {part}" if judged.selection else "everything"
    strict = ", a SHOULD that is not met fails" if judged.strict else ""
    switched = f", with the readings {', '.join(judged.switched)}" if judged.switched else ""
    yield "Scope", f"{scope}, by {judged.edition.value}{strict}{switched}"


def members_waivers(members: Mapping[str, Path]) -> tuple[WaiverEntry, ...]:
    """The waivers that a bundle brings along; raises ``BundleError``."""
    try:
        return tuple(load_waivers(members[WAIVERS])) if WAIVERS in members else ()
    except UsageError as error:
        raise BundleError(f"{WAIVERS} is damaged") from error


def members_statement(members: Mapping[str, Path], manifest: Manifest) -> Statement | None:
    """What the printer was held to, where that is not in the evidence; raises ``BundleError``."""
    try:
        return Statement.load(members[ICS]) if manifest.declared is StatementOrigin.GIVEN else None
    except StatementError as error:
        raise BundleError(f"{ICS} is damaged") from error


def _beside(members: Mapping[str, Path], manifest: Manifest, told: Mapping[str, Any], judged: JudgedRun) -> list[str]:
    """What stands beside the verdict and says something else than it, or than the evidence."""
    wrong = []
    if told.get("tool") != {"name": "ippmailto", "version": json_of(members[VERSIONS]).get("ippmailto")}:
        wrong.append(f"{VERSIONS} has another version than it was made by")
    wrong += [f"it tells of a {name}, which no bundle has" for name in ELSEWHERE if name in told]
    if toml_of(members[IXIT]) != ixit_entries(members[EVIDENCE]):
        wrong.append(f"{IXIT} is not what the run was told")
    if json_of(members[VERSIONS]).get("judges") != manifest.judges:
        wrong.append(f"{VERSIONS} is not about what made it")
    if manifest.judges != dict(judges()):  # theirs cannot be made here
        return wrong
    if json_of(members[READINGS]) != readings_of(judged.catalogue, judged.switched):
        wrong.append(f"{READINGS} is not how the texts were read")
    if json_of(members[CATALOGUE]) != catalogue_of(judged.edition, judged.vocabulary, judged.whom):
        wrong.append(f"{CATALOGUE} is not the one that it was made by")
    return wrong
