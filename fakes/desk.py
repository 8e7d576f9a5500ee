"""What the connections of a recipient share, the bounds they keep, and what they read commands with."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiosmtpd.smtp import Envelope

from .arrivals import Arrivals
from .faults import FaultScript
from .journal import Journal

if TYPE_CHECKING:
    from .smtp_connection import Connection

SIZE_LIMIT: Final = 32 * 2**20
"""Octets of a message that are taken, and announced by SIZE; far more than a printer has to say about a job."""

RUNAWAY: Final = 4
"""A client that sends on beyond this many times the size limit is cut off; until then it gets its 552 in order."""

COMMAND_LIMIT: Final = 64 * 1024
"""Octets of a command line; 128 times what RFC 5321 section 4.5.3.1.4 grants, so that excess is seen and judged."""

ENVELOPE_LIMIT: Final = 2**20
"""Octets of all MAIL and RCPT lines of a message: some ten thousand recipients, where a hundred must be taken."""

UNKNOWN_LIMIT: Final = 10_000
"""Unknown commands on a connection.  A client that takes the answer to DATA for a 354 sends its message as commands;
it shall be seen doing so to the end."""

GRACE: Final = 2.0
"""Seconds a closed connection has to take what was written to it, before it is aborted."""


RECEIVE: Final = 256 * 1024
"""Octets received at once at most; as many as asyncio asks the system for."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a recipient behaves; ``timeout`` is the seconds of silence it bears."""

    hostname: str
    tls: ssl.SSLContext | None
    size_limit: int
    timeout: float
    auth: bool
    max_sessions: int


@dataclass(slots=True)
class Desk:
    """What all connections of a recipient share."""

    journal: Journal
    options: Options
    faults: FaultScript
    arrivals: Arrivals = field(default_factory=Arrivals)
    listener: str = ""
    open: set[Connection] = field(default_factory=set)
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(RECEIVE)))
    settled: dict[str, Any] | None = None  # what aiosmtpd has worked out for the first connection


class Transaction(Envelope):
    """A mail transaction: the command lines as they came, and the mailboxes of the recipients accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []
        self.octets = 0
        self.mailboxes: list[str] = []

    def take(self, line: bytes) -> None:
        """A MAIL or RCPT that is accepted."""
        self.lines.append(line)
        self.octets += len(line)


class CommandReader(asyncio.StreamReader):
    """Gives the lines of commands; remembers the last one, and says how much has not been read."""

    line = b""

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        try:
            self.line = await super().readuntil(separator)
        except asyncio.IncompleteReadError as error:
            # aiosmtpd expects to be cancelled at the end of the stream, or told of a reset; it knows no third way.
            raise ConnectionResetError("the client has closed") from error
        return self.line

    @property
    def waiting(self) -> int:
        """Octets received and not read."""
        return len(self._buffer)  # type: ignore[attr-defined]  # StreamReader has no public word for it

    def give(self, octets: bytes) -> None:
        """Put octets behind those that are waiting, be the stream at its end or not."""
        ended, self._eof = self._eof, False  # type: ignore[has-type]  # StreamReader's own
        self.feed_data(octets)
        self._eof = ended

    def take(self) -> bytes:
        """All that is waiting."""
        octets = bytes(self._buffer)  # type: ignore[attr-defined]  # see above
        self._buffer.clear()  # type: ignore[attr-defined]  # see above
        self._maybe_resume_transport()  # type: ignore[attr-defined]  # see above
        return octets


def name_of(address: Any) -> str:
    """A socket address as one reads it."""
    if not isinstance(address, tuple):
        return str(address)
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
