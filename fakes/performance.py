"""One play of one scenario: each step becomes requests to the printer, and what was done goes into the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from conformance import rows
from conformance.steps import (
    Ask,
    AwaitMail,
    Describe,
    Elapse,
    Fill,
    ListSubscriptions,
    OnJob,
    OnPrinter,
    OutliveLease,
    Pass,
    Print,
    Query,
    QueryJob,
    Refuse,
    Renew,
    Scenario,
    SendDocument,
    Silence,
    Step,
    Subscribe,
    Unsubscribe,
)
from conformance.story import Answer, answer_of, granted_group
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from . import awaiting
from .live import CutShort, Live, NotPlayable
from .requests import events_of, fill_in, language_of, one_too_many, operation_group, recorded, subscription_group

if TYPE_CHECKING:
    from .stage import Stage

OPERATIONS = {
    "Print-Job": Operation.PRINT_JOB,
    "Validate-Job": Operation.VALIDATE_JOB,
    "Create-Job": Operation.CREATE_JOB,
    "Cancel-Job": Operation.CANCEL_JOB,
    "Hold-Job": Operation.HOLD_JOB,
    "Release-Job": Operation.RELEASE_JOB,
    "Pause-Printer": Operation.PAUSE_PRINTER,
    "Resume-Printer": Operation.RESUME_PRINTER,
}


@dataclass(slots=True)
class Performance:
    """The play under way."""

    stage: Stage
    scenario: Scenario
    play: int
    subscriptions: dict[str, Live] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)  # subscriptions whose lease has ended
    open_jobs: set[str] = field(default_factory=set)
    paused: bool = False
    refusing: bool = False  # mails of this play may be refused
    last_trigger_ns: int = 0
    step: int = 0

    async def perform(self) -> None:
        """All steps; raises ``CutShort`` or ``NotPlayable``.  Leaves no subscription and no paused printer behind."""
        try:
            for step in self.scenario.steps:
                await self._carry_out(step)
        finally:
            await self._tidy()

    # ------------------------------------------------------------ help

    async def _carry_out(self, step: Step) -> None:
        number = self.step = self.stage.journal.id(rows.Step)
        began = self.stage.journal.now()
        detail: dict[str, Any] = {}
        try:
            await self._do(step, detail)
        finally:
            label = getattr(step, "label", "") or getattr(step, "subscription", "")
            self.stage.journal.add(
                rows.Step(number, self.play, began, type(step).__name__, label, json.dumps(detail, sort_keys=True))
            )

    async def ask(
        self,
        operation: Operation,
        groups: Sequence[ipp.Group],
        data: bytes = b"",
        *,
        step: int | None = None,
        account: str = "",
    ) -> Answer:
        """Send a request; raises ``CutShort`` when nothing readable came back."""
        number, login = self.step if step is None else step, self._login(account)
        exchange = await self.stage.subscriber.post(operation, groups, data, play=self.play, step=number, login=login)
        answer = answer_of(exchange)
        if answer is None:
            raise CutShort(f"{operation.keyword}: {exchange.problem_text} (ipp #{exchange.id})")
        if answer.message.defect is not None:
            defect = answer.message.defect
            raise CutShort(
                f"{operation.keyword}: the answer cannot be read beyond octet {defect.offset}: {defect.reason} "
                f"(ipp #{exchange.id})"
            )
        return answer

    def _login(self, account: str) -> tuple[str, str] | None:
        login = self.stage.ixit.login(account)
        if account and login is None:
            raise NotPlayable(f"the IXIT gives no {account}-user, so that nobody can prove who he is")
        return login

    def operation_group(self, user: str | None, *more: ipp.Attribute) -> ipp.Group:
        return operation_group(self.stage.subscriber.uri, user, *more)

    def _render(self, template: str, label: str, address: str, *, carrier: str, job: str = "") -> str:
        user, form = (
            self.stage.user_address(self.play, label),
            self.stage.user_data_form["job" if carrier == "job" else "printer"],
        )
        prefix, other = "" if form == "bare" else f"{form}:", self.stage.address(self.play, label + "x")
        return fill_in(template, address, user, prefix, other, job or f"job {self.play}{label}")

    def prepare(self, ask: Ask, carrier: str) -> tuple[ipp.Group, dict[str, Any]]:
        """The group that asks for a subscription, and what the evidence should say of it."""
        label = ask.label
        shared = self.subscriptions.get(ask.same_address_as)
        ask = replace(
            ask,
            language=language_of(self.stage.printer, ask.language),
            events=events_of(self.stage.printer, self.stage.vocabulary, ask),
        )
        address = shared.address if shared else self.stage.address(self.play, label)
        try:
            lease = self.stage.leases.asked(ask.lease)
        except LookupError as error:
            raise NotPlayable(str(error)) from error
        recipient = None if ask.recipient is None else self._render(ask.recipient, label, address, carrier=carrier)
        whose = ask.same_address_as or label
        data = None if ask.user_data is None else self._render(ask.user_data, whose, address, carrier=carrier)
        octets = None if data is None else data.encode("latin-1")
        group = subscription_group(ask, self.stage.vocabulary, recipient, octets, lease)
        reached = self._render(ask.reaches, label, address, carrier=carrier)
        self.subscriptions[label] = Live(ask, reached, carrier)
        other, kind = self.stage.address(self.play, label + "x"), "printer" if carrier == "printer" else "job"
        return group, recorded(ask, reached, other, recipient, octets) | {"lease": lease, "carrier": kind}

    def note_granted(self, answer: Answer, labels: Sequence[str]) -> None:
        v = self.stage.vocabulary
        for place, label in enumerate(labels):
            live = self.subscriptions[label]
            group = granted_group(answer.message, place, v)
            live.created_ns = answer.row.t_end
            if group is None:
                continue
            identity = group.get(v.subscription_id)
            live.id = identity.value.integer if identity else None  # whatever the status: it has to be tidied up
            live.made = live.id is not None and answer.ok
            live.lease = self._lease_in(group)

    def _lease_in(self, group: ipp.Group) -> int | None:
        """Seconds from now on, as a group says: by duration, or by expiration and up time; ``None`` if it does not."""
        v = self.stage.vocabulary
        end, now = group.get(v.lease_expiration), group.get(v.find(group, v.up_time) or "")
        if end is not None and now is not None:
            end_s, now_s = end.value.integer, now.value.integer
            if end_s is not None and now_s is not None:
                return end_s - now_s if end_s else 0
        duration = group.get(v.lease_requested)
        return duration.value.integer if duration else None

    def _identity(self, label: str) -> int:
        live = self.subscriptions.get(label)
        known = None if live is None else live.id if live.id is not None else live.was
        if known is None:
            raise _NothingToAsk
        return known

    def _about(self, label: str) -> ipp.Attribute:
        return ipp.integer(self.stage.vocabulary.subscription_id, self._identity(label))

    async def _tidy(self) -> None:
        """Give back what the play took; what the printer says to that is evidence, not a reason to stop."""
        self.stage.moods.clear(self.play)
        if self.stage.subscriber.lost:
            return
        if self.paused:
            await self._give_back(Operation.RESUME_PRINTER, "Bob Jones")
        for job in self.open_jobs:
            await self._give_back(Operation.CANCEL_JOB, "Bob Jones", ipp.integer("job-id", self.jobs[job]))
        for label, live in self.subscriptions.items():
            if live.id is not None and live.carrier != "job" and label not in self.over:
                about = ipp.integer(self.stage.vocabulary.subscription_id, live.id)
                await self._give_back(Operation.CANCEL_SUBSCRIPTION, live.user, about, account=live.account)

    async def _give_back(self, what: Operation, user: str | None, *about: ipp.Attribute, account: str = "") -> None:
        groups = [self.operation_group(user, *about)]
        await self.stage.subscriber.post(what, groups, play=self.play, step=0, login=self._login(account))

    # ------------------------------------------------------------ steps

    @singledispatchmethod
    async def _do(self, step: Step, detail: dict[str, Any]) -> None:
        raise NotImplementedError(type(step).__name__)

    @_do.register
    async def _(self, step: Describe, detail: dict[str, Any]) -> None:
        await self.ask(Operation.GET_PRINTER_ATTRIBUTES, [self.operation_group(None)])

    @_do.register
    async def _(self, step: Subscribe, detail: dict[str, Any]) -> None:
        carrier = "added" if step.job else "printer"
        asks, login = (step.ask, *step.more), self._login(step.account)
        prepared = [self.prepare(ask, carrier) for ask in asks]
        for live in (self.subscriptions[ask.label] for ask in asks):
            live.user, live.account = step.user, step.account
        detail.update(asks=[about for _, about in prepared], user=step.user, login=login[0] if login else None)
        more = [self._job(step.job, self.stage.vocabulary.job_id)] if step.job else []
        operation = Operation.CREATE_JOB_SUBSCRIPTIONS if step.job else Operation.CREATE_PRINTER_SUBSCRIPTIONS
        groups = [self.operation_group(step.user, *more), *(group for group, _ in prepared)]
        answer = await self.ask(operation, groups, account=step.account)
        self.note_granted(answer, [ask.label for ask in asks])

    @_do.register
    async def _(self, step: Fill, detail: dict[str, Any]) -> None:
        limit = self.stage.vocabulary.max_printer_subscriptions
        for n in range(1, one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill) + 1):
            await self._carry_out(Subscribe(Ask(label=f"c{n}", lease="inside")))
            if self.subscriptions[f"c{n}"].id is None:
                break

    @_do.register
    async def _(self, step: Print, detail: dict[str, Any]) -> None:
        asks = step.asks
        if step.overfill:
            limit = self.stage.vocabulary.max_job_subscriptions
            most = one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill)
            asks = tuple(replace(asks[0], label=f"c{n}") for n in range(1, most + 1))
        prepared = [self.prepare(ask, "job") for ask in asks]
        name, user = self._names(step, asks[0].label if asks else step.label)
        detail.update(asks=[about for _, about in prepared], user=user, name=name)
        more = [ipp.name_("job-name", name)]
        operation = OPERATIONS[step.via]
        data = b""
        if operation == Operation.PRINT_JOB:
            data = self.stage.document
        if operation != Operation.CREATE_JOB and self.stage.ixit.document_format:
            more.append(ipp.mime_media_type("document-format", self.stage.ixit.document_format))
        self.last_trigger_ns = self.stage.journal.now()
        answer = await self.ask(operation, [self.operation_group(user, *more), *(g for g, _ in prepared)], data)
        detail["job"] = self._note_job(step.label, answer)
        if step.via == "Create-Job" and step.label in self.jobs:
            self.open_jobs.add(step.label)
        self.note_granted(answer, [ask.label for ask in asks])

    def _names(self, step: Print, label: str) -> tuple[str, str | None]:
        """The job's name and its owner's."""
        job, address = f"job {self.play}{step.label}", self.stage.address(self.play, label)
        name = self._render(step.name, label, address, carrier="job", job=job)
        return name, None if step.user is None else self._render(step.user, label, address, carrier="job")

    def _note_job(self, label: str, answer: Answer) -> int | None:
        attribute = answer.message.find("job-id", GroupTag.JOB)
        number = attribute.value.integer if attribute else None
        if number is not None:  # whatever the status says: a job with a number is there, and has to be tidied up
            self.jobs[label] = number
        return number

    @_do.register
    async def _(self, step: SendDocument, detail: dict[str, Any]) -> None:
        more = [self._job(step.job), ipp.boolean("last-document", True)]
        if self.stage.ixit.document_format:
            more.append(ipp.mime_media_type("document-format", self.stage.ixit.document_format))
        self.last_trigger_ns = self.stage.journal.now()
        await self.ask(Operation.SEND_DOCUMENT, [self.operation_group("Bob Jones", *more)], data=self.stage.document)
        self.open_jobs.discard(step.job)

    def _job(self, label: str, name: str = "job-id") -> ipp.Attribute:
        if label not in self.jobs:
            raise CutShort(f"the printer did not take job {label}, so that the play cannot go on")
        return ipp.integer(name, self.jobs[label])

    @_do.register
    async def _(self, step: OnJob, detail: dict[str, Any]) -> None:
        self.last_trigger_ns = self.stage.journal.now()
        await self.ask(OPERATIONS[step.operation], [self.operation_group(step.user, self._job(step.job))])

    @_do.register
    async def _(self, step: OnPrinter, detail: dict[str, Any]) -> None:
        self.last_trigger_ns = self.stage.journal.now()
        self.paused = step.operation == "Pause-Printer"
        await self.ask(OPERATIONS[step.operation], [self.operation_group("Bob Jones")])

    @_do.register
    async def _(self, step: Query, detail: dict[str, Any]) -> None:
        try:
            about = self._about(step.subscription)
        except _NothingToAsk:
            return
        live = self.subscriptions[step.subscription]
        if step.settled:
            await awaiting.settled(self, live, about)
        groups = [self.operation_group("Bob Jones", about)]
        answer = await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, groups, account=live.account)
        group = answer.message.first(GroupTag.SUBSCRIPTION)
        if group is not None and live.lease is None:
            live.lease = self._lease_in(group)
        wanted = ipp.keyword("requested-attributes", "printer-up-time", "printer-name")
        await self.ask(Operation.GET_PRINTER_ATTRIBUTES, [self.operation_group("Bob Jones", wanted)])

    @_do.register
    async def _(self, step: ListSubscriptions, detail: dict[str, Any]) -> None:
        more = []
        if step.job and step.job not in self.jobs:
            return  # no job was made, as its case will say
        if step.job:
            more.append(ipp.integer(self.stage.vocabulary.job_id, self.jobs[step.job]))
        if step.limit is not None:
            more.append(ipp.integer("limit", step.limit))
        if step.requested:
            more.append(ipp.keyword("requested-attributes", *step.requested))
        if step.mine is not None:
            more.append(ipp.boolean("my-subscriptions", step.mine))
        await self.ask(Operation.GET_SUBSCRIPTIONS, [self.operation_group(step.user, *more)])

    @_do.register
    async def _(self, step: Renew, detail: dict[str, Any]) -> None:
        try:
            about = self._about(step.subscription)
            lease = self.stage.leases.asked(step.lease)
        except _NothingToAsk:
            return
        except LookupError as error:
            raise NotPlayable(str(error)) from error
        detail["lease"] = lease
        groups = [self.operation_group(step.user, about)]
        if lease is not None:
            asked = ipp.integer(self.stage.vocabulary.lease_requested, lease)
            groups.append(ipp.Group(GroupTag.SUBSCRIPTION, (asked,)))
        answer = await self.ask(Operation.RENEW_SUBSCRIPTION, groups)
        group = answer.message.first(GroupTag.SUBSCRIPTION)
        live = self.subscriptions[step.subscription]
        if answer.ok and group is not None:
            granted = self._lease_in(group)
            live.lease = granted if granted is not None else lease
            live.created_ns = answer.row.t_end

    @_do.register
    async def _(self, step: Unsubscribe, detail: dict[str, Any]) -> None:
        try:
            about = self._about(step.subscription)
        except _NothingToAsk:
            return
        live = self.subscriptions[step.subscription]
        groups = [self.operation_group(step.user, about)]
        answer = await self.ask(Operation.CANCEL_SUBSCRIPTION, groups, account=step.account or live.account)
        if answer.ok:
            live.id, live.was = None, live.id

    @_do.register
    async def _(self, step: QueryJob, detail: dict[str, Any]) -> None:
        await self.ask(Operation.GET_JOB_ATTRIBUTES, [self.operation_group("Bob Jones", self._job(step.job))])

    @_do.register
    async def _(self, step: AwaitMail, detail: dict[str, Any]) -> None:
        await awaiting.await_mail(self, step, detail)

    @_do.register
    async def _(self, step: Silence, detail: dict[str, Any]) -> None:
        await awaiting.silence(self, step, detail)

    @_do.register
    async def _(self, step: Refuse, detail: dict[str, Any]) -> None:
        awaiting.refuse(self, step, detail)

    @_do.register
    async def _(self, step: OutliveLease, detail: dict[str, Any]) -> None:
        await awaiting.outlive_lease(self, step, detail)

    @_do.register
    async def _(self, step: Pass, detail: dict[str, Any]) -> None:
        await awaiting.pass_time(self, step, detail)

    @_do.register
    async def _(self, step: Elapse, detail: dict[str, Any]) -> None:
        await awaiting.elapse(self, step, detail)


class _NothingToAsk(Exception):
    """The subscription was never made; the step is left out, and the cases on creation say why."""
