"""The printer itself: its state, its jobs and subscriptions, and who is told when something happens."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

from conformance.vocabulary import NTFY_01
from conformance.wire.registry import PrinterState
from fakes.printer.conditions import ConditionalLie, Occasion, told
from fakes.printer.notice import JobFacts, Notice, PrinterFacts
from fakes.printer.policy import Policy

from . import event_matching
from .clock import Clock
from .held_events import HeldEvents
from .jobs import Job, Jobs
from .subscriptions import Subscription, Subscriptions


def ends_when_refused(policy: Policy) -> bool:
    """Whether a subscription is over when its recipient is refused for good."""
    return policy.vocabulary is not NTFY_01 if policy.cancel_refused is None else policy.cancel_refused


class Outlet(Protocol):
    """Where notices go: ``delivery.Mailer``, or a list in a test."""

    def send(self, notice: Notice) -> None:
        """Take a notice without waiting."""


class Printer:
    """A printer without a network.  ``uris`` are its own, the plain one first; ``relay`` the host it mails through."""

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        outlet: Outlet,
        uris: tuple[str, ...],
        relay: str,
        lie: ConditionalLie | None = None,
    ) -> None:
        self._lie = lie
        self.policy, self.clock, self.uris, self.relay = policy, clock, uris, relay
        self.uuid: UUID = uuid4()
        self.jobs = Jobs(policy, clock, self._job_event, self._settle)
        self.subscriptions = Subscriptions(policy, clock)
        self.held = HeldEvents(policy, clock)
        self.jobs.forget = self.subscriptions.forget
        self.subscriptions.over = self.held.forget
        self.changed = clock.up_time()
        self._outlet = outlet
        self._told = (self.state, self.reasons)
        self.described = 0  # how often it has told of itself

    @property
    def uri(self) -> str:
        """The URI that jobs are named after."""
        return self.uris[0]

    @property
    def state(self) -> PrinterState:
        """printer-state (RFC 2911 section 4.4.11)."""
        if self.jobs.paused:
            return PrinterState.STOPPED
        return PrinterState.PROCESSING if self.jobs.current is not None else PrinterState.IDLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """printer-state-reasons (RFC 2911 section 4.4.12)."""
        return ("paused",) if self.jobs.paused else ("none",)

    def job_uri(self, job: Job) -> str:
        """job-uri."""
        return f"{self.uri}/{job.id}"

    def job_reasons(self, job: Job) -> tuple[str, ...]:
        """job-state-reasons as they are told: a stopped printer is why a waiting job waits (RFC 2911 section 3.2.7)."""
        if not self.jobs.paused or job.ended or "printer-stopped" in job.reasons:
            return job.reasons
        return (*(r for r in job.reasons if r != "none"), "printer-stopped")

    def facts(self) -> PrinterFacts:
        """The printer as it stands."""
        return PrinterFacts(
            name=self.policy.printer_name,
            uri=self.uri,
            state=int(self.state),
            state_reasons=self.reasons,
            accepting_jobs=self.policy.accepting_jobs,
            up_time=self.clock.told(),
            after_cancellation=self.jobs.last_was_cancelled,
        )

    def job_facts(self, job: Job) -> JobFacts:
        """A job as it stands."""
        return JobFacts(
            id=job.id,
            uri=self.job_uri(job),
            name=job.name,
            user_name=job.user_name,
            state=int(job.state),
            state_reasons=self.job_reasons(job),
            impressions_completed=job.impressions,
            media_sheets_completed=job.impressions,
        )

    def gave_up(self, notice: Notice) -> None:
        """A mail could not be delivered."""
        subscription = self.subscriptions.find(notice.subscription.id)
        if subscription is not None and self.policy.cancel_undeliverable:
            self.subscriptions.remove(subscription)

    def put_off(self, notice: Notice) -> None:
        """A mail has to be tried again."""
        subscription = self.subscriptions.find(notice.subscription.id)
        if subscription is not None and self.policy.numbering == "by-attempts":
            self.subscriptions.count(subscription)

    def refused(self, notice: Notice) -> None:
        """The recipient of a mail was refused for good."""
        subscription = self.subscriptions.find(notice.subscription.id)
        if subscription is not None and ends_when_refused(self.policy):
            self.subscriptions.remove(subscription)

    def stop(self) -> None:
        """Let go of every timer."""
        self.jobs.stop()
        self.subscriptions.stop()

    # ------------------------------------------------------------ events

    def _job_event(self, event: str, job: Job) -> None:
        self._announce(event, job)

    def _settle(self) -> None:
        """Tell of the printer's state if it is another than was last told (RFC 3995 section 5.3.3.4.2)."""
        before, now = self._told, (self.state, self.reasons)
        if before == now:
            return
        self._told = now
        self.changed = self.clock.up_time()
        stopped = now[0] is PrinterState.STOPPED and before[0] is not PrinterState.STOPPED
        self._announce("printer-stopped" if stopped else "printer-state-changed", None)

    def _announce(self, event: str, job: Job | None) -> None:
        when, served = self.clock.today(), set[str]()
        listeners = self.subscriptions.told(of_a_job=job is not None)
        for subscription in listeners:
            lie = self._lie if subscription.grant.pull_method is None else None  # lies are told by mail
            with told(lie, self.policy, partial(self._occasion, subscription, event, job, when)) as telling:
                heard = _heard(telling.policy, subscription, event, job, listeners, served)
                if telling.policy is not self.policy:
                    honest = _heard(self.policy, subscription, event, job, listeners, served)
                    telling.compare(differs=heard != honest)
            for subscribed in heard:
                served.add(subscription.grant.recipient)
                self._notify(subscription, subscribed, job, when)

    def _occasion(self, subscription: Subscription, event: str, job: Job | None, when: datetime) -> Occasion:
        """An event is to be told to a subscription, or not."""
        notice = self._notice(subscription, event, job, when)
        return replace(Occasion.of_notice(notice, self.policy), nth=subscription.number + 1)

    def _notify(self, subscription: Subscription, event: str, job: Job | None, when: datetime) -> None:
        """One notification; ``event`` is the subscribed one (RFC 3995 section 8.1)."""
        self.subscriptions.count(subscription)
        outlet = self._outlet if subscription.grant.pull_method is None else self.held
        outlet.send(self._notice(subscription, event, job, when))
        ends = self.policy.first_mail_ends
        if ends and subscription.job is None and subscription.grant.format == ends:
            self.subscriptions.remove(subscription)

    def _notice(self, subscription: Subscription, event: str, job: Job | None, when: datetime) -> Notice:
        about = job if job is not None else subscription.job
        return Notice(
            event=event,
            is_job_event=job is not None,
            when=when,
            printer=self.facts(),
            job=self.job_facts(about) if about is not None else None,
            subscription=subscription.facts(),
        )


def _heard(
    policy: Policy,
    subscription: Subscription,
    event: str,
    job: Job | None,
    listeners: Sequence[Subscription],
    served: Set[str],
) -> tuple[str, ...]:
    """The subscribed events by which a subscription is told of one; ``served`` are the recipients told of it so far."""
    grant = subscription.grant
    if not event_matching.reaches(policy, subscription.job, event, job, grant.user_name):
        return ()
    if policy.twins == "two-with-one-mail" and grant.recipient and grant.recipient in served:
        return ()
    if event_matching.spared(policy, grant, (s.grant for s in listeners)):
        return ()
    if event_matching.unmailed(policy, grant, event, job):
        return ()
    return event_matching.matching(policy, grant.events, event)
