"""What a client did at the printers that were played for it: its connections, its requests and what it was answered.

Everything is read anew from the octets; nothing is taken from what our printer thought of them at the time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Final

from conformance.counted import counted
from conformance.verdict import Where
from conformance.wire import ipp
from conformance.wire.handshake import Handshake, is_hello
from conformance.wire.http import Challenge, ResponseHead, challenges, tls_tokens
from conformance.wire.http_message import RequestHead, split_request, split_response
from conformance.wire.registry import FIRST_ERROR, GroupTag, Operation, keyword_of

from .plain_json import from_json
from .rows import Contact, ContactPart, Heard
from .run_record import RunRecord

IPP: Final = "application/ipp"
SECURE: Final = "ipps:"  # of a port where TLS comes first
PLAYS: Final = "client/"  # what the scenario of a play begins with in which a printer is played for a client
URIS: Final = "printer-uri-supported"
LISTS: Final = (URIS, "uri-authentication-supported", "uri-security-supported")
SWITCHING, UNAUTHORIZED, UPGRADE_REQUIRED = 101, 401, 426
CROSSING: Final = 1_000_000_000  # nanoseconds, in which a request and an answer may pass each other on their way
IPP_HEADER: Final = 8  # octets; what is shorter is no message


@dataclass(frozen=True, slots=True)
class OfferedUri:
    """A URI with the security and the authentication that are listed for it; empty where there is none."""

    uri: str
    security: str
    authentication: str


def _in_place_of_hello(part: ContactPart) -> bool:
    """Whether something came in the clear where a handshake was awaited."""
    return part.kind == Heard.HELLO and not is_hello(part.octets)


def _reads_as_ipp(body: bytes) -> bool:
    message = ipp.decode(body) if len(body) >= IPP_HEADER else None
    return message is not None and message.problem is None and message.first(GroupTag.OPERATION) is not None


@dataclass(frozen=True)
class ClientRequest:
    """One request of HTTP and what it was answered; ``tls`` is what it came in, empty in the clear, ``answered`` when
    the last of its answer went out, 0 where there was none.
    """

    part: ContactPart
    contact: Contact
    tls: str
    head: RequestHead
    body: bytes
    heads: Sequence[ResponseHead]
    answer_body: bytes
    answered: int = 0

    def knows(self, other: ClientRequest) -> bool:
        """Whether who sent this surely had the answer to the other: what goes by two connections at once may cross."""
        if not 0 < other.answered < self.t:
            return False
        same = self.contact.id == other.contact.id
        return same or self.contact.t > other.answered or self.t > other.answered + CROSSING

    @property
    def t(self) -> int:
        """When it was read."""
        return self.part.t

    @property
    def where(self) -> Where:
        """Its place in the evidence."""
        return Where("client", self.part.id)

    @cached_property
    def is_ipp(self) -> bool:
        """Whether it is a request of IPP, by its type or by its body, whatever type that was given.

        One that was refused early may never have had its body.
        """
        if self.head.method != "POST":
            return False
        return self.head.get("content-type").partition(";")[0].strip().lower() == IPP or _reads_as_ipp(self.body)

    @cached_property
    def message(self) -> ipp.Message | None:
        """What it asks for, if it is IPP."""
        return ipp.decode(self.body) if self.is_ipp and len(self.body) >= IPP_HEADER else None

    @cached_property
    def operation_groups(self) -> Sequence[ipp.Group]:
        """The groups of what it asks for that are about all of it; there is one of them in a proper request."""
        return self.message.all(GroupTag.OPERATION) if self.message is not None else ()

    @property
    def answer(self) -> ipp.Message | None:
        """What it was answered, if that is IPP; read each time, for few ask, and it is large."""
        last = self.heads[-1] if self.heads else ResponseHead(0)
        return ipp.decode(self.answer_body) if last.get("content-type") == IPP else None

    @property
    def in_clear(self) -> bool:
        """Whether anybody on the way could read it."""
        return not self.tls

    @property
    def operation(self) -> int:
        """Of IPP; 0 where there is none, or it was not said."""
        return self.message.code if self.message is not None else 0

    @property
    def offers_tls(self) -> bool:
        """Whether it asks for TLS on this connection (RFC 2817 section 3)."""
        return any(token.startswith("tls/") for token in self.head.tokens("upgrade"))

    @property
    def names_upgrade(self) -> bool:
        """Whether Connection says that what it asks for by Upgrade is meant for this printer (RFC 7230 section 6.7)."""
        return "upgrade" in self.head.tokens("connection")

    @property
    def status(self) -> int:
        """Of the last response; 0 where there was none."""
        return self.heads[-1].status if self.heads else 0

    @property
    def switched(self) -> bool:
        """Whether it was told that TLS comes next."""
        return any(head.status == SWITCHING for head in self.heads)

    @property
    def schemes(self) -> list[str]:
        """By which it proves who it comes from, in lower case: one for each field Authorization."""
        fields = (value for name, value in self.head.fields if name == "authorization")
        return [value.partition(" ")[0].lower() for value in fields if value]

    @cached_property
    def challenges(self) -> list[Challenge]:
        """What it was asked to prove itself by."""
        refused = (head for head in self.heads if head.status == UNAUTHORIZED)
        return [one for head in refused for one in challenges(head.get("www-authenticate"))]

    @property
    def names_tls(self) -> bool:
        """Whether it was refused with a word of TLS."""
        return any(head.status == UPGRADE_REQUIRED and tls_tokens(head) for head in self.heads)

    @cached_property
    def offered(self) -> list[OfferedUri]:
        """The ways that it was told of: nothing unless all three lists are in the answer."""
        answer = self.answer
        group = answer.first(GroupTag.PRINTER) if answer is not None and answer.code < FIRST_ERROR else None
        found = [group.get(name) for name in LISTS] if group is not None else []
        lists = [attribute.texts() for attribute in found if attribute is not None]
        if len(lists) < len(LISTS):
            return []
        return [OfferedUri(uri, security, proof) for uri, proof, security in zip(*lists, strict=False)]

    def said(self) -> str:
        """It, in words."""
        unnamed = "a request of IPP, without its body," if self.is_ipp else self.head.method
        what = keyword_of(Operation, self.operation) if self.message is not None else unnamed
        return f"{what} {f'in {self.tls}' if self.tls else 'in the clear'}"


@dataclass(frozen=True, order=True, slots=True)
class AttemptAtTls:
    """A hello, or a request that asks for TLS; ``was_there``: the printer took it up, and was ready for a handshake."""

    t: int
    done: bool
    was_there: bool


class Tellings:
    """Requests whose answers told something, in the order in which they were read: which of them is known when.

    Kept are those that no later one outdoes, so that the last that is known is found without asking each.
    """

    def __init__(self) -> None:
        self._told = 0
        self._all: list[tuple[int, int, ClientRequest]] = []  # when it was answered, its place, itself
        self._of_contact: dict[int, list[tuple[int, int, ClientRequest]]] = defaultdict(list)

    def add(self, one: ClientRequest) -> None:
        """One more; nobody knows what was not answered."""
        self._told += 1
        for kept in (self._all, self._of_contact[one.contact.id]) if one.answered > 0 else ():
            while kept and kept[-1][0] >= one.answered:
                kept.pop()
            kept.append((one.answered, self._told, one))

    def last_known(self, request: ClientRequest) -> ClientRequest | None:
        """The last of them that ``request.knows``."""
        surely = min(request.t, max(request.contact.t, request.t - CROSSING))
        found = [
            kept[place - 1]
            for kept, before in ((self._all, surely), (self._of_contact.get(request.contact.id, ()), request.t))
            if (place := bisect_left(kept, (before, 0)))
        ]
        return max(found, key=itemgetter(1))[2] if found else None


@dataclass(frozen=True, slots=True)
class ClientContact:
    """One connection."""

    row: Contact
    parts: Sequence[ContactPart]

    @property
    def first(self) -> ContactPart | None:
        """The octets where a handshake was awaited, whatever they are."""
        return next((part for part in self.parts if part.kind == Heard.HELLO), None)

    @property
    def hello(self) -> ContactPart | None:
        """The first octets of a handshake that it began with."""
        first = self.first
        return first if first is not None and is_hello(first.octets) else None

    @property
    def handshake(self) -> Handshake | None:
        """What came of TLS on it; ``None`` where it was not tried."""
        tried = [Handshake.read(part.octets) for part in self.parts if part.kind == Heard.TLS]
        return tried[-1] if tried else None

    @property
    def requests(self) -> Iterator[ClientRequest]:
        """Those that came on it."""
        tls, asked, answers = "", None, list[ContactPart]()
        for part in self.parts:
            if part.kind == Heard.REQUEST or _in_place_of_hello(part):
                if asked is not None:
                    yield from self._request(*asked, answers)
                asked, answers = (part, tls), []
            elif part.kind == Heard.ANSWER:
                answers.append(part)
            elif part.kind == Heard.TLS:
                done = Handshake.read(part.octets)
                tls = "" if done.problem else f"{done.version} {done.cipher}"
        if asked is not None:
            yield from self._request(*asked, answers)

    def _request(self, part: ContactPart, tls: str, answers: Sequence[ContactPart]) -> Iterator[ClientRequest]:
        """It, if it is one of HTTP."""
        head, body = split_request(part.octets)
        if head is not None:
            heads, content = split_response(b"".join(answer.octets for answer in answers))
            last = answers[-1].t if answers else 0
            yield ClientRequest(part, self.row, tls, head, body, heads, content, last)


@dataclass(frozen=True, slots=True)
class WayFacts:
    """What is known of a way beside its octets: the printer that was played, and what the client was told before.

    ``security`` and ``authentication`` are words of the command line.  ``insists``: it was told to use TLS or nothing.
    ``no_address_given``: nobody told it a mail address for replies.
    """

    security: str = ""
    authentication: str = ""
    insists: bool = False
    no_address_given: bool = False


class WayRecord:
    """What a client did at a printer of one way; ``ended`` is how it ended, where we started it."""

    def __init__(self, name: str, facts: WayFacts, contacts: Sequence[ClientContact], ended: str) -> None:
        self.name, self.facts, self.contacts, self.ended = name, facts, contacts, ended

    @cached_property
    def requests(self) -> list[ClientRequest]:
        """All of them, in the order in which they were read."""
        return sorted((r for contact in self.contacts for r in contact.requests), key=lambda r: r.t)

    @cached_property
    def operations(self) -> list[ClientRequest]:
        """Those that ask for something of IPP."""
        return [request for request in self.requests if request.is_ipp]

    @cached_property
    def attempts_at_tls(self) -> list[AttemptAtTls]:
        """When it tried, and what came of it, in order.  To be told to go on in TLS, and not to, is none."""
        found = []
        for contact in self.contacts:
            hello, done = contact.hello, contact.handshake
            shaken = done is not None and not done.problem
            offers = [request for request in contact.requests if request.offers_tls and request.in_clear]
            there = contact.row.uri.startswith(SECURE) or any(request.switched for request in offers)
            if hello is not None:
                found.append(AttemptAtTls(hello.t, shaken, there))
            found += [
                AttemptAtTls(request.t, request.switched and shaken, request.switched)
                for request in offers
                if not request.switched or hello is not None
            ]
        return sorted(found)

    def attempt_before(self, t: int) -> AttemptAtTls | None:
        """The last one before that time."""
        place = bisect_left(self.attempts_at_tls, t, key=lambda attempt: attempt.t)
        return self.attempts_at_tls[place - 1] if place else None

    def summary(self) -> str:
        """In a line: what was seen of it."""
        asked = dict.fromkeys(request.said() for request in self.requests)
        failed = sum(not attempt.done for attempt in self.attempts_at_tls)
        shaken = [done for contact in self.contacts if (done := contact.handshake) is not None]
        names = dict.fromkeys(done.server_name for done in shaken if done.server_name)
        told = [f"{counted(len(self.contacts), 'connection')}", *asked]
        if names:
            told.append(f"TLS asked of {' and '.join(names)}")
        if failed:
            told.append(f"{failed} attempts at TLS that came to nothing")
        if self.ended:
            told.append(self.ended)
        return f"{self.name}: {', '.join(told)}"


class ClientRecord:
    """What a client did, way by way, in the order in which they were played; ``run_record.once`` makes one for all."""

    def __init__(self, run_record: RunRecord) -> None:
        self.run_record = run_record

    @cached_property
    def ways(self) -> list[WayRecord]:
        """Those that were played."""
        file = self.run_record.file
        parts: dict[int, list[ContactPart]] = defaultdict(list)
        for part in file.rows(ContactPart):
            parts[part.contact].append(part)
        contacts: dict[int, list[ClientContact]] = defaultdict(list)
        for row in file.rows(Contact):
            contacts[row.play].append(ClientContact(row, parts[row.id]))
        return [
            WayRecord(
                play.scenario.removeprefix(PLAYS),
                from_json(WayFacts, play.row.parameters, f"the parameters of play {play.row.id}"),
                contacts[play.row.id],
                play.end.reason if play.end is not None else "",
            )
            for play in self.run_record.every_play
            if play.scenario.startswith(PLAYS)
        ]

    @property
    def contacts(self) -> int:
        """How many connections came."""
        return sum(len(way.contacts) for way in self.ways)

    @property
    def agents(self) -> list[str]:
        """What the client calls itself."""
        named = (request.head.get("user-agent") for way in self.ways for request in way.requests)
        return [name for name in dict.fromkeys(named) if name]
