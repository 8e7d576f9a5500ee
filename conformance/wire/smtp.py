"""An SMTP session told again from its record: which line was a command, which reply was its answer.

Nothing is repaired and nothing raises.  Client octets are one stream in which spans count; whether octets after DATA,
AUTH, STARTTLS and QUIT are commands depends on the reply, so reading stops there until it comes.  Replies are dealt
out in the order of the commands (RFC 5321 section 4.1.4, RFC 2920); one that cannot be meant for the oldest command
goes to the next that it fits, so that a reply which a fault kept back does not shift all others.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice, takewhile
from typing import Final

from conformance.faults import Fault, recorded

from .handshake import Handshake
from .path import Path, path
from .problem import Kind, Span, WireProblem, octet_problems
from .smtp_events import Event, EventKind
from .transparency import stuff, unstuff, wire_problems
from .turns import Closing, Dialogue, Reply, Turn
from .words import plain

__all__ = [
    "Closing",
    "Dialogue",
    "Kind",
    "Path",
    "Reply",
    "Turn",
    "WireProblem",
    "dialogue",
    "path",
    "stuff",
    "unstuff",
    "wire_problems",
]

COMMAND_LINE: Final = 512  # octets with CRLF (RFC 5321 section 4.5.3.1.4)
LONGER_BY_EXTENSION: Final = frozenset({"AUTH", "MAIL", "RCPT"})  # ESMTP parameters and credentials lengthen these
LOOK_AHEAD: Final = 100  # unanswered commands among which a reply finds its own; real pipelines hold a few recipients

_REPLY_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])[^\r\n]*)?\r?\n?")
# The first word of what EventKind.LOST holds; without it the other events have to tell.
_ENDINGS: Final = {
    b"client": Closing.CLIENT, b"reset": Closing.LOST, b"tls": Closing.LOST, b"timeout": Closing.SERVER,
    b"fault": Closing.SERVER, b"limit": Closing.SERVER, b"stopped": Closing.SERVER, b"trouble": Closing.SERVER,
    b"foreign": Closing.SERVER,
}  # fmt: skip


def dialogue(events: Iterable[Event]) -> Dialogue:
    """The session that these events record, from its beginning; never raises."""
    return _Replay().run(events)


class _Mode(Enum):
    """What the next client octets are."""

    COMMAND = auto()
    RESPONSE = auto()  # a line to the challenge of AUTH
    CONTENT = auto()
    WAITING = auto()  # it depends on the reply to the last command
    HANDSHAKE = auto()  # STARTTLS was answered 220
    OVER = auto()  # QUIT was answered 221


@dataclass(slots=True)
class _Open:
    """A turn that may still be answered."""

    line: bytes
    verb: str
    argument: bytes
    span: Span
    t: int
    tls: bool
    reply: Reply | None = None
    data_start: int = -1
    data_end: int | None = None
    data_t: int | None = None
    data_reply: Reply | None = None
    challenges: list[Reply] = field(default_factory=list)
    responses: list[Span] = field(default_factory=list)
    kept_back: bool = False  # a fault came where its reply ought to have been

    def fits(self, code: int) -> bool:
        """Whether the code can be an answer to what this turn waits for."""
        if code >= 400 or code == 0:
            return True
        if self.data_end is not None:
            return code not in _SPECIAL and code < 300
        expected = _EXPECTED.get(self.verb)
        return code in expected if expected else code not in _SPECIAL and code < 300

    def done(self) -> Turn:
        span = None if self.data_end is None else (self.data_start, self.data_end)
        return Turn(
            self.line, self.verb, self.argument, self.span, self.t, self.tls, self.reply,
            span, self.data_t, self.data_reply, tuple(self.challenges), tuple(self.responses),
        )  # fmt: skip


# Verbs after whose line reading stops until the reply is there, and the good replies that only these have.
_EXPECTED: Final = {"DATA": (354,), "AUTH": (235, 334), "STARTTLS": (220,), "QUIT": (221,)}
_SPECIAL: Final = frozenset(code for codes in _EXPECTED.values() for code in codes)
_GREETINGS: Final = (220, 421, 554)


class _Replay:
    """The state while the events go by."""

    def __init__(self) -> None:
        self.stream = bytearray()
        self.arrivals: list[tuple[int, int]] = []  # length of the stream, and when it was reached
        self.at = 0  # everything before is read
        self.sought = 0  # no line end or final dot before
        self.mode = _Mode.COMMAND
        self.waiting: _Open | None = None
        self.turns: list[_Open] = []
        self.pending: deque[_Open] = deque()
        self.greeting: Reply | None = None
        self.replied = False
        self.unsolicited: list[Reply] = []
        self.server = bytearray()  # a line of ours not yet ended
        self.lines: list[bytes] = []  # of a reply not yet ended
        self.tls = False
        self.faulted = False  # an answer was kept back, and nothing has come from either side since
        self.ended_by_us = False  # an answer was kept back at some time, or the connection ended, by a fault
        self.refused = False  # by 421
        self.ended: list[Event] = []
        self.problems: list[WireProblem] = []

    def run(self, events: Iterable[Event]) -> Dialogue:
        for event in events:
            if event.kind is EventKind.CLIENT:
                self._client(event)
            elif event.kind is EventKind.SERVER:
                self._server(event)
            elif event.kind is EventKind.TLS:
                if not Handshake.read(event.octets).problem:
                    self._handshake()
            elif event.kind is EventKind.FAULT:
                self._fault(recorded(event.octets.decode("utf-8", "replace")))
            else:
                self.ended.append(event)
        self._end()
        turns = tuple(turn.done() for turn in self.turns)
        found = [*self.problems, *_line_problems(turns)]
        return Dialogue(self.greeting, turns, self._closing(), self.tls, tuple(found), tuple(self.unsolicited))

    def _closing(self) -> Closing:
        if self.mode is _Mode.OVER:
            return Closing.QUIT
        if self.refused:
            return Closing.SERVER
        if not self.ended:
            return Closing.OPEN
        said = _ENDINGS.get(self.ended[-1].octets.partition(b":")[0])
        if said is not None:
            return said
        if self.ended[0].kind is EventKind.EOF:
            return Closing.CLIENT
        return Closing.SERVER if self.ended_by_us else Closing.LOST

    # ------------------------------------------------------------ what the client sends

    def _client(self, event: Event) -> None:
        if not self.replied and not self.arrivals and event.octets:
            reason = "the client speaks before the greeting"
            self.problems.append(WireProblem(Kind.EARLY_TALK, (0, len(event.octets)), reason))
        if self.faulted:  # it did not wait any longer for what a fault of ours kept back
            for turn in takewhile(lambda turn: not turn.kept_back, reversed(self.pending)):
                turn.kept_back = True
            self.faulted = False
        self.stream += event.octets
        self.arrivals.append((len(self.stream), event.t))
        self._advance()

    def _advance(self) -> None:
        while True:
            if self.mode is _Mode.CONTENT and self.waiting is not None:
                if not self._content(self.waiting):
                    return
            elif self.mode in (_Mode.COMMAND, _Mode.RESPONSE):
                line = self._line()
                if line is None:
                    return
                if self.mode is _Mode.COMMAND:
                    self._command(line)
                elif self.waiting is not None:
                    self.waiting.responses.append(line)
                    self.pending.append(self.waiting)
                    self.mode = _Mode.WAITING
            else:
                return

    def _line(self) -> Span | None:
        end = self.stream.find(b"\n", max(self.at, self.sought))
        if end < 0:
            self.sought = len(self.stream)
            return None
        start, self.at = self.at, end + 1
        return start, self.at

    def _command(self, span: Span) -> None:
        line = bytes(self.stream[span[0] : span[1]])
        word, _, argument = line[: -2 if line.endswith(b"\r\n") else -1].partition(b" ")
        turn = _Open(line, plain(word).upper(), argument, span, self._when(span[1]), self.tls)
        self.turns.append(turn)
        self.pending.append(turn)
        if turn.verb in _EXPECTED:
            self.mode, self.waiting = _Mode.WAITING, turn

    def _content(self, turn: _Open) -> bool:
        """Whether the content has come to its end."""
        start = turn.data_start
        if self.stream.startswith(b".\r\n", start):
            dot = start
        else:
            found = self.stream.find(b"\r\n.\r\n", max(start, self.sought - 4))
            if found < 0:
                self.sought = len(self.stream)
                return False
            dot = found + 2
        self.at = self.sought = dot + 3
        turn.data_end, turn.data_t = dot, self._when(self.at)
        self.pending.append(turn)
        self.mode, self.waiting = _Mode.COMMAND, None
        return True

    def _when(self, end: int) -> int:
        """When the octet before ``end`` came."""
        return self.arrivals[bisect_left(self.arrivals, (end,))][1]

    # ------------------------------------------------------------ what we answer

    def _fault(self, fault: Fault | None) -> None:
        """A fault of ours; one that cannot be read may have done anything."""
        self.faulted = self.faulted or fault is None or fault.silences
        self.ended_by_us = self.ended_by_us or fault is None or fault.silences or fault.closes

    def _server(self, event: Event) -> None:
        self.faulted = False
        self.server += event.octets
        while (end := self.server.find(b"\n") + 1) > 0:
            line = bytes(self.server[:end])
            del self.server[:end]
            self.lines.append(line)
            found = _REPLY_LINE.fullmatch(line)
            if found is None or found[2] != b"-":
                code = int(found[1]) if found else 0
                texts = tuple(each.rstrip(b"\r\n") for each in self.lines)
                reply = Reply(code, texts, b"".join(self.lines), event.t)
                self.lines = []
                self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        first, self.replied = not self.replied, True
        self.refused = self.refused or reply.code == 421
        if first and (not self.turns or reply.code in _GREETINGS):
            self.greeting = reply
            return
        turn = self._meant(reply.code)
        if turn is None:
            self.unsolicited.append(reply)
        elif turn.data_end is not None:
            turn.data_reply = reply
        elif turn.verb == "AUTH" and reply.code == 334:
            turn.challenges.append(reply)
            if turn is self.waiting:
                self.mode = _Mode.RESPONSE
        else:
            turn.reply = reply
            if turn is self.waiting:
                self._decide(turn, reply.code)
        self._advance()

    def _decide(self, turn: _Open, code: int) -> None:
        """What the octets after a command are, now that its reply is there."""
        self.mode, self.waiting = _Mode.COMMAND, None
        if turn.verb == "DATA" and code == 354:
            turn.data_start = self.sought = self.at
            self.mode, self.waiting = _Mode.CONTENT, turn
        elif turn.verb == "STARTTLS" and code == 220:
            self.mode = _Mode.HANDSHAKE
        elif turn.verb == "QUIT" and code == 221:
            self.mode = _Mode.OVER

    def _meant(self, code: int) -> _Open | None:
        """The turn that a reply answers, taken from those that wait, with all before it."""
        while True:
            if self.pending and not self.pending[0].kept_back and self.pending[0].fits(code):
                return self.pending.popleft()
            candidates = [(i, turn) for i, turn in enumerate(islice(self.pending, LOOK_AHEAD)) if turn.fits(code)]
            known = next((i for i, turn in candidates if not turn.kept_back), candidates[0][0] if candidates else None)
            if known is not None:
                for _ in range(known):
                    self.pending.popleft()
                return self.pending.popleft()
            before = self.at
            if self.pending and self.pending[0] is self.waiting and self.mode is _Mode.WAITING:
                # its reply will not come any more; the command after it may be what is meant
                self.mode, self.waiting = _Mode.COMMAND, None
                self._advance()
            if self.at == before:
                return self.pending.popleft() if self.pending else None

    # ------------------------------------------------------------ handshake and end

    def _handshake(self) -> None:
        self.tls = True
        if self.mode is _Mode.CONTENT:
            return
        if self.at < len(self.stream):
            reason = "octets after STARTTLS and before the handshake"
            self.problems.append(WireProblem(Kind.BEFORE_TLS, (self.at, len(self.stream)), reason))
        self.at = self.sought = len(self.stream)
        self.mode, self.waiting = _Mode.COMMAND, None
        self.pending.clear()

    def _end(self) -> None:
        """Say what the octets are that nothing was made of."""
        span = (self.at, len(self.stream))
        if self.mode is _Mode.CONTENT and self.waiting is not None:
            self.waiting.data_end = span[1]
            self.problems.append(WireProblem(Kind.CUT_DATA, span, "the final dot of the content never came"))
        elif self.at < len(self.stream):
            after = self.waiting.verb if self.waiting is not None else ""
            if self.mode in (_Mode.COMMAND, _Mode.RESPONSE):
                problem = WireProblem(Kind.CUT_LINE, span, "a line that never ended")
            elif self.mode is _Mode.OVER or after == "QUIT":
                problem = WireProblem(Kind.AFTER_QUIT, span, "octets after QUIT")
            elif self.mode is _Mode.HANDSHAKE or after == "STARTTLS":
                problem = WireProblem(Kind.BEFORE_TLS, span, "octets after STARTTLS and no handshake")
            else:
                reason = f"octets after {after}, which was never answered: commands or not, nobody can tell"
                problem = WireProblem(Kind.UNDECIDED, span, reason)
            self.problems.append(problem)


def _line_problems(turns: Iterable[Turn]) -> Iterator[WireProblem]:
    for turn in turns:
        yield from octet_problems(turn.line, turn.span[0])
        if len(turn.line) > COMMAND_LINE and turn.verb not in LONGER_BY_EXTENSION:
            reason = f"a command line of {len(turn.line)} octets, {COMMAND_LINE} are allowed"
            yield WireProblem(Kind.LONG_COMMAND, turn.span, reason)
