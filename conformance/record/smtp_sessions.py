"""SMTP sessions as a judge reads them: what the printer sent, what we answered, and what of it was a fault of ours.

Nothing that a fault script did is the printer's doing: every look here knows which answers were given on purpose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.faults import Fault, recorded
from conformance.verdict import Where
from conformance.wire import imf, smtp
from conformance.wire.handshake import Handshake
from conformance.wire.other_protocols import not_smtp
from conformance.wire.problem import Span
from conformance.wire.smtp_events import Event, EventKind

from . import rows
from .evidence import EvidenceFile
from .redaction import redacted

# Every command that RFC 821, RFC 5321 and the registered extensions define; those of nobody's begin with X.
COMMANDS: Final = frozenset((
    "HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "SEND", "SOML", "SAML", "VRFY", "EXPN", "HELP",
    "NOOP", "QUIT", "TURN", "ATRN", "ETRN", "AUTH", "STARTTLS", "BURL",
))  # fmt: skip
HELLO: Final = ("EHLO", "HELO")
HEAD: Final = 200  # octets in which another protocol shows itself
_EXTENSION: Final = re.compile(r"X[A-Z0-9-]*")
_DOT: Final = re.compile(rb"(?:\A|(?<=\r\n))\.")


@dataclass(frozen=True)  # no slots: what is read on demand is kept in the instance
class SentMessage:
    """Message octets of a session, dots as sent, without the final dot line; ``turn`` is the DATA they came after."""

    turn: smtp.Turn
    wire: bytes
    start: int  # in the client's stream

    def span(self, within: Span) -> Span:
        """A place in these octets as a place in the client's stream."""
        return self.start + within[0], self.start + within[1]

    def span_of_parsed(self, within: Span) -> Span:
        """A place in :attr:`imf`, where the dots of SMTP are gone, as a place in the client's stream."""
        dots = [m.start() for m in _DOT.finditer(self.wire)]
        first, last = (at + sum(dot - i <= at for i, dot in enumerate(dots)) for at in within)
        return self.span((first, last))

    @cached_property
    def parsed(self) -> imf.Mail:
        """The message, read without repair."""
        return imf.read(smtp.unstuff(self.wire))

    @property
    def taken(self) -> bool:
        """Whether the final dot was answered 250."""
        return self.turn.data_reply is not None and self.turn.data_reply.code // 100 == 2


