"""One request on its way to a printer and back, over a connection of its own; and what came of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fakes.http.client import ClientConnection, HttpResponse, connect
from fakes.http.connection import Head, HttpError, HttpProblem, Limits
from fakes.stage.printer_uri import Target

from .access import Access
from .certificate_look import fingerprint

IPP: Final = "application/ipp"
TLS_TOKEN: Final = "TLS/1.2"  # Upgrade names no later version, though TLS 1.3 may come of it (RFC 2817 section 3.1)
OFFER: Final = (("Upgrade", TLS_TOKEN), ("Connection", "Upgrade"))
OFFER_PAUSE: Final = 0.2  # seconds before the body, so that it is certain whether the printer waits for it with TLS
HTTP_OK: Final = 200
HTTP_SWITCHING: Final = 101
HTTP_UNAUTHORIZED: Final = 401
HTTP_UPGRADE_REQUIRED: Final = 426
SHOWN: Final = 60  # characters of a header in a line


class Door(StrEnum):
    """How a connection gets into TLS, if at all."""

    CLEAR = "clear"
    TLS = "tls"  # from the first octet
    UPGRADE = "upgrade"  # OPTIONS asks for it, and no request is sent before it is there (RFC 2817 section 3.2)
    OFFER = "offer"  # the request itself offers it, in clear (section 3.1)


@dataclass(slots=True)
class Trip:
    """Make one, :meth:`go`, then read what came of it.

    ``sent`` and ``came`` are the octets of HTTP before the bodies, with those of an Upgrade before them; of an answer
    that is not whole, or came in chunks, ``came`` has all octets.  ``body_sent``: whether the request went out at all.
    """

    target: Target
    door: Door
    access: Access
    context: ssl.SSLContext
    limits: Limits
    sent: bytes = b""
    came: bytes = b""
    peer: str = ""
    tls: str = ""
    certificate: bytes = b""
    answer: HttpResponse | None = None
    body_sent: bool = False
    problem: HttpProblem | str = ""
    text: str = ""

    async def go(self, headers: Sequence[tuple[str, str]], request: bytes, seconds: float, *, expect: bool) -> None:
        """Send a request and read its answer, in so many seconds once there is a connection."""
        connection: ClientConnection | None = None
        try:
            connection = await self._connected()
            async with asyncio.timeout(seconds):
                await self._enter(connection)
                await self._exchange(connection, headers, request, expect)
        except TimeoutError:
            self.problem, self.text = HttpProblem.TIMEOUT, f"no complete answer within {seconds:g} s"
        except HttpError as error:
            self.problem, self.text = error.problem, error.message
            if error.problem is HttpProblem.HTTP:
                self.text = f"the answer is not HTTP/1.1 as it should be: {error.message}"
        finally:
            if connection is not None:
                await connection.close()
                self._note(connection)
        if self.answer is not None and not self.problem:
            self.problem, self.text = look_at(self.answer.head)
            if self.answer.oddities:
                odd = f"it is not HTTP as it should be: {', '.join(self.answer.oddities)}"
                self.text = "; ".join(filter(None, (self.text, odd)))

    async def _connected(self) -> ClientConnection:
        context = self.context if self.door is Door.TLS else None
        connection = await connect(
            self.target.host, self.target.port, tls=context, server_hostname=self.target.name, limits=self.limits
        )
        self.peer = connection.peer
        return connection

    async def _enter(self, connection: ClientConnection) -> None:
        """Get into TLS before anything that matters is said, if that is the way."""
        if self.door is Door.UPGRADE:
            answer = await connection.exchange("OPTIONS", "*", [("Host", self.target.authority), *OFFER])
            self.sent, self.came = connection.sent_head, answer.head_octets
            if answer.head.status != HTTP_SWITCHING:
                self.answer = answer
                said = f"HTTP status {answer.head.status} to OPTIONS with Upgrade"
                raise HttpError(HttpProblem.TLS, f"the printer does not switch to TLS: {said}")
            await connection.start_tls(self.context, self.target.name)
            self.came += (await connection.read_answer()).octets
            if not connection.reusable:
                raise HttpError(HttpProblem.CLOSED, "the printer ends the connection once it has switched to TLS")
        self._check_pin(connection)

    async def _exchange(
        self, connection: ClientConnection, headers: Sequence[tuple[str, str]], request: bytes, expect: bool
    ) -> None:
        before = self.sent, self.came
        try:
            if self.door is Door.OFFER:
                kept = [(name, value) for name, value in headers if name != "Connection"]
                answer = await connection.exchange(
                    "POST", self.target.path, [*kept, *OFFER], request, expect=expect, pause=OFFER_PAUSE
                )
                if answer.head.status == HTTP_SWITCHING:
                    before = before[0], before[1] + answer.head_octets
                    await connection.start_tls(self.context, self.target.name)
                    self._check_pin(connection)
                    answer = await connection.read_answer()
            else:
                answer = await connection.exchange("POST", self.target.path, headers, request, expect=expect)
            self.answer = answer
        finally:
            self.sent = before[0] + connection.sent_head
            self.body_sent = len(connection.sent) > len(connection.sent_head)
            whole = self.answer is not None and "chunked" not in self.answer.head.tokens("transfer-encoding")
            self.came = before[1] + (self.answer.head_octets if whole and self.answer else bytes(connection.received))

    def _note(self, connection: ClientConnection) -> None:
        self.tls, self.certificate = connection.tls, connection.certificate

    def _check_pin(self, connection: ClientConnection) -> None:
        if self.access.pin and connection.tls and fingerprint(connection.certificate) != self.access.pin:
            raise HttpError(
                HttpProblem.TLS,
                f"the printer's certificate is not the one that the IXIT trusts: sha256:"
                f"{fingerprint(connection.certificate)}",
            )


def look_at(head: Head) -> tuple[HttpProblem | str, str]:
    """Why a whole response is no answer to IPP, and that in words; nothing if it may be one."""
    kind = head.get("content-type").partition(";")[0].strip().lower()
    if head.status == HTTP_UPGRADE_REQUIRED:
        offered = _shown(head.get("upgrade")) or "nothing in particular"
        return HttpProblem.HTTP, (
            f"HTTP status {head.status}: the printer wants TLS (it names {offered}); try ipps://, or upgrade = true "
            "in the IXIT"
        )
    if head.status == HTTP_UNAUTHORIZED:
        schemes = _shown(head.get("www-authenticate").partition(" ")[0]) or "no scheme"
        return HttpProblem.HTTP, (
            f"HTTP status {head.status}: the printer wants a name and a password ({schemes}); name them in the IXIT "
            "as user and password-from"
        )
    if head.status != HTTP_OK:
        return HttpProblem.HTTP, f"HTTP status {head.status} instead of {HTTP_OK}"
    if kind and kind != IPP:
        return HttpProblem.HTTP, f"the answer is {_shown(kind)}, not {IPP}"
    return "", ""


def _shown(text: str) -> str:
    """What a printer said, fit for a line."""
    return ascii(text)[1:-1][:SHOWN]
