"""The octets on the wire, in commands and messages: CR and LF, NUL, lines, dots, eight bits (RFC 5321, RFC 5322)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .case import case
from .findings import Finding, conclude
from .look import own_fields
from .story import PlayStory
from .talk import Talk, sent_for, sessions, settle
from .verdict import Inconclusive, NotApplicable
from .wire import mail, smtp
from .wire.defect import Defect, Kind, Span, long_lines, octet_defects

Look = Callable[[Iterable[Talk]], tuple[int, list[Finding]]]  # how many things were looked at, and what was found
SHOWN_OCTETS = 24  # on both sides of a place, in a report


def _judge(play: PlayStory, look: Look, talks: Iterable[Talk], expected: str, nothing: Exception) -> None:
    looked, found = look(talks)
    settle(play, found, expected=expected)
    if not looked:
        raise nothing


def _around(octets: bytes, span: Span) -> str:
    return repr(octets[max(0, span[0] - SHOWN_OCTETS) : span[1] + SHOWN_OCTETS].decode("latin-1"))


def _stray(talk: Talk, defects: Iterable[Defect], octets: bytes, offset: int = 0) -> Iterator[Finding]:
    for defect in defects:
        span = (defect.span[0] + offset, defect.span[1] + offset)
        yield Finding(f"{defect.reason} in {_around(octets, defect.span)}", talk.where(span))


# ---------------------------------------------------------------- CR and LF

PAIRED = "CR and LF as the pair CR LF only"


def _line_ends(talks: Iterable[Talk]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for talk in talks:
        looked += bool(talk.stream)
        odd = [d for d in octet_defects(talk.stream) if d.kind in (Kind.BARE_CR, Kind.BARE_LF)]
        found += _stray(talk, odd, talk.stream)
    return looked, found


@case("S-crlf", on="printer/description")
def test_lines_end_with_cr_lf_everywhere(play: PlayStory) -> None:
    _judge(play, _line_ends, sessions(play), PAIRED, Inconclusive("the printer sent nothing in this run"))


@case("S-crlf", on="controls")
def test_a_name_brings_no_lone_cr_or_lf(play: PlayStory) -> None:
    _judge(play, _line_ends, sent_for(play), PAIRED, Inconclusive("the printer sent nothing for this name"))


# ---------------------------------------------------------------- NUL

NO_NUL = "no NUL octet"


def _nuls(talks: Iterable[Talk]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for talk in talks:
        looked += bool(talk.stream)
        odd = [d for d in octet_defects(talk.stream) if d.kind is Kind.NUL] if b"\0" in talk.stream else []
        found += _stray(talk, odd, talk.stream)
    return looked, found


@case("S-nul", on="printer/description")
def test_no_nul_is_sent(play: PlayStory) -> None:
    relayed = [letter for letter in play.story.letters if play.story.relayed(letter) is not None]
    # a relay may take a NUL away; it puts none in
    conclude([Finding("NUL", letter.where()) for letter in relayed if b"\0" in letter.wire], expected=NO_NUL)
    _judge(play, _nuls, sessions(play), NO_NUL, Inconclusive("the printer sent nothing in this run"))


@case("S-nul", on="controls")
def test_a_name_brings_no_nul(play: PlayStory) -> None:
    _judge(play, _nuls, sent_for(play), NO_NUL, Inconclusive("the printer sent nothing for this name"))


# ---------------------------------------------------------------- the length of lines

SHORT = "lines of at most 998 octets before CR LF"


def _lengths(talks: Iterable[Talk]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for talk in talks:
        for content in talk.contents:
            looked += 1
            for defect in long_lines(content.wire, stuffed=True):
                begins = content.wire[defect.span[0] : defect.span[0] + 60].decode("latin-1")
                found.append(Finding(f"{defect.reason}: {begins!r}...", talk.where(content.span(defect.span))))
    return looked, found


@case("S-line", on="printer/description")
def test_no_line_is_longer_than_998_octets(play: PlayStory) -> None:
    _judge(play, _lengths, sessions(play), SHORT, Inconclusive("no message was sent in this run"))


@case("S-line", on="long")
def test_a_long_name_makes_no_line_too_long(play: PlayStory) -> None:
    _judge(play, _lengths, sent_for(play), SHORT, Inconclusive("no message was sent for this name"))


# ---------------------------------------------------------------- dots

STUFFED = "one more dot before each line that begins with one, and CR LF . CR LF only at the end"


def _dots(talks: Iterable[Talk]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for talk in talks:
        for content in talk.contents:
            looked += content.wire.startswith(b"..") or b"\r\n.." in content.wire
            for defect in smtp.wire_problems(content.wire):
                if defect.kind is Kind.UNSTUFFED_DOT:
                    line = content.wire[defect.span[0] :].split(b"\r\n")[0].decode("latin-1")
                    found.append(Finding(f"the line {line[:80]!r} as it stands", talk.where(content.span(defect.span))))
        for turn in talk.spilled():
            actual = f"{talk.command(turn)} where commands belong, after a message that a lone dot had ended"
            found.append(Finding(actual, talk.where(turn.span)))
    return looked, found


@case("S-dot", on="printer/description")
def test_dots_at_the_beginning_of_lines_are_doubled(play: PlayStory) -> None:
    _judge(play, _dots, sessions(play), STUFFED, NotApplicable("no line of the run began with a dot"))


@case("S-dot", on="dots")
def test_a_name_of_dots_comes_through(play: PlayStory) -> None:
    _judge(play, _dots, sent_for(play), STUFFED, NotApplicable("no line of this mail began with a dot"))


# ---------------------------------------------------------------- eight bits

SEVEN = "octets above 127 only in MIME parts that declare them, to a server that offered 8BITMIME"


def _eight_bits(talks: Iterable[Talk]) -> tuple[int, list[Finding]]:
    looked, found = 0, list[Finding]()
    for talk in talks:
        stray = {turn.span for turn in talk.no_commands()}
        for turn in talk.turns:
            looked += 1
            if not turn.line.isascii() and turn.span not in stray and not talk.international(turn):
                found.append(Finding(f"{talk.command(turn)}", talk.where(turn.span)))
        for content in talk.contents:
            if content.wire.isascii():
                continue
            if not talk.international(content.turn):
                for what, span in _in_headers(content.mail, content.mail.fields):
                    found.append(Finding(what, talk.where(content.span_of_mail(span))))
            offered = "8BITMIME" in talk.offered(content.turn)
            for what, span in _in_bodies(content.mail, offered=offered):
                found.append(Finding(what, talk.where(content.span_of_mail(span))))
    return looked, found


def _in_headers(read: mail.Mail, own: Iterable[mail.Field]) -> Iterator[tuple[str, Span]]:
    """Octets above 127 in header fields: those ``own`` of the mail, and all of its parts."""
    for fields in (own, *(part.fields for part in read.root.walk() if part is not read.root)):
        for each in fields:
            if not each.raw.isascii():
                yield f"the field {each.raw[:120].rstrip().decode('latin-1')!r}", each.span


def _own(part: mail.Part) -> Iterator[Span]:
    """What of a body is in none of its parts: all of a leaf; before, between and behind the parts of a multipart."""
    at = part.body_start
    for below in part.parts:
        yield at, below.span[0]
        at = below.span[1]
    yield at, part.span[1]


def _in_bodies(read: mail.Mail, *, offered: bool) -> Iterator[tuple[str, Span]]:
    """Octets above 127 in bodies that do not declare them, or that nobody offered to take."""
    for part, start, end in ((p, *place) for p in read.root.walk() for place in _own(p)):
        octets = read.octets[start:end]
        if octets.isascii():
            continue
        first = next(i for i, octet in enumerate(octets) if octet > 127)
        span = (start + first, start + first + 1)
        shown = _around(octets, (first, first + 1))
        if part.encoding not in ("8bit", "binary"):
            yield f"{shown} in a part whose encoding is {part.encoding}", span
        elif not offered:
            yield f"{shown} to a server that was not asked by EHLO, or did not offer 8BITMIME", span


@case("S-7bit", on="printer/description")
def test_octets_above_127_are_declared_and_wanted(play: PlayStory) -> None:
    _judge_eight_bits(play, None)


@case("S-7bit", on="beyond-ascii")
def test_a_name_beyond_ascii_is_encoded(play: PlayStory) -> None:
    _judge_eight_bits(play, play)


def _judge_eight_bits(play: PlayStory, only: PlayStory | None) -> None:
    """Through a relay only what it cannot have changed is judged: the header, and octets that nothing declares."""
    story = play.story
    letters = story.letters if only is None else [x for s in only.subscriptions.values() for x in s.letters]
    relayed = [letter for letter in letters if story.relayed(letter) is not None]
    found = [
        Finding(what, letter.where(span))
        for letter in relayed
        for what, span in (*_in_headers(letter.mail, own_fields(story, letter)), *_in_bodies(letter.mail, offered=True))
    ]
    conclude(found, expected=SEVEN)
    try:
        talks = sessions(play) if only is None else sent_for(only)
    except NotApplicable:
        if relayed:  # nothing but a relay's sessions, and what passed it was looked at
            return
        raise
    _judge(play, _eight_bits, talks, SEVEN, Inconclusive("the printer sent nothing"))
