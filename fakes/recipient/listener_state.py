"""What the connections of a recipient share, and the bounds they keep, each for itself and all together."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from fakes.mail_security import MailSecurity, ServerNames

from .arrivals import Arrivals
from .faults import FaultScript
from .journal import Journal
from .transcript import Ending

SIZE_LIMIT: Final = 32 * 2**20
"""Octets of a message that are taken, and announced by SIZE; far more than a printer has to say about a job."""

RUNAWAY: Final = 4
"""A client that sends on beyond this many times the size limit is cut off; until then it gets its 552 in order."""

COMMAND_LIMIT: Final = 64 * 1024
"""Octets of a command line; 128 times what RFC 5321 section 4.5.3.1.4 grants, so that excess is seen and judged."""

SHORT_LIMIT: Final = 4 * 1024
"""Octets of a command line while all connections together have ``LINES_LIMIT`` waiting: eight times what is granted."""

LOOKED_AT: Final = 4 * 1024
"""Octets of a MAIL or RCPT line that decide on its answer, with all of the word they end in; eight times what is
granted.  Thirty thousand parameters would cost others a fortieth of a second each time.  All is kept, and judged."""

LINES_LIMIT: Final = 32 * 2**20
"""Octets of commands not worked off, of all connections together, from which on long lines are refused.  A client that
waits for its answers has one line waiting, which is some fifty octets: this is far beyond ten thousand of them."""

ENVELOPE_LIMIT: Final = 128 * 1024
"""Octets of all MAIL and RCPT lines of a message.  A hundred recipients must be taken (RFC 5321 section 4.5.3.1.8): in
the longest lines that is 50 KiB, and in lines as they are this is four thousand."""

ENVELOPE_SHARE: Final = 4 * 1024
"""Octets of them that each connection may have whatever the others do: ten times what a printer says for a mail."""

ENVELOPES_LIMIT: Final = 32 * 2**20
"""Octets of them beyond that share, of all connections together: 256 clients at their own limit at a time.  The shares
of ten thousand connections come on top, which is 40 MiB."""

UNKNOWN_LIMIT: Final = 10_000
"""Unknown commands on a connection.  A client that takes the answer to DATA for a 354 sends its message as commands;
it shall be seen doing so to the end."""

COMMANDS_A_TURN: Final = 2
"""Commands of a connection that are worked off before it is the turn of others.  One that waits for its answers has one
at a time; what is more is a group of MAIL, RCPT and DATA (RFC 2920), which loses some microseconds by it."""

CLIENTS_A_TURN: Final = 2
"""Clients with commands left over that have their turn before the loop looks for what is new: four commands take some
thirty microseconds, and looking takes five.  A mail that is sent step by step meets a dozen such turns, and the thread
that brings it to the disk as many again.  Of more such clients each waits longer, and whoever comes anew, or waits for
answers, does not."""

OCTETS_A_TURN: Final = 8 * 1024
"""Octets of their commands after which no more clients have their turn at once: taking a line of 60 KiB to pieces may
be a twentieth of a second, and a group of a hundred recipients is half of this."""

UNSENT_LIMIT: Final = 4 * 1024
"""Octets of answers that the system will not take for now, from which on no more commands of that client are obeyed:
those of a turn, and no more, whoever does not read them."""

TLS_LIMIT: Final = 400
"""Connections in TLS at once, handshakes that are under way among them.  Each has a buffer of a quarter of a megabyte
in asyncio, and as much again for what nobody reads: with ten thousand of them that would be gigabytes."""

NAME_LIMIT: Final = 256
"""Octets that are remembered of the name a client gives itself (RFC 5321 section 4.5.3.1.2 has 255): all that is asked
of it later is whether there was one."""

GRACE: Final = 2.0
"""Seconds a closed connection has to take what was written to it, before it is aborted."""

COMMANDS_AT_ONCE: Final = 4 * 1024
"""Octets received at once while commands are awaited: a group of a hundred recipients, and no more to keep of a client
that does not read its answers."""

RECEIVE: Final = 64 * 1024
"""Octets of a message received at once at most: what goes to the disk at once, see ``fakes.recipient.transcript``."""


@dataclass(frozen=True, slots=True)
class RecipientOptions:
    """How a recipient behaves; ``timeout`` is the seconds of silence it bears."""

    hostname: str
    security: MailSecurity
    size_limit: int
    timeout: float
    max_sessions: int


class Open(Protocol):
    """A connection, as others see it."""

    def work(self) -> int:
        """It is its turn; octets of the commands that were obeyed."""

    def settle(self) -> None:
        """End as soon as what is in hand is answered."""

    def drop(self, ending: Ending, detail: str) -> None:
        """Reset the connection."""


class Turns:
    """Connections that have more to do than one turn allows, in the order they came."""

    def __init__(self) -> None:
        self._waiting: deque[Open] = deque()
        self._called = False

    def join(self, connection: Open) -> None:
        """Its turn will come; not to be called again before it has."""
        self._waiting.append(connection)
        if not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._call)

    def _call(self) -> None:
        self._called = False
        now, octets = min(CLIENTS_A_TURN, len(self._waiting)), 0
        try:
            while now and octets < OCTETS_A_TURN:
                octets += self._waiting.popleft().work()
                now -= 1
        finally:  # whatever became of one, the others are called
            if self._waiting and not self._called:
                self._called = True
                asyncio.get_running_loop().call_soon(self._call)


@dataclass(slots=True)
class ListenerState:
    """What all connections of a recipient share.

    ``lines`` and ``envelopes`` are octets that they have in memory now, of commands not worked off and of envelopes
    beyond each connection's share; ``in_tls`` is how many are in TLS, or on their way there.
    """

    journal: Journal
    options: RecipientOptions
    faults: FaultScript
    arrivals: Arrivals = field(default_factory=Arrivals)
    address: str = ""
    open: set[Open] = field(default_factory=set)
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    visited: asyncio.Event = field(default_factory=asyncio.Event)  # somebody has connected, whatever came of it
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(RECEIVE)))
    turns: Turns = field(default_factory=Turns)
    names: ServerNames | None = None  # where there is TLS
    lines: int = 0
    envelopes: int = 0
    in_tls: int = 0

    @property
    def line_limit(self) -> int:
        """Octets that a command line may have now."""
        return COMMAND_LIMIT if self.lines < LINES_LIMIT else SHORT_LIMIT


def name_of(address: Any) -> str:
    """A socket address as one reads it."""
    if not isinstance(address, tuple):
        return str(address)
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
