"""What the recipient does wrong on purpose, by a script; the same script and the same clients give the same faults.

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
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .arrivals import mailbox


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


class Action(StrEnum):
    """What is done at a place; the first group are outcomes, the second manners."""

    REPLY = "CODE"
    DROP = "drop"
    CLOSE = "close"
    STALL = "stall"
    ALERT = "alert"
    DROP_AFTER = "drop-after"

    DELAY = "delay"
    TRICKLE = "trickle"
    MULTILINE = "multiline"
    HIDE = "hide"
    ANNOUNCE = "announce"

    SIZE = "size"


_OUTCOMES: Final = {Action.REPLY, Action.DROP, Action.CLOSE, Action.STALL, Action.ALERT, Action.DROP_AFTER}
_SILENT: Final = {Action.DROP, Action.CLOSE, Action.STALL}  # outcomes without an answer that could have manners
_WITH_RECIPIENTS: Final = {Place.RCPT, Place.DATA, Place.DATA_END}
_ONLY_AT: Final = {
    Action.ALERT: Place.STARTTLS,
    Action.DROP_AFTER: Place.DATA,
    Action.HIDE: Place.EHLO,
    Action.ANNOUNCE: Place.EHLO,
}

MAX_LINES: Final = 100  # of a multi-line answer; clients are known to stop reading well before that
MAX_SECONDS: Final = 3600.0  # of a delay; the longest patience RFC 5321 section 4.5.3.2 asks of a client is ten minutes


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of a script.

    ``number`` is a code, or a count of lines or octets; ``recipient`` is as :func:`mailbox` has it.
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


@dataclass(frozen=True, slots=True)
class Applied:
    """The faults of one answer, already counted: at most one outcome, and the manners that go with it."""

    outcome: Fault | None
    manners: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them, manners first."""
        return self.manners + ((self.outcome,) if self.outcome else ())


class FaultScript:
    """Faults in the order of their lines, and how often each has been applied."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self._left = {i: f.times for i, f in enumerate(self.faults) if f.times is not None}
        self._sessions = 0

    @classmethod
    def parse(cls, lines: Iterable[str]) -> FaultScript:
        """A script from its lines; raises :class:`FaultError`."""
        stripped = (line.strip() for line in lines)
        return cls(_parse(line) for line in stripped if line and not line.startswith("#"))

    def change(self, gone: Iterable[Fault], come: Iterable[Fault]) -> None:
        """Drop some of these faults and put others behind the rest; what has been counted stays counted."""
        leaving = {id(fault) for fault in gone}
        kept = [(f, self._left.get(i)) for i, f in enumerate(self.faults) if id(f) not in leaving]
        kept += [(f, f.times) for f in come]
        self.faults = tuple(fault for fault, _ in kept)
        self._left = {i: left for i, (_, left) in enumerate(kept) if left is not None}

    def admit(self) -> int:
        """Count a new connection; its number is what ``session N`` means."""
        self._sessions += 1
        return self._sessions

    def apply(self, place: Place | None, session: int, recipients: Collection[str] = ()) -> Applied | None:
        """The faults for the answer at ``place`` (``None``: an unknown command), counted as applied; often ``None``.

        ``recipients`` are the addresses the answer is about, as :func:`mailbox` has them.
        """
        if not self.faults:
            return None
        matching = [i for i, f in enumerate(self.faults) if self._matches(i, f, place, session, recipients)]
        if not matching:
            return None
        outcome = next((i for i in matching if self.faults[i].action in _OUTCOMES), None)
        applied = []
        for i in matching:
            if i == outcome or self._has_manner(self.faults[i].action, outcome):
                applied.append(self.faults[i])
                if i in self._left:
                    self._left[i] -= 1
        chosen = None if outcome is None else self.faults[outcome]
        return Applied(chosen, tuple(f for f in applied if f is not chosen)) if applied else None

    def size(self, session: int) -> Fault | None:
        """The size limit in force, if the script sets one."""
        return next((f for f in self.faults if f.place is Place.SIZE and f.session in (None, session)), None)

    def _matches(self, i: int, fault: Fault, place: Place | None, session: int, recipients: Collection[str]) -> bool:
        return (
            (fault.place is place or fault.place is Place.ANY)
            and fault.session in (None, session)
            and (fault.recipient is None or fault.recipient in recipients)
            and self._left.get(i, 1) > 0
        )

    def _has_manner(self, action: Action, outcome: int | None) -> bool:
        """Whether a manner can show when the answer has that outcome; outcomes that were not chosen never do."""
        if action in _OUTCOMES:
            return False
        chosen = None if outcome is None else self.faults[outcome].action
        if chosen in _SILENT:
            return action is Action.DELAY
        return chosen is None or action not in (Action.HIDE, Action.ANNOUNCE)


# ---------------------------------------------------------------- reading a line

_TIMES: Final = re.compile(r"(?:^|\s)x([1-9][0-9]{0,8})$")
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s)")
_CODE: Final = re.compile(r"[45][0-9][0-9]")
_FORM: Final = "write PLACE [to ADDRESS] [session N]: WHAT [xTIMES]"


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
    if _ONLY_AT.get(action, place) is not place:
        raise FaultError(line, f"{action} goes with {_ONLY_AT[action]} only")
    return Fault(line, place, action, number, seconds, text, recipient, session, times)


def _limits(line: str, place: Place, words: list[str]) -> tuple[str | None, int | None]:
    recipient, session = None, None
    if len(words) % 2:
        raise FaultError(line, _FORM)
    for key, value in zip(words[::2], words[1::2], strict=True):
        if key == "to" and recipient is None:
            if place not in _WITH_RECIPIENTS:
                raise FaultError(line, f"'to' goes with {', '.join(p for p in Place if p in _WITH_RECIPIENTS)} only")
            recipient = mailbox(value)
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
    try:
        action = Action(word)
    except ValueError:
        action = Action.REPLY
    if action in (Action.REPLY, Action.SIZE):
        kinds = ", ".join(a for a in Action if a not in (Action.REPLY, Action.SIZE))
        raise FaultError(line, f"nothing called {word!r} can be done; there are a code of 400 to 599, {kinds}")
    if (action in _SILENT or action is Action.ALERT) and rest:
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
