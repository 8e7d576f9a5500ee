"""SMTP sessions as a judge reads them: what the printer sent, what we answered, and what of it was a fault of ours.

Nothing that a fault script did is the printer's doing: every look here knows which answers were given on purpose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from . import names, rows
from .evidence import EvidenceFile
from .faults import Fault, recorded
from .findings import Finding, conclude
from .outcomes import Refused
from .redaction import redacted
from .rows import Event, EventKind
from .verdict import Inconclusive, NotApplicable, Where
from .whose import not_smtp
from .wire import mail, smtp
from .wire.defect import Span

if TYPE_CHECKING:
    from .story import Letter, PlayStory, Subscription

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
class Content:
    """Message octets of a session, dots as sent, without the final dot line; ``turn`` is the DATA they came after."""

    turn: smtp.Turn
    wire: bytes
    start: int  # in the client's stream

    def span(self, within: Span) -> Span:
        """A place in these octets as a place in the client's stream."""
        return self.start + within[0], self.start + within[1]

    def span_of_mail(self, within: Span) -> Span:
        """A place in :attr:`mail`, where the dots of SMTP are gone, as a place in the client's stream."""
        dots = [m.start() for m in _DOT.finditer(self.wire)]
        first, last = (at + sum(dot - i <= at for i, dot in enumerate(dots)) for at in within)
        return self.span((first, last))

    @cached_property
    def mail(self) -> mail.Mail:
        """The message, read without repair."""
        return mail.read(smtp.unstuff(self.wire))

    @property
    def taken(self) -> bool:
        """Whether the final dot was answered 250."""
        return self.turn.data_reply is not None and self.turn.data_reply.code // 100 == 2


@dataclass(frozen=True)
class Talk:
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
    def contents(self) -> list[Content]:
        """The messages, and what came of those that were broken off."""
        found = []
        for turn in self.turns:
            if turn.data_span is not None:
                start, end = turn.data_span
                found.append(Content(turn, self.stream[start:end], start))
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


def talks(file: EvidenceFile) -> list[Talk]:
    """Every session of a run, in the order they were accepted, without the credentials in them."""
    events: dict[int, list[Event]] = defaultdict(list)
    for stretch in file.rows(rows.Transcript):
        events[stretch.session] += rows.unpack_events(stretch.events)
    return [Talk(session, redacted(events[session.id], COMMANDS)) for session in file.rows(rows.Session)]


def talk_of(file: EvidenceFile, session: int) -> Talk | None:
    """One session, likewise."""
    for row in file.rows(rows.Session, "id=?", session):
        stretches = file.rows(rows.Transcript, "session=?", session)
        events = [event for stretch in stretches for event in rows.unpack_events(stretch.events)]
        return Talk(row, redacted(events, COMMANDS))
    return None


def refused(reply: smtp.Reply | None, kind: int) -> bool:
    """Whether an answer is of that kind: 4 for 4yz, 5 for 5yz."""
    return reply is not None and reply.code // 100 == kind


def mark_of(subscription: Subscription) -> str:
    """What all addresses of this subscription have in them, and no other's: the local part that the stage made."""
    return names.mark(subscription.address, subscription.asked.other)


def touched(play: PlayStory) -> list[Talk]:
    """The sessions that a play caused: that name one of its recipients, or met a fault that it had asked for."""
    marks = [mark_of(s).encode() for s in play.subscriptions.values()]
    lines = {line.strip() for _, refused in play.steps_of(Refused) for line in refused.script.splitlines()}
    end = play.end.t if play.end is not None else play.row.t
    return [t for t in play.story.talks if t.names(marks) or (lines and t.met(lines, play.row.t, end))]


def derailed(talk: Talk, play: PlayStory) -> bool:
    """Whether a message of this session turned into commands; that is judged where dots and hostile data are."""
    others = {s.asked.other for p in play.story.plays.values() for s in p.subscriptions.values()}
    named = (smtp.path(t.argument, b"TO" if t.verb == "RCPT" else b"FROM").address for t in talk.turns)
    return bool(talk.spilled()) or any(address in others for address in named if address)


