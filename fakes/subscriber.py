"""The simulated client: IPP over HTTP/1.1 (RFC 2910 section 4), with every octet of both directions in the evidence."""

from __future__ import annotations

import asyncio
import base64
import itertools
import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conformance import rows
from conformance.wire import ipp
from conformance.wire.registry import Operation

from .http import Head, HttpError, Limits, Problem
from .http_client import Answer, ClientConnection, connect
from .journal import Journal
from .target import Target as Target
from .target import UriError as UriError
from .tls import trusting_context

IPP: Final = "application/ipp"
SHOWN: Final = 60  # characters of a header in a line
HTTP_OK: Final = 200
HTTP_UNAUTHORIZED: Final = 401
HTTP_UPGRADE_REQUIRED: Final = 426
LOST: Final = frozenset(Problem) - {Problem.HTTP}  # no answer came at all
# A Get-Printer-Attributes answer with all attributes is some 20 KB in the field; this leaves room for a hundred of them
# and still ends a printer that never stops talking.
MAX_RESPONSE: Final = 4 * 1024 * 1024


class Subscriber:
    """Sends requests to one printer.  A connection of its own for each, so that none depends on what another left."""

    def __init__(self, journal: Journal, uri: str, *, timeout: float, tls: ssl.SSLContext | None = None) -> None:
        self._journal, self._timeout = journal, timeout
        self.target = Target.of(uri)
        self._tls = tls or (trusting_context() if self.target.tls else None)
        self._limits = Limits(
            body_octets=MAX_RESPONSE, idle_seconds=timeout, head_seconds=timeout, body_seconds=timeout
        )
        self._request_ids = itertools.count(1)
        self.peer = ""  # the address that the last connection went to

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
        connection, answer, problem, text = None, None, "", ""
        try:
            async with asyncio.timeout(self._timeout):
                connection = await connect(self.target.host, self.target.port, tls=self._tls, limits=self._limits)
                self.peer = connection.peer.rpartition(":")[0]
                answer = await connection.exchange("POST", self.target.path, self._headers(login), request)
        except TimeoutError:
            problem, text = Problem.TIMEOUT, f"no complete answer within {self._timeout:g} s"
        except HttpError as error:
            problem, text = error.problem, error.message
            if error.problem is Problem.HTTP:
                text = f"the answer is not HTTP/1.1 as it should be: {text}"
        finally:
            if connection is not None:
                await connection.close()
        if answer is not None:
            problem, text = _look_at(answer.head)
            if answer.oddities:
                text = "; ".join(filter(None, (text, f"it is not HTTP as it should be: {', '.join(answer.oddities)}")))
        exchange = self._exchange(identity, play, step, operation, began, request, connection, answer, login)
        exchange = replace(exchange, problem=str(problem), problem_text=text)
        self._journal.add(exchange)
        return exchange

    def _headers(self, login: tuple[str, str] | None) -> list[tuple[str, str]]:
        headers = [
            ("Host", self.target.authority),
            ("Content-Type", "application/ipp"),
            ("Connection", "close"),
        ]
        if login:
            headers.append(("Authorization", f"Basic {_credentials(*login)}"))
        return headers

    def _exchange(
        self,
        identity: int,
        play: int,
        step: int,
        operation: Operation,
        began: int,
        request: bytes,
        connection: ClientConnection | None,
        answer: Answer | None,
        login: tuple[str, str] | None,
    ) -> rows.Exchange:
        """What went over the wire; of an answer that is not whole, or came in chunks, all octets as they came."""
        sent, came, tls = b"", b"", ""
        if connection is not None:
            sent, came, tls = connection.sent_head, bytes(connection.received), connection.tls
        if login:
            secret = _credentials(*login).encode()
            sent = sent.replace(secret, b"*" * len(secret))
        if answer is not None and "chunked" not in answer.head.tokens("transfer-encoding"):
            came = answer.head_octets
        return rows.Exchange(
            identity, play, step, int(operation), self.uri, began, self._journal.now(), tls, sent, request,
            answer.head.status if answer else 0, came, answer.body if answer else b"",
        )  # fmt: skip


def _credentials(name: str, password: str) -> str:
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def _look_at(head: Head) -> tuple[Problem | str, str]:
    """Why a whole response is no answer to IPP, and that in words; nothing if it may be one."""
    kind = head.get("content-type").partition(";")[0].strip().lower()
    if head.status == HTTP_UPGRADE_REQUIRED:
        offered = _shown(head.get("upgrade")) or "nothing in particular"
        return Problem.HTTP, (
            f"HTTP status {head.status}: the printer wants TLS (it names {offered}); try ipps://, or upgrade = true "
            "in the IXIT"
        )
    if head.status == HTTP_UNAUTHORIZED:
        schemes = _shown(head.get("www-authenticate").partition(" ")[0]) or "no scheme"
        return Problem.HTTP, (
            f"HTTP status {head.status}: the printer wants a name and a password ({schemes}); name them in the IXIT "
            "(user, password-from)"
        )
    if head.status != HTTP_OK:
        return Problem.HTTP, f"HTTP status {head.status} instead of {HTTP_OK}"
    if kind and kind != IPP:
        return Problem.HTTP, f"the answer is {_shown(kind)}, not {IPP}"
    return "", ""


def _shown(text: str) -> str:
    """What a printer said, fit for a line."""
    return ascii(text)[1:-1][:SHOWN]
