"""A bundle that somebody has changed, in whatever way, is refused; what was changed is named."""

from __future__ import annotations

import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow
from reports.bundles.archive import BLOCK, EVIDENCE, MANIFEST, VERDICT
from reports.exits import Exit
from reports.tests.forged import (
    FORGERIES,
    Laboratory,
    Members,
    edited,
    mail_changed,
    put_together,
    records_anew,
    signed_anew,
    statement_of,
    taken_apart,
    verified,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory.with_a_run(tmp_path_factory.mktemp("bundles"))


def _first_mail(members: Members, place: Path) -> int:
    (place / "looked-at").write_bytes(members[EVIDENCE])
    with EvidenceFile.open(place / "looked-at") as file:
        return next(file.rows(MailRow)).id


def _one_octet(members: Members, place: Path, key: Path) -> None:
    mail_changed(members, place, _first_mail(members, place), b"Subject: ", b"Subjekt: ")


def _octet_and_digest(members: Members, place: Path, key: Path) -> None:
    _one_octet(members, place, key)
    signed_anew(members, key)


def _octet_and_records(members: Members, place: Path, key: Path) -> None:
    _one_octet(members, place, key)
    records_anew(members, place)
    signed_anew(members, key)


def _verdict_unsigned(members: Members, place: Path, key: Path) -> None:
    edited(members, VERDICT, _passes)


def _passes(document: Any) -> None:
    for entry in document["requirements"]:
        if entry["id"] == "S-7bit":
            entry["verdict"] = "pass"
            for one in entry["cases"]:
                one["verdict"] = "pass"


def _anew(name: str, change: Callable[[Any], None]) -> Callable[[Members, Path, Path], None]:
    def forge(members: Members, place: Path, key: Path) -> None:
        edited(members, name, change)
        signed_anew(members, key, lambda s: s["predicate"].update(verdict=json.loads(members[VERDICT])["verdict"]))

    return forge


def _toml(name: str, line: bytes) -> Callable[[Members, Path, Path], None]:
    def forge(members: Members, place: Path, key: Path) -> None:
        members[name] += line
        signed_anew(members, key)

    return forge


def _unsigned(members: Members, place: Path, key: Path) -> None:
    signed_anew(members, None)


def _by_the_stranger(members: Members, place: Path, key: Path) -> None:
    _octet_and_records(members, place, key.with_name("stranger"))


def _strangers_key_beside(members: Members, place: Path, key: Path) -> None:
    signed_anew(members, key.with_name("stranger"))


def _statement_unsigned(members: Members, place: Path, key: Path) -> None:
    from base64 import b64encode

    envelope, statement = json.loads(members[MANIFEST]), statement_of(members)
    statement["predicate"]["verdict"] = "conforms"
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    envelope["payload"] = b64encode(payload).decode()
    members[MANIFEST] = (json.dumps(envelope, sort_keys=True, indent=1) + "\n").encode()


def _manifest_says(members: Members, place: Path, key: Path) -> None:
    signed_anew(members, key, lambda statement: statement["predicate"].update(verdict="conforms"))


def _waived(members: Members, place: Path, key: Path) -> None:
    members["waivers.toml"] = b'[[waiver]]\nrequirement = "S-7bit"\nreason = "so"\nowner = "nobody"\n'
    signed_anew(members, key)


def _another_printer(document: Any) -> None:
    document["printer"]["firmware"] = "9.9"


FORGED: Final[dict[str, tuple[Callable[[Members, Path, Path], None], str]]] = {
    "one octet of a mail": (_one_octet, "Changed   run.evidence: mail #1 was changed within octets 0-256"),
    "one octet of a mail, its digest signed": (_octet_and_digest, "records.txt is not about this evidence: mail #1"),
    "one octet of a mail, all signed": (_octet_and_records, "it is about other evidence, by its SHA-256"),
    "signed by a stranger": (_by_the_stranger, "it is not by the key that was named"),
    "nothing changed, signed by a stranger": (_strangers_key_beside, "it is not by the key that was named"),
    "the signature taken away": (_unsigned, "nobody has signed it, and the key that was named has to"),
    "another statement in the envelope": (_statement_unsigned, "it is not by the key that was named"),
    "the verdict": (_verdict_unsigned, "Changed   verdict.json is not the one in the manifest"),
    "the verdict, signed": (_anew(VERDICT, _passes), "S-7bit is pass, and the evidence gives fail"),
    "all of the verdict, signed": (
        _anew(VERDICT, lambda d: d.update(verdict="conforms")),
        "verdict is conforms, and the evidence gives does-not-conform",
    ),
    "the manifest's verdict, signed": (_manifest_says, "the manifest has conforms"),
    "the counts, signed": (_anew(VERDICT, lambda d: d["counts"].update(fail=0)), "counts is"),
    "a requirement left out, signed": (_anew(VERDICT, lambda d: d["requirements"].pop(0)), "is not there"),
    "the text of a requirement, signed": (
        _anew(VERDICT, lambda d: d["requirements"][0].update(says="Anything goes.")),
        "says of it is not what the catalogue has",
    ),
    "another firmware, signed": (_anew(VERDICT, _another_printer), "printer is"),
    "mails explained away, signed": (_anew(VERDICT, lambda d: d["ledger"].update(due=0)), "ledger is"),
    "a smaller selection, signed": (_anew(VERDICT, lambda d: d.update(selection=["M4-Sender-1"])), "is fail"),
    "another reading, signed": (
        _anew(VERDICT, lambda d: d["readings"].update(C04="binds")),
        "readings.json is not how the texts were read",
    ),
    "an edition that is none, signed": (_anew(VERDICT, lambda d: d.update(edition="x")), "verdict.json does not say"),
    "the evidence of another run, signed": (
        _anew(VERDICT, lambda d: d["evidence"].update(sha256="0" * 64)),
        "it is about other evidence, by its SHA-256",
    ),
    "a waiver put in, signed": (_waived, "S-7bit is fail, and the evidence gives waived"),
    "a text of the readings, signed": (
        _anew("readings.json", lambda d: d["C04"].update(choice="binds")),
        "readings.json is not how the texts were read",
    ),
    "the catalogue, signed": (
        _anew("catalogue.json", lambda d: d["requirements"]["S-7bit"].update(judged="soft")),
        "catalogue.json is not the one that it was made by",
    ),
    "the versions, signed": (
        _anew("versions.json", lambda d: d["judges"].update(cases="0" * 64)),
        "versions.json is not about what made it",
    ),
    "the version, signed": (
        _anew("versions.json", lambda d: d.update(ippmailto="9.9")),
        "versions.json has another version than it was made by",
    ),
    "the IXIT, signed": (_toml("ixit.toml", b'mail-domain = "elsewhere.example"\n'), "ixit.toml is not what the run"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_bundle_is_refused(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    forge, told = FORGED[kind]
    members = taken_apart(place.bundle)
    forge(members, tmp_path, place.key)
    code, said = verified(capsys, put_together(members, tmp_path / "forged"), "--key", place.public)
    assert code == Exit.DOES_NOT_CONFORM, said
    assert said.startswith("refused: ")
    assert told in said


def test_what_is_put_together_again_unchanged_is_verified(place: Laboratory, tmp_path: Path) -> None:
    """So that no forgery above is refused for how it was made."""
    members = taken_apart(place.bundle)
    assert put_together(members, tmp_path / "same").read_bytes() == place.bundle.read_bytes()
    signed_anew(members, place.key)
    assert put_together(members, tmp_path / "signed").read_bytes() == place.bundle.read_bytes()


def test_a_lie_that_names_another_catalogue_is_never_verified(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = taken_apart(place.bundle)
    edited(members, VERDICT, _passes)
    judges = json.loads(members["versions.json"])["judges"] | {"cases": "0" * 64}
    edited(members, "versions.json", lambda document: document.update(judges=judges))
    signed_anew(members, place.key, lambda statement: statement["predicate"].update(judges=judges))
    code, said = verified(capsys, put_together(members, tmp_path / "older"), "--key", place.public)
    assert code == Exit.INCONCLUSIVE
    assert "by another catalogue" in said
    assert "S-7bit is pass, and the evidence gives fail" in said


def test_a_verdict_that_steers_the_terminal_is_told_in_escapes(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be judged again is told as the bundle has it, and whoever made that may have written anything."""
    members = taken_apart(place.bundle)
    said_to_be = "\x1b[2Jconforms\nverified: all of it"
    edited(members, VERDICT, lambda document: document.update(selection=["no-such-entry"], verdict=said_to_be))
    signed_anew(members, place.key, lambda statement: statement["predicate"].update(judges={"cases": "0" * 64}))
    code, said = verified(capsys, put_together(members, tmp_path / "steers"), "--key", place.public)
    assert code == Exit.INCONCLUSIVE
    assert "\x1b" not in said
    assert not [line for line in said.splitlines() if line.startswith("verified")]
    assert said.startswith("inconclusive: ")


@pytest.mark.takes(20)
def test_no_octet_of_a_bundle_can_be_changed(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    octets, draw = place.bundle.read_bytes(), random.Random(0)
    begins = {0}
    with tarfile.open(place.bundle) as whole:
        for one in whole.getmembers():
            begins |= {one.offset, one.offset_data, one.offset_data + one.size - 1}
    places = [*sorted(begins), *(draw.randrange(len(octets)) for _ in range(4 * FORGERIES)), len(octets) - 1]
    places += [draw.randrange(BLOCK, BLOCK + len(taken_apart(place.bundle)[MANIFEST])) for _ in range(6 * FORGERIES)]
    for at in places:
        bundle = tmp_path / "changed"
        bundle.write_bytes(octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :])
        code, said = verified(capsys, bundle, "--key", place.public)
        assert code == Exit.DOES_NOT_CONFORM, f"octet {at}: {said}"


def test_each_mail_and_exchange_is_named_when_it_is_changed(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = taken_apart(place.bundle)
    with EvidenceFile.open(place.reports / "run.evidence") as file:
        mails = list(file.rows(MailRow))
    last = mails[-1]
    mail_changed(members, tmp_path, last.id, b"\r\n\r\n", b"\r\n\r ")
    code, said = verified(capsys, put_together(members, tmp_path / "forged"), "--key", place.public)
    assert code == Exit.DOES_NOT_CONFORM
    named = [line for line in said.splitlines() if line.startswith("Changed")]
    assert named[0].startswith(f"Changed   run.evidence: mail #{last.id} was changed within octets ")
    assert named[1].startswith("Changed   run.evidence: the file differs in octets ")
    assert len(named) == 2
