"""One SMTP connection as a stream: every octet noted as it comes and goes, bounds kept, the end told.

It is aiosmtpd's protocol, and differs from it so:

* Octets are noted when they arrive and when they leave, before anything reads them.
* The end of the client's stream does not cancel what is under way; what had been sent before is still worked off.
* Only the client's silence counts against its time, and it is told before it is cut off.
* What is the same for every connection is worked out once, and octets are received into one shared buffer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Session, syntax

from conformance.faults import Action, Fault
from conformance.rows import EventKind

from .desk import COMMAND_LIMIT, GRACE, CommandReader, Desk, Options, Transaction, name_of
from .record import Ending, Record


class _Limits(dict[str, int]):
    """aiosmtpd keeps one table of limits for all connections, and raises them with each EHLO; this has one limit."""

    def __getitem__(self, _command: str) -> int:
        return COMMAND_LIMIT


class _Hooks:
    """What aiosmtpd asks its handler."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Connection, session: Session, _envelope: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return server.keywords([line[4:] for line in responses])


def _accept(*_: object) -> AuthResult:
    return AuthResult(success=True)


class Connection(SMTP, asyncio.BufferedProtocol):
    """Octets in, octets out; the subclass learns of them by :meth:`octets_came` and :meth:`stream_ended`."""

    transport: Any  # aiosmtpd's annotation is too narrow for what it holds
    command_size_limit = COMMAND_LIMIT
    command_size_limits = _Limits()

    def __init__(self, desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        if desk.settled is None:
            self._settle_options(desk.options, loop)
            desk.settled = dict(self.__dict__)
        else:
            self.__dict__.update(desk.settled)
        self._lines = CommandReader(limit=COMMAND_LIMIT, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, self._lines, self._cb_client_connected, loop)
        self._desk = desk
        self._secure = False
        self._surplus = False  # there are more connections than there may be
        self._ending: Ending | None = None
        self._detail = ""
        self._eof = False
        self._lost = False
        self._gone = asyncio.Event()  # the client has closed
        self._own_time = False  # we make the client wait on purpose
        self._heard = 0.0
        self._held_back = False
        self._reply: list[bytes] | None = None
        self._manners: tuple[Fault, ...] = ()
        self._abort: asyncio.TimerHandle | None = None

    def _settle_options(self, options: Options, loop: asyncio.AbstractEventLoop) -> None:
        """Let aiosmtpd work out all that is the same for every connection.

        It looks through its own methods for that, which costs more than a whole mail; so it is done once, and what
        belongs to one connection (the stream, and methods bound to it) is made anew for each.
        """
        super().__init__(
            _Hooks(),
            hostname=options.hostname,
            ident="ESMTP ippmailto",
            data_size_limit=options.size_limit,
            enable_SMTPUTF8=True,  # so that octets beyond ASCII in commands are passed on; not announced
            tls_context=options.tls,
            timeout=options.timeout,
            authenticator=_accept,
            auth_require_tls=options.tls is not None,
            loop=loop,
        )

    def octets_came(self, octets: bytes, t: int) -> None:
        """The client has sent these; they are noted with that time."""
        self._lines.feed_data(octets)

    def stream_ended(self) -> None:
        """The client will send no more."""
        self._lines.feed_eof()

    def keywords(self, words: list[str]) -> list[str]:
        """The lines of the answer to EHLO; given aiosmtpd's words."""
        return [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]

    # ------------------------------------------------------------ what asyncio calls

    def connection_made(self, transport: Any) -> None:
        if self._original_transport is None:
            peer = name_of(transport.get_extra_info("peername"))
            called = transport.get_extra_info("sockname")  # not the listener's own name, which may be 0.0.0.0
            self._record = Record(
                self._desk.journal, name_of(called) if called else self._desk.listener, peer, self._desk.open
            )
            self._desk.open.add(self)
            self._surplus = len(self._desk.open) > self._desk.options.max_sessions
        else:
            self._secure = True
            tls = transport.get_extra_info("ssl_object")
            self._record.note(EventKind.TLS, f"{tls.version()} {tls.cipher()[0]}".encode())
        super().connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        # One buffer for all connections: what is received into it is taken out before anything else can run.
        return self._desk.buffer

    def buffer_updated(self, nbytes: int) -> None:
        octets = bytes(self._desk.buffer[:nbytes])
        t = self._record.note(EventKind.CLIENT, octets)
        self._heard = self.loop.time()
        self.octets_came(octets, t)
        if self._desk.journal.congested:
            self._hold_back()

    def eof_received(self) -> bool:
        self._record.note(EventKind.EOF)
        self._eof = True
        self._gone.set()
        self.stream_ended()
        return not self._secure  # stay, to answer what had been asked; impossible under TLS

    def connection_lost(self, error: Exception | None) -> None:
        if self._lost:  # aiosmtpd calls this itself when a handshake has failed
            return
        self._lost = True
        self._gone.set()
        if self._abort is not None:
            self._abort.cancel()
        if self._ending is None:
            self._ending = Ending.CLIENT if error is None and self._eof else Ending.RESET
            self._detail = "" if error is None else f"{type(error).__name__}: {error}"
        self._record.lost(self._ending, self._detail)
        super().connection_lost(error)
        self._desk.open.discard(self)
        if not self._desk.open:
            self._desk.emptied.set()

    # ------------------------------------------------------------ ending

    def finish(self, ending: Ending, detail: str = "", last_words: bytes = b"") -> None:
        """Close in order, for that reason, with that reply if any; after a grace period less politely."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if self._ending is None:
            self._ending, self._detail = ending, detail
        shaking_hands = self._tls_protocol is not None and not self._secure
        if last_words and not shaking_hands:
            self._record.note(EventKind.SERVER, last_words)
            transport.write(last_words)
        transport.close()
        if self._abort is None and not self._lost:
            outermost: Any = self._original_transport or transport
            self._abort = self.loop.call_later(GRACE, outermost.abort)

    def settle(self) -> None:
        """The recipient closes: end as soon as what is in hand is answered."""
        self.finish(Ending.STOPPED, last_words=f"421 {self.hostname} closes\r\n".encode())

    def drop(self, ending: Ending, detail: str) -> None:
        """Reset the connection."""
        transport: Any = self._original_transport or self.transport
        if transport is None or self._lost:
            return
        if self._ending is None:
            self._ending, self._detail = ending, detail
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    # ------------------------------------------------------------ pressure and silence

    def _hold_back(self) -> None:
        """Read no more while the journal has more than it can take."""
        if not self._held_back and self.transport is not None:
            self._held_back = True
            self.transport.pause_reading()
            self._desk.journal.when_room(self._go_on)

    def _go_on(self) -> None:
        self._held_back = False
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._heard = self.loop.time()
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(self._timeout_duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.busy:
            self._heard = self.loop.time()
        left = self._heard + self._timeout_duration - self.loop.time()
        if left > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        else:
            text = f"421 {self.hostname} nothing heard for {self._timeout_duration:g} seconds\r\n"
            self.finish(Ending.TIMEOUT, last_words=text.encode())

    @property
    def busy(self) -> bool:
        """Whether the client waits for us, so that its silence does not count."""
        return self._own_time

    async def pause(self, seconds: float | None) -> None:
        """Let the client wait that long, or for ever, or until it has gone."""
        if self._gone.is_set():
            return
        self._own_time = True
        going = self.loop.create_task(self._gone.wait())
        try:
            await asyncio.wait((going,), timeout=seconds)
        finally:
            going.cancel()
            self._own_time = False

    # ------------------------------------------------------------ replies

    async def push(self, status: str | bytes) -> None:
        """Send a line of a reply; raises ``ConnectionResetError`` if there is no connection any more."""
        line = (status if isinstance(status, bytes) else status.encode("utf-8", "surrogateescape")) + b"\r\n"
        if self._reply is not None:  # the lines of one reply are gathered, to leave together
            self._reply.append(line)
        elif self._manners:
            await self._say(line)
        else:
            await self._send(line)

    async def _say(self, octets: bytes) -> None:
        manners, self._manners = self._manners, ()
        apart = None
        for manner in manners:
            if manner.action is Action.MULTILINE:
                octets = _spread(octets, manner.number)
            elif manner.action is Action.TRICKLE:
                apart = manner.seconds
        if apart is None:
            await self._send(octets)
            return
        for i in range(len(octets)):
            await self.pause(apart)
            await self._send(octets[i : i + 1])

    async def _send(self, octets: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._heard = self.loop.time()  # from here on it is the client's turn
        self._record.note(EventKind.SERVER, octets)
        self._writer.write(octets)
        await self._writer.drain()

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        self._reply = []
        try:
            await super().smtp_EHLO(hostname)
        finally:
            octets, self._reply = b"".join(self._reply), None
        await self._say(octets)


def _spread(octets: bytes, lines: int) -> bytes:
    """A reply whose last line is said that many times."""
    *before, last = octets.splitlines(keepends=True)
    return b"".join(before) + (last[:3] + b"-" + last[4:]) * (lines - 1) + last
