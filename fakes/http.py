"""HTTP/1.1 for both ends of an IPP connection: h11 over asyncio streams, every octet kept in both directions.

One :class:`Connection` serves the printer (``h11.SERVER``) and the client (``h11.CLIENT``).  It reads and writes h11
events and remembers the octets of the current exchange as they went over the wire (above TLS, when there is TLS).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import h11

from .tls import why

READ_SIZE: Final = 65_536
LINGER_SECONDS: Final = 0.5  # how long a refused peer may go on sending before its unread octets turn into a reset
LINGER_OCTETS: Final = 16 * 1024 * 1024  # and how much; a body that was refused for its size ends the patience
CLOSE_SECONDS: Final = 1.0  # for octets not yet read by the peer, and for its last word in TLS

Headers = Sequence[tuple[str, str]]


class Problem(StrEnum):
    """What went wrong, in the words of the evidence file."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    HTTP = "http"


class HttpError(Exception):
    """The peer, or the way to it, failed us.  ``status`` is what a server may still answer, 0 where nothing helps."""

    def __init__(self, problem: Problem, message: str, status: int = 0) -> None:
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


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.  ``head_octets`` is all that came before the body (a 100 included), ``octets`` all that came."""

    head: Head
    body: bytes
    head_octets: bytes
    octets: bytes


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")


def _head(event: h11.Request | h11.Response | h11.InformationalResponse) -> Head:
    headers = tuple((_text(n), _text(v)) for n, v in event.headers)
    if isinstance(event, h11.Request):
        return Head(headers, method=_text(event.method), target=_text(event.target))
    return Head(headers, status=event.status_code, reason=_text(event.reason))


class Connection:
    """One HTTP connection.

    ``received`` and ``sent`` hold the octets of the current exchange.  ``peer`` is the address at the other end,
    ``tls`` the version and cipher of the TLS below, or nothing.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        role: type[h11.CLIENT] | type[h11.SERVER],
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.received, self.sent = bytearray(), bytearray()
        self.sent_head = b""
        self._reader, self._writer, self._role = reader, writer, role
        self._machine = self._new_machine()
        self.peer, self.tls = _peer(writer), _sheath(writer)  # a connection that is gone tells neither any more

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
                    raise HttpError(Problem.CLOSED, f"the peer closed too early: {error}", 400) from error
                raise HttpError(Problem.HTTP, str(error), error.error_status_hint) from error
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # of the two sentinels only PAUSED is left
            await self._fill()

    async def _fill(self) -> None:
        try:
            octets = await self._reader.read(READ_SIZE)
        except ssl.SSLError as error:
            raise HttpError(Problem.TLS, why(error)) from error
        except OSError as error:
            raise HttpError(Problem.CLOSED, f"the connection broke: {error}") from error
        self.received += octets
        if len(self.received) > self.limits.octets:
            raise HttpError(Problem.HTTP, f"more than {self.limits.octets} octets of one message", 413)
        self._machine.receive_data(octets)

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
            raise HttpError(Problem.CLOSED, f"the connection broke: {error}") from error

    def _begin(self) -> None:
        """Forget the last exchange, except for what already came of the next one."""
        if self._machine.our_state is h11.DONE and self._machine.their_state is h11.DONE:
            self._machine.start_next_cycle()
        self.received = bytearray(self._machine.trailing_data[0])
        self.sent, self.sent_head = bytearray(), b""

    def _consumed(self) -> bytes:
        """What h11 has taken of the received octets so far."""
        return bytes(self.received[: len(self.received) - len(self._machine.trailing_data[0])])

    async def _body(self) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while isinstance(event := await self.receive(), h11.Data):
                    body += event.data
                    if len(body) > self.limits.body_octets:
                        raise HttpError(Problem.HTTP, f"a body of more than {self.limits.body_octets} octets", 413)
        except TimeoutError:
            raise HttpError(Problem.TIMEOUT, f"no whole body after {self.limits.body_seconds} s", 408) from None
        if not isinstance(event, h11.EndOfMessage):
            raise HttpError(Problem.HTTP, f"{type(event).__name__} inside a body", 400)
        return bytes(body)

    # ------------------------------------------------------------ server

    async def read_request(self) -> Head | None:
        """The head of the next request; ``None`` when the peer has no more.  Raises ``HttpError``."""
        self._begin()
        try:
            if not self.received:
                async with asyncio.timeout(self.limits.idle_seconds):
                    await self._fill()
        except TimeoutError:
            return None
        try:
            async with asyncio.timeout(self.limits.head_seconds):
                event = await self.receive()
        except TimeoutError:
            raise HttpError(Problem.TIMEOUT, f"no whole head after {self.limits.head_seconds} s", 408) from None
        if not isinstance(event, h11.Request):
            return None
        return _head(event)

    async def read_body(self) -> bytes:
        """The body of that request; a client that waits for it is told to continue first.  Raises ``HttpError``."""
        if self._machine.they_are_waiting_for_100_continue:
            await self.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
        return await self._body()

    async def respond(self, status: int, headers: Headers = (), body: bytes = b"", reason: str = "") -> None:
        """A whole response.  If the request was not read to its end, the connection closes after it."""
        fields = [*headers, ("Content-Length", str(len(body)))]
        if self._unread:
            fields.append(("Connection", "close"))
        response = h11.Response(status_code=status, headers=fields, reason=reason.encode())
        await self.send(response, h11.Data(data=body), h11.EndOfMessage())

    async def switch_protocols(self, token: str) -> None:
        """Say 101 (RFC 2817 section 3.3); :meth:`start_tls` comes next."""
        headers = [("Upgrade", token), ("Connection", "Upgrade")]
        await self.send(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching Protocols"))

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow on this connection."""
        return self._machine.our_state is h11.DONE and self._machine.their_state is h11.DONE

    @property
    def _unread(self) -> bool:
        """Whether octets of the request are, or may be, still to come."""
        return self._machine.their_state in (h11.IDLE, h11.SEND_BODY, h11.ERROR)

    # ------------------------------------------------------------ client

    async def exchange(
        self, method: str, target: str, headers: Headers, body: bytes | Iterable[bytes] = b"", *, expect: bool = False
    ) -> Answer:
        """Send a request and read its response; raises ``HttpError``.

        ``headers`` needs Host; a body of octets gets a Content-Length, a sequence of them goes out in chunks.  With
        ``expect`` the body waits for 100 and is not sent at all when a final response comes instead.
        """
        self._begin()
        fields = [*headers]
        if isinstance(body, bytes):
            fields.append(("Content-Length", str(len(body))))
            body = [body]
        else:
            fields.append(("Transfer-Encoding", "chunked"))
        if expect:
            fields.append(("Expect", "100-continue"))
        await self.send(h11.Request(method=method, target=target, headers=fields))
        self.sent_head = bytes(self.sent)
        early = await self._await_continue() if expect else None
        if early is None:
            await self.send(*(h11.Data(data=part) for part in body), h11.EndOfMessage())
        return await self.read_answer(early)

    async def _await_continue(self) -> h11.Response | h11.InformationalResponse | None:
        """A response that makes the body needless, or ``None``: send it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.expect_seconds):
                event = await self.receive()
                if isinstance(event, h11.Response):
                    return event
                if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                    return event
        return None

    async def read_answer(self, event: h11.Response | h11.InformationalResponse | None = None) -> Answer:
        """The response to the request that was sent; 101 has no body, :meth:`start_tls` and another reading follow."""
        if event is None:
            event = await self._final_head()
        head_octets = self._consumed()
        if isinstance(event, h11.InformationalResponse):
            return Answer(_head(event), b"", head_octets, bytes(self.received))
        body = await self._body()
        return Answer(_head(event), body, head_octets, self._consumed())

    async def _final_head(self) -> h11.Response | h11.InformationalResponse:
        """The head of the final response, or of a 101."""
        try:
            async with asyncio.timeout(self.limits.idle_seconds):
                while True:
                    event = await self.receive()
                    if isinstance(event, h11.Response):
                        return event
                    if isinstance(event, h11.InformationalResponse):
                        if event.status_code == 101:
                            return event
                        continue
                    raise HttpError(Problem.CLOSED, "the connection closed without a response")
        except TimeoutError:
            raise HttpError(Problem.TIMEOUT, f"no response after {self.limits.idle_seconds} s") from None

    # ------------------------------------------------------------ both

    async def start_tls(self, context: ssl.SSLContext, server_hostname: str | None = None) -> None:
        """Go on in TLS, in the middle of an exchange: after 101 the first request is answered in TLS (RFC 2817).

        Raises ``HttpError`` when the handshake fails or octets of the peer are already waiting in clear.
        """
        if self._machine.trailing_data[0]:
            raise HttpError(Problem.TLS, "octets in clear after the switch to TLS")
        try:
            await self._writer.start_tls(
                context, server_hostname=server_hostname, ssl_handshake_timeout=self.limits.head_seconds
            )
        except OSError as error:
            raise HttpError(Problem.TLS, f"the TLS handshake failed: {why(error)}") from error
        self.tls = _sheath(self._writer)
        # h11 has no way back from 101, so a fresh machine is put where the old one stood: one request has been made.
        self._machine = self._new_machine()
        request = h11.Request(method="GET", target="/", headers=[("Host", "x")])
        if self._role is h11.CLIENT:
            self._machine.send(request)
            self._machine.send(h11.EndOfMessage())
        else:
            self._machine.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self._machine.next_event()
            self._machine.next_event()

    async def close(self) -> None:
        """Close.  A peer that is still sending is heard out for a moment, so that it can read what we said."""
        closed = False
        try:
            if self._role is h11.SERVER and self._unread and self.received and self._writer.can_write_eof():
                await self._linger()
            self._writer.close()
            with suppress(OSError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._writer.wait_closed()
                closed = True
        finally:
            if not closed:  # aborting a closed TLS transport is an error in the first releases of Python 3.11
                self._writer.transport.abort()

    async def _linger(self) -> None:
        with suppress(OSError):  # TimeoutError is one of them
            self._writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                read = 0
                while read < LINGER_OCTETS and (octets := await self._reader.read(READ_SIZE)):
                    read += len(octets)


async def connect(
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    limits: Limits | None = None,
) -> Connection:
    """A client's connection, in TLS from the first octet if a context is given; raises ``HttpError``."""
    limits, where = limits or Limits(), f"{host}:{port}"
    try:
        async with asyncio.timeout(limits.head_seconds):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        raise HttpError(Problem.TIMEOUT, f"no connection to {where} after {limits.head_seconds} s") from None
    except ConnectionRefusedError:
        raise HttpError(Problem.REFUSED, f"{where} refuses the connection") from None
    except OSError as error:
        raise HttpError(Problem.UNREACHABLE, f"{where}: {error}") from error
    if tls is not None:
        await _shake_hands(writer, tls, server_hostname or host, limits)
    return Connection(reader, writer, h11.CLIENT, limits)


async def _shake_hands(writer: asyncio.StreamWriter, tls: ssl.SSLContext, name: str, limits: Limits) -> None:
    """Put the connection in TLS; raises ``HttpError``, and the connection is gone then."""
    shaken = False
    try:
        async with asyncio.timeout(limits.head_seconds):
            await writer.start_tls(tls, server_hostname=name)
        shaken = True
    except TimeoutError:
        raise HttpError(Problem.TIMEOUT, f"no end of the TLS handshake after {limits.head_seconds} s") from None
    except OSError as error:
        raise HttpError(Problem.TLS, f"the TLS handshake failed: {why(error)}") from error
    finally:
        if not shaken:
            writer.transport.abort()


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if name else ""


def _sheath(writer: asyncio.StreamWriter) -> str:
    """Version and cipher as the handshake left them."""
    sheath, cipher = writer.get_extra_info("ssl_object"), writer.get_extra_info("cipher")
    return f"{sheath.version() or 'TLS'} {cipher[0]}" if sheath is not None and cipher else ""