@dataclass(frozen=True)
class SessionRecord:
    """One SMTP session, from the moment it was accepted."""

    row: rows.Session
    events: Sequence[Event]

    @property
    def id(self) -> int:
        """The row's id."""
        return self.row.id

    @cached_property
    def dialogue(self) -> smtp.Dialogue:
        """Its commands and answers."""
        return smtp.dialogue(self.events)

    @property
    def turns(self) -> tuple[smtp.Turn, ...]:
        """Its commands, in order."""
        return self.dialogue.turns

    @cached_property
    def stream(self) -> bytes:
        """All that the printer sent."""
        return b"".join(e.octets for e in self.events if e.kind is EventKind.CLIENT)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of ours that were applied."""
        return tuple(fault for _, fault in self._applied)

    @cached_property
    def unread_faults(self) -> tuple[str, ...]:
        """Lines of faults that this version cannot read: another one has recorded them."""
        lines = (e.octets.decode("utf-8", "replace") for e in self.events if e.kind is EventKind.FAULT)
        return tuple(line for line in lines if recorded(line) is None)

    @property
    def broken_by_us(self) -> bool:
        """Whether a fault of ours left an answer out or ended the connection."""
        return any(fault.silences or fault.closes for fault in self.faults)

    @property
    def slowed_by_us(self) -> bool:
        """Whether a fault of ours let the printer wait for an answer."""
        return any(fault.delays for fault in self.faults)

    @property
    def spread_by_us(self) -> bool:
        """Whether a fault of ours gave an answer of one line in several."""
        return any(fault.spreads for fault in self.faults)

    def met(self, lines: Collection[str], start: int, end: int) -> bool:
        """Whether a fault with one of these lines was applied between these times."""
        return any(start <= t <= end and fault.line in lines for t, fault in self._applied)

    @cached_property
    def _applied(self) -> tuple[tuple[int, Fault], ...]:
        """When which fault of ours was applied; each play asks each session of the run."""
        events = (e for e in self.events if e.kind is EventKind.FAULT)
        found = ((e.t, recorded(e.octets.decode("utf-8", "replace"))) for e in events)
        return tuple((t, fault) for t, fault in found if fault is not None)

    @cached_property
    def _recipients(self) -> bytes:
        return b"\n".join(turn.line for turn in self.turns if turn.verb == "RCPT")

    def names(self, words: Sequence[bytes]) -> bool:
        """Whether a RCPT command has one of these in it, however it is written."""
        return any(word in self._recipients for word in words)

    @cached_property
    def foreign(self) -> str | None:
        """What was spoken here in place of SMTP; ``None`` for SMTP."""
        return not_smtp(self.stream[:HEAD])

    @property
    def handshake(self) -> Handshake | None:
        """The TLS handshake that was begun here, if one was."""
        return next((Handshake.read(e.octets) for e in reversed(self.events) if e.kind is EventKind.TLS), None)

    @property
    def mechanism(self) -> str:
        """By which SASL mechanism the printer said who it is; empty if it did not, or was not believed."""
        said = (t.argument.split() for t in self.turns if t.verb == "AUTH" and t.reply and t.reply.code == 235)
        return next((words[0].decode("latin-1").upper() for words in said if words), "")

    @property
    def ended(self) -> int:
        """Nanoseconds of the last thing on record."""
        return self.events[-1].t if self.events else self.row.t

    def where(self, span: Span | None = None) -> Where:
        """A place in what the printer sent."""
        return Where("smtp", self.id, span)

    def command(self, turn: smtp.Turn) -> str:
        """A command line for a report, its line end shown where it is not CRLF."""
        line = turn.line.removesuffix(b"\r\n").decode("latin-1")
        return repr(line if len(line) <= 200 else line[:200] + "...")

    @cached_property
    def contents(self) -> list[SentMessage]:
        """The messages, and what came of those that were broken off."""
        found = []
        for turn in self.turns:
            if turn.data_span is not None:
                start, end = turn.data_span
                found.append(SentMessage(turn, self.stream[start:end], start))
        return found

    @cached_property
    def _sent_before(self) -> dict[int, int]:
        """Octets of the client that were in when we sent something, by its time."""
        found: dict[int, int] = {}
        received = 0
        for event in self.events:
            if event.kind is EventKind.CLIENT:
                received += len(event.octets)
            elif event.kind is EventKind.SERVER:
                found.setdefault(event.t, received)
        return found

    def sent_before(self, reply: smtp.Reply) -> int:
        """How many octets of the printer's had come when the last of that reply was sent."""
        return self._sent_before.get(reply.t, 0)

    def offered(self, turn: smtp.Turn) -> frozenset[str]:
        """The keywords of the EHLO answer in force at that command; empty after HELO."""
        words: frozenset[str] = frozenset()
        for each in self.turns:
            if each.span[0] >= turn.span[0]:
                break
            if each.verb in HELLO and each.reply is not None and each.reply.code // 100 == 2:
                lines = each.reply.lines[1:] if each.verb == "EHLO" else ()
                words = frozenset(line[4:].split(b" ")[0].decode("latin-1").upper() for line in lines)
            elif each.verb == "STARTTLS" and each.reply is not None and each.reply.code == 220:
                words = frozenset()  # RFC 3207 section 4.2: what was known before counts no more
        return words

    def transactions(self) -> Iterator[list[smtp.Turn]]:
        """The turns of each mail: from one MAIL to before the next, or to the end."""
        current: list[smtp.Turn] = []
        for turn in self.turns:
            if turn.verb == "MAIL" and current:
                yield current
                current = []
            if current or turn.verb == "MAIL":
                current.append(turn)
        if current:
            yield current

    def no_commands(self) -> list[smtp.Turn]:
        """Lines that came where commands belong, and are none: a message, or a part of one."""
        return [t for t in self.turns if t.verb not in COMMANDS and not _EXTENSION.fullmatch(t.verb)]

    def spilled(self) -> list[smtp.Turn]:
        """Lines that are no commands and follow a message which its final dot line had ended: more of that message."""
        found, data = [], None
        stray = {turn.span for turn in self.no_commands()}
        for turn in self.turns:
            if turn.verb == "DATA":
                data = turn
            elif data is not None and data.data_t is not None and turn.span in stray:
                found.append(turn)
        return found

    def international(self, turn: smtp.Turn) -> bool:
        """Whether the transaction of that command uses SMTPUTF8, which had been offered (RFC 6531)."""
        began = [t for t in self.turns if t.verb == "MAIL" and t.span[0] <= turn.span[0]]
        return bool(began) and "SMTPUTF8" in self.offered(turn) and b"SMTPUTF8" in began[-1].argument.upper()

    def interruptions(self) -> Iterator[tuple[bytes, Span]]:
        """What the printer sent between the first and the last line of an answer of ours: the first line, and where."""
        open_line, received, lines = b"", 0, b""
        for event in self.events:
            if event.kind is EventKind.CLIENT:
                if open_line:
                    yield open_line, (received, received + len(event.octets))
                received += len(event.octets)
            elif event.kind is EventKind.SERVER:
                lines += event.octets
                *whole, lines = lines.split(b"\r\n")
                for line in whole:
                    if line[3:4] != b"-":
                        open_line = b""
                    elif not open_line:
                        open_line = line


def read_sessions(file: EvidenceFile) -> list[SessionRecord]:
    """Every session of a run, in the order they were accepted, without the credentials in them."""
    events: dict[int, list[Event]] = defaultdict(list)
    for stretch in file.rows(rows.Transcript):
        events[stretch.session] += rows.unpack_events(stretch.events)
    return [SessionRecord(session, redacted(events[session.id], COMMANDS)) for session in file.rows(rows.Session)]


def read_session(file: EvidenceFile, session: int) -> SessionRecord | None:
    """One session, likewise."""
    for row in file.rows(rows.Session, "id=?", session):
        stretches = file.rows(rows.Transcript, "session=?", session)
        events = [event for stretch in stretches for event in rows.unpack_events(stretch.events)]
        return SessionRecord(row, redacted(events, COMMANDS))
    return None


def refused(reply: smtp.Reply | None, kind: int) -> bool:
    """Whether an answer is of that kind: 4 for 4yz, 5 for 5yz."""
    return reply is not None and reply.code // 100 == kind
