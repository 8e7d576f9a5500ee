"""The copy of an evidence file that goes into a bundle: one file by itself, without the logins that a printer sent.

The evidence of a run keeps what a printer said to the recipient, its password included.  A bundle goes to others.  So
the octets that judges never see are replaced in the copy as they are replaced for judges, each by another: places stay,
and so does the verdict, which is made of the copy.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.opening import beside, connect
from conformance.record.redaction import redacted, redacted_lines
from conformance.record.rows import MailRow, Session, Transcript, pack_events, unpack_events
from conformance.record.smtp_sessions import COMMANDS
from conformance.wire.smtp_events import Event
from reports.exits import UsageError

Changed = list[tuple[str, str, bytes, int]]  # table, column, octets, row


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_evidence(evidence: Path, target: Path) -> int:
    """Make the copy; the number of sessions in which something was masked.

    Raises ``EvidenceError`` for what cannot be judged, and ``UsageError`` for what is not whole.
    """
    with EvidenceFile.open(evidence) as file:  # looked at, before SQLite may work on anything of it
        if file.lacks:
            raise UsageError(f"{file.lacks}; a bundle is made of what is whole")
    shutil.copyfile(evidence, target)
    log = beside(evidence, "-wal")
    if log.exists():
        shutil.copyfile(log, beside(target, "-wal"))
    target.chmod(0o600)
    try:
        with closing(connect(target, "mode=rw")) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            db.execute("PRAGMA journal_mode=MEMORY").fetchall()  # no log any more
    except sqlite3.Error as error:
        raise UsageError(f"cannot copy {evidence}: {error}; look at the room in TMPDIR") from error
    with EvidenceFile.open(target) as file:
        changed = [*_transcripts(file), *_envelopes(file)]
    if changed:
        _replace(target, changed)
    return len({row for table, _, _, row in changed if table == Transcript.table})


def _transcripts(file: EvidenceFile) -> Iterator[tuple[str, str, bytes, int]]:
    """Those with credentials in them, without: a session's are masked together, and parted again where they were."""
    for session in file.rows(Session):  # one after the other: a run may have more octets than memory
        rows = list(file.rows(Transcript, "session=?", session.id))
        parts = [unpack_events(row.events) for row in rows]
        events: list[Event] = [event for part in parts for event in part]
        masked = redacted(events, COMMANDS)
        at = 0
        for row, part in zip(rows, parts, strict=True):
            octets = pack_events(masked[at : at + len(part)])
            at += len(part)
            if octets != row.events:
                yield Transcript.table, "events", octets, row.id


def _envelopes(file: EvidenceFile) -> Iterator[tuple[str, str, bytes, int]]:
    for row in file.rows(MailRow):
        if (lines := redacted_lines(row.envelope, COMMANDS)) != row.envelope:
            yield MailRow.table, "envelope", lines, row.id


def _replace(target: Path, changed: Changed) -> None:
    """Put them in place of what was there, of which nothing is left in the file."""
    with closing(connect(target, "mode=rw")) as db:
        for pragma in ("secure_delete=ON", "journal_mode=MEMORY"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN")
        for table, column, octets, row in changed:
            db.execute(f'UPDATE "{table}" SET "{column}"=? WHERE id=?', (octets, row))
        db.execute("COMMIT")
