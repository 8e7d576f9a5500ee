"""Runs made of written-down SMTP sessions, for the cases that read them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.smtp_sessions import SessionRecord
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from conformance.wire.smtp_events import Event, EventKind

STEP: Final = 1_000_000  # nanoseconds between two lines
KINDS: Final = {kind.value: kind for kind in EventKind}
HEAD: Final = ["S: 220 here", "C: EHLO printer", "S: 250-here\\r\\n250-PIPELINING\\r\\n250 8BITMIME"]
PLAIN_HEAD: Final = ["S: 220 here", "C: EHLO printer", "S: 250-here\\r\\n250 8BITMIME"]
MAIL: Final = ["C: MAIL FROM:<bob@x.example>", "S: 250 ok"]
RCPT: Final = ["C: RCPT TO:<r1.1.s@here.example>", "S: 250 ok"]
MESSAGE: Final = "From: P <p@x.example>\\r\\nTo: <r1.1.s@here.example>\\r\\nSubject: job 1j\\r\\n\\r\\njob 1j is done"
DATA: Final = ["C: DATA", "S: 354 go on", f"C: {MESSAGE}\\r\\n.", "S: 250 taken"]
QUIT: Final = ["C: QUIT", "S: 221 bye", "L: quit"]


def events_of(script: list[str], begin: int = 0) -> list[Event]:
    """``C: octets`` and so on, one event for each.

    ``\\r`` and the like are escapes; CRLF is put behind what ``C:`` and ``S:`` say, and nothing behind ``C!``.
    """
    found = []
    for i, line in enumerate(script, 1):
        octets = line[3:].encode("latin-1").decode("unicode_escape").encode("latin-1")
        ended = line[1] == ":" and line[0] in "CS"
        found.append(Event(begin + i * STEP, KINDS[line[0]], octets + b"\r\n" * ended))
    return found


def session_of(script: list[str], peer: str = "127.0.0.1:4711") -> SessionRecord:
    """One session."""
    return SessionRecord(rows.Session(1, 0, "127.0.0.1:25", peer), events_of(script))


@dataclass
class WrittenRun:
    """An evidence file that grows session by session."""

    path: Path
    rows: list[rows.Row] = field(default_factory=list)
    ids: int = 0
    plays: int = 0
    facts: dict[str, str] = field(default_factory=lambda: {"printer-address": "127.0.0.1"})
    file: EvidenceFile | None = None

    def _id(self) -> int:
        self.ids += 1
        return self.ids

    def describe(self, *attributes: ipp.Attribute) -> None:
        """What the printer says of itself, beside its name."""
        group = ipp.Group(GroupTag.PRINTER, (ipp.name_("printer-name", "P"), *attributes))
        operation = int(Operation.GET_PRINTER_ATTRIBUTES)
        request, response = (
            ipp.encode(ipp.Message(code=code, request_id=1, groups=groups))
            for code, groups in ((operation, ()), (int(Status.SUCCESSFUL_OK), (group,)))
        )
        self.rows.append(rows.Exchange(self._id(), 0, 0, operation, "", 0, 1, "", b"", request, 200, b"", response))

    def session(
        self, script: list[str], peer: str = "127.0.0.1:4711", listener: str = "127.0.0.1:25", begin: int = 0
    ) -> None:
        """A session, with its messages that were answered 250."""
        number = self._id()
        events = events_of(script, begin)
        self.rows += [
            rows.Session(number, begin, listener, peer),
            rows.Transcript(number, number, 0, rows.pack_events(events)),
        ]
        smtp_session = SessionRecord(rows.Session(number, 0, "", peer), events)
        for turns in smtp_session.transactions():
            envelope = b"".join(t.line for t in turns if t.verb in ("MAIL", "RCPT"))
            for turn in turns:
                if turn.data_span and turn.data_reply and turn.data_reply.code == 250 and turn.data_t:
                    self.rows.append(rows.MailRow(self._id(), number, turn.data_t, *turn.data_span, envelope))

    def play(self, scenario: str) -> int:
        """A play that was played to its end; its number, from 1."""
        self.plays += 1
        self.rows += [rows.Play(self.plays, 1, 0, scenario), rows.PlayEnd(self.plays, 10**12, "played")]
        return self.plays

    def print(self, scenario: str, detail: dict[str, object]) -> None:
        """A play of one job with a subscription, both taken by the printer."""
        play, step = self.play(scenario), self._id()
        granted = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(NTFY_01.subscription_id, 1),))
        request, response = (
            ipp.encode(ipp.Message(code=code, request_id=1, groups=groups))
            for code, groups in ((int(Operation.PRINT_JOB), ()), (int(Status.SUCCESSFUL_OK), (granted,)))
        )
        self.rows += [
            rows.Step(step, play, 0, "Print", "j", json.dumps(detail)),
            rows.Exchange(
                self._id(), play, step, int(Operation.PRINT_JOB), "", 0, 1, "", b"", request, 200, b"", response
            ),
        ]

    def run_record(self) -> RunRecord:
        """The run as a judge reads it."""
        self.play("printer/description")
        run = rows.Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/ipp/print")
        self.file = EvidenceFile.create(self.path)
        facts = [rows.Fact(1, 0, name, value) for name, value in self.facts.items()]
        self.file.insert([run, *facts, *self.rows])
        return RunRecord(self.file)

    def run(self) -> PlayRecord:
        """What the cases that look at a whole run are given."""
        return self.run_record().play("printer/description")

    def run_of(self, *scripts: list[str]) -> PlayRecord:
        """A run of these sessions."""
        for script in scripts:
            self.session(script)
        return self.run()

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()
