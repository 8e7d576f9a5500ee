"""What a mail recipient does wrong on purpose: the language of fault scripts, and what each fault does to a session.

One fault a line; blank lines and lines that begin with ``#`` are skipped::

    # no service in the first connection, a greeting of three lines in the second
    greeting session 1: 421
    greeting session 2: multiline 3
    # the first two RCPT only, then as usual; one recipient never, in words of our own
    rcpt: 451 x2
    rcpt to p7@printer.example: 550 no such person
    # take the message, then close instead of answering
    data-end to p8@printer.example: close
    # reset the connection within the message
    data session 3: drop-after 100
    mail: delay 2s
    ehlo: hide STARTTLS
    size: 1000
    any: trickle

The form is ``PLACE [to ADDRESS] [session N]: WHAT [xTIMES]``.

*Places* are the answers to commands: ``greeting helo ehlo starttls auth mail rcpt data data-end rset noop vrfy help
quit``, or ``any`` for all of these and unknown commands, too.  ``data`` is the answer to DATA, ``data-end`` the one to
the final dot.  ``to`` goes with ``rcpt`` and, for messages of which one recipient was accepted, with ``data`` and
``data-end``.

*Outcomes* replace what would have happened; of those that match, the first counts:

``CODE [TEXT]``     answer so, 400 to 599, and do not do what was asked; after 421 the connection is closed
``drop``            reset the connection without an answer
``close``           close the connection in order, without an answer
``stall``           never answer; the connection stays until the client gives up
``alert``           only ``starttls``: answer 220, and refuse the handshake by a fatal alert when it begins
``drop-after N``    only ``data``: answer 354, reset the connection when N octets of the message have come

*Manners* change how an answer is given; all that match count:

``delay T``         wait before doing what was asked, as ``2s`` or ``150ms``
``trickle [T]``     send the answer octet by octet, T apart
``multiline N``     spread the answer over N lines
``hide KEYWORD``    only ``ehlo``: leave out what the keyword announces
``announce TEXT``   only ``ehlo``: announce what is not there, or is not announced otherwise

``size: N`` announces that limit, and refuses messages above it.

What the client was told and what the recipient holds agree always:

* A command that got an outcome has no effect: a 451 to RCPT accepts no recipient, a 451 to MAIL opens no transaction, a
  451 to EHLO greets nobody.  After a greeting of 4xx or 5xx all commands but QUIT get 503.
* A message with an outcome at ``data-end`` was not taken.  Its octets stand in the transcript, as all octets do, but it
  is no message: it has no row, and nobody who waits for it is told.  Its transaction is over, as after any DATA.
* ``data-end: delay`` stores first and answers later.  A client that does not wait may send again; both are then
  messages, as they would be in a real mailbox.
* The same holds without faults: a message whose last dot came in is taken, even if its client is gone before the 250.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, Flag, StrEnum, auto
from functools import lru_cache
from typing import Final, Self

ADDRESS: Final = "{address}"  # stands in a script for the recipient address that a play will have

MAX_LINES: Final = 100  # of a multi-line answer; clients are known to stop reading well before that
MAX_SECONDS: Final = 3600.0  # of a delay; the longest patience RFC 5321 section 4.5.3.2 asks of a client is ten minutes
_CLOSING: Final = 421  # the code after which a server closes (RFC 5321 section 3.8)


class FaultError(Exception):
    """A line of a fault script that cannot be understood; says what is allowed."""

    def __init__(self, line: str, message: str) -> None:
        super().__init__(f"fault {line!r}: {message}")
        self.line, self.message = line, message


class Place(StrEnum):
    """An answer the recipient gives."""

    GREETING = "greeting"
    HELO = "helo"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DATA_END = "data-end"
    RSET = "rset"
    NOOP = "noop"
    VRFY = "vrfy"
    HELP = "help"
    QUIT = "quit"
    ANY = "any"
    SIZE = "size"


class FaultKind(Enum):
    """What a fault is to the answer at its place."""

    OUTCOME = auto()  # it takes the place of what would have happened
    MANNER = auto()  # it changes how the answer is given
    SETTING = auto()  # it holds for the whole session


class Effect(Flag):
    """What a client sees of a fault, and cannot be blamed for."""

    REFUSES = auto()  # an answer of 4yz or 5yz that nothing but the script brought about
    SILENCES = auto()  # an answer that never comes
    CLOSES = auto()  # the connection ends
    DELAYS = auto()  # an answer that comes late
    SPREADS = auto()  # an answer of one line in several
    OFFERS = auto()  # the answer to EHLO says something else


class Action(StrEnum):
    """What is done at a place; there is none that does not say here what kind it is and what a client sees of it."""

    kind: FaultKind
    does: Effect
    only_at: Place | None

    def __new__(cls, word: str, kind: FaultKind, does: Effect, only_at: Place | None = None) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.kind, member.does, member.only_at = kind, does, only_at
        return member

    REPLY = "CODE", FaultKind.OUTCOME, Effect.REFUSES
    DROP = "drop", FaultKind.OUTCOME, Effect.SILENCES | Effect.CLOSES
    CLOSE = "close", FaultKind.OUTCOME, Effect.SILENCES | Effect.CLOSES
    STALL = "stall", FaultKind.OUTCOME, Effect.SILENCES | Effect.DELAYS  # to the client it is a delay until it gives up
    ALERT = "alert", FaultKind.OUTCOME, Effect.CLOSES, Place.STARTTLS
    DROP_AFTER = "drop-after", FaultKind.OUTCOME, Effect.SILENCES | Effect.CLOSES, Place.DATA

    DELAY = "delay", FaultKind.MANNER, Effect.DELAYS
    TRICKLE = "trickle", FaultKind.MANNER, Effect.DELAYS
    MULTILINE = "multiline", FaultKind.MANNER, Effect.SPREADS
    HIDE = "hide", FaultKind.MANNER, Effect.OFFERS, Place.EHLO
    ANNOUNCE = "announce", FaultKind.MANNER, Effect.OFFERS, Place.EHLO

    SIZE = "size", FaultKind.SETTING, Effect.OFFERS | Effect.REFUSES, Place.SIZE


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of a script.

    ``number`` is a code, or a count of lines or octets; ``recipient`` is the address as written.
    """

    line: str
    place: Place
    action: Action
    number: int = 0
    seconds: float = 0.0
    text: str = ""
    recipient: str | None = None
    session: int | None = None
    times: int | None = None

    @property
    def reply(self) -> str:
        """The answer of an outcome with a code."""
        return f"{self.number} {self.text or 'this is a fault on purpose'}"

    @property
    def refuses(self) -> bool:
        """Whether it answers no."""
        return Effect.REFUSES in self.action.does

    @property
    def silences(self) -> bool:
        """Whether an answer never comes."""
        return Effect.SILENCES in self.action.does

    @property
    def closes(self) -> bool:
        """Whether the connection ends by it."""
        return Effect.CLOSES in self.action.does or (self.action is Action.REPLY and self.number == _CLOSING)

    @property
    def delays(self) -> bool:
        """Whether the client has to wait for an answer."""
        return Effect.DELAYS in self.action.does

    @property
    def spreads(self) -> bool:
        """Whether an answer of one line comes in several."""
        return Effect.SPREADS in self.action.does

    def about(self, address: str) -> Fault:
        """The same with that address in place of ``{address}``."""
        return _parse(self.line.replace(ADDRESS, address)) if ADDRESS in self.line else self


