"""Sessions laid into an evidence file as if a printer had spoken them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Session, Transcript, pack_events
from conformance.wire.smtp_events import Event, EventKind

Exchanged = Sequence[tuple[bytes, bytes]]  # what the client sent, what was answered


def envelopes_of(evidence: Path) -> list[bytes]:
    """The MAIL and RCPT lines of its mails, each once."""
    with EvidenceFile.open(evidence) as file:
        return sorted({message.envelope for message in file.rows(MailRow)})


def lay_mails(evidence: Path, bodies: Iterable[bytes], before: Exchanged = ((b"HELO x\r\n", b"250 ok\r\n"),)) -> None:
    """Mails to the addresses of its subscriptions, each in a session of its own that begins with ``before``."""
    envelopes = envelopes_of(evidence)
    with EvidenceFile.open(evidence, append=True) as file:
        t = max(message.t for message in file.rows(MailRow))
        for i, body in enumerate(bodies):
            _lay(file, t, before, envelopes[i % len(envelopes)], body)


def lay_mail(evidence: Path, envelope: bytes, body: bytes) -> None:
    """One mail with that envelope."""
    with EvidenceFile.open(evidence, append=True) as file:
        _lay(file, max(message.t for message in file.rows(MailRow)), ((b"EHLO x\r\n", b"250 x\r\n"),), envelope, body)


def _lay(file: EvidenceFile, t: int, before: Exchanged, envelope: bytes, body: bytes) -> None:
    said = [
        *before,
        *((line, b"250 ok\r\n") for line in envelope.splitlines(keepends=True)),
        (b"DATA\r\n", b"354 go\r\n"),
    ]
    start = sum(len(line) for line, _ in said)
    said += [(body + b".\r\n", b"250 ok\r\n"), (b"QUIT\r\n", b"221 bye\r\n")]
    events = [Event(t, EventKind.SERVER, b"220 x\r\n")]
    for line, reply in said:
        events += [Event(t, EventKind.CLIENT, line), Event(t, EventKind.SERVER, reply)]
    events.append(Event(t, EventKind.LOST, b"quit"))
    number = file.next_id(Session)
    file.insert([
        Session(number, t, "127.0.0.1:25", "127.0.0.1:1"),
        Transcript(file.next_id(Transcript), number, 0, pack_events(events)),
        MailRow(file.next_id(MailRow), number, t, start, start + len(body), envelope),
    ])  # fmt: skip
