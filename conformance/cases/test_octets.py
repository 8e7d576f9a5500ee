"""The octets on the wire, in commands and messages: CR and LF, NUL, lines, dots, eight bits (RFC 5321, RFC 5322)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from conformance.record.run_record import PlayRecord
from conformance.record.sent_message import SentMessage
from conformance.record.smtp_sessions import SessionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf, smtp
from conformance.wire.problem import Kind, Span, WireProblem, long_lines, octet_problems

from .case import case
from .findings import Finding, around, beginning, conclude
from .mail_lookup import own_fields
from .session_lookup import printer_sessions, sent_for, settle

SessionCheck = Callable[
    [Iterable[SessionRecord]], tuple[int, list[Finding]]
]  # how many things were looked at, and what was found


def _judge(
    play: PlayRecord, look: SessionCheck, sessions: Iterable[SessionRecord], expected: str, nothing: Exception
) -> None:
    looked, found = 0, list[Finding]()
    for session in sessions:
        number, more = session.once(look)
        looked += number
        found += more
    settle(play, found, expected=expected)
    if not looked:
        raise nothing


def _stray(
    session: SessionRecord, problems: Iterable[WireProblem], octets: bytes, offset: int = 0
) -> Iterator[Finding]:
    for problem in problems:
        span = (problem.span[0] + offset, problem.span[1] + offset)
        yield Finding(f"{problem.reason} in {around(octets, problem.span)}", session.where(span))


# ---------------------------------------------------------------- CR and LF

PAIRED = "CR and LF as the pair CR LF only"


def _line_ends(sessions: Iterable[SessionRecord]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for session in sessions:
        looked += bool(session.stream)
        odd = [d for d in octet_problems(session.stream) if d.kind in (Kind.BARE_CR, Kind.BARE_LF)]
        found += _stray(session, odd, session.stream)
    return looked, found


@case("S-crlf", on="printer/description")
def test_lines_end_with_cr_lf_everywhere(play: PlayRecord) -> None:
    _judge(play, _line_ends, printer_sessions(play), PAIRED, Inconclusive("the printer sent nothing in this run"))


@case("S-crlf", on="controls")
def test_a_name_brings_no_lone_cr_or_lf(play: PlayRecord) -> None:
    _judge(play, _line_ends, sent_for(play), PAIRED, Inconclusive("the printer sent nothing for this name"))


# ---------------------------------------------------------------- NUL

NO_NUL = "no NUL octet"


def _nuls(sessions: Iterable[SessionRecord]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for session in sessions:
        looked += bool(session.stream)
        odd = [d for d in octet_problems(session.stream) if d.kind is Kind.NUL] if b"\0" in session.stream else []
        found += _stray(session, odd, session.stream)
    return looked, found


@case("S-nul", on="printer/description")
def test_no_nul_is_sent(play: PlayRecord) -> None:
    relayed = [mail for mail in play.run_record.mails if play.run_record.relayed(mail) is not None]
    # a relay may take a NUL away; it puts none in
    conclude([Finding("NUL", mail.where()) for mail in relayed if b"\0" in mail.wire], expected=NO_NUL)
    _judge(play, _nuls, printer_sessions(play), NO_NUL, Inconclusive("the printer sent nothing in this run"))


@case("S-nul", on="controls")
def test_a_name_brings_no_nul(play: PlayRecord) -> None:
    _judge(play, _nuls, sent_for(play), NO_NUL, Inconclusive("the printer sent nothing for this name"))


# ---------------------------------------------------------------- the length of lines

SHORT = "lines of at most 998 octets before CR LF"


def _lengths(sessions: Iterable[SessionRecord]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for session in sessions:
        for content in session.contents:
            looked += 1
            for problem in long_lines(content.wire, stuffed=True):
                begins = content.wire[problem.span[0] : problem.span[0] + 60].decode("latin-1")
                found.append(Finding(f"{problem.reason}: {begins!r}...", session.where(content.span(problem.span))))
    return looked, found


@case("S-line", on="printer/description")
def test_no_line_is_longer_than_998_octets(play: PlayRecord) -> None:
    _judge(play, _lengths, printer_sessions(play), SHORT, Inconclusive("no message was sent in this run"))


@case("S-line", on="long")
def test_a_long_name_makes_no_line_too_long(play: PlayRecord) -> None:
    _judge(play, _lengths, sent_for(play), SHORT, Inconclusive("no message was sent for this name"))


# ---------------------------------------------------------------- dots

STUFFED = "one more dot before each line that begins with one, and CR LF . CR LF only at the end"


def _dots(sessions: Iterable[SessionRecord]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for session in sessions:
        for content in session.contents:
            looked += content.wire.startswith(b"..") or b"\r\n.." in content.wire
            for problem in smtp.wire_problems(content.wire):
                if problem.kind is Kind.UNSTUFFED_DOT:
                    line = content.wire[problem.span[0] :].split(b"\r\n")[0].decode("latin-1")
                    found.append(
                        Finding(f"the line {beginning(line)!r} as it stands", session.where(content.span(problem.span)))
                    )
        for turn in session.spilled():
            actual = f"{session.command(turn)} where commands belong, after a message that a lone dot had ended"
            found.append(Finding(actual, session.where(turn.span)))
    return looked, found


@case("S-dot", on="printer/description")
def test_dots_at_the_beginning_of_lines_are_doubled(play: PlayRecord) -> None:
    _judge(play, _dots, printer_sessions(play), STUFFED, NotApplicable("no line of the run began with a dot"))


@case("S-dot", on="dots")
def test_a_name_of_dots_comes_through(play: PlayRecord) -> None:
    _judge(play, _dots, sent_for(play), STUFFED, NotApplicable("no line of this mail began with a dot"))


# ---------------------------------------------------------------- eight bits

SEVEN = "octets above 127 only in MIME parts that declare them, to a server that offered 8BITMIME"


def _eight_bits(sessions: Iterable[SessionRecord]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for session in sessions:
        for turn in session.turns:
            looked += 1
            if not turn.line.isascii() and not session.is_no_command(turn) and not session.international(turn):
                found.append(Finding(f"{session.command(turn)}", session.where(turn.span)))
        for content in session.contents:
            if content.wire.isascii():
                continue
            if not session.international(content.turn):
                for what, span in _in_headers(content.parsed, content.parsed.fields):
                    found.append(Finding(what, session.where(content.span_of_parsed(span))))
            offered = "8BITMIME" in session.offered(content.turn)
            bodies = [*_in_bodies(content.parsed, offered=offered)]
            for what, span in bodies:
                found.append(Finding(what, session.where(content.span_of_parsed(span))))
            if not bodies and (mail := _mail_of(session, content)) is not None and "BODY=7BIT" in _parameters(mail):
                said = f"{session.command(mail)}, and then octets above 127"
                found.append(Finding(said, session.where(mail.span)))
    return looked, found


def _mail_of(session: SessionRecord, content: SentMessage) -> smtp.Turn | None:
    """The MAIL of a message."""
    return next((t for t in reversed(session.turns) if t.verb == "MAIL" and t.span[0] < content.turn.span[0]), None)


def _parameters(mail: smtp.Turn) -> list[str]:
    return [parameter.upper() for parameter in smtp.path(mail.argument, b"FROM").parameters]


def _in_headers(read: imf.Mail, own: Iterable[imf.Field]) -> Iterator[tuple[str, Span]]:
    """Octets above 127 in header fields: those ``own`` of the mail, and all of its parts."""
    for fields in (own, *(part.fields for part in read.root.walk() if part is not read.root)):
        for each in fields:
            if not each.raw.isascii():
                yield f"the field {beginning(each.raw.decode('latin-1'))!r}", each.span


def _own(part: imf.Part) -> Iterator[Span]:
    """What of a body is in none of its parts: all of a leaf; before, between and behind the parts of a multipart."""
    at = part.body_start
    for below in part.parts:
        yield at, below.span[0]
        at = below.span[1]
    yield at, part.span[1]


def _in_bodies(read: imf.Mail, *, offered: bool) -> Iterator[tuple[str, Span]]:
    """Octets above 127 in bodies that do not declare them, or that nobody offered to take."""
    for part, start, end in ((p, *place) for p in read.root.walk() for place in _own(p)):
        octets = read.octets[start:end]
        if octets.isascii():
            continue
        first = next(i for i, octet in enumerate(octets) if octet > 127)
        span = (start + first, start + first + 1)
        shown = around(octets, (first, first + 1))
        if part.encoding not in ("8bit", "binary"):
            yield f"{shown} in a part whose encoding is {part.encoding}", span
        elif not offered:
            yield f"{shown} to a server that was not asked by EHLO, or did not offer 8BITMIME", span


@case("S-7bit", on="printer/description")
def test_octets_above_127_are_declared_and_wanted(play: PlayRecord) -> None:
    _judge_eight_bits(play, None)


@case("S-7bit", on="beyond-ascii")
def test_a_name_beyond_ascii_is_encoded(play: PlayRecord) -> None:
    _judge_eight_bits(play, play)


def _judge_eight_bits(play: PlayRecord, only: PlayRecord | None) -> None:
    """Through a relay only what it cannot have changed is judged: the header, and octets that nothing declares."""
    run_record = play.run_record
    mails = run_record.mails if only is None else [x for s in only.subscriptions.values() for x in s.mails]
    relayed = [mail for mail in mails if run_record.relayed(mail) is not None]
    found = [
        Finding(what, mail.where(span))
        for mail in relayed
        for what, span in (
            *_in_headers(mail.parsed, own_fields(run_record, mail)),
            *_in_bodies(mail.parsed, offered=True),
        )
    ]
    conclude(found, expected=SEVEN)
    try:
        sessions = printer_sessions(play) if only is None else sent_for(only)
    except NotApplicable:
        if relayed:  # nothing but a relay's sessions, and what passed it was looked at
            return
        raise
    _judge(play, _eight_bits, sessions, SEVEN, Inconclusive("the printer sent nothing"))
