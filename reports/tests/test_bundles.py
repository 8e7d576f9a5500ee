"""A run in one archive: made the same each time, with all that it was judged by, and verified."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from reports.bundles import archive
from reports.bundles.archive import EVIDENCE, LIMITS, MANIFEST, NEEDED, RECORDS, SIGNER, VERDICT
from reports.bundles.manifest import PREDICATE, STATEMENT
from reports.cli import main
from reports.exits import Exit
from reports.tests.forged import (
    Laboratory,
    bundled,
    edited,
    put_together,
    signed_anew,
    taken_apart,
    verified,
)


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
