"""One play of one scenario: each step becomes requests to the printer, and what was done goes into the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from conformance import names, outcomes, rows
from conformance.outcomes import Asked, Carrier
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
from .requests import events_of, fill_in, language_of, one_too_many, operation_group, subscription_group

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
class Doing:
    """A step under way, and what has come of it so far."""

    outcome: outcomes.Outcome


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
        began, kind = self.stage.journal.now(), type(step).__name__
        doing = Doing(outcomes.KINDS[kind]())
        try:
            await self._do(step, doing)
        finally:
            label = getattr(step, "label", "") or getattr(step, "subscription", "")
            self.stage.journal.add(outcomes.recorded(number, self.play, began, kind, doing.outcome, label))

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

    def _other(self, label: str) -> str:
        """The address of ours that nothing ought to be sent to."""
        return self.stage.address(self.play, names.nobodys_label(label))

    def _render(self, template: str, label: str, address: str, *, with_job: bool, job: str = "") -> str:
        forms = self.stage.user_data_form
        form = forms.job if with_job else forms.printer
        return fill_in(
            template,
            address,
            self.stage.user_address(self.play, label),
            "" if form == "bare" else f"{form}:",
            self._other(label),
            job or names.own_job(self.play, label),
        )

    def prepare(self, ask: Ask, carrier: Carrier, *, added: bool = False) -> tuple[ipp.Group, Asked]:
        """The group that asks for a subscription, and what the evidence should say of it.

        ``added``: to a job that is there already.
        """
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
        with_job = carrier is Carrier.JOB and not added
        recipient = None if ask.recipient is None else self._render(ask.recipient, label, address, with_job=with_job)
        whose = ask.same_address_as or label
        data = None if ask.user_data is None else self._render(ask.user_data, whose, address, with_job=with_job)
        asked = Asked(
            label=label,
            address=self._render(ask.reaches, label, address, with_job=with_job),
            other=self._other(label),
            recipient=recipient,
            user_data=None if data is None else data.encode("latin-1"),
            events=ask.events,
            format=ask.format,
            charset=ask.charset,
            language=ask.language,
            text_only=ask.text_only,
            lease=lease,
            carrier=carrier,
        )
        self.subscriptions[label] = Live(asked, added)
        return subscription_group(asked, self.stage.vocabulary), asked

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
            if live.id is not None and not live.ends_with_its_job and label not in self.over:
                about = ipp.integer(self.stage.vocabulary.subscription_id, live.id)
                await self._give_back(Operation.CANCEL_SUBSCRIPTION, live.user, about, account=live.account)

    async def _give_back(self, what: Operation, user: str | None, *about: ipp.Attribute, account: str = "") -> None:
        groups = [self.operation_group(user, *about)]
        await self.stage.subscriber.post(what, groups, play=self.play, step=0, login=self._login(account))

    # ------------------------------------------------------------ steps

    @singledispatchmethod
    async def _do(self, step: Step, doing: Doing) -> None:
        raise NotImplementedError(type(step).__name__)

    @_do.register
    async def _(self, step: Describe, doing: Doing) -> None:
        await self.ask(Operation.GET_PRINTER_ATTRIBUTES, [self.operation_group(None)])

    @_do.register
    async def _(self, step: Subscribe, doing: Doing) -> None:
        carrier = Carrier.JOB if step.job else Carrier.PRINTER
        asks, login = (step.ask, *step.more), self._login(step.account)
        prepared = [self.prepare(ask, carrier, added=bool(step.job)) for ask in asks]
        for live in (self.subscriptions[ask.label] for ask in asks):
            live.user, live.account = step.user, step.account
        asked = tuple(about for _, about in prepared)
        doing.outcome = outcomes.Subscribed(asked, step.user, login[0] if login else None)
        more = [self._job(step.job, self.stage.vocabulary.job_id)] if step.job else []
        operation = Operation.CREATE_JOB_SUBSCRIPTIONS if step.job else Operation.CREATE_PRINTER_SUBSCRIPTIONS
        groups = [self.operation_group(step.user, *more), *(group for group, _ in prepared)]
        answer = await self.ask(operation, groups, account=step.account)
        self.note_granted(answer, [ask.label for ask in asks])

    @_do.register
    async def _(self, step: Fill, doing: Doing) -> None:
        limit = self.stage.vocabulary.max_printer_subscriptions
        for n in range(1, one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill) + 1):
            await self._carry_out(Subscribe(Ask(label=f"c{n}", lease="inside")))
            if self.subscriptions[f"c{n}"].id is None:
                break

    @_do.register
    async def _(self, step: Print, doing: Doing) -> None:
        asks = step.asks
        if step.overfill:
            limit = self.stage.vocabulary.max_job_subscriptions
            most = one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill)
            asks = tuple(replace(asks[0], label=f"c{n}") for n in range(1, most + 1))
        prepared = [self.prepare(ask, Carrier.JOB) for ask in asks]
        name, user = self._names(step, asks[0].label if asks else step.label)
        doing.outcome = printed = outcomes.Printed(tuple(about for _, about in prepared), user, name)
        more = [ipp.name_("job-name", name)]
        operation = OPERATIONS[step.via]
        data = b""
        if operation == Operation.PRINT_JOB:
            data = self.stage.document
        if operation != Operation.CREATE_JOB and self.stage.ixit.document_format:
            more.append(ipp.mime_media_type("document-format", self.stage.ixit.document_format))
        self.last_trigger_ns = self.stage.journal.now()
        answer = await self.ask(operation, [self.operation_group(user, *more), *(g for g, _ in prepared)], data)
        doing.outcome = replace(printed, job=self._note_job(step.label, answer))
        if step.via == "Create-Job" and step.label in self.jobs:
            self.open_jobs.add(step.label)
        self.note_granted(answer, [ask.label for ask in asks])

    def _names(self, step: Print, label: str) -> tuple[str, str | None]:
        """The job's name and its owner's."""
        job, address = names.own_job(self.play, step.label), self.stage.address(self.play, label)
        name = self._render(step.name, label, address, with_job=True, job=job)
        return name, None if step.user is None else self._render(step.user, label, address, with_job=True)

    def _note_job(self, label: str, answer: Answer) -> int | None:
        attribute = answer.message.find("job-id", GroupTag.JOB)
        number = attribute.value.integer if attribute else None
        if number is not None:  # whatever the status says: a job with a number is there, and has to be tidied up
            self.jobs[label] = number
        return number

    @_do.register
    async def _(self, step: SendDocument, doing: Doing) -> None:
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
    async def _(self, step: OnJob, doing: Doing) -> None:
        self.last_trigger_ns = self.stage.journal.now()
        await self.ask(OPERATIONS[step.operation], [self.operation_group(step.user, self._job(step.job))])

    @_do.register
    async def _(self, step: OnPrinter, doing: Doing) -> None:
        self.last_trigger_ns = self.stage.journal.now()
        self.paused = step.operation == "Pause-Printer"
        await self.ask(OPERATIONS[step.operation], [self.operation_group("Bob Jones")])

    @_do.register
    async def _(self, step: Query, doing: Doing) -> None:
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
    async def _(self, step: ListSubscriptions, doing: Doing) -> None:
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
    async def _(self, step: Renew, doing: Doing) -> None:
        try:
            about = self._about(step.subscription)
            lease = self.stage.leases.asked(step.lease)
        except _NothingToAsk:
            return
        except LookupError as error:
            raise NotPlayable(str(error)) from error
        doing.outcome = outcomes.Renewed(lease)
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
    async def _(self, step: Unsubscribe, doing: Doing) -> None:
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
    async def _(self, step: QueryJob, doing: Doing) -> None:
        await self.ask(Operation.GET_JOB_ATTRIBUTES, [self.operation_group("Bob Jones", self._job(step.job))])

    @_do.register
    async def _(self, step: AwaitMail, doing: Doing) -> None:
        doing.outcome = outcomes.MailsAwaited(step.count)
        doing.outcome = await awaiting.await_mail(self, step)

    @_do.register
    async def _(self, step: Silence, doing: Doing) -> None:
        doing.outcome = await awaiting.silence(self, step)

    @_do.register
    async def _(self, step: Refuse, doing: Doing) -> None:
        doing.outcome = awaiting.refuse(self, step)

    @_do.register
    async def _(self, step: OutliveLease, doing: Doing) -> None:
        doing.outcome = await awaiting.outlive_lease(self, step)

    @_do.register
    async def _(self, step: Pass, doing: Doing) -> None:
        doing.outcome = await awaiting.pass_time(self, step)

    @_do.register
    async def _(self, step: Elapse, doing: Doing) -> None:
        await awaiting.elapse(self, step)


class _NothingToAsk(Exception):
    """The subscription was never made; the step is left out, and the cases on creation say why."""
