"""The reference printer with an eye on who connects; whoever speaks no TLS where it comes first is heard out, too."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from conformance.record.rows import Heard
from conformance.wire import ipp
from conformance.wire.handshake import is_hello
from conformance.wire.registry import GroupTag
from fakes.http.capacity import Capacity
from fakes.http.connection import Head, Limits
from fakes.http.crowding import AT_A_TURN, turn_away
from fakes.http.peeking import first_octets
from fakes.http.server import ServerConnection
from fakes.http.tls import why
from fakes.mail_security import ServerNames
from fakes.printer import Notice, Policy, ReferencePrinter
from fakes.printer.ipp.requests import MOST_ASKED, PATH
from fakes.printer.page import refusal_of
from fakes.printer.security.identity import Identity
from fakes.printer.state.printer import Printer
from fakes.recipient.journal import Journal

from .connection import ENOUGH, ContactLog, WatchedConnection, Weight

QUEUES: Final = "/printers/"  # of CUPS
NEEDS_TLS: Final = b"this port is for TLS"
TURNED_AWAY: Final = "turned away: it had too many connections at once"
GAVE_WAY: Final = "it was silent, and gave way to another: there were too many connections at once"


class _Nowhere:
    """Takes notices and mails none: what a client subscribes to is looked at in its requests."""

    def send(self, notice: Notice) -> None:
        pass


class WatchedPrinter(ReferencePrinter):
    """It belongs to one play, in which everything that a client does goes to the journal."""

    def __init__(
        self,
        policy: Policy,
        journal: Journal,
        play: int,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_port: int = 0,
        identity: Identity | None = None,
        limits: Limits | None = None,
        weight: Weight | None = None,
    ) -> None:
        self._watching, self._bounds, self._share = (journal, play), limits or Limits(), Capacity()
        self._masking, self._weight = asyncio.Lock(), weight or Weight()
        super().__init__(
            policy, host=host, port=port, tls_port=tls_port, identity=identity, outlet=_Nowhere(), limits=self._bounds
        )

        self._names = None if self._tls is None else ServerNames(self._tls)

    async def quiet(self, seconds: float) -> None:
        """Return when no connection is open any more, or the time is up."""
        if tasks := self._places.tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _listen(self, scheme: str, port: int, tls: ssl.SSLContext | None) -> str:
        self.tried = (self._host, port, tls is not None)
        where = list[str]()
        accept = partial(self._meet, where, tls)
        server = await asyncio.start_server(accept, self._host, port, backlog=AT_A_TURN, start_serving=False)
        self._servers.append(server)
        host = f"[{self._host}]" if ":" in self._host else self._host
        where.append(f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}{PATH}")
        return where[0]

    def _meet(
        self,
        where: list[str],
        tls: ssl.SSLContext | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        peer = writer.get_extra_info("peername")
        log = ContactLog(*self._watching, where[0], f"{peer[0]}:{peer[1]}" if peer else "", self._weight)
        if self._weight.is_full or not self._places.makes_room():
            log.end(ENOUGH if self._weight.is_full else TURNED_AWAY)
            turn_away(writer) if tls is None else writer.transport.abort()
            return
        if tls is not None:
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # what comes is looked at before it is read
        self._places.take(writer, self._begin(reader, writer, tls, log), partial(log.end, GAVE_WAY))

    async def _begin(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tls: ssl.SSLContext | None,
        log: ContactLog,
    ) -> None:
        if tls is not None and not await self._shaken(writer, tls, log):
            return
        connection = WatchedConnection(
            reader, writer, self._bounds, self._share, log,
            tls_port=tls is not None, names=self._names, masking=self._masking,
        )  # fmt: skip
        await self._serve(connection)

    async def _shaken(self, writer: asyncio.StreamWriter, tls: ssl.SSLContext, log: ContactLog) -> bool:
        """Whether there is somebody to talk to: in TLS, or in the clear where nobody ought to be."""
        first = await first_octets(writer, self._bounds.head_seconds)
        if not is_hello(first):
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            return True
        log.note(Heard.HELLO, first)
        names = self._names or ServerNames(tls)
        with names.handshake():
            try:
                await writer.start_tls(tls, ssl_handshake_timeout=self._bounds.head_seconds)
            except OSError as error:
                log.not_shaken(f"the handshake failed: {why(error)}", names.last)
                log.end()
                writer.transport.abort()
                return False
        sheath, cipher = writer.get_extra_info("ssl_object"), writer.get_extra_info("cipher")
        log.shaken(f"{sheath.version()} {cipher[0]}" if sheath is not None and cipher else "TLS", names.of(sheath))
        return True

    def _reply(self, printer: Printer, octets: bytes, target: str, user: str | None) -> bytes | None:
        """Clients made for CUPS look for a printer at a path of its own, by whatever name they were told."""
        message = ipp.decode(octets, MOST_ASKED)
        operation = message.first(GroupTag.OPERATION)
        named = operation.get("printer-uri") if operation is not None else None
        uri = urlsplit((named.value.text() if named is not None else None) or "")
        if message.problem is None and operation is not None and uri.path.startswith(QUEUES):
            ours = ipp.uri("printer-uri", uri._replace(path=PATH).geturl())
            group = ipp.Group(operation.tag, tuple(ours if a is named else a for a in operation))
            groups = tuple(group if g is operation else g for g in message.groups)
            octets, target = ipp.encode(replace(message, groups=groups)), PATH
        return super()._reply(printer, octets, target, user)

    async def _exchange(self, connection: ServerConnection, head: Head) -> None:
        if isinstance(connection, WatchedConnection) and connection.tls_port and not connection.tls:
            await connection.read_body()
            await connection.respond(400, [("Content-Type", "text/plain")], NEEDS_TLS)
            return
        if refusal_of(head) is not None and not head.get("expect"):
            await connection.read_body()  # what was sent was sent, whatever it was called
        await super()._exchange(connection, head)
