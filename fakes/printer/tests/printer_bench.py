"""A reference printer to talk to over real HTTP, with its notices in a list in place of mails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from conformance.vocabulary import NTFY_01, RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, JobState, Operation, Status
from fakes.http.client import ClientConnection, HttpResponse, connect
from fakes.printer import OBEDIENT, Notice, Policy, ReferencePrinter

PATIENCE = 30.0  # seconds for what takes milliseconds on an idle machine
VOCABULARIES = (NTFY_01, RFC3995)
# the obedient printer with the limits that these tests count on
STEADY = replace(
    OBEDIENT,
    lease_min=2,
    lease_max=86_400,
    lease_default=3_600,
    max_events=10,
    max_printer_subscriptions=200,
    max_job_subscriptions=20,
)


class Notices(list[Notice]):
    """Notices as they are sent, with somebody waiting for them."""

    def __init__(self) -> None:
        super().__init__()
        self._arrived = asyncio.Event()

    def send(self, notice: Notice) -> None:
        self.append(notice)
        self._arrived.set()

    async def arrive(self, number: int, of: int | None = None) -> list[Notice]:
        """Wait until a subscription (or all together) has that many."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self.of(of)) < number:
                self._arrived.clear()
                await self._arrived.wait()
        return found

    def of(self, subscription: int | None) -> list[Notice]:
        return [n for n in self if subscription in (None, n.subscription.id)]

    def events(self, subscription: int | None = None) -> list[str]:
        return [n.event for n in self.of(subscription)]


