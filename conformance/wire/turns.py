"""What an SMTP session is made of: replies, turns, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .problem import Span, WireProblem
from .words import plain


class Closing(StrEnum):
    """How a session ended."""

    QUIT = "quit"  # QUIT, answered 221
    CLIENT = "client"  # the client closed without an answered QUIT
    SERVER = "server"  # we closed: 421, a fault on purpose, a bound of ours, the end of the run
    LOST = "lost"  # the connection broke, or its handshake failed
    OPEN = "open"  # no end is on record


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: ``code`` of its last line (0 if that is no reply line), its lines without line ends,
    the octets as sent, and the nanoseconds when the last of them was sent.
    """

    code: int
    lines: tuple[bytes, ...]
    octets: bytes
    t: int

    @property
    def text(self) -> str:
        """What follows the codes, line by line."""
        return "\n".join(plain(line[4:]) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Turn:
    """A command and what was answered.

    ``line`` is the command line as sent, ``span`` its place in the client stream, ``t`` when its last octet came.
    For DATA that was answered 354, ``data_span`` is where the content stands, dots as sent, without the final dot
    line; ``data_t`` is when the final dot line was in, ``None`` if it never came.  For AUTH, ``challenges`` are the
    334 replies and ``responses`` the places of the client's lines to them.
    """

    line: bytes
    verb: str
    argument: bytes
    span: Span
    t: int
    tls: bool
    reply: Reply | None = None
    data_span: Span | None = None
    data_t: int | None = None
    data_reply: Reply | None = None
    challenges: tuple[Reply, ...] = ()
    responses: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A session.  ``hello`` is the last EHLO or HELO that was accepted, else the last one sent; ``tls`` whether
    a handshake ended; ``unsolicited`` the replies that answer no command, such as a 421 in silence.
    """

    greeting: Reply | None
    turns: tuple[Turn, ...]
    closed: Closing
    tls: bool
    problems: tuple[WireProblem, ...]
    unsolicited: tuple[Reply, ...] = ()

    @property
    def hello(self) -> Turn | None:
        """The EHLO or HELO in force at the end."""
        sent = [turn for turn in self.turns if turn.verb in ("EHLO", "HELO")]
        accepted = [turn for turn in sent if turn.reply is not None and turn.reply.code // 100 == 2]
        return next(reversed(accepted or sent), None)
