"""The printer on the network: IPP over HTTP/1.1 (RFC 8010 section 4), in the clear and in TLS, as its policy has it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace

from conformance.wire import ipp
from conformance.wire.handshake import is_hello
from conformance.wire.registry import GroupTag, Operation
from fakes.http.auth import NotProved
from fakes.http.capacity import Capacity
from fakes.http.connection import Head, HttpError, Limits
from fakes.http.crowding import AT_A_TURN, ConnectionPlaces, most_connections, serve, turn_away
from fakes.http.peeking import first_octets
from fakes.http.server import ServerConnection
from fakes.printer.ipp import directory_entry
from fakes.printer.ipp.operations import answer
from fakes.printer.ipp.printer_description import other_names
from fakes.printer.ipp.requests import MOST_ASKED, PATH
from fakes.printer.mail.delivery import Mailer
from fakes.printer.security.accounts import Accounts, lets_in_unproved
from fakes.printer.state.clock import Clock
from fakes.printer.state.printer import Outlet, Printer

from .conditions import ConditionalLie, Occasion, Telling, told
from .notice import Notice
from .page import IPP, page_about, path_of, refusal_of
from .policy import OBEDIENT, Policy
from .security import admission
from .security.identity import Identity
from .security_policy import Mode

log = logging.getLogger(__name__)

TEXT = ("Content-Type", "text/plain")
_WITH_JOBS = (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.GET_JOBS)
CLOSE_SECONDS = 5.0  # how long mails that are on their way are waited for when the printer stops


class ReferencePrinter:
    """A printer that listens.  Make it, ``start`` it, use ``uri``, ``stop`` it; all on one event loop.

    ``smtp`` is host and port of the relay.  ``uri`` is the one that a client should use, ``plain_uri`` and
    ``secure_uri`` are those in the clear and in TLS from the first octet, if there are such.  ``identity`` has the
    certificates of a printer that speaks TLS; ``tls`` is a context of its own in their place, and makes a printer that
    would have none speak it.  ``outlet`` takes the notices in place of the mailer.  ``room`` bounds what all
    connections hold of requests together.
    """

    def __init__(
        self,
        policy: Policy = OBEDIENT,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_port: int = 0,
        smtp: tuple[str, int] = ("127.0.0.1", 25),
        tls: ssl.SSLContext | None = None,
        identity: Identity | None = None,
        outlet: Outlet | None = None,
        limits: Limits | None = None,
        room: Capacity | None = None,
        lie: ConditionalLie | None = None,
    ) -> None:
        self._lie = lie
        if tls is not None and policy.security.mode is Mode.PLAIN:
            policy = replace(policy, security=replace(policy.security, mode=Mode.MIXED))
        self.policy, self.uri, self.plain_uri, self.secure_uri = policy, "", "", ""
        self.identity = identity
        if identity is None and admission.speaks_tls(policy):
            self.identity = Identity.of(policy.security, host)
        self._tls = tls if tls is not None or self.identity is None else self.identity.context(policy.security)
        self._host, self._ports, self._smtp = host, (port, tls_port), smtp
        self.tried = (host, 0, False)  # where it was to listen last: host, port, and whether for TLS
        self._outlet, self._limits, self._room = outlet, limits or Limits(), room or Capacity()
        self._accounts = Accounts(policy)
        self._mailer: Mailer | None = None
        self._printer: Printer | None = None
        self._in_tls: Printer | None = None  # the same, unless it lies about that
        self._another: Printer | None = None  # that stands in for it where it lies so on condition
        self._tls_connections = self._refusals_in_clear = self._requests_in_tls = 0
        self._met: Counter[bool] = Counter()  # connections, in TLS from the first octet or not
        self._numbers: dict[ServerConnection, int] = {}
        self._servers: list[asyncio.Server] = []
        self._places = ConnectionPlaces(most_connections())

    async def start(self) -> None:
        """Listen.  Raises ``OSError`` when the address cannot be had; ``tried`` is that address then."""
        port, tls_port = self._ports
        try:
            if admission.listens_in_clear(self.policy):
                self.plain_uri = await self._listen("ipp", port, None)
            if admission.speaks_tls(self.policy):
                self.secure_uri = await self._listen("ipps", tls_port, self._tls)
        except OSError:
            await self.stop()
            raise
        uris = admission.uris_told(self.policy, self.plain_uri, self.secure_uri)
        in_clear = self.policy.security.mode in admission.OPEN and self.plain_uri
        self.uri = in_clear or self.secure_uri
        outlet = self._outlet
        if outlet is None:
            outlet = self._mailer = Mailer(
                self.policy,
                *self._smtp,
                given_up=self._gave_up,
                refused=self._refused,
                put_off=self._put_off,
                lie=self._lie,
            )
        clock = Clock(asyncio.get_running_loop(), self.policy.up_time_begins, self.policy.up_time_step)
        self._printer = Printer(self.policy, clock, outlet, uris, self._smtp[0], self._lie)
        self._in_tls = self._beside(self.policy, outlet) or self._printer
        self._another = self._beside(self._lie.lying, outlet) if self._lie is not None else None
        for server in self._servers:
            await serve(server)

    def _beside(self, policy: Policy, outlet: Outlet) -> Printer | None:
        """Another printer that is met in TLS, if the policy has one there."""
        assert self._printer is not None  # it is made before
        if policy.security.behind_tls in ("the-same", "other-jobs"):
            return None
        own = self._printer
        other = Printer(self.policy, own.clock, outlet, own.uris, self._smtp[0], self._lie)
        if admission.shares_its_queue(policy):
            other.jobs, other.subscriptions = own.jobs, own.subscriptions
        else:
            other.uuid = own.uuid
        return other

    async def _listen(self, scheme: str, port: int, tls: ssl.SSLContext | None) -> str:
        self.tried = (self._host, port, tls is not None)
        accept = self._accept if tls is None else self._accept_for_tls
        server = await asyncio.start_server(accept, self._host, port, backlog=AT_A_TURN, start_serving=False)
        self._servers.append(server)
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}{PATH}"

    def zone(self) -> str:
        """The printer as DNS-SD has it."""
        assert self._printer is not None  # it has started
        return directory_entry.zone(self._printer)

    def ldif(self) -> str:
        """The printer as an LDAP directory has it."""
        assert self._printer is not None  # it has started
        return directory_entry.ldif(self._printer)

    async def stop(self) -> None:
        """Stop listening, let go of clients and timers, and give the mails that are on their way a moment."""
        for server in self._servers:
            server.close()
        await self._places.clear()
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

    def _put_off(self, notice: Notice) -> None:
        if self._printer is not None:
            self._printer.put_off(notice)

    def _refused(self, notice: Notice) -> None:
        if self._printer is not None:
            self._printer.refused(notice)

    # ------------------------------------------------------------ connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._places.makes_room():
            turn_away(writer)
            return
        self._places.take(writer, self._serve(ServerConnection(reader, writer, self._limits, self._room)))

    def _accept_for_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """On the port for TLS: asyncio would tell of a connection only when its handshake is over."""
        if not self._places.makes_room():  # nobody who wants TLS could read a refusal
            writer.transport.abort()
            return
        before = self._tls_connections
        self._tls_connections += 1
        with told(self._lie, self.policy, lambda: Occasion(connection=before + 1)) as telling:
            shakes = telling.choose(self.policy, lambda policy: admission.shakes_hands(policy, before))
        if not shakes or self._tls is None:
            writer.close()
            return
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # what comes is for TLS to read
        self._places.take(writer, self._serve_in_tls(reader, writer, self._tls))

    async def _serve_in_tls(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext
    ) -> None:
        if self.policy.security.clear_at_tls == "bad-request" and not is_hello(
            await first_octets(writer, self._limits.head_seconds)
        ):
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            await self._decline(ServerConnection(reader, writer, self._limits, self._room))
            return
        try:
            await writer.start_tls(tls, ssl_handshake_timeout=self._limits.head_seconds)
        except OSError:
            writer.transport.abort()
            return
        await self._serve(ServerConnection(reader, writer, self._limits, self._room))

    async def _decline(self, connection: ServerConnection) -> None:
        """Tell who speaks HTTP where TLS comes first that this is no place for it."""
        try:
            if await connection.read_request() is not None:
                await connection.respond(400, [TEXT], b"this port is for TLS")
        except HttpError as error:
            log.info("%s: %s", connection.peer, error.message)
        finally:
            await connection.close()

    async def _serve(self, connection: ServerConnection) -> None:
        in_tls = bool(connection.tls)
        self._met[in_tls] += 1
        self._numbers[connection] = self._met[in_tls]
        try:
            await self._exchanges(connection)
        except HttpError as error:
            log.info("%s: %s", connection.peer, error.message)
        finally:
            del self._numbers[connection]
            await connection.close()

    async def _exchanges(self, connection: ServerConnection) -> None:
        """One exchange after another, until either side has had enough."""
        while True:
            try:
                head = await connection.read_request()
                if head is None:
                    return
                with self._places.asking():
                    await self._exchange(connection, head)
            except HttpError as error:
                if error.status:
                    await connection.respond(error.status, [TEXT], error.message.encode())
                raise
            if not connection.reusable:
                return

    async def _exchange(self, connection: ServerConnection, head: Head) -> None:
        refused = refusal_of(head)
        if refused is not None:
            status, headers, text = refused
            await connection.respond(status, [TEXT, *headers], text.encode())
            return
        token = self._upgrade(connection, head)
        with self._telling(connection) as telling:
            heeds = telling.policy.security.heeds_expect
            telling.compare(differs=heeds != self.policy.security.heeds_expect and bool(head.get("expect")))
            if (
                token is None
                and not connection.tls
                and telling.choose(self.policy, lambda policy: admission.answers_unheard(policy, head))
            ):
                await self._refuse_in_clear(connection, telling)
                return
        octets = await connection.read_body(continues=heeds)
        request = ipp.decode(octets, MOST_ASKED)
        if token is not None and self._tls is not None:
            with self._telling(connection, request) as telling:
                if not await self._switched(connection, request, token, telling):
                    return
            await connection.start_tls(self._tls)
        self._requests_in_tls += bool(connection.tls)
        with self._telling(connection, request) as telling:
            await self._answer(connection, head, octets, request, telling)

    def _telling(
        self, connection: ServerConnection, request: ipp.Message | None = None
    ) -> AbstractContextManager[Telling]:
        """By which policy a connection is served, or a request on it."""
        return told(self._lie, self.policy, lambda: self._occasion(connection, request))

    def _occasion(self, connection: ServerConnection, request: ipp.Message | None) -> Occasion:
        number = self._numbers[connection]
        if request is None:
            return Occasion(connection=number)
        assert self._printer is not None  # it has started
        operation = request.first(GroupTag.OPERATION)
        named = operation.get("printer-uri") if operation is not None else None
        uri = (named.value.text() if named is not None else None) or ""
        return Occasion(
            connection=number, in_tls=self._requests_in_tls if connection.tls else 0, version=request.version,
            operation=request.code, last_uri=uri == self._printer.uris[-1],
        )  # fmt: skip

    async def _switched(self, connection: ServerConnection, request: ipp.Message, token: str, telling: Telling) -> bool:
        """Whether a client that asks for TLS is told that it comes, and it does."""
        if telling.choose(self.policy, lambda policy: admission.falls_silent(policy, request)):
            await connection.read_request()  # until the client has had enough
            return False
        await connection.switch_protocols(token)
        if not telling.choose(self.policy, admission.only_says_so):
            return True
        if admission.answers_in_clear_after(telling.policy):
            await connection.send_octets(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return False

    def _upgrade(self, connection: ServerConnection, head: Head) -> str | None:
        """The protocol to switch to before answering, if the client offers TLS (RFC 2817 section 3.1)."""
        if not admission.switches(self.policy) or connection.tls or "upgrade" not in head.tokens("connection"):
            return None
        offered = [token for token in head.tokens("upgrade") if token.startswith("tls/")]
        return f"{max(offered).upper()}, HTTP/1.1" if offered else None

    async def _answer(
        self, connection: ServerConnection, head: Head, octets: bytes, request: ipp.Message, telling: Telling
    ) -> None:
        if head.method == "OPTIONS":
            await connection.respond(200, [("Allow", "OPTIONS, POST"), *self._offer(connection, telling.policy)])
            return
        if head.method == "GET":
            await connection.respond(200, [("Content-Type", "text/html")], page_about(self.policy))
            return
        printer = self._behind(connection, request, telling)
        refused = self._refusals_in_clear
        if not connection.tls and not telling.choose(
            self.policy, lambda policy: admission.admitted_in_clear(policy, head, request, refused)
        ):
            if telling.choose(self.policy, lambda policy: admission.done_though_refused(policy, request)):
                answer(printer, octets, path_of(head.target))
            await self._refuse_in_clear(connection, telling)
            return
        try:
            telling.compare(differs=lets_in_unproved(telling.policy, head, request))
            user = self._accounts.proved(head, connection.certificate, request, telling.policy)
        except NotProved as unproved:
            challenge = self._accounts.challenge(unproved, request, telling.policy)
            telling.compare(differs=telling.policy.security.challenge != self.policy.security.challenge)
            await connection.respond(401, [*challenge, TEXT], b"no such user, or another password")
            return
        reply = self._reply(printer, octets, path_of(head.target), user)
        if reply is None:
            await connection.respond(400, [TEXT], b"that is no IPP message")
        else:
            shown = self._shown(connection, printer, reply, telling)
            await connection.respond(200, [("Content-Type", IPP), *self._offer(connection, telling.policy)], shown)

    def _behind(self, connection: ServerConnection, request: ipp.Message, telling: Telling) -> Printer:
        """The printer that answers there."""
        printer = self._in_tls if connection.tls else self._printer
        assert printer is not None  # it is made before the first connection can be served
        if connection.tls and telling.policy is not self.policy and self._another is not None:
            of_jobs = not admission.shares_its_queue(telling.policy)
            telling.compare(differs=request.code in (_WITH_JOBS if of_jobs else (Operation.GET_PRINTER_ATTRIBUTES,)))
            return self._another
        return printer

    def _shown(self, connection: ServerConnection, printer: Printer, reply: bytes, telling: Telling) -> bytes:
        """An answer as the client gets it: with the lists of another policy, where one counts."""
        policy = telling.policy
        if policy is not self.policy and policy.security.lists != self.policy.security.lists:
            uris = (*admission.uris_told(policy, self.plain_uri, self.secure_uri), *other_names(printer))
            said = admission.relisted(policy, reply, uris)
            telling.compare(differs=said != reply)
            reply = said
        if connection.tls:
            return telling.choose(self.policy, lambda policy: admission.shown_in_tls(policy, reply))
        return telling.choose(self.policy, lambda policy: admission.shown_in_clear(policy, reply))

    def _reply(self, printer: Printer, octets: bytes, target: str, user: str | None) -> bytes | None:
        """The answer to a request of IPP."""
        return answer(printer, octets, target, user)

    def _offer(self, connection: ServerConnection, policy: Policy) -> list[tuple[str, str]]:
        """The headers that tell a client in the clear of TLS (RFC 2817 section 4.1)."""
        if connection.tls or not policy.security.offers_upgrade or not admission.switches(policy):
            return []
        return [("Upgrade", admission.upgrade_token(policy)), ("Connection", "Upgrade")]

    async def _refuse_in_clear(self, connection: ServerConnection, telling: Telling) -> None:
        self._refusals_in_clear += 1
        status, reason, headers = telling.choose(
            self.policy, lambda policy: admission.refusal_in_clear(policy, self.secure_uri)
        )
        await connection.respond(status, [*headers, TEXT], b"this printer is for TLS", reason=reason)
