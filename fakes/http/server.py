"""The printer's end of an HTTP connection."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Final

import h11

from .capacity import Capacity
from .connection import READ_SIZE, Head, Headers, HttpConnection, HttpError, HttpProblem, Limits, head_of

MOST_FIELDS: Final = 200
"""Fields of a head; Apache stops at a hundred.  Five thousand are a tenth of a second of everybody's time."""

_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")  # as h11 has it
LINGER_SECONDS: Final = 0.5  # how long a refused peer may go on sending before its unread octets turn into a reset
LINGER_OCTETS: Final = 16 * 1024 * 1024  # and how much; a body that was refused for its size ends the patience


class ServerConnection(HttpConnection):
    """One connection that was accepted."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits | None = None,
        room: Capacity | None = None,
    ) -> None:
        super().__init__(reader, writer, h11.SERVER, limits, room)

    async def read_request(self) -> Head | None:
        """The head of the next request; ``None`` when the peer has no more.  Raises ``HttpError``."""
        self._begin()
        try:
            if not self.received:
                async with asyncio.timeout(self.limits.idle_seconds):
                    await self._fill()
            else:
                await asyncio.sleep(0)  # whoever sends ahead waits until the others have had their turn
                self._look_at_fields()
        except TimeoutError:
            return None
        try:
            async with asyncio.timeout(self.limits.head_seconds):
                event = await self.receive()
        except TimeoutError:
            raise HttpError(HttpProblem.TIMEOUT, f"no whole head after {self.limits.head_seconds} s", 408) from None
        if not isinstance(event, h11.Request):
            return None
        return head_of(event)

    async def _receive_octets(self) -> bytes:
        octets = await super()._receive_octets()
        if self._machine.their_state is h11.IDLE:
            self._look_at_fields()
        return octets

    def _look_at_fields(self) -> None:
        """Raise ``HttpError`` for a head with too many, before anything is made of them."""
        end = _END_OF_HEAD.search(self.received)
        if self.received.count(b"\n", 0, end.start() if end is not None else len(self.received)) > MOST_FIELDS:
            raise HttpError(HttpProblem.HTTP, f"more than {MOST_FIELDS} fields in a head", 431)

    async def read_body(self, *, continues: bool = True) -> bytes:
        """The body of that request; raises ``HttpError``.

        A client that waits for it is told to continue first, unless it is to be left to its own patience.
        """
        if continues and self._machine.they_are_waiting_for_100_continue:
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
        await self._nothing_in_clear()
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # what comes next is for TLS to read
        headers = [("Upgrade", token), ("Connection", "Upgrade")]
        await self.send(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching Protocols"))

    @property
    def _unread(self) -> bool:
        """Whether octets of the request are, or may be, still to come."""
        return self._machine.their_state in (h11.IDLE, h11.SEND_BODY, h11.ERROR)

    def _machine_after_a_request(self) -> h11.Connection:
        machine = self._new_machine()
        machine.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        machine.next_event()
        machine.next_event()
        return machine

    async def _before_closing(self) -> None:
        """Give the room back.  A peer that is still sending is heard out for a moment, to let it read what we said."""
        heard, self.received = bool(self.received), bytearray()
        self._share.keep(0)
        if self._unread and heard and self._writer.can_write_eof():
            await self._linger()

    async def _linger(self) -> None:
        with suppress(OSError):  # TimeoutError is one of them
            self._writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                read = 0
                while read < LINGER_OCTETS and (octets := await self._reader.read(READ_SIZE)):
                    read += len(octets)
