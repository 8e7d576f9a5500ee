"""The printer on the network: IPP over HTTP/1.1 (RFC 8010 section 4), in the clear and, with a certificate, in TLS."""

from __future__ import annotations

import asyncio
import logging
import ssl

from fakes.http.connection import Head, HttpError, Limits
from fakes.http.server import ServerConnection
from fakes.printer.ipp.accounts import WrongPassword, proved
from fakes.printer.ipp.operations import answer
from fakes.printer.ipp.requests import PATH
from fakes.printer.mail.delivery import Mailer
from fakes.printer.state.clock import Clock
from fakes.printer.state.printer import Outlet, Printer

from .notice import Notice
from .policy import OBEDIENT, Policy

log = logging.getLogger(__name__)

IPP = "application/ipp"
CLOSE_SECONDS = 5.0  # how long mails that are on their way are waited for when the printer stops


class ReferencePrinter:
    """A printer that listens.  Make it, ``start`` it, use ``uri``, ``stop`` it; all on one event loop.

    ``smtp`` is host and port of the relay.  With ``tls`` the printer listens on a second port in TLS from the first
    octet (``secure_uri``), and takes ``Upgrade: TLS/1.2`` on the first one (RFC 2817).  ``outlet`` takes the notices in
    place of the mailer.
    """

    def __init__(
        self,
        policy: Policy = OBEDIENT,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp: tuple[str, int] = ("127.0.0.1", 25),
        tls: ssl.SSLContext | None = None,
        outlet: Outlet | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.policy, self.uri, self.secure_uri = policy, "", ""
        self._host, self._port, self._smtp, self._tls = host, port, smtp, tls
        self._outlet, self._limits = outlet, limits or Limits()
        self._mailer: Mailer | None = None
        self._printer: Printer | None = None
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen.  Raises ``OSError`` when the address cannot be had."""
        self._servers.append(await self._listen(self._port, None))
        self.uri = self._uri("ipp", self._servers[0])
        if self._tls is not None:
            self._servers.append(await self._listen(0, self._tls))
            self.secure_uri = self._uri("ipps", self._servers[1])
        outlet = self._outlet
        if outlet is None:
            outlet = self._mailer = Mailer(self.policy, *self._smtp, given_up=self._gave_up, refused=self._refused)
        uris = tuple(uri for uri in (self.uri, self.secure_uri) if uri)
        clock = Clock(asyncio.get_running_loop(), self.policy.up_time_begins)
        self._printer = Printer(self.policy, clock, outlet, uris, self._smtp[0])
        for server in self._servers:
            await server.start_serving()

    async def _listen(self, port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
        return await asyncio.start_server(self._accept, self._host, port, ssl=tls, start_serving=False)

    def _uri(self, scheme: str, server: asyncio.Server) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}{PATH}"

    async def stop(self) -> None:
        """Stop listening, let go of clients and timers, and give the mails that are on their way a moment."""
        for server in self._servers:
            server.close()
        connections = dict(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        for writer in connections.values():
            writer.transport.abort()  # a task that never came to run has closed nothing
        if self._printer is not None:
            self._printer.stop()
        if self._mailer is not None:
            await self._mailer.close(CLOSE_SECONDS)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def _gave_up(self, notice: Notice) -> None:
        if self._printer is not None:
            self._printer.gave_up(notice)

    def _refused(self, notice: Notice) -> None:
        if self._printer is not None:
            self._printer.refused(notice)

    # ------------------------------------------------------------ connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = ServerConnection(reader, writer, self._limits)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            await self._exchanges(connection)
        except HttpError as error:
            log.info("%s: %s", connection.peer, error.message)
        finally:
            await connection.close()

    async def _exchanges(self, connection: ServerConnection) -> None:
        """One exchange after another, until either side has had enough."""
        while True:
            try:
                head = await connection.read_request()
                if head is None:
                    return
                await self._exchange(connection, head)
            except HttpError as error:
                if error.status:
                    await connection.respond(error.status, [("Content-Type", "text/plain")], error.message.encode())
                raise
            if not connection.reusable:
                return

    async def _exchange(self, connection: ServerConnection, head: Head) -> None:
        refused = refusal_of(head)
        if refused is not None:
            status, headers, text = refused
            await connection.respond(status, [("Content-Type", "text/plain"), *headers], text.encode())
            return
        octets = await connection.read_body()
        token = self._upgrade(connection, head)
        if token is not None and self._tls is not None:
            await connection.switch_protocols(token)
            await connection.start_tls(self._tls)
        await self._answer(connection, head, octets)

    def _upgrade(self, connection: ServerConnection, head: Head) -> str | None:
        """The protocol to switch to before answering, if the client offers TLS (RFC 2817 section 3.1)."""
        if self._tls is None or connection.tls or "upgrade" not in head.tokens("connection"):
            return None
        offered = [token for token in head.tokens("upgrade") if token.startswith("tls/")]
        return f"{max(offered).upper()}, HTTP/1.1" if offered else None

    async def _answer(self, connection: ServerConnection, head: Head, octets: bytes) -> None:
        if head.method == "OPTIONS":
            await connection.respond(200, [("Allow", "OPTIONS, POST")])
            return
        assert self._printer is not None  # it is made before the first connection can be served
        try:
            user = proved(self.policy, head.get("authorization"))
        except WrongPassword:
            challenge = [("WWW-Authenticate", 'Basic realm="printer", charset="UTF-8"'), ("Content-Type", "text/plain")]
            await connection.respond(401, challenge, b"no such user, or another password")
            return
        reply = answer(self._printer, octets, head.target, user)
        if reply is None:
            await connection.respond(400, [("Content-Type", "text/plain")], b"that is no IPP message")
        else:
            await connection.respond(200, [("Content-Type", IPP)], reply)


def refusal_of(head: Head) -> tuple[int, list[tuple[str, str]], str] | None:
    """Why a request is no IPP request: status, more headers, text; ``None`` if it may be one."""
    if head.method == "OPTIONS":
        return None
    if head.method != "POST":
        return 405, [("Allow", "OPTIONS, POST")], "IPP requests are POSTed"
    if head.get("content-type").partition(";")[0].strip().lower() != IPP:
        return 415, [("Accept", IPP)], f"only {IPP}"
    if "content-encoding" in dict(head.headers):
        return 415, [("Accept-Encoding", "identity")], "no content encoding"
    if head.tokens("expect") - {"100-continue"}:
        return 417, [], "only 100-continue can be expected"
    return None
