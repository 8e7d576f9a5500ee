"""A play under way: what it has taken from the printer so far, and how it asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.record import own_names
from conformance.record.exchanges import Answer, answer_of, granted_group, lease_told
from conformance.record.outcomes import Asked, Carrier
from conformance.scenarios.steps import AnyStep, Ask, Scenario
from conformance.trouble import BUSY
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.http.auth import Login
from fakes.http.connection import HttpProblem

from .asking_again import HTTP_UNAVAILABLE
from .ensemble import Ensemble, Halt
from .live_subscription import CutShort, LiveSubscription, Lost, NotPlayable, Unserved
from .requests import carried, events_of, fill_in, language_of, operation_group, subscription_group
from .shared import Shared
from .subscriber import LOST
from .turns import TurnAtPrinter, ends_unminded

OPERATOR: Final = "Bob Jones"  # who does what no step names a user for
_KINDS: Final[dict[str, type[CutShort]]] = {**dict.fromkeys(LOST, Unserved), HttpProblem.CLOSED: Lost}


class NothingToAsk(Exception):
    """The subscription was never made; the step is left out, and the cases on creation say why."""


@dataclass(slots=True)
class PlayUnderWay:
    """One performance of a scenario, at the printer that ``stage`` has."""

    stage: Shared
    scenario: Scenario
    play: int
    turn: TurnAtPrinter
    subscriptions: dict[str, LiveSubscription] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str | None] = field(default_factory=dict)  # of jobs, in whose name they were made
    open_jobs: set[str] = field(default_factory=set)  # that wait for a document
    held_jobs: set[str] = field(default_factory=set)
    unsure_jobs: dict[str, str | None] = field(default_factory=dict)  # the names of those without answer, and owners
    welcome: set[str] = field(default_factory=set)  # labels of approaches that the printer did as it was asked in
    ensemble: Ensemble | None = None  # with which it shares its events
    shared: int = 0  # events so far that it shared with them
    borrowed: set[str] = field(default_factory=set)  # labels of jobs that another of them made
    halt: Halt = field(default_factory=Halt)  # that it has to end; those that share a pause have one
    has_nobodys: bool = False  # whether there is a subscription, by some answer, that ought not to be there
    refusing: bool = False  # mails of this play may be refused
    printed: bool = False  # something went onto paper
    sentinels: int = 0  # jobs of its own that were only there to be a later event
    sentinel_job: int | None = None  # the last of them
    last_trigger_ns: int = 0  # when the last event of its steps was asked for
    last_sentinel_ns: int = 0  # and the last that was only there to be a later one
    step: int = 0
    doing: AnyStep | None = None  # the step under way, for whoever watches

    @property
    def last_event_ns(self) -> int:
        """When its last event was asked for, those of sentinels among them: who lists such is mailed of those, too."""
        return max(self.last_trigger_ns, self.last_sentinel_ns)

    # ------------------------------------------------------------ requests

    async def ask(
        self,
        operation: Operation,
        groups: Sequence[ipp.Group],
        data: bytes = b"",
        *,
        step: int | None = None,
        account: str = "",
        partly: bool = False,
    ) -> Answer:
        """Send a request; raises ``CutShort`` when nothing readable came back, or only that the printer is busy.

        ``partly``: when nothing readable came back at all.
        """
        number, login = self.step if step is None else step, self.login(account)
        exchange = await self.stage.request(operation, groups, data, play=self.play, step=number, login=login)
        answer = answer_of(exchange)
        if answer is None:
            kind = _KINDS.get(exchange.problem, CutShort)
            if exchange.http_status == HTTP_UNAVAILABLE:
                kind = Unserved  # it is busy, and still was when it was asked again
            raise kind(f"{operation.keyword}: {exchange.problem_text} (ipp #{exchange.id})")
        if answer.message.problem is not None and not partly:
            defect = answer.message.problem
            raise CutShort(
                f"{operation.keyword}: the answer cannot be read beyond octet {defect.offset}: {defect.reason} "
                f"(ipp #{exchange.id})"
            )
        if answer.status in BUSY:
            told = f"{answer.keyword} (ipp #{exchange.id})"
            raise Unserved(f"{operation.keyword}: the printer is busy, also when asked again: {told}")
        return answer

    def login(self, account: str, user: str | None = OPERATOR) -> Login | None:
        """Name and password of an account of the IXIT's, or those of every request.

        ``NotPlayable`` where there is no such account, or a ``user`` is to be another by his name alone.
        """
        login, proves = self.stage.ixit.login(account), self.stage.subscriber.access.proves
        if account and login is None:
            raise NotPlayable(f"the IXIT gives no {account}-user, so that nobody can prove who he is")
        if not account and proves is not None and user != OPERATOR:
            raise NotPlayable(f"every request is sent as {proves!a}, so that no other name counts")
        return login

    def proved(self, account: str) -> str | None:
        """Who a request of that account, or of none, proves to come from."""
        login = self.login(account)
        return login.name if account and login is not None else self.stage.subscriber.access.proves

    def operation_group(self, user: str | None, *more: ipp.Attribute) -> ipp.Group:
        """The group every request begins with."""
        return operation_group(self.stage.subscriber.uri, user, *more)

    def carried(
        self, operation: ipp.Group, subscriptions: Sequence[ipp.Group], *, job_creation: bool = False
    ) -> list[ipp.Group]:
        """The groups of a request that asks for these subscriptions, as the IXIT has it."""
        return carried(self.stage.ixit.carrier, operation, subscriptions, job_creation=job_creation)

    # ------------------------------------------------------------ subscriptions

    def _other(self, label: str) -> str:
        """The address of ours that nothing ought to be sent to."""
        return self.stage.address(self.play, own_names.nobodys_label(label))

    def render(self, template: str, label: str, address: str, *, with_job: bool, job: str = "") -> str:
        """A template of a scenario made concrete."""
        forms = self.stage.user_data_form
        form = forms.job if with_job else forms.printer
        return fill_in(
            template,
            address,
            self.stage.user_address(self.play, label),
            "" if form == "bare" else f"{form}:",
            self._other(label),
            job or own_names.own_job(self.play, label),
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
        recipient = None if ask.recipient is None else self.render(ask.recipient, label, address, with_job=with_job)
        whose = ask.same_address_as or label
        data = None if ask.user_data is None else self.render(ask.user_data, whose, address, with_job=with_job)
        asked = Asked(
            label=label,
            address=self.render(ask.reaches, label, address, with_job=with_job),
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
        self.subscriptions[label] = LiveSubscription(asked, added)
        return subscription_group(asked, self.stage.vocabulary), asked

    def note_granted(self, answer: Answer, labels: Sequence[str]) -> None:
        """What the printer said to these subscriptions."""
        v = self.stage.vocabulary
        for place, label in enumerate(labels):
            live = self.subscriptions[label]
            group = granted_group(answer.message, place, v)
            live.unsure = False
            live.granted(lease_told(group, v) if group is not None else None, answer.row)
            if group is None:
                continue
            identity = group.get(v.subscription_id)
            live.id = identity.value.integer if identity else None  # whatever the status: it has to be tidied up
            live.made = live.id is not None and answer.ok

    def about(self, label: str) -> ipp.Attribute:
        """The number of a subscription, also of one that was cancelled; raises ``NothingToAsk``."""
        live = self.subscriptions.get(label)
        known = None if live is None else live.id if live.id is not None else live.was
        if known is None:
            raise NothingToAsk
        return ipp.integer(self.stage.vocabulary.subscription_id, known)

    # ------------------------------------------------------------ whose turn it is

    def aside(self, *, deaf: bool = False, mail: bool = False) -> AbstractAsyncContextManager[None]:
        """Let others go on while it waits for mails of its own jobs alone, if this printer lets several play at once.

        Where we refuse its mails that may take long, and even who must be alone need not wait for it; nor where it is
        ``deaf``, so that nothing that others do can come to it.  ``mail``: all the same a mail is to come, which faults
        of others must not meet.
        """
        slots = self.turn.slots
        if not self.turn.taken or slots.places == 1:
            return nullcontext()
        if deaf:
            return self.turn.given_up(mail=mail, for_good=self._leaves_nothing)
        if self.scenario.alone:
            return nullcontext()
        return self.turn.given_up() if self.lets_all_in else slots.idle()

    @property
    def _leaves_nothing(self) -> bool:
        """Whether nothing follows the step under way, tidying among it, that makes an event of which others hear."""
        busy = self.open_jobs or self.held_jobs or self.unsure_jobs or self.halt.paused
        return not busy and ends_unminded(self.scenario, self.turn.place)

    @property
    def lets_all_in(self) -> bool:
        """Whether even who must be alone goes on while it waits for its mails."""
        meets = self.turn.taken and not self.scenario.alone
        return self.refusing and meets and self.turn.slots.places > 1