# ---------------------------------------------------------------- reading

_WITH_RECIPIENTS: Final = (Place.RCPT, Place.DATA, Place.DATA_END)
_TIMES: Final = re.compile(r"(?:^|\s)x([1-9][0-9]{0,8})$")
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s)")
_CODE: Final = re.compile(r"[45][0-9][0-9]")
_FORM: Final = "write PLACE [to ADDRESS] [session N]: WHAT [xTIMES]"
_NO_WORDS: Final = (Action.REPLY, Action.SIZE)  # what stands for them in the table is not what one writes
_BARE: Final = (Action.DROP, Action.CLOSE, Action.STALL, Action.ALERT)  # nothing goes with them


def script(text: str) -> tuple[Fault, ...]:
    """The faults of a script, in the order of its lines; raises :class:`FaultError`."""
    stripped = (line.strip() for line in text.splitlines())
    return tuple(_parse(line) for line in stripped if line and not line.startswith("#"))


@lru_cache(maxsize=1024)  # each play asks each session of a run
def recorded(line: str) -> Fault | None:
    """The fault of a line that evidence holds; ``None`` where another version has written what this one cannot read."""
    try:
        return _parse(line)
    except FaultError:
        return None


def _parse(line: str) -> Fault:
    head, colon, what = line.partition(": ")
    if not colon:
        head, colon, what = line.partition(":")
    words = head.split()
    if not colon or not words:
        raise FaultError(line, _FORM)
    try:
        place = Place(words[0].lower())
    except ValueError:
        raise FaultError(line, f"no place {words[0]!r}; there are {', '.join(Place)}") from None
    recipient, session = _limits(line, place, words[1:])
    what, times = what.strip(), None
    if place is Place.SIZE:
        return Fault(line, place, Action.SIZE, _number(line, what, "octets"), session=session)
    if found := _TIMES.search(what):
        what, times = what[: found.start()].rstrip(), int(found[1])
    action, number, seconds, text = _action(line, what)
    if action.only_at not in (None, place):
        raise FaultError(line, f"{action} goes with {action.only_at} only")
    return Fault(line, place, action, number, seconds, text, recipient, session, times)


