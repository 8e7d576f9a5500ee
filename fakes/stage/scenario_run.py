"""One play of one scenario: each step becomes requests to the printer, and what was done goes into the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from conformance.record import outcomes, own_names, rows
from conformance.record.exchanges import Answer, is_full, lease_told, told_group
from conformance.record.outcomes import Carrier
from conformance.scenarios.steps import (
    NOBODYS,
    AnyStep,
    Approach,
    Ask,
    AwaitMail,
    By,
    Describe,
    Elapse,
    EndJob,
    Fill,
    ListSubscriptions,
    OnJob,
    OnPrinter,
    OutliveLease,
    Pass,
    Print,
    Query,
    QueryJob,
    ReadDirectory,
    Refuse,
    Renew,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
    VisitUris,
)
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from . import subscription_steps, waits
from .approaches import BY_PASSWORD, PROVED, approach, listed_uris
from .causing import goes_on, let_go_on, stop_or_go_on
from .directory_secrets import without_secrets
from .ensemble import Halt, SharedEvent
from .live_subscription import CutShort, NotPlayable
from .needs import lists_operation
from .play_under_way import OPERATOR, NothingToAsk, PlayUnderWay
from .requests import one_too_many
from .tidying import tidy

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

    outcome: outcomes.StepOutcome


@dataclass(slots=True)
class ScenarioRun(PlayUnderWay):
    """Carries out the steps."""

    async def perform(self) -> None:
        """All steps; raises ``CutShort`` or ``NotPlayable``.  Whatever ends it, nothing stays at the printer untold."""
        if self.ensemble is not None:
            self.halt = self.ensemble.halt
            self.ensemble.enter()
        try:
            for place, step in enumerate(self.scenario.steps):
                await self.turn.before(place)
                async with self._in_turn(step):
                    for part in self._sparing(step):
                        await self._carry_out(part)
        finally:
            if self.ensemble is not None and not self.ensemble.part():
                self.halt = Halt()  # the last to part will see to it
            await let_go_on(self)
            await tidy(self)

    def _in_turn(self, step: AnyStep) -> AbstractAsyncContextManager[None]:
        """A job goes on when no other play waits for what it shared: a printer that prints may change its state."""
        late = self.ensemble is not None and isinstance(step, SendDocument)
        return self.ensemble.last_word() if late and self.ensemble is not None else nullcontext()

    def _sparing(self, step: AnyStep) -> Iterator[AnyStep]:
        """The step, or what brings about the same events without paper, where this printer mails about such an end."""
        match step:
            case Print(via="Print-Job", paper=False) if self.stage.spares_paper and not self._has_paper:
                yield replace(step, via="Create-Job")
                if step.label in self.jobs and step.label not in self.borrowed:
                    yield EndJob(step.label)
            case SendDocument(paper=False) if self.stage.spares_paper:
                yield EndJob(step.job)
            case _:
                yield step

    @property
    def _has_paper(self) -> bool:
        """Whether the job that it shares is printed for another play."""
        return self.ensemble is not None and self.ensemble.paper

    async def _carry_out(self, step: AnyStep) -> None:
        number = self.step = self.stage.journal.id(rows.Step)
        began, kind = self.stage.journal.now(), type(step).__name__
        doing, self.doing = Doing(outcomes.KINDS[kind]()), step
        try:
            await self._do(step, doing)
        finally:
            label = getattr(step, "label", "") or getattr(step, "subscription", "")
            self.stage.journal.add(outcomes.recorded(number, self.play, began, kind, doing.outcome, label))

    # ------------------------------------------------------------ steps

    @singledispatchmethod
    async def _do(self, step: AnyStep, doing: Doing) -> None:
        raise NotImplementedError(type(step).__name__)

    @_do.register
    async def _(self, step: Describe, doing: Doing) -> None:
        await self.ask(Operation.GET_PRINTER_ATTRIBUTES, [self.operation_group(None)], partly=True)

    @_do.register
    async def _(self, step: Subscribe, doing: Doing) -> None:
        carrier = Carrier.JOB if step.job else Carrier.PRINTER
        asks = (step.ask, *step.more)
        self.login(step.account, step.user)
        prepared = [self.prepare(ask, carrier, added=bool(step.job)) for ask in asks]
        for live in (self.subscriptions[ask.label] for ask in asks):
            live.user, live.account, live.job = step.user, step.account, self.jobs.get(step.job)
        asked = tuple(about for _, about in prepared)
        doing.outcome = outcomes.Subscribed(asked, step.user, self.proved(step.account))
        more = [self._job(step.job, self.stage.vocabulary.job_id)] if step.job else []
        operation = Operation.CREATE_JOB_SUBSCRIPTIONS if step.job else Operation.CREATE_PRINTER_SUBSCRIPTIONS
        groups = self.carried(self.operation_group(step.user, *more), [group for group, _ in prepared])
        for ask in asks:
            self.subscriptions[ask.label].unsure = True
        answer = await self.ask(operation, groups, account=step.account)
        if await self._has_room_now(answer):
            answer = await self.ask(operation, groups, account=step.account)
        self.note_granted(answer, [ask.label for ask in asks])

    async def _has_room_now(self, answer: Answer) -> bool:
        """Whether the printer was full because of what is not this play's, which has been given back."""
        room = self.stage.room
        if room is None or not is_full(answer) or any(live.id is not None for live in self.subscriptions.values()):
            return False
        return await room.make(answer.row.t_start)

    @_do.register
    async def _(self, step: Fill, doing: Doing) -> None:
        limit = self.stage.vocabulary.max_printer_subscriptions
        for n in range(1, one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill) + 1):
            await self._carry_out(Subscribe(Ask(label=f"c{n}", lease="inside")))
            if self.subscriptions[f"c{n}"].id is None:
                break

    @_do.register
    async def _(self, step: Print, doing: Doing) -> None:
        if self.ensemble is None or self.ensemble.kind is not Print:
            await self._print(step, doing)
            return
        self.printed |= self.ensemble.paper
        which, self.shared = self.shared, self.shared + 1
        shared, own = await self.ensemble.share(lambda: self._print(step, doing), which)
        if own:
            return
        self.last_trigger_ns = shared.asked
        self.borrowed.add(step.label)
        if shared.job is not None:
            self.jobs[step.label] = shared.job
        doing.outcome = outcomes.Printed((), step.user, shared.name, shared.job, self.proved(""), shared.step)

    async def _print(self, step: Print, doing: Doing) -> SharedEvent:
        """Ask for the job."""
        asks, number = step.asks, self.step
        if step.overfill:
            limit = self.stage.vocabulary.max_job_subscriptions
            most = one_too_many(self.stage.printer, limit, self.stage.ixit.max_fill)
            asks = tuple(replace(asks[0], label=f"c{n}") for n in range(1, most + 1))
        prepared = [self.prepare(ask, Carrier.JOB) for ask in asks]
        name, user = self._names(step, asks[0].label if asks else step.label)
        proved = self.proved("")
        doing.outcome = printed = outcomes.Printed(tuple(about for _, about in prepared), user, name, login=proved)
        more = [ipp.name_("job-name", name)]
        operation, data = OPERATIONS[step.via], b""
        if operation == Operation.PRINT_JOB:
            self.stage.sheets.take()
            data = self.stage.document
            self.printed = True
        if operation != Operation.CREATE_JOB and self.stage.ixit.document_format:
            more.append(ipp.mime_media_type("document-format", self.stage.ixit.document_format))
        self.owners[step.label] = user
        if operation != Operation.VALIDATE_JOB:
            self.unsure_jobs[name] = user
        asked = [group for group, _ in prepared]
        groups = self.carried(self.operation_group(user, *more), asked, job_creation=True)
        answer = await self.ask(operation, groups, data)
        self.last_trigger_ns = answer.row.t_start  # a busy printer was asked more than once
        self.unsure_jobs.pop(name, None)
        doing.outcome = replace(printed, job=self._note_job(step.label, answer))
        if step.via == "Create-Job" and step.label in self.jobs:
            self.open_jobs.add(step.label)
        self.note_granted(answer, [ask.label for ask in asks])
        return SharedEvent(number, self.last_trigger_ns, name, self.jobs.get(step.label))

    def _names(self, step: Print, label: str) -> tuple[str, str | None]:
        """The job's name and its owner's."""
        job, address = own_names.own_job(self.play, step.label), self.stage.address(self.play, label)
        name = self.render(step.name, label, address, with_job=True, job=job)
        return name, None if step.user is None else self.render(step.user, label, address, with_job=True)

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
        groups = [self.operation_group(self.owners.get(step.job, OPERATOR), *more)]
        self.stage.sheets.take()
        self.printed = True
        answer = await self.ask(Operation.SEND_DOCUMENT, groups, data=self.stage.document)
        self.last_trigger_ns = answer.row.t_start
        if answer.ok:
            self.open_jobs.discard(step.job)

    @_do.register
    async def _(self, step: EndJob, doing: Doing) -> None:
        owner = self.owners.get(step.job, OPERATOR)
        answer = await self.ask(Operation.CANCEL_JOB, [self.operation_group(owner, self._job(step.job))])
        self.last_trigger_ns = answer.row.t_start
        if answer.ok:
            self.open_jobs.discard(step.job)

    def _job(self, label: str, name: str = "job-id") -> ipp.Attribute:
        if label not in self.jobs:
            raise CutShort(f"the printer did not take job {label}, so that the play cannot go on")
        return ipp.integer(name, self.jobs[label])

    @_do.register
    async def _(self, step: OnJob, doing: Doing) -> None:
        about = self._job(step.job)
        if step.operation == "Hold-Job":
            self.held_jobs.add(step.job)
        owner = self.owners.get(step.job, OPERATOR)
        answer = await self.ask(OPERATIONS[step.operation], [self.operation_group(owner, about)])
        self.last_trigger_ns = answer.row.t_start
        if answer.ok and step.operation != "Hold-Job":
            self.held_jobs.discard(step.job)

    @_do.register
    async def _(self, step: OnPrinter, doing: Doing) -> None:
        if self.ensemble is None:
            await self._operate(step, doing)
            return
        which, self.shared = self.shared, self.shared + 1
        shared, own = await self.ensemble.share(lambda: self._operate(step, doing), which)
        self.last_trigger_ns = shared.asked
        doing.outcome = outcomes.PrinterOperated(
            self.stage.ixit.stops_by_hand, 0 if own else shared.step, asked=shared.asked
        )

    async def _operate(self, step: OnPrinter, doing: Doing) -> SharedEvent:
        """Have the printer paused, or let it go on."""
        number, pauses = self.step, step.operation == "Pause-Printer"
        if self.stage.ixit.stops_by_hand:
            doing.outcome = outcomes.PrinterOperated(by_hand=True)
            self.last_trigger_ns = self.stage.journal.now()
            await stop_or_go_on(self, stops=pauses)
            return SharedEvent(number, self.last_trigger_ns)
        before = self.halt.paused
        self.halt.paused |= pauses  # without an answer nobody knows
        answer = await self.ask(OPERATIONS[step.operation], [self.operation_group(OPERATOR)])
        self.last_trigger_ns = answer.row.t_start
        if answer.ok:
            self.halt.paused = pauses
        elif answer.status < Status.SERVER_ERROR_INTERNAL_ERROR:  # refused: it is as it was
            self.halt.paused = before
        return SharedEvent(number, self.last_trigger_ns)

    @_do.register
    async def _(self, step: Query, doing: Doing) -> None:
        await subscription_steps.query(self, step)

    @_do.register
    async def _(self, step: ListSubscriptions, doing: Doing) -> None:
        await subscription_steps.list_those_there(self, step)

    @_do.register
    async def _(self, step: Unsubscribe, doing: Doing) -> None:
        await subscription_steps.cancel(self, step)

    @_do.register
    async def _(self, step: Renew, doing: Doing) -> None:
        if step.subscription == NOBODYS:
            await subscription_steps.try_nobodys(self, Operation.RENEW_SUBSCRIPTION, step.user)
            return
        try:
            about = self.about(step.subscription)
            lease = self.stage.leases.asked(step.lease)
        except NothingToAsk:
            return
        except LookupError as error:
            raise NotPlayable(str(error)) from error
        doing.outcome = outcomes.Renewed(lease)
        live = self.subscriptions[step.subscription]
        account = step.account or live.account
        self.login(account, step.user)
        groups = [self.operation_group(step.user, about)]
        if lease is not None:
            asked = ipp.integer(self.stage.vocabulary.lease_requested, lease)
            groups = self.carried(groups[0], [ipp.Group(GroupTag.SUBSCRIPTION, (asked,))])
        answer = await self.ask(Operation.RENEW_SUBSCRIPTION, groups, account=account)
        group = told_group(answer.message, self.stage.vocabulary)
        if answer.ok and group is not None:
            granted = lease_told(group, self.stage.vocabulary)
            live.granted(granted if granted is not None else lease, answer.row)

    @_do.register
    async def _(self, step: QueryJob, doing: Doing) -> None:
        await self.ask(Operation.GET_JOB_ATTRIBUTES, [self.operation_group(OPERATOR, self._job(step.job))])

    @_do.register
    async def _(self, step: Approach, doing: Doing) -> None:
        doing.outcome = await approach(self, step)

    @_do.register
    async def _(self, step: VisitUris, doing: Doing) -> None:
        for place, listed in enumerate(listed_uris(self.stage.printer)):
            label = f"uri{place + 1}"
            await self._carry_out(Approach(label, By.LISTED, place=place))
            await self._carry_out(Approach(f"{label}-nobody", By.LISTED, "Validate-Job", place=place, anonymous=True))
            if listed.authentication in BY_PASSWORD and f"{label}-nobody" in self.welcome:
                await self._resume_as_nobody(f"{label}-nobody", place)
        proofs = [one.authentication in PROVED for one in listed_uris(self.stage.printer)]
        if any(proofs):
            place = len(proofs) - 1 - proofs[::-1].index(True)
            await self._carry_out(Approach(f"uri{place + 1}-wrong", By.LISTED, "Validate-Job", place=place, wrong=True))

    async def _resume_as_nobody(self, welcome: str, place: int) -> None:
        """Where it does nothing, since the printer goes on anyway; else it is on record that it was not tried."""
        if lists_operation(self.stage, "Resume-Printer"):
            unless = "" if await goes_on(self) else welcome
            label = f"{welcome}-resumes"
            await self._carry_out(
                Approach(label, By.LISTED, "Resume-Printer", place=place, anonymous=True, unless=unless)
            )

    @_do.register
    async def _(self, step: ReadDirectory, doing: Doing) -> None:
        if not self.stage.directories:
            raise NotPlayable("no directory was named; --directory says where the printer is listed")
        doing.outcome = outcomes.DirectoryRead(
            tuple([without_secrets(await one.read(), self.stage.journal.secrets) for one in self.stage.directories])
        )

    @_do.register
    async def _(self, step: AwaitMail, doing: Doing) -> None:
        doing.outcome = outcomes.MailsAwaited(step.count)
        doing.outcome = await waits.await_mail(self, step)

    @_do.register
    async def _(self, step: Silence, doing: Doing) -> None:
        doing.outcome = await waits.silence(self, step)

    @_do.register
    async def _(self, step: Refuse, doing: Doing) -> None:
        doing.outcome = waits.refuse(self, step)

    @_do.register
    async def _(self, step: OutliveLease, doing: Doing) -> None:
        doing.outcome = await waits.outlive_lease(self, step)

    @_do.register
    async def _(self, step: Pass, doing: Doing) -> None:
        doing.outcome = await waits.pass_time(self, step)

    @_do.register
    async def _(self, step: Elapse, doing: Doing) -> None:
        await waits.elapse(self, step)
