"""A run in one archive: made the same each time, verified, and refused in whatever way somebody has changed it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow
from reports.bundles import archive
from reports.bundles.archive import BLOCK, EVIDENCE, LIMITS, MANIFEST, NEEDED, RECORDS, SIGNER, VERDICT
from reports.bundles.manifest import PREDICATE, STATEMENT
from reports.cli import main
from reports.exits import Exit
from reports.tests.forged import (
    FORGERIES,
    Laboratory,
    Members,
    bundled,
    edited,
    mail_changed,
    put_together,
    records_anew,
    signed_anew,
    statement_of,
    taken_apart,
    verified,
)

FEW: Final = "M4-From-1,M4-Sender-1,S-7bit"
Said = tuple[int, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory.with_a_run(tmp_path_factory.mktemp("bundles"))


def verdict(place: Laboratory) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place.reports / "verdict.json").read_bytes())
    return found


# ---------------------------------------------------------------- made


def test_a_bundle_is_verified_by_the_key_that_it_was_signed_with(
    place: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = verified(capsys, place.bundle, "--key", place.public)
    assert code == Exit.CONFORMS, said
    assert said.splitlines()[0] == f"verified: {place.bundle}, a run that came to: does-not-conform"
    assert "Signed    by the key that was named" in said
    assert "as its evidence gives it again by the same catalogue" in said
    assert f"Scope     a part only, {verdict(place)['selection'][0]}," in said
    assert f"Printer   {verdict(place)['printer']['make-and-model']}, firmware " in said


def test_the_same_run_makes_the_same_octets(place: Laboratory, tmp_path: Path) -> None:
    elsewhere = place.copied(tmp_path)
    os.utime(elsewhere.reports / "run.evidence", (0, 0))
    assert bundled(elsewhere, tmp_path / "again", "--key", place.key) == Exit.CONFORMS
    assert (tmp_path / "again").read_bytes() == place.bundle.read_bytes()


def test_a_bundle_holds_what_the_verdict_was_made_of(place: Laboratory) -> None:
    members = taken_apart(place.bundle)
    assert set(members) == NEEDED | {SIGNER}
    assert members[EVIDENCE] == (place.reports / "run.evidence").read_bytes()
    told, reported = json.loads(members[VERDICT]), verdict(place)
    assert told["requirements"] == reported["requirements"]
    assert told["evidence"] == reported["evidence"] | {"file": EVIDENCE}
    versions = json.loads(members["versions.json"])
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"pytest", "cryptography"} <= set(versions["dependencies"])
    assert set(versions["judges"]) == {"catalogue", "cases", "readers", "judge"}
    assert json.loads(members["readings.json"])["C04"]["choice"] == told["readings"]["C04"]
    assert json.loads(members["catalogue.json"])["requirements"]["S-7bit"]["judged"] == "hard"


def test_a_manifest_is_a_statement_that_other_tools_read(place: Laboratory) -> None:
    """By the signature alone, as DSSE has it, without a line of ours or of the library that made it."""
    from base64 import b64decode

    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    members = taken_apart(place.bundle)
    envelope = json.loads(members[MANIFEST])
    payload, kind = b64decode(envelope["payload"]), envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    key: Any = load_pem_public_key(place.public.read_bytes())
    key.verify(b64decode(envelope["signatures"][0]["sig"]), signed)
    statement = json.loads(payload)
    assert (statement["_type"], statement["predicateType"]) == (STATEMENT, PREDICATE)
    for one in statement["subject"]:
        assert one["digest"]["sha256"] == hashlib.sha256(members[one["name"]]).hexdigest()


def test_a_key_is_for_its_owner_alone_and_never_replaced(place: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    before = place.key.read_bytes()
    assert main(["bundle", "--new-key", str(place.key)]) == Exit.USAGE
    assert "name another file" in capsys.readouterr().err
    assert place.key.read_bytes() == before


@pytest.mark.parametrize("more", [(), ("--any-signer",)], ids=["asked", "not-asked"])
@pytest.mark.parametrize("signed", [True, False], ids=["unknown-signer", "unsigned"])
def test_who_has_signed_is_said_plainly_where_nobody_is_named(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], signed: bool, more: tuple[str, ...]
) -> None:
    bundle = place.bundle if signed else tmp_path / "unsigned"
    if not signed:
        assert bundled(place, bundle) == Exit.CONFORMS
        assert "Unsigned  nobody answers for it" in capsys.readouterr().out
    code, said = verified(capsys, bundle, *more)
    assert code == (Exit.CONFORMS if more else Exit.INCONCLUSIVE)
    assert ("by a key that nobody has named" if signed else "nobody has signed it") in said


def test_an_archive_that_is_there_stays(place: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    assert bundled(place, place.bundle, "--key", place.stranger) == Exit.USAGE
    assert "--overwrite" in capsys.readouterr().err
    assert verified(capsys, place.bundle, "--key", place.public)[0] == Exit.CONFORMS


# ---------------------------------------------------------------- not made of what does not fit together


def test_a_verdict_that_its_evidence_does_not_give_is_not_bundled(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = place.copied(tmp_path)
    document = verdict(place)
    next(one for one in document["requirements"] if one["id"] == "S-7bit")["verdict"] = "pass"
    (elsewhere.reports / "verdict.json").write_text(json.dumps(document))
    assert bundled(elsewhere, tmp_path / "no") == Exit.USAGE
    assert "S-7bit is pass, and the evidence gives fail" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_evidence_that_was_not_judged_is_not_bundled(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = place.copied(tmp_path)
    with (elsewhere.reports / "run.evidence").open("r+b") as file:
        file.seek(24)
        file.write(bytes(4))
    assert bundled(elsewhere, tmp_path / "no") == Exit.USAGE
    assert "is not the evidence that was judged" in capsys.readouterr().err


# ---------------------------------------------------------------- forged


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


@pytest.mark.takes(20)
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


# ---------------------------------------------------------------- what it was judged by

WAIVERS: Final = """
[[waiver]]
requirement = "S-7bit"
reason = "the next firmware has it"
owner = "the mail team"
"""


def test_waivers_come_along_and_are_told(place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere, waivers = place.copied(tmp_path), tmp_path / "waivers.toml"
    waivers.write_text(WAIVERS)
    elsewhere.judge("--waivers", waivers)
    capsys.readouterr()
    assert bundled(elsewhere, elsewhere.bundle, "--key", place.key) == Exit.USAGE
    assert "name their file (--waivers)" in capsys.readouterr().err
    assert bundled(elsewhere, elsewhere.bundle, "--key", place.key, "--waivers", waivers) == Exit.CONFORMS
    code, said = verified(capsys, elsewhere.bundle, "--key", place.public)
    assert code == Exit.CONFORMS, said
    assert "Waived    1 of its requirements" in said
    assert taken_apart(elsewhere.bundle)["waivers.toml"] == WAIVERS.encode()


def test_a_statement_comes_along_and_is_held_to_again(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere, ics = place.copied(tmp_path), tmp_path / "ics.toml"
    ics.write_text('make-and-model = "Another"\n')
    elsewhere.judge("--ics", ics)
    capsys.readouterr()
    assert bundled(elsewhere, elsewhere.bundle, "--key", place.key) == Exit.USAGE
    assert "declarations is " in capsys.readouterr().err
    assert bundled(elsewhere, elsewhere.bundle, "--key", place.key, "--ics", ics) == Exit.CONFORMS
    assert verified(capsys, elsewhere.bundle, "--key", place.public)[0] == Exit.CONFORMS
    members = taken_apart(elsewhere.bundle)
    assert members["ics.toml"] == ics.read_bytes()
    members["ics.toml"] = members["ics.toml"].replace(b"Another", b"A third")
    signed_anew(members, place.key)
    code, said = verified(capsys, put_together(members, tmp_path / "forged"), "--key", place.public)
    assert code == Exit.DOES_NOT_CONFORM
    assert "declarations is " in said


def test_what_an_earlier_verdict_had_is_no_part_of_a_bundle(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = place.copied(tmp_path)
    elsewhere.judge("--baseline", place.reports)
    assert "baseline" in verdict(elsewhere)
    assert bundled(elsewhere, elsewhere.bundle, "--key", place.key) == Exit.CONFORMS
    members = taken_apart(elsewhere.bundle)
    assert "baseline" not in json.loads(members[VERDICT])
    edited(members, VERDICT, lambda document: document.update(baseline={"against": "x", "new": []}))
    signed_anew(members, place.key)
    code, said = verified(capsys, put_together(members, tmp_path / "forged"), "--key", place.public)
    assert code == Exit.DOES_NOT_CONFORM
    assert "it tells of a baseline, which no bundle has" in said


# ---------------------------------------------------------------- wrong usage


@pytest.mark.parametrize("what", ["missing", "directory", "pipe"])
def test_what_is_no_file_is_wrong_usage(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    bundle = tmp_path / what
    if what == "directory":
        bundle.mkdir()
    elif what == "pipe":
        os.mkfifo(bundle)
    code, said = verified(capsys, bundle)
    assert code == Exit.USAGE
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("octets", "told"), [(b"x", "is no key in PEM"), (b"-----BEGIN PUBLIC KEY-----\n", "is no key in PEM")]
)
def test_a_key_that_is_none_is_one_line(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], octets: bytes, told: str
) -> None:
    (tmp_path / "key").write_bytes(octets)
    code, said = verified(capsys, place.bundle, "--key", tmp_path / "key")
    assert code == Exit.USAGE
    assert told in said
    assert len(said.splitlines()) == 1
    assert bundled(place, tmp_path / "no", "--key", tmp_path / "key") == Exit.USAGE


def test_every_member_has_its_limit_and_its_place() -> None:
    assert set(LIMITS) > NEEDED
    assert RECORDS in archive.LIMITS