def _limits(line: str, place: Place, words: list[str]) -> tuple[str | None, int | None]:
    recipient, session = None, None
    if len(words) % 2:
        raise FaultError(line, _FORM)
    for key, value in zip(words[::2], words[1::2], strict=True):
        if key == "to" and recipient is None:
            if place not in _WITH_RECIPIENTS:
                raise FaultError(line, f"'to' goes with {', '.join(_WITH_RECIPIENTS)} only")
            recipient = value
        elif key == "session" and session is None:
            session = _number(line, value, "as the number of a session")
        else:
            raise FaultError(line, _FORM)
    return recipient, session


def _action(line: str, what: str) -> tuple[Action, int, float, str]:
    """Action, number, seconds and text of what is to be done."""
    word, _, rest = what.partition(" ")
    rest = rest.strip()
    if _CODE.fullmatch(word):
        if not (rest.isascii() and (rest.isprintable() or not rest)):
            raise FaultError(line, "the text of an answer is printable ASCII")
        return Action.REPLY, int(word), 0.0, rest
    action = next((each for each in Action if each == word and each not in _NO_WORDS), None)
    if action is None:
        kinds = ", ".join(each for each in Action if each not in _NO_WORDS)
        raise FaultError(line, f"nothing called {word!r} can be done; there are a code of 400 to 599, {kinds}")
    if action in _BARE and rest:
        raise FaultError(line, f"{action} takes no {rest!r}")
    number, seconds = 0, 0.0
    if action is Action.DROP_AFTER:
        number = _number(line, rest, "octets")
    elif action is Action.MULTILINE:
        number = _number(line, rest, "lines")
        if not 2 <= number <= MAX_LINES:
            raise FaultError(line, f"multiline takes 2 to {MAX_LINES} lines")
    elif action is Action.DELAY or (action is Action.TRICKLE and rest):
        seconds = _seconds(line, rest)
    elif action in (Action.HIDE, Action.ANNOUNCE) and not (rest and rest.isascii() and rest.isprintable()):
        raise FaultError(line, f"{action} takes a keyword as EHLO has it")
    return action, number, seconds, rest


def _number(line: str, text: str, of: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,11}", text):
        raise FaultError(line, f"{text!r} is no number {of}")
    return int(text)


def _seconds(line: str, text: str) -> float:
    found = _SECONDS.fullmatch(text)
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1.0
    if not 0 < seconds <= MAX_SECONDS:
        raise FaultError(line, f"{text!r} is no time; write it as 2s or 150ms, up to {MAX_SECONDS:.0f}s")
    return seconds
