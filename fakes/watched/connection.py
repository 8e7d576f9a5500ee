"""One connection of a client under test, each thing that happens on it on record before it is answered."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from typing import Final, TypeVar

from conformance.record import rows
from conformance.record.rows import Heard
from conformance.record.weight import MOST_RECORDED, weight_of
from conformance.wire.handshake import Handshake, is_hello
from fakes.http.capacity import Capacity
from fakes.http.connection import Head, Headers, HttpError, HttpProblem, Limits
from fakes.http.peeking import HELLO_OCTETS, first_octets
from fakes.http.server import ServerConnection
from fakes.mail_security import ServerNames
from fakes.recipient.journal import Journal, JournalError

from .masking import masked_request

T = TypeVar("T")

ENOUGH: Final = "no more was taken: what clients had asked before is as much as can be judged"
LARGE: Final = 64 * 1024
"""Octets from which on a request is masked beside the loop: the largest takes seconds, in which others are served."""


class Weight:
    """What all that clients asked, and were answered, takes in the memory of whoever judges it."""

    def __init__(self) -> None:
        self.recorded = 0

    @property
    def is_full(self) -> bool:
        """Whether no more may be added."""
        return self.recorded > MOST_RECORDED


class ContactLog:
    """Writes what happens on one connection."""

    def __init__(self, journal: Journal, play: int, uri: str, peer: str, weight: Weight) -> None:
        self._journal, self._id, self.weight = journal, journal.id(rows.Contact), weight
        self._has_ended = False
        journal.add(rows.Contact(self._id, play, journal.now(), uri, peer))

    def now(self) -> int:
        """The time by the clock of what is written."""
        return self._journal.now()

    def note(self, kind: Heard, octets: bytes = b"", t: int | None = None) -> None:
        """Queue it; ``t``: when it came, if that is a while ago."""
        number, t = self._journal.id(rows.ContactPart), self.now() if t is None else t
        part = rows.ContactPart(number, self._id, t, kind.value, octets)
        self._journal.add(part)
        self.weight.recorded += weight_of(part)

    def shaken(self, tls: str, name: str = "") -> None:
        """A handshake was done; version and cipher, and the name that the client asked for."""
        version, _, cipher = tls.partition(" ")
        self.note(Heard.TLS, Handshake(version, cipher, name).octets)

    def not_shaken(self, problem: str, name: str = "") -> None:
        """It was not."""
        self.note(Heard.TLS, Handshake(server_name=name, problem=problem).octets)

    def end(self, why: str = "") -> None:
        """The connection is over, by the first that says so."""
        if not self._has_ended:
            self._has_ended = True
            self.note(Heard.END, why.encode("utf-8", "backslashreplace"))

    async def kept(self) -> None:
        """Return when all that was noted is on the disk; raises ``HttpError`` when it cannot be kept."""
        try:
            await self._journal.commit()
        except JournalError as error:
            raise HttpError(HttpProblem.CLOSED, error.message) from error


class WatchedConnection(ServerConnection):
    """The printer's end of it.  ``tls_port``: it came in where TLS comes first; ``masking`` is one for all of them."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
        room: Capacity,
        log: ContactLog,
        *,
        tls_port: bool,
        names: ServerNames | None,
        masking: asyncio.Lock,
    ) -> None:
        super().__init__(reader, writer, limits, room)
        self.log, self.tls_port, self._names = log, tls_port, names
        self._masking = masking
        self._noted, self._told, self._why = True, 0, ""

    async def read_request(self) -> Head | None:
        """The same; what came is noted with the body, or where there will be none."""
        self._noted, self._told = False, 0
        if self.log.weight.is_full:
            self._why = ENOUGH
            return None
        head = await self._watched(super().read_request())
        if head is None:
            await self._note_request(bytes(self.received))
        return head

    async def read_body(self, *, continues: bool = True) -> bytes:
        """The same, and the request is noted."""
        body = await self._watched(super().read_body(continues=continues))
        await self._note_request(self._consumed())
        return body

    async def respond(self, status: int, headers: Headers = (), body: bytes = b"", reason: str = "") -> None:
        """The same, when the request is on the disk."""
        await self._note_request(self._consumed())
        await self.log.kept()
        try:
            await super().respond(status, headers, body, reason)
        finally:
            self._note_answer()

    async def switch_protocols(self, token: str) -> None:
        """The same; what came behind the request in the clear is noted as another one."""
        await self._note_request(taken := self._consumed())
        await self.log.kept()
        try:
            await self._watched(super().switch_protocols(token))
        except HttpError:
            if behind := bytes(self.received[len(taken) :]):
                self.log.note(Heard.REQUEST, masked_request(behind))
            raise
        self._note_answer()

    async def start_tls(self, context: ssl.SSLContext, server_hostname: str | None = None) -> None:
        """The same; the hello is kept as it came."""
        if hello := await first_octets(self._writer, self.limits.head_seconds):
            self.log.note(Heard.HELLO, hello if is_hello(hello) else masked_request(hello))
        names = self._names or ServerNames(context)
        with names.handshake():
            try:
                await super().start_tls(context, server_hostname)
            except HttpError as error:
                self._why = error.message
                self.log.not_shaken(error.message, names.last)
                raise
        self.log.shaken(self.tls, names.of(self._writer.get_extra_info("ssl_object")))

    async def close(self) -> None:
        """The same, and the end is noted."""
        try:
            await super().close()
        finally:
            self.log.end(self._why)

    async def _watched(self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except HttpError as error:
            self._why = error.message
            await self._note_request(bytes(self.received))
            raise

    async def _note_request(self, octets: bytes) -> None:
        """Once for each."""
        if self._noted or not octets:
            return
        self._noted, came = True, self.log.now()
        if is_hello(octets) and not self.tls:
            self.log.note(Heard.HELLO, octets[:HELLO_OCTETS])
            self.log.not_shaken("there is no TLS on this port")
        else:
            kept = await self._large(octets, came) if len(octets) > LARGE else masked_request(octets)
            self.log.note(Heard.REQUEST, kept, came)

    async def _large(self, octets: bytes, came: int) -> bytes:
        """Masked in a thread, one at a time: each of several would keep the loop waiting.

        Who is cancelled meanwhile writes it down all the same: it came, whether or not there is time for an answer.
        """
        try:
            async with self._masking:
                return await asyncio.to_thread(masked_request, octets)
        except asyncio.CancelledError:
            self.log.note(Heard.REQUEST, masked_request(octets), came)
            raise

    def _note_answer(self) -> None:
        told, self._told = bytes(self.sent[self._told :]), len(self.sent)
        if told:
            self.log.note(Heard.ANSWER, told)
