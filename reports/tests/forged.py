"""Bundles taken apart and put together again, as a forger would."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Transcript
from reports.bundles.archive import BLOCK, END, EVIDENCE, LIMITS, MANIFEST, RECORDS, SIGNER, TIMESTAMP, header
from reports.bundles.records import write_records
from reports.bundles.signing import PublicKey, private_key, seal

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