@dataclass
class PrinterBench:
    """A client in front of a printer."""

    printer: ReferencePrinter
    notices: Notices
    connection: ClientConnection
    names: Vocabulary
    last: HttpResponse | None = None
    requests: int = field(default=0)

    @property
    def uri(self) -> str:
        return self.printer.uri

    async def post(self, octets: bytes, path: str = "/ipp/print") -> HttpResponse:
        headers = [("Host", "localhost"), ("Content-Type", "application/ipp")]
        self.last = await self.connection.exchange("POST", path, headers, octets)
        return self.last

    async def ask(
        self,
        operation: Operation,
        *attributes: Attribute,
        groups: tuple[Group, ...] = (),
        data: bytes = b"",
        user: str | None = "jones",
        charset: str = "utf-8",
        language: str = "en",
    ) -> Message:
        """A request and its answer."""
        self.requests += 1
        start = [
            ipp.charset("attributes-charset", charset),
            ipp.natural_language("attributes-natural-language", language),
            ipp.uri("printer-uri", self.uri),
        ]
        if user is not None:
            start.append(ipp.name_("requesting-user-name", user))
        group = Group(GroupTag.OPERATION, (*start, *attributes))
        request = Message(operation, self.requests, (group, *groups), data, (1, 1))
        answer = await self.post(ipp.encode(request))
        assert answer.head.status == 200, answer
        message = ipp.decode(answer.body)
        assert message.problem is None
        assert message.request_id == self.requests
        return message

    def wish(self, *more: Attribute, **changes: Any) -> Group:
        """A 0x06 group that asks for a subscription; ``None`` leaves an attribute out."""
        n = self.names
        wanted: dict[str, Any] = {"recipient": "mailto:a@recipient.example", "user_data": b"jones@acme.com"} | changes
        attributes: list[Attribute] = []
        if wanted["recipient"] is not None:
            attributes.append(ipp.uri(n.recipient, wanted["recipient"]))
        if wanted["user_data"] is not None:
            attributes.append(ipp.octet_string(n.user_data, wanted["user_data"]))
        if wanted.get("events") is not None:
            attributes.append(ipp.keyword(n.events, *wanted["events"]))
        if wanted.get("format") is not None:
            attributes.append(ipp.mime_media_type(n.format, wanted["format"]))
        if wanted.get("charset") is not None:
            attributes.append(ipp.charset(n.charset, wanted["charset"]))
        if wanted.get("language") is not None:
            attributes.append(ipp.natural_language(n.language, wanted["language"]))
        if wanted.get("lease") is not None:
            attributes.append(ipp.integer(n.lease_requested, wanted["lease"]))
        return Group(GroupTag.SUBSCRIPTION, (*attributes, *more))

    async def subscribe(self, *wishes: Group, **request: Any) -> Message:
        """Create-Printer-Subscriptions."""
        return await self.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=wishes or (self.wish(),), **request)

    async def subscription(self, **changes: Any) -> int:
        """The id of a new per-printer subscription."""
        return self.id_of(await self.subscribe(self.wish(**changes)))

    def id_of(self, message: Message, place: int = 0) -> int:
        assert message.code < 0x0400, (hex(message.code), message.groups)
        attribute = message.all(GroupTag.SUBSCRIPTION)[place].get(self.names.subscription_id)
        assert attribute is not None
        number = attribute.value.integer
        assert number is not None
        return number

    async def query(self, subscription: int, **request: Any) -> Message:
        """Get-Subscription-Attributes."""
        number = ipp.integer(self.names.subscription_id, subscription)
        return await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number, **request)

    async def attributes(self, subscription: int) -> Group:
        """All attributes of a subscription."""
        message = await self.query(subscription)
        assert message.code == Status.SUCCESSFUL_OK
        group = message.first(GroupTag.SUBSCRIPTION)
        assert group is not None
        return group

    async def about(self) -> Group:
        """All attributes of the printer."""
        message = await self.ask(Operation.GET_PRINTER_ATTRIBUTES)
        group = message.first(GroupTag.PRINTER)
        assert group is not None
        return group

    async def job(
        self,
        *wishes: Group,
        via: Operation = Operation.PRINT_JOB,
        name: str = "paper",
        hold: bool = False,
        **request: Any,
    ) -> int:
        """The id of a new job."""
        template = (Group(GroupTag.JOB, (ipp.keyword("job-hold-until", "indefinite"),)),) if hold else ()
        message = await self.ask(via, ipp.name_("job-name", name), groups=(*template, *wishes), **request)
        return self.job_id_of(message)

    def job_id_of(self, message: Message) -> int:
        number = message.find("job-id", GroupTag.JOB)
        assert number is not None, (hex(message.code), message.groups)
        assert number.value.integer is not None
        return number.value.integer

    async def on_job(self, operation: Operation, job: int, *attributes: Attribute, **request: Any) -> Message:
        return await self.ask(operation, ipp.integer("job-id", job), *attributes, **request)

    async def state(self, job: int) -> tuple[int | None, list[str]]:
        message = await self.on_job(Operation.GET_JOB_ATTRIBUTES, job)
        state, reasons = message.find("job-state"), message.find("job-state-reasons")
        assert state is not None
        assert reasons is not None
        return state.value.integer, reasons.texts()

    async def until(self, job: int, state: JobState) -> None:
        """Wait until a job has a state."""
        async with asyncio.timeout(PATIENCE):
            while (await self.state(job))[0] != state:
                pass


Act = Callable[[PrinterBench], Awaitable[None]]


def at(policy: Policy, play: Act, **options: Any) -> None:
    """Perform ``play`` in front of a printer of that policy."""

    async def perform() -> None:
        notices = Notices()
        printer = ReferencePrinter(policy, outlet=notices, **options)
        await printer.start()
        try:
            address = urlsplit(printer.uri)
            connection = await connect(address.hostname or "", address.port or 0)
            bench = PrinterBench(printer, notices, connection, policy.vocabulary)
            try:
                await play(bench)
            finally:
                await bench.connection.close()
        finally:
            await printer.stop()

    asyncio.run(perform())


def speaking(vocabulary: Vocabulary, **changes: Any) -> Policy:
    """The obedient printer in a vocabulary."""
    return replace(STEADY, vocabulary=vocabulary, **changes)


def shown(group: Group | None) -> list[str]:
    """The attributes of a group, each as text."""
    return [a.show() for a in group] if group is not None else []


def group_status(message: Message, place: int = 0) -> int | None:
    """What an answer says of the subscription at that place."""
    attribute = message.all(GroupTag.SUBSCRIPTION)[place].get("notify-status-code")
    return attribute.value.integer if attribute is not None else None


async def made(bench: PrinterBench) -> int:
    """How many per-printer subscriptions there are."""
    return len((await bench.ask(Operation.GET_SUBSCRIPTIONS)).all(GroupTag.SUBSCRIPTION))
