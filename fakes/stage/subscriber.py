"""The simulated client: IPP over HTTP/1.1 (RFC 2910 section 4), with every octet of both directions in the evidence."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.record import rows
from conformance.record.redaction import without_passwords_in_uris
from conformance.record.weight import weight_of
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.http.auth import Login, Prover, masked
from fakes.http.connection import HttpProblem, Limits
from fakes.http.query_secrets import without_query_secrets
from fakes.recipient.journal import Journal
from fakes.stage.access import Access
from fakes.stage.certificate_look import fingerprint, problems
from fakes.stage.trip import HTTP_UNAUTHORIZED, IPP, Door, Trip

from .printer_uri import Target

LOST: Final = frozenset(HttpProblem) - {HttpProblem.HTTP}  # no answer came at all
# A Get-Printer-Attributes answer with all attributes is some 20 KB in the field; this leaves room for a hundred of them
# and still ends a printer that never stops talking.
MAX_RESPONSE: Final = 4 * 1024 * 1024
EXPECT_SECONDS: Final = 5.0  # for a word on a head: a printer may be slow to make up its mind
USUAL_VERSION: Final = (1, 1)
CHALLENGES: Final = 2  # answered for one request: the first, and one with a fresh nonce


@dataclass(frozen=True, slots=True)
class Way:
    """How a request gets to the printer, where that is not as the run was asked for."""

    target: Target
    door: Door
    version: tuple[int, int] = USUAL_VERSION
    expect: bool = False  # the body waits for 100 Continue
    anonymous: bool = False  # a challenge is not answered
    wrong_login: Login | None = None  # in place of the one of the IXIT, shown once at most, and where it is asked for
    context: ssl.SSLContext | None = None  # TLS by other settings than those of the IXIT


class Subscriber:
    """Sends requests to one printer.  A connection of its own for each, so that none depends on what another left."""

    def __init__(self, journal: Journal, uri: str, *, timeout: float, access: Access | None = None) -> None:
        self._journal, self._timeout = journal, timeout
        self.target = Target.of(uri)
        self.access = access or Access()
        self._context = self.access.context()
        self._limits = Limits(
            body_octets=MAX_RESPONSE,
            idle_seconds=timeout,
            head_seconds=timeout,
            body_seconds=timeout,
            expect_seconds=min(EXPECT_SECONDS, timeout),
        )
        self._request_ids = itertools.count(1)
        self._provers = dict[Login, Prover]()
        self.version = USUAL_VERSION  # of the requests
        self.weight = 0  # of all that was asked and answered, in the memory of whoever judges it
        self.peer = ""  # the address that the last connection went to
        self.slowest = 0.0  # seconds that an answer took
        self.answered: rows.Exchange | None = None  # the last request that got an answer, whatever it was,
        self.unanswered: rows.Exchange | None = None  # and the first one after it that got none
        self.certificates = dict[str, str]()  # what each looked like, by its fingerprint

    @property
    def uri(self) -> str:
        """The printer-uri for requests."""
        return self.target.uri

    @property
    def way(self) -> Way:
        """How requests go unless they are told otherwise."""
        door = Door.TLS if self.target.tls else Door.UPGRADE if self.access.upgrade else Door.CLEAR
        return Way(self.target, door, self.version)

    async def post(
        self,
        operation: Operation,
        groups: Sequence[ipp.Group],
        data: bytes = b"",
        *,
        play: int = 0,
        step: int = 0,
        login: Login | None = None,
        way: Way | None = None,
    ) -> rows.Exchange:
        """Send one request; always an exchange, whose ``problem`` says why there is no answer in it.

        It is sent again where the printer asks who it comes from, and the first time is in the evidence, too.
        ``login`` goes before the one of the IXIT; the evidence keeps the password of neither.
        """
        way = way or self.way
        of_a_play = login is not None
        login = login or self.access.login
        number = next(self._request_ids)
        request = ipp.encode(ipp.Message(int(operation), number, tuple(groups), data, version=way.version))
        if way.wrong_login is not None:
            return await self._failing(Prover(way.wrong_login), operation, request, play, step, way)
        prover = None
        if login is not None and not way.anonymous:
            # all that a play sends has to come from one user, so that nobody is let in as another before he is asked
            prover = self._provers.setdefault(login, Prover(login))
            if of_a_play or prover.ready:
                return await self._proving(prover, operation, request, play, step, way)
        exchange, challenge = await self._once(operation, request, play, step, way, "")
        if prover is not None and challenge is not None and prover.learn(challenge):
            return await self._proving(prover, operation, request, play, step, way)
        return exchange

    async def _failing(
        self, prover: Prover, operation: Operation, request: bytes, play: int, step: int, way: Way
    ) -> rows.Exchange:
        """With a wrong proof, one time and where one is asked for: a directory may lock a user out for several."""
        exchange, challenge = await self._once(operation, request, play, step, way, "")
        if challenge is None or not prover.learn(challenge):
            return exchange
        authorization = prover.authorization("POST", way.target.path)
        exchange, _ = await self._once(operation, request, play, step, way, authorization)
        return exchange

    async def _proving(
        self, prover: Prover, operation: Operation, request: bytes, play: int, step: int, way: Way
    ) -> rows.Exchange:
        for _ in range(CHALLENGES):
            authorization = prover.authorization("POST", way.target.path)
            exchange, challenge = await self._once(operation, request, play, step, way, authorization)
            if challenge is None or not prover.learn(challenge):
                break
        return exchange

    async def _once(
        self, operation: Operation, request: bytes, play: int, step: int, way: Way, authorization: str
    ) -> tuple[rows.Exchange, str | None]:
        """One time over the wire: the exchange, and the challenge that came in place of an answer."""
        identity, began = self._journal.id(rows.Exchange), self._journal.now()
        headers = [("Host", way.target.authority), ("Content-Type", IPP), ("Connection", "close")]
        if authorization:
            headers.append(("Authorization", authorization))
        trip = Trip(way.target, way.door, self.access, way.context or self._context, self._limits)
        await trip.go(headers, request, self._timeout, expect=way.expect)
        self.peer = trip.peer.rpartition(":")[0] or self.peer
        self._look(trip)
        head = trip.answer.head if trip.answer is not None else None
        sent = b"" if way.expect and not trip.body_sent else request
        known = self._journal.secrets
        body = trip.answer.body if trip.answer else b""
        text = without_query_secrets(trip.text.encode()).decode()
        # a page, maybe, with links that let somebody in; of IPP all is kept but passwords in URIs, as of mails
        body = masked(body) if trip.problem else without_passwords_in_uris(body)
        exchange = rows.Exchange(
            identity, play, step, int(operation), way.target.uri, began, self._journal.now(), trip.tls,
            masked(trip.sent), sent, head.status if head else 0, known.masked(masked(trip.came)),
            known.masked(body), str(trip.problem), known.masked_text(text),
        )  # fmt: skip
        self._journal.add(exchange)
        self.weight += weight_of(exchange)
        if exchange.problem in LOST:
            self.unanswered = self.unanswered or exchange
        else:
            self.answered, self.unanswered = exchange, None
            self.slowest = max(self.slowest, (exchange.t_end - exchange.t_start) / 1e9)
        refused = head is not None and head.status == HTTP_UNAUTHORIZED
        return exchange, head.get("www-authenticate") if head is not None and refused else None

    def _look(self, trip: Trip) -> None:
        """Keep what there is to say of a certificate that was not seen before."""
        if trip.certificate and (own := fingerprint(trip.certificate)) not in self.certificates:
            wrong = problems(trip.certificate, trip.target.name)
            said = "; ".join(wrong) if wrong else "nothing is wrong with it"
            self.certificates[own] = f"{trip.target.uri}: the certificate sha256:{own[:16]}...: {said}"
