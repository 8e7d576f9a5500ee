"""HTTP/1.1 for both ends of an IPP connection: h11 over asyncio streams, every octet kept in both directions.

A :class:`HttpConnection` reads and writes h11 events and remembers the octets of the current exchange as they went over
the wire (above TLS, when there is TLS).  ``server`` has the printer's end of it, ``client`` the client's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import h11

from .capacity import Capacity, Share
from .tls import why

READ_SIZE: Final = 65_536
PIECES_A_TURN: Final = 32  # of a body, until others are served: chunks of an octet are some ten thousand in a read
MOST_PIECES: Final = 250_000
"""Of a body: the largest in chunks of 512 octets has half of it.  What each of them costs, here and where it is looked
through, is the same for one of an octet."""

SHOWN: Final = 200  # characters of what the reader of HTTP says, which may quote all that came
CLOSE_SECONDS: Final = 1.0  # for octets not yet read by the peer, and for its last word in TLS

Headers = Sequence[tuple[str, str]]


class HttpProblem(StrEnum):
    """What went wrong, in the words of the evidence file."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    HTTP = "http"


class HttpError(Exception):
    """The peer, or the way to it, failed us.  ``status`` is what a server may still answer, 0 where nothing helps."""

    def __init__(self, problem: HttpProblem, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.problem, self.message, self.status = problem, message, status


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long.  Octets and seconds."""

    head_octets: int = 65_536  # Apache and nginx stop at 8 KiB; a tester may meet longer ones
    body_octets: int = 64 * 1024 * 1024  # documents of the suite are small; a runaway peer must not fill the memory
    idle_seconds: float = 60.0  # between two exchanges
    head_seconds: float = 10.0  # from the first octet of a head to its last
    body_seconds: float = 60.0  # for a whole body
    expect_seconds: float = 1.0  # a client waits so long for 100, then sends the body (RFC 7231 section 5.1.1)

    @property
    def octets(self) -> int:
        """Of a message with all that frames it: chunks of a few octets each, and a dozen of 1xx before it."""
        return 2 * self.body_octets + 16 * self.head_octets


@dataclass(frozen=True, slots=True)
class Head:
    """A request line or status line with its headers; header names are in lower case."""

    headers: tuple[tuple[str, str], ...]
    method: str = ""
    target: str = ""
    status: int = 0
    reason: str = ""

    def get(self, name: str, default: str = "") -> str:
        """The value of a header; several of one name are joined with a comma (RFC 7230 section 3.2.2)."""
        values = [v for n, v in self.headers if n == name]
        return ", ".join(values) if values else default

    def tokens(self, name: str) -> set[str]:
        """The members of a comma-separated header, in lower case."""
        return {t.strip().lower() for t in self.get(name).split(",")} - {""}


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")


def head_of(event: h11.Request | h11.Response | h11.InformationalResponse) -> Head:
    """The head that an event brought."""
    headers = tuple((_text(n), _text(v)) for n, v in event.headers)
    if isinstance(event, h11.Request):
        return Head(headers, method=_text(event.method), target=_text(event.target))
    return Head(headers, status=event.status_code, reason=_text(event.reason))


class HttpConnection:
    """One HTTP connection, in a ``room`` with others.

    ``received`` and ``sent`` hold the octets of the current exchange.  ``peer`` is the address at the other end,
    ``tls`` the version and cipher of the TLS below, or nothing, ``certificate`` the one that the peer showed, in DER.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        role: type[h11.CLIENT] | type[h11.SERVER],
        limits: Limits | None = None,
        room: Capacity | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._share = Share(room)
        self.received, self.sent = bytearray(), bytearray()
        self._reader, self._writer, self._role = reader, writer, role
        self._machine = self._new_machine()
        self.peer, self.tls, self.certificate = _peer(writer), "", b""
        self._note_tls()

    def _new_machine(self) -> h11.Connection:
        return h11.Connection(self._role, max_incomplete_event_size=self.limits.head_octets)

    # ------------------------------------------------------------ events

    async def receive(self) -> h11.Event | type[h11.PAUSED]:
        """The next event from the peer; raises ``HttpError``.  No time limit of its own."""
        while True:
            try:
                event = self._machine.next_event()
            except h11.RemoteProtocolError as error:
                if self._machine.trailing_data[1]:
                    raise HttpError(HttpProblem.CLOSED, f"the peer closed too early: {error}", 400) from error
                raise HttpError(HttpProblem.HTTP, f"{error!s:.{SHOWN}}", error.error_status_hint) from error
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # of the two sentinels only PAUSED is left
            await self._fill()

    async def _fill(self) -> None:
        self._machine.receive_data(await self._receive_octets())

    async def _receive_octets(self) -> bytes:
        """What comes next; nothing at the end."""
        try:
            octets = await self._reader.read(READ_SIZE)
        except ssl.SSLError as error:
            raise HttpError(HttpProblem.TLS, why(error)) from error
        except OSError as error:
            raise HttpError(HttpProblem.CLOSED, f"the connection broke: {error}") from error
        self._hold(len(octets))
        self.received += octets
        if len(self.received) > self.limits.octets:
            raise HttpError(HttpProblem.HTTP, f"more than {self.limits.octets} octets of one message", 413)
        return octets

    def _hold(self, octets: int) -> None:
        """Take room for octets that came; raises ``HttpError`` when all connections together hold too much."""
        if not self._share.take(octets):
            limit = self._share.capacity.octets
            raise HttpError(HttpProblem.HTTP, f"all requests together have more than {limit} octets", 503)

    async def send(self, *events: h11.Event) -> None:
        """Write events; raises ``HttpError`` when the peer is gone, ``h11.LocalProtocolError`` when we are wrong."""
        await self.send_octets(b"".join(self._machine.send(e) or b"" for e in events))

    async def send_octets(self, octets: bytes) -> None:
        """Write octets past h11: for whoever wants to misbehave."""
        self.sent += octets
        try:
            self._writer.write(octets)
            await self._writer.drain()
        except OSError as error:
            raise HttpError(HttpProblem.CLOSED, f"the connection broke: {error}") from error

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow on this connection."""
        return self._machine.our_state is h11.DONE and self._machine.their_state is h11.DONE

    def _begin(self) -> None:
        """Forget the last exchange, except for what already came of the next one."""
        if self.reusable:
            self._machine.start_next_cycle()
        self.received = bytearray(self._machine.trailing_data[0])
        self._share.keep(len(self.received))
        self.sent = bytearray()

    def _consumed(self) -> bytes:
        """What h11 has taken of the received octets so far."""
        return bytes(self.received[: len(self.received) - len(self._machine.trailing_data[0])])

    async def _body(self) -> bytes:
        body, pieces = bytearray(), 0
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while isinstance(event := await self.receive(), h11.Data):
                    pieces += 1
                    if pieces > MOST_PIECES:
                        raise HttpError(HttpProblem.HTTP, f"a body in more than {MOST_PIECES:,} pieces", 413)
                    if pieces % PIECES_A_TURN == 0:
                        await asyncio.sleep(0)
                    self._hold(len(event.data))
                    body += event.data
                    if len(body) > self.limits.body_octets:
                        raise HttpError(HttpProblem.HTTP, f"a body of more than {self.limits.body_octets} octets", 413)
        except TimeoutError:
            raise HttpError(HttpProblem.TIMEOUT, f"no whole body after {self.limits.body_seconds} s", 408) from None
        if not isinstance(event, h11.EndOfMessage):
            raise HttpError(HttpProblem.HTTP, f"{type(event).__name__} inside a body", 400)
        return bytes(body)

    # ------------------------------------------------------------ the connection

    async def start_tls(self, context: ssl.SSLContext, server_hostname: str | None = None) -> None:
        """Go on in TLS, in the middle of an exchange: after 101 the first request is answered in TLS (RFC 2817).

        Raises ``HttpError`` when the handshake fails.
        """
        try:
            await self._writer.start_tls(
                context, server_hostname=server_hostname, ssl_handshake_timeout=self.limits.head_seconds
            )
        except OSError as error:
            raise HttpError(HttpProblem.TLS, f"the TLS handshake failed: {why(error)}") from error
        self._note_tls()
        self._machine = self._machine_after_a_request()  # h11 has no way back from 101

    def _note_tls(self) -> None:
        """What the handshake came to: a connection that is gone does not tell any more."""
        sheath, cipher = self._writer.get_extra_info("ssl_object"), self._writer.get_extra_info("cipher")
        if sheath is not None and cipher:
            self.tls = f"{sheath.version() or 'TLS'} {cipher[0]}"
            self.certificate = sheath.getpeercert(binary_form=True) or b""

    def _machine_after_a_request(self) -> h11.Connection:
        """A fresh machine for which one request has been made and not answered."""
        raise NotImplementedError

    async def _nothing_in_clear(self) -> None:
        """Raise ``HttpError`` when the peer sent in clear, into ``received``, what would be taken for octets in TLS."""
        taken = len(self._consumed())
        with suppress(TimeoutError):
            async with asyncio.timeout(0):  # octets that are there already are read without waiting
                self.received += await self._reader.read(READ_SIZE)
        if len(self.received) > taken:
            raise HttpError(HttpProblem.TLS, "octets in clear at the switch to TLS")

    async def close(self) -> None:
        """Close."""
        closed = False
        try:
            await self._before_closing()
            self._writer.close()
            with suppress(OSError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._writer.wait_closed()
                closed = True
        finally:
            if not closed:  # aborting a closed TLS transport is an error in the first releases of Python 3.11
                self._writer.transport.abort()

    async def _before_closing(self) -> None:
        """What either end has still to do."""


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if name else ""
