"""The simulated client: IPP over HTTP/1.1 (RFC 2910 section 4), with every octet of both directions in the evidence."""

from __future__ import annotations

import asyncio
import base64
import itertools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import h11

from conformance import evidence as rows
from conformance.wire import ipp
from conformance.wire.registry import Operation

from .journal import Journal

IPP_PORT: Final = 631  # RFC 2910 section 5
READ_SIZE: Final = 65_536
# A Get-Printer-Attributes answer with all attributes is some 20 KB in the field; this leaves room for a hundred of them
# and still ends a printer that never stops talking.
MAX_RESPONSE: Final = 4 * 1024 * 1024


class UriError(ValueError):
    """A printer URI that cannot be used; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a printer URI points."""

    uri: str
    host: str
    port: int
    path: str
    tls: bool

    @classmethod
    def of(cls, uri: str) -> Target:
        """From ipp://, ipps://, http:// or https://; raises ``UriError``."""
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError as error:
            raise UriError(f"{uri!r} is no URI: {error}") from error
        if parts.scheme not in ("ipp", "ipps", "http", "https") or not parts.hostname:
            raise UriError(f"{uri!r} is no printer URI; it looks like ipp://HOST[:PORT]/PATH (also ipps, http, https)")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        default = {"http": 80, "https": 443}.get(parts.scheme, IPP_PORT)
        scheme = {"http": "ipp", "https": "ipps"}.get(parts.scheme, parts.scheme)
        address = f"{scheme}://{parts.netloc}{path}"
        if parts.scheme in ("http", "https") and port is None:
            address = f"{scheme}://{parts.netloc}:{default}{path}"
        return cls(address, parts.hostname, port or default, path, parts.scheme in ("ipps", "https"))


@dataclass(slots=True)
class _Capture:
    """What went over one connection so far."""

    request_head: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    body: bytearray = field(default_factory=bytearray)
    status: int = 0
    tls: str = ""
    chunked: bool = False

    @property
    def head(self) -> bytes:
        """The response octets before the body; all of them when the body came in chunks."""
        if self.chunked or not self.status:
            return bytes(self.received)
        return bytes(self.received[: len(self.received) - len(self.body)])


class _ExchangeError(Exception):
    """Why no complete answer came: the word for the evidence, and the text."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(text)
        self.problem, self.text = problem, text


class Subscriber:
    """Sends requests to one printer.  A connection of its own for each, so that none depends on what another left."""

    def __init__(self, journal: Journal, uri: str, *, timeout: float, tls: ssl.SSLContext | None = None) -> None:
        self._journal, self._timeout = journal, timeout
        self.target = Target.of(uri)
        self._tls = tls or (_lenient_context() if self.target.tls else None)
        self._request_ids = itertools.count(1)
        self.peer = ""  # the address that the last connection went to
        self.lost = False  # whether the last request got no answer at all

    @property
    def uri(self) -> str:
        """The printer-uri for requests."""
        return self.target.uri

    async def post(
        self,
        operation: Operation,
        groups: Sequence[ipp.Group],
        data: bytes = b"",
        *,
        play: int = 0,
        step: int = 0,
        login: tuple[str, str] | None = None,
    ) -> rows.Exchange:
        """Send one request; always an exchange, whose ``problem`` says why there is no answer in it.

        ``login`` is a name and a password for HTTP Basic authentication (RFC 7617); the evidence keeps neither.
        """
        number = next(self._request_ids)
        request = ipp.encode(ipp.Message(int(operation), number, tuple(groups), data))
        identity, began = self._journal.id(rows.Exchange), self._journal.now()
        capture = _Capture()
        problem = text = ""
        try:
            async with asyncio.timeout(self._timeout):
                await self._converse(request, capture, login)
        except TimeoutError:
            problem, text = "timeout", f"no complete answer within {self._timeout:g} s"
        except _ExchangeError as error:
            problem, text = error.problem, error.text
        self.lost = problem in ("refused", "unreachable", "timeout", "closed", "tls")
        exchange = rows.Exchange(
            identity, play, step, int(operation), self.uri, began, self._journal.now(), capture.tls,
            capture.request_head, request, capture.status, capture.head, bytes(capture.body), problem, text,
        )  # fmt: skip
        self._journal.add(exchange)
        return exchange

    async def _converse(self, request: bytes, capture: _Capture, login: tuple[str, str] | None) -> None:
        target = self.target
        try:
            reader, writer = await asyncio.open_connection(
                target.host, target.port, ssl=self._tls, server_hostname=target.host if self._tls else None
            )
        except ConnectionRefusedError as error:
            raise _ExchangeError("refused", f"{target.host}:{target.port} refuses the connection") from error
        except ssl.SSLError as error:
            raise _ExchangeError("tls", f"TLS with {target.host}:{target.port} failed: {error}") from error
        except OSError as error:
            raise _ExchangeError("unreachable", f"{target.host}:{target.port}: {error.strerror or error}") from error
        try:
            self.peer = str(writer.get_extra_info("peername")[0])
            secured = writer.get_extra_info("ssl_object")
            capture.tls = f"{secured.version()} {secured.cipher()[0]}" if secured else ""
            await self._request_and_response(reader, writer, request, capture, login)
        except (ConnectionError, ssl.SSLError) as error:
            raise _ExchangeError("closed", f"the connection broke: {error}") from error
        finally:
            writer.transport.abort()

    async def _request_and_response(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: bytes,
        capture: _Capture,
        login: tuple[str, str] | None,
    ) -> None:
        http = h11.Connection(h11.CLIENT)
        secret = _credentials(*login) if login else ""
        head = h11.Request(
            method="POST",
            target=self.target.path,
            headers=[
                ("Host", f"{self.target.host}:{self.target.port}"),
                ("Content-Type", "application/ipp"),
                ("Content-Length", str(len(request))),
                ("Connection", "close"),
                *([("Authorization", f"Basic {secret}")] if secret else []),
            ],
        )
        octets = http.send(head) or b""
        capture.request_head = octets.replace(secret.encode(), b"*" * len(secret)) if secret else octets
        writer.write(octets + (http.send(h11.Data(request)) or b"") + (http.send(h11.EndOfMessage()) or b""))
        while True:
            event = self._next_event(http)
            if event is h11.NEED_DATA:
                octets = await reader.read(READ_SIZE)
                capture.received += octets
                if len(capture.received) > MAX_RESPONSE:
                    raise _ExchangeError("http", f"the answer is longer than {MAX_RESPONSE} octets")
                if not octets and not capture.received:
                    raise _ExchangeError("closed", "the printer closed the connection without an answer")
                self._feed(http, octets)
            elif isinstance(event, h11.Response):
                capture.status = event.status_code
                capture.chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
            elif isinstance(event, h11.Data):
                capture.body += event.data
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or event is h11.PAUSED:
                break
        if capture.status != 200:
            raise _ExchangeError("http", f"HTTP status {capture.status} instead of 200")

    @staticmethod
    def _next_event(http: h11.Connection) -> object:
        try:
            return http.next_event()
        except h11.RemoteProtocolError as error:
            raise _ExchangeError("http", f"the answer is not HTTP/1.1: {error}") from error

    @staticmethod
    def _feed(http: h11.Connection, octets: bytes) -> None:
        try:
            http.receive_data(octets)
        except h11.RemoteProtocolError as error:
            raise _ExchangeError("http", f"the answer is not HTTP/1.1: {error}") from error


def _credentials(name: str, password: str) -> str:
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def _lenient_context() -> ssl.SSLContext:
    """TLS without a check of the certificate: printers make their own, and who they are is not what is judged here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