def letters_for(play: PlayStory, subscription: Subscription) -> list[Letter]:
    """The mails to a recipient of this subscription, in whatever way the printer wrote it, that are about its job."""
    mark = mark_of(subscription)
    mails = (x for x in play.story.letters if mark.encode() in x.row.envelope)
    sent = (x for x in mails if not names.is_to_nobody(x.row.envelope, mark))  # what a hostile value brought about
    return [letter for letter in sent if not about_another_job(letter.wire, play)]


def about_another_job(octets: bytes, play: PlayStory) -> bool:
    """Whether a mail tells of a job of another play and of none of this: some printers tell subscribers of others."""
    plays = names.plays_named(octets)
    return bool(plays) and play.row.id not in plays


def sent_for(play: PlayStory) -> list[Talk]:
    """What the printer sent for a play of awkward data; a judgement when it refused them, or sent nothing."""
    sessions(play)
    require_something(play)
    return [talk for talk in printers(play, touched(play)) if not about_another_job(talk.stream, play)]


def require_something(play: PlayStory) -> None:
    """A judgement when the printer refused what was asked, or no session came of it."""
    for subscription in play.subscriptions.values():
        if subscription.id is None:
            answer = subscription.creation
            raise NotApplicable(f"the printer answers {answer.operation} with {answer.keyword}: no subscription")
    if touched(play):
        return
    if any(play.missing_is_proven(label) for label in play.subscriptions):
        raise NotApplicable("the printer sends no mail for such a value")
    raise Inconclusive("no mail came for this value, and none for a later event either")


def sessions(play: PlayStory) -> list[Talk]:
    """Those of the run that are the printer's.

    ``NotApplicable`` when all are a relay's, ``Inconclusive`` for none, or where our own part in them cannot be read.
    """
    story = play.story
    own = printers(play, story.talks)
    if own:
        require_read_faults(own)
        return own
    for talk in story.talks:
        if (relay := story.whose.relay(talk.id)) is not None:
            raise NotApplicable(relay)
    for talk in story.talks:
        raise Inconclusive(f"no SMTP was spoken in this run, but {talk.foreign}", (talk.where(),))
    raise Inconclusive("the printer opened no SMTP session in this run")


def require_read_faults(talks: Sequence[Talk]) -> None:
    """A judgement when what we did in these sessions is not known: the printer may have answered that."""
    for talk in talks:
        for line in talk.unread_faults:
            raise Inconclusive(
                f"in session {talk.id} the recipient did {line!r}, which this version does not know; "
                "judge with the version that recorded it",
                (talk.where(),),
            )


def printers(play: PlayStory, talks: Sequence[Talk]) -> list[Talk]:
    """Those of these sessions that speak SMTP and are not shown to be a relay's."""
    return [talk for talk in talks if talk.foreign is None and play.story.whose.relay(talk.id) is None]


def settle(play: PlayStory, found: Sequence[Finding], *, expected: str, binding: bool | None = None) -> None:
    """Nothing if nothing was found in sessions that count as the printer's, else the violation.

    ``Inconclusive`` where all that was found is in sessions of which nobody knows yet whether they are a relay's.
    """
    whose = play.story.whose
    clear = [finding for finding in found if whose.dispute(_session_of(play, finding)) is None]
    if found and not clear:
        why = whose.dispute(_session_of(play, found[0]))
        raise Inconclusive(f"{found[0].actual}, where {expected} belongs; but {why}", (found[0].where,))
    hint = whose.hint({_session_of(play, finding) for finding in clear})
    conclude(clear, expected=expected, remark=hint, binding=binding)


def _session_of(play: PlayStory, finding: Finding) -> int:
    if finding.where.kind == "smtp":
        return finding.where.id
    return next((letter.row.session for letter in play.story.letters if letter.id == finding.where.id), 0)
