"""The client's end of an HTTP connection: strict in what it sends, lenient in what it reads."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import h11

from .connection import (
    PIECES_A_TURN,
    READ_SIZE,
    SHOWN,
    Head,
    Headers,
    HttpConnection,
    HttpError,
    HttpProblem,
    Limits,
    head_of,
)
from .lenient import Mending
from .tls import why

_Answer = h11.Response | h11.InformationalResponse
MOST_INTERIM: Final = 100  # responses of 1xx before the final one; a slow printer sends some, to keep us waiting


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response.  ``head_octets`` is all that came before the body (a 100 included), ``octets`` all that came.

    ``oddities`` say where it breaks HTTP and was read all the same.
    """

    head: Head
    body: bytes
    head_octets: bytes
    octets: bytes
    oddities: tuple[str, ...] = ()


class ClientConnection(HttpConnection):
    """One connection that was made; ``sent_head`` holds the octets of the current request before its body."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits | None = None
    ) -> None:
        super().__init__(reader, writer, h11.CLIENT, limits)
        self.sent_head = b""

    async def exchange(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: bytes | Iterable[bytes] = b"",
        *,
        expect: bool = False,
        pause: float = 0.0,
    ) -> HttpResponse:
        """Send a request and read its response; raises ``HttpError``.

        ``headers`` needs Host; a body of octets gets a Content-Length, a sequence of them goes out in chunks.  With
        ``expect`` the body waits for 100 and is not sent at all when a final response comes instead; it comes so many
        seconds (``pause``) after the head.
        """
        self._begin()
        self.sent_head = b""
        fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        if isinstance(body, bytes):
            fields.append((b"Content-Length", b"%d" % len(body)))
            body = [body]
        else:
            fields.append((b"Transfer-Encoding", b"chunked"))
        if expect:
            fields.append((b"Expect", b"100-continue"))
        await self.send(h11.Request(method=method, target=target, headers=fields))
        self.sent_head = bytes(self.sent)
        await asyncio.sleep(pause)
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

    async def read_answer(self, event: h11.Response | h11.InformationalResponse | None = None) -> HttpResponse:
        """The response to the request that was sent; 101 has no body, :meth:`start_tls` and another reading follow.

        Where it breaks HTTP and can be understood all the same, it is, and ``oddities`` tell of it.
        """
        try:
            return await self._strict_answer(event)
        except HttpError as error:
            if error.problem is not HttpProblem.HTTP:
                raise
            try:
                async with asyncio.timeout(self.limits.body_seconds):
                    return await self._lenient_answer(error)
            except TimeoutError:
                message = f"no whole answer after {self.limits.body_seconds} s"
                raise HttpError(HttpProblem.TIMEOUT, message) from None

    async def _lenient_answer(self, objection: HttpError) -> HttpResponse:
        """The same, from all octets so far and mended; raises the objection where that does not help."""
        mending, machine, body = Mending(), self._machine_after_a_request(), bytearray()
        head: _Answer | None = None
        at, ended = 0, False
        while not ended:
            part = bytes(self.received[at : at + READ_SIZE])
            if not part and not mending.oddities:
                raise objection
            part = part or await self._receive_octets()
            at += len(part)
            ended = at == len(self.received) and self._reader.at_eof()
            if given := mending.feed(part) + (mending.rest() if ended else b""):
                machine.receive_data(given)
            if ended:
                machine.receive_data(b"")
            event, head = await self._read_mended(machine, head, body)
            if head is not None and event is not h11.NEED_DATA and mending.oddities:
                came = bytes(self.received)
                return HttpResponse(head_of(head), bytes(body), came[: mending.body_at], came, tuple(mending.oddities))
        raise objection

    async def _read_mended(
        self, machine: h11.Connection, head: _Answer | None, body: bytearray
    ) -> tuple[object, _Answer | None]:
        """What comes after all that is there, such as ``NEED_DATA``, and the last head; raises ``HttpError``."""
        pieces = 0
        try:
            while (event := machine.next_event()) is not h11.NEED_DATA:
                pieces += 1
                if pieces % PIECES_A_TURN == 0:
                    await asyncio.sleep(0)
                if isinstance(event, h11.Response | h11.InformationalResponse):
                    head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    break
        except h11.RemoteProtocolError as error:
            raise HttpError(HttpProblem.HTTP, f"{error!s:.{SHOWN}}") from error
        if len(body) > self.limits.body_octets:
            raise HttpError(HttpProblem.HTTP, f"a body of more than {self.limits.body_octets} octets")
        return event, head

    async def _strict_answer(self, event: h11.Response | h11.InformationalResponse | None) -> HttpResponse:
        if event is None:
            event = await self._final_head()
        head_octets = self._consumed()
        if isinstance(event, h11.InformationalResponse):
            return HttpResponse(head_of(event), b"", head_octets, bytes(self.received))
        body = await self._body()
        return HttpResponse(head_of(event), body, head_octets, self._consumed())

    async def _final_head(self) -> h11.Response | h11.InformationalResponse:
        """The head of the final response, or of a 101."""
        try:
            async with asyncio.timeout(self.limits.idle_seconds):
                for _ in range(MOST_INTERIM + 1):
                    event = await self.receive()
                    if isinstance(event, h11.Response):
                        return event
                    if not isinstance(event, h11.InformationalResponse):
                        raise HttpError(HttpProblem.CLOSED, "the connection closed without a response")
                    if event.status_code == 101:
                        return event
            raise HttpError(HttpProblem.HTTP, f"more than {MOST_INTERIM} responses of 1xx and none that is final")
        except TimeoutError:
            raise HttpError(HttpProblem.TIMEOUT, f"no response after {self.limits.idle_seconds} s") from None

    async def start_tls(self, context: ssl.SSLContext, server_hostname: str | None = None) -> None:
        """The same; raises ``HttpError`` as well when octets of the server are waiting in clear."""
        await self._nothing_in_clear()
        await super().start_tls(context, server_hostname)

    def _machine_after_a_request(self) -> h11.Connection:
        machine = self._new_machine()
        machine.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        machine.send(h11.EndOfMessage())
        return machine


async def connect(
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    limits: Limits | None = None,
) -> ClientConnection:
    """A client's connection, in TLS from the first octet if a context is given; raises ``HttpError``."""
    limits, where = limits or Limits(), f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        async with asyncio.timeout(limits.head_seconds):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        message = f"no connection to {where} after {limits.head_seconds} s"  # a wall between, say; nobody took it
        raise HttpError(HttpProblem.UNREACHABLE, message) from None
    except OSError as error:
        if _numbers(error) == {errno.ECONNREFUSED}:
            raise HttpError(HttpProblem.REFUSED, f"{where} refuses the connection") from None
        raise HttpError(HttpProblem.UNREACHABLE, f"{where}: {_in_words(error)}") from error
    if tls is not None:
        await _shake_hands(writer, tls, server_hostname or host, limits)
    return ClientConnection(reader, writer, limits)


_ERRNO: Final = re.compile(r"\[Errno (-?\d+)\] ?")


def _numbers(error: OSError) -> set[int]:
    """What the system said; asyncio puts several addresses' errors into one text, without a number of its own."""
    return {error.errno} if error.errno is not None else {int(number) for number in _ERRNO.findall(str(error))}


def _in_words(error: OSError) -> str:
    """The same for people."""
    if error.errno is None or isinstance(error, socket.gaierror):  # whose numbers are others
        return error.strerror or _ERRNO.sub("", str(error))
    return os.strerror(error.errno)


async def _shake_hands(writer: asyncio.StreamWriter, tls: ssl.SSLContext, name: str, limits: Limits) -> None:
    """Put the connection in TLS; raises ``HttpError``, and the connection is gone then."""
    shaken = False
    try:
        async with asyncio.timeout(limits.head_seconds):
            await writer.start_tls(tls, server_hostname=name)
        shaken = True
    except TimeoutError:
        raise HttpError(HttpProblem.TIMEOUT, f"no end of the TLS handshake after {limits.head_seconds} s") from None
    except OSError as error:
        raise HttpError(HttpProblem.TLS, f"the TLS handshake failed: {why(error)}") from error
    finally:
        if not shaken:
            writer.transport.abort()
