"""SMTP sessions as a judge reads them: what the printer sent, what we answered, and what of it was a fault of ours.

Nothing that a fault script did is the printer's doing: every look here knows which answers were given on purpose.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Final, TypeVar

from conformance.faults import Fault, recorded
from conformance.verdict import Where
from conformance.wire import smtp
from conformance.wire.handshake import Handshake
from conformance.wire.other_protocols import not_smtp
from conformance.wire.problem import Span
from conformance.wire.smtp_events import Event, EventKind

from . import own_names, rows
from .evidence import EvidenceFile
from .redaction import redacted
from .sent_message import SentMessage

# Every command that RFC 821, RFC 5321 and the registered extensions define; those of nobody's begin with X.
COMMANDS: Final = frozenset((
    "HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "SEND", "SOML", "SAML", "VRFY", "EXPN", "HELP",
    "NOOP", "QUIT", "TURN", "ATRN", "ETRN", "AUTH", "STARTTLS", "BURL",
))  # fmt: skip
HELLO: Final = ("EHLO", "HELO")
HANDING_OVER: Final = ("MAIL", "RCPT", "DATA")
REFUSED: Final = 400  # and above
HEAD: Final = 200  # octets in which another protocol shows itself
_EXTENSION: Final = re.compile(r"X[A-Z0-9-]*")
_R = TypeVar("_R")


@dataclass(frozen=True)
class SessionRecord:
    """One SMTP session, from the moment it was accepted."""

    row: rows.Session
    events: Sequence[Event]
    hidden: tuple[rows.HiddenSpan, ...] = ()  # credentials of which no octet was kept; of earlier versions none is told

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
    def plays_named(self) -> frozenset[int]:
        """The plays whose jobs are named in it; each play asks each session of the run."""
        return frozenset(own_names.plays_named(self.stream))

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
    def in_trouble(self) -> bool:
        """Whether a mail was refused in it, or a fault of ours was applied."""
        turns = (turn for turn in self.turns if turn.verb in HANDING_OVER)
        replies = (reply for turn in turns for reply in (turn.reply, turn.data_reply) if reply is not None)
        return bool(self.faults or self.unread_faults) or any(reply.code >= REFUSED for reply in replies)

    def in_trouble_between(self, start: int, end: int) -> bool:
        """The same, between these times: one connection may serve a whole run.

        A fault is at work until something else happens there.
        """
        turns = (turn for turn in self.turns if turn.verb in HANDING_OVER)
        replies = (reply for turn in turns for reply in (turn.reply, turn.data_reply) if reply is not None)
        refused = (reply.t for reply in replies if reply.code >= REFUSED)
        at_work = ((t, next((e.t for e in self.events if e.t > t), self.ended)) for t, _ in self._applied)
        spans = (*at_work, *((t, t) for t in refused))
        return bool(self.unread_faults) or any(begin <= end and start <= until for begin, until in spans)

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

    @property
    def rcpt_lines(self) -> bytes:
        """Its RCPT commands, however they are written."""
        return b"\n".join(turn.line for turn in self.turns if turn.verb == "RCPT")

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

    @cached_property
    def last_heard(self) -> int:
        """Nanoseconds at which the printer last sent something, or closed its side; -1 if it never did."""
        return max((e.t for e in self.events if e.kind in (EventKind.CLIENT, EventKind.EOF)), default=-1)

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

    def content_at(self, start: int) -> SentMessage | None:
        """The message that begins there."""
        return self._starts.get(start)

    @cached_property
    def _starts(self) -> dict[int, SentMessage]:
        return {content.start: content for content in self.contents}

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
        place = bisect_left(self._offers, turn.span[0], key=itemgetter(0))
        return self._offers[place - 1][1] if place else frozenset()

    @cached_property
    def _offers(self) -> list[tuple[int, frozenset[str]]]:
        """Where a command changed what is offered, and to what."""
        found = []
        for turn in self.turns:
            if turn.verb in HELLO and turn.reply is not None and turn.reply.code // 100 == 2:
                lines = turn.reply.lines[1:] if turn.verb == "EHLO" else ()
                words = frozenset(line[4:].partition(b" ")[0].decode("latin-1").upper() for line in lines)
                found.append((turn.span[0], words))
            elif turn.verb == "STARTTLS" and turn.reply is not None and turn.reply.code == 220:
                found.append((turn.span[0], frozenset()))  # RFC 3207 section 4.2: what was known counts no more
        return found

    def after(self, at: int) -> smtp.Turn | None:
        """The first command at that place or behind it."""
        place = bisect_left(self.turns, at, key=lambda turn: turn.span[0])
        return self.turns[place] if place < len(self.turns) else None

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
        return [turn for turn in self.turns if self.is_no_command(turn)]

    def is_no_command(self, turn: smtp.Turn) -> bool:
        """Whether that line is one of them."""
        return turn.verb not in COMMANDS and not _EXTENSION.fullmatch(turn.verb)

    def spilled(self) -> list[smtp.Turn]:
        """Lines that are no commands and follow a message which its final dot line had ended: more of that message."""
        return self._spilled

    @cached_property
    def _spilled(self) -> list[smtp.Turn]:
        found, data = [], None
        for turn in self.turns:
            if turn.verb == "DATA":
                data = turn
            elif data is not None and data.data_t is not None and self.is_no_command(turn):
                found.append(turn)
        return found

    def international(self, turn: smtp.Turn) -> bool:
        """Whether the transaction of that command uses SMTPUTF8, which had been offered (RFC 6531)."""
        place = bisect_right(self._mails, turn.span[0], key=lambda mail: mail.span[0])
        wanted = place > 0 and b"SMTPUTF8" in self._mails[place - 1].argument.upper()
        return wanted and "SMTPUTF8" in self.offered(turn)

    @cached_property
    def _mails(self) -> list[smtp.Turn]:
        return [turn for turn in self.turns if turn.verb == "MAIL"]

    @cached_property
    def recipients(self) -> list[tuple[smtp.Turn, str | None]]:
        """The RCPT commands, and the address in each; every play asks for them."""
        return [(turn, smtp.path(turn.argument, b"TO").address) for turn in self.turns if turn.verb == "RCPT"]

    @cached_property
    def senders(self) -> list[tuple[smtp.Turn, str | None]]:
        """The MAIL commands, and the address in each."""
        return [(turn, smtp.path(turn.argument, b"FROM").address) for turn in self._mails]

    @cached_property
    def unusual(self) -> list[smtp.Turn]:
        """Lines whose first word is no command that anybody defines."""
        return [turn for turn in self.turns if turn.verb not in COMMANDS]

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Every address that stands where a path belongs."""
        others = (turn for turn in self.turns if turn.verb != "RCPT")
        found = [address for _, address in self.recipients]
        return frozenset(filter(None, [*found, *(smtp.path(turn.argument, b"FROM").address for turn in others)]))

    def once(self, look: Callable[[Iterable[SessionRecord]], _R]) -> _R:
        """What looking at this session came to; it is done once, however many plays ask."""
        if look not in self._looks:
            self._looks[look] = look((self,))
        found: _R = self._looks[look]
        return found

    @cached_property
    def _looks(self) -> dict[object, Any]:
        return {}

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
    hidden: dict[int, tuple[rows.HiddenSpan, ...]] = defaultdict(tuple)
    for span in file.rows(rows.HiddenSpan):
        hidden[span.session] += (span,)
    return [_without_credentials(row, events[row.id], hidden[row.id]) for row in file.rows(rows.Session)]


def read_session(file: EvidenceFile, session: int) -> SessionRecord | None:
    """One session, likewise."""
    for row in file.rows(rows.Session, "id=?", session):
        stretches = file.rows(rows.Transcript, "session=?", session)
        events = [event for stretch in stretches for event in rows.unpack_events(stretch.events)]
        return _without_credentials(row, events, tuple(file.rows(rows.HiddenSpan, "session=?", session)))
    return None


def _without_credentials(
    row: rows.Session, events: Sequence[Event], hidden: tuple[rows.HiddenSpan, ...]
) -> SessionRecord:
    """A session; what was read to look for some is kept where there are none, as in nearly all."""
    found = SessionRecord(row, events, hidden)
    masked = redacted(events, COMMANDS, lambda: found.dialogue)
    return found if masked is events else SessionRecord(row, masked, hidden)


def refused(reply: smtp.Reply | None, kind: int) -> bool:
    """Whether an answer is of that kind: 4 for 4yz, 5 for 5yz."""
    return reply is not None and reply.code // 100 == kind
