"""Bundles taken apart and put together again, as a forger would."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import os
import shutil
import sqlite3
import tarfile
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Transcript
from reports.bundles.archive import BLOCK, END, EVIDENCE, LIMITS, MANIFEST, RECORDS, SIGNER, TIMESTAMP, header
from reports.bundles.records import write_records
from reports.bundles.signing import PublicKey, private_key, seal
from reports.cli import main
from reports.exits import Exit
from reports.tests.test_formats import PACKED

FORGERIES: Final = int(os.environ.get("IPPMAILTO_FORGERIES", "3"))
"""How many are drawn of each kind: each is verified, and so judged."""

Members = dict[str, bytes]


def taken_apart(bundle: Path) -> Members:
    """Its members by name, in their order."""
    with tarfile.open(bundle) as archive:
        return {one.name: _octets(archive, one) for one in archive.getmembers()}


def _octets(archive: tarfile.TarFile, one: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(one)
    assert file is not None
    return file.read()


def put_together(members: Members, target: Path) -> Path:
    """An archive of them, as ours is made."""
    out = io.BytesIO()
    for name in (name for name in LIMITS if name in members):
        out.write(header(name, len(members[name])) + members[name] + bytes(-len(members[name]) % BLOCK))
    target.write_bytes(out.getvalue() + END)
    return target


def statement_of(members: Members) -> dict[str, Any]:
    """What its manifest says."""
    found: dict[str, Any] = json.loads(b64decode(json.loads(members[MANIFEST])["payload"]))
    return found


def signed_anew(members: Members, key: Path | None, change: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Give it a manifest that has the digests of its members, signed by that key."""
    statement = statement_of(members)
    if key is not None:
        members[SIGNER] = PublicKey(private_key(key).public_key()).pem
    else:
        members.pop(SIGNER, None)
    statement["subject"] = [
        {"name": name, "digest": {"sha256": hashlib.sha256(members[name]).hexdigest()}}
        for name in LIMITS
        if name in members and name not in (MANIFEST, TIMESTAMP)
    ]
    if change is not None:
        change(statement)
    members[MANIFEST] = seal(statement, private_key(key) if key else None)


def edited(members: Members, name: str, change: Callable[[Any], None]) -> None:
    """Change a member in JSON."""
    document = json.loads(members[name])
    change(document)
    members[name] = (json.dumps(document, indent=1) + "\n").encode()


def mail_changed(members: Members, place: Path, number: int, old: bytes, new: bytes) -> None:
    """Put other octets, as many, into one mail of its evidence, so that the file stays one that can be read."""
    file = place / "changed.evidence"
    file.write_bytes(members[EVIDENCE])
    with EvidenceFile.open(file) as evidence:
        (mail,) = evidence.rows(MailRow, "id=?", number)
        octets = evidence.client_octets(mail.session, mail.start, mail.end)
        (stretch,) = [row for row in evidence.rows(Transcript, "session=?", mail.session) if octets in row.events]
    assert old in octets
    assert len(old) == len(new)
    events = stretch.events.replace(octets, octets.replace(old, new, 1))
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE transcript SET events=? WHERE id=?", (events, stretch.id))
        db.commit()
    members[EVIDENCE] = file.read_bytes()
    file.unlink()


def records_anew(members: Members, place: Path) -> None:
    """Records of the evidence as it is now."""
    (place / "changed.evidence").write_bytes(members[EVIDENCE])
    write_records(place / "changed.evidence", place / RECORDS)
    members[RECORDS] = (place / RECORDS).read_bytes()


# ---------------------------------------------------------------- who makes and verifies them

FEW: Final = ("--edition", "mailto-04", "--select", "M4-From-1,M4-Sender-1,S-7bit", "-q")


class Laboratory:
    """A report directory, a key, a stranger's key, and the bundle that is made with the first."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.reports = directory, directory / "reports"
        self.key, self.stranger, self.bundle = (directory / name for name in ("key", "stranger", "run.bundle"))

    @property
    def public(self) -> Path:
        """Whose signature is looked for."""
        return self.directory / "key.pub"

    @classmethod
    def with_a_run(cls, directory: Path) -> Laboratory:
        """One that has all of them."""
        made = cls(directory)
        made.reports.mkdir()
        (made.reports / "run.evidence").write_bytes(lzma.decompress(PACKED.read_bytes()))
        assert made.judge() == Exit.DOES_NOT_CONFORM
        for key in (made.key, made.stranger):
            assert main(["bundle", "--new-key", str(key)]) == Exit.CONFORMS
        assert bundled(made, made.bundle, "--key", made.key) == Exit.CONFORMS
        return made

    def judge(self, *more: str | Path) -> int:
        """Judge the run once more."""
        evidence = str(self.reports / "run.evidence")
        return main(["judge", evidence, "--report-dir", str(self.reports), *FEW, *map(str, more)])

    def copied(self, directory: Path) -> Laboratory:
        """Another with the same run."""
        other = Laboratory(directory)
        shutil.copytree(self.reports, other.reports)
        return other


def bundled(place: Laboratory, target: Path, *more: str | Path) -> int:
    """Make one; the exit code."""
    return main(["bundle", str(place.reports), "-o", str(target), *map(str, more)])


def verified(capsys: pytest.CaptureFixture[str], bundle: Path, *more: str | Path) -> tuple[int, str]:
    """Verify one; the exit code, and what was said."""
    capsys.readouterr()
    code = main(["verify", str(bundle), *map(str, more)])
    told = capsys.readouterr()
    return code, told.out + told.err
