"""The simulated mail recipient: takes every mail for anybody, relays none, and records each connection octet for octet.

It runs on the caller's event loop, with a :class:`~fakes.recipient.journal.Journal` on that loop.  A message is on the
disk before its 250 is sent; if it cannot be, the answer is 452 and nothing is pretended.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import socket
from typing import Final

from fakes.hurry import done_before
from fakes.mail_security import MailSecurity, ServerNames, Tls

from .arrivals import Arrivals
from .faults import FaultScript
from .journal import Journal
from .listener_state import GRACE, SIZE_LIMIT, ListenerState, RecipientOptions, name_of
from .smtp_engine import Engine
from .smtp_session import SmtpSession
from .transcript import Ending

TIMEOUT: Final = 300.0
"""Seconds of silence a client may keep; RFC 5321 section 4.5.3.2.7 asks a server for five minutes at least."""

MAX_SESSIONS: Final = 10_000
"""Connections at once, if the process may have that many files.  A printer has a handful; this many that say nothing
take some hundred megabytes, and what they say is bounded for all of them together."""

_SPARE_FILES: Final = 64
"""Descriptors left to everything else in the process: the evidence, the listeners, IPP connections, reports."""

_BACKLOG: Final = 1024  # connections the system holds until we accept them; a burst of a test should not see a refusal

_AT_A_TURN: Final = 8
"""Connections accepted at a turn of the loop: those beyond the bound are told and gone a few turns later, and until
then they live on the spare descriptors."""


_IN_CLEAR: Final = MailSecurity()


class RecipientError(Exception):
    """The recipient cannot listen; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint = message, hint


class Recipient:
    """A listening mail recipient; ``async with`` starts and closes it.

    ``host`` is a name or address of this machine, ``port`` 0 takes a free one.  ``timeout`` is in seconds,
    ``size_limit`` in octets.  ``faults`` may be set while it runs; open connections follow at their next answer.
    Once ``hurry`` is set, closing waits for nobody.
    """

    def __init__(
        self,
        journal: Journal,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        hostname: str = "recipient.example",
        security: MailSecurity = _IN_CLEAR,
        faults: FaultScript | None = None,
        size_limit: int = SIZE_LIMIT,
        timeout: float = TIMEOUT,
        max_sessions: int | None = None,
        hurry: asyncio.Event | None = None,
    ) -> None:
        self._host, self._asked_port, self._hurry = host, port, hurry or asyncio.Event()
        bound = _most_sessions() if max_sessions is None else max_sessions
        options = RecipientOptions(hostname, security, size_limit, timeout, bound)
        self._listener = ListenerState(journal, options, FaultScript() if faults is None else faults)
        self._listener.names = None if security.context is None else ServerNames(security.context)
        self._server: asyncio.Server | None = None

    @property
    def arrivals(self) -> Arrivals:
        """What has come for whom, and waiting for it."""
        return self._listener.arrivals

    @property
    def faults(self) -> FaultScript:
        """The script in force; an empty one means no faults."""
        return self._listener.faults

    @faults.setter
    def faults(self, script: FaultScript | None) -> None:
        self._listener.faults = FaultScript() if script is None else script

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket().getsockname()[1])

    @property
    def address(self) -> str:
        """``host:port`` as it listens, the host as a number."""
        return name_of(self._socket().getsockname())

    @property
    def visited(self) -> bool:
        """Whether anybody has connected since it listens."""
        return self._listener.visited.is_set()

    async def visit(self, seconds: float) -> bool:
        """True as soon as somebody has connected; False after so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listener.visited.wait(), seconds)
        return self.visited

    def _socket(self) -> socket.socket:
        if self._server is None or not self._server.sockets:
            raise RecipientError("the recipient does not listen", "start it first")
        return self._server.sockets[0]

    async def start(self) -> None:
        """Listen; raises :class:`RecipientError`."""
        loop = asyncio.get_running_loop()
        where = f"{self._host}:{self._asked_port}"
        if not 0 <= self._asked_port <= 65535:
            raise RecipientError(f"there is no port {self._asked_port}", "name one of 0 to 65535; 0 takes a free one")
        if self._listener.options.security.tls is Tls.IMPLICIT and not isinstance(loop, asyncio.BaseEventLoop):
            raise RecipientError(
                "no handshake can come first on this event loop, which gives out octets before it begins",
                "use asyncio's own loop",
            )
        host = await self._resolve() if self._asked_port == 0 else self._host
        engine = Engine(self._listener.options)
        try:
            self._server = await loop.create_server(
                lambda: SmtpSession(self._listener, engine), host, self._asked_port, backlog=_AT_A_TURN
            )
            if not self._server.sockets:  # asyncio passes over a family that the machine does not have
                self._server = None
                raise OSError(errno.EAFNOSUPPORT, "this machine has no such kind of address")
            for listener in self._server.sockets:  # asyncio takes one number for both
                with listener.dup() as same:
                    same.listen(_BACKLOG)
        except socket.gaierror as error:
            raise _unknown(self._host, error) from error
        except OSError as error:
            hint = {
                errno.EADDRINUSE: "another program listens there; end it, or name another port",
                errno.EACCES: "ports below 1024 take privileges here; name a higher one, and tell the printer",
                errno.EADDRNOTAVAIL: "that is no address of this machine; 0.0.0.0 stands for all of them",
                errno.EMFILE: "raise the limit on open files (ulimit -n)",
                errno.EAFNOSUPPORT: "IPv6 may be off; 127.0.0.1 and 0.0.0.0 are IPv4",
            }.get(error.errno or errno.EADDRNOTAVAIL, "name another host or port")  # none: bound to no address at all
            said = os.strerror(error.errno) if error.errno else error.strerror or error  # asyncio puts more around it
            raise RecipientError(f"cannot listen on {where}: {said}", hint) from error
        self._listener.address = self.address

    async def _resolve(self) -> str:
        """One address of the host: a free port is free on each of several addresses only by chance."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                self._host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except socket.gaierror as error:
            raise _unknown(self._host, error) from error
        return str(found[0][4][0])

    async def idle(self) -> None:
        """Wait until no connection is open; their transcripts are then with the journal."""
        while self._listener.open:
            self._listener.emptied.clear()
            await self._listener.emptied.wait()

    async def close(self) -> None:
        """Listen no more, let what is in hand be stored and answered, and end all connections."""
        if self._server is None:
            return
        self._server.close()
        for session in list(self._listener.open):
            session.settle()
        await done_before(self._hurry, self.idle(), 2 * GRACE)
        for session in list(self._listener.open):
            session.drop(Ending.STOPPED, "it would not end")
        await self.idle()
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Recipient:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _most_sessions() -> int:
    """As many connections as this process may have open files for, with some spared; each costs one."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_SESSIONS
    return max(1, min(MAX_SESSIONS, soft - _SPARE_FILES))


def _unknown(host: str, error: OSError) -> RecipientError:
    return RecipientError(
        f"{host!r} is no host this machine knows: {error.strerror}", "name an address of this machine, or 0.0.0.0"
    )
