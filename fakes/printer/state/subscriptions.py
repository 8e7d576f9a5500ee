"""Subscription objects: those there are, and how they begin and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from fakes.printer.notice import SubscriptionFacts
from fakes.printer.policy import Policy

from .clock import Clock
from .grant import Grant
from .jobs import Job
from .leases import expiration, falls_silent, granted_lease, has_expired
from .numbering import first_sequence, next_sequence, next_subscription_id, numbered

LINGER: Final = 1.0  # seconds that a cancelled subscription has where the printer is slow to end it


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription.  ``job`` is ``None`` for a per-printer one; ``lease`` in seconds, 0 without end."""

    id: int
    grant: Grant
    printer_uri: str
    job: Job | None
    sequence: int
    number: int = 0  # the sequence as it is told
    lease: int = 0
    lease_expiration: int = 0
    renewals: int = 0
    timer: asyncio.TimerHandle | None = None

    def facts(self) -> SubscriptionFacts:
        """The subscription as it stands."""
        grant = self.grant
        return SubscriptionFacts(
            id=self.id,
            recipient=grant.recipient,
            user_data=grant.user_data,
            user_name=grant.user_name,
            events=grant.events,
            format=grant.format,
            text_only=grant.text_only,
            charset=grant.charset,
            language=grant.language,
            sequence=self.number,
            job_id=self.job.id if self.job is not None else None,
            lease_expiration=self.lease_expiration,
            renewals=self.renewals,
            format_named=grant.format_named,
        )


def same_wish(one: Grant, other: Grant) -> bool:
    """Whether two subscriptions differ in nothing that was asked for."""
    return (one.recipient, one.user_data, one.events, one.format) == (
        other.recipient, other.user_data, other.events, other.format,
    )  # fmt: skip


class Subscriptions:
    """All subscriptions, in the order in which they were made."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy, self._clock = policy, clock
        self._all: dict[int, Subscription] = {}
        self._unread: dict[int, Subscription] = {}  # cancelled, but still told of events
        self._half_cancelled: dict[int, Subscription] = {}  # still told of the printer
        self._lingering: list[asyncio.TimerHandle] = []
        self._last_id = self._counted = 0
        self.over: Callable[[int], None] = lambda _: None  # told the number of each that ends

    def live(self) -> list[Subscription]:
        """Those whose lease has not ended."""
        return self._live(self._all.values())

    def _live(self, among: Iterable[Subscription]) -> list[Subscription]:
        now = self._clock.up_time()
        return [s for s in among if not has_expired(self._policy, s.lease_expiration, now, s.lease)]

    def told(self, *, of_a_job: bool) -> list[Subscription]:
        """Those that events are told to: of a job, or of the printer."""
        now = self._clock.up_time()
        heard = (s for s in self.live() if not falls_silent(self._policy, s.lease_expiration, now, s.lease))
        return [*heard, *self._unread.values(), *(() if of_a_job else self._half_cancelled.values())]

    def find(self, id_: int) -> Subscription | None:
        """The live subscription of that id."""
        found = self._all.get(id_)
        if found is None or has_expired(self._policy, found.lease_expiration, self._clock.up_time(), found.lease):
            return None
        return found

    def ended(self, id_: int) -> Subscription | None:
        """The one of that id even if its lease has ended."""
        return self._all.get(id_)

    def drop_newest(self) -> None:
        """End the per-printer one that was made last."""
        self.remove(max(self.of(None), key=lambda s: s.id))

    def of(self, job: Job | None) -> list[Subscription]:
        """The live ones of a job, or the per-printer ones."""
        return self._live(s for s in self._all.values() if s.job is job)

    def room(self, job: Job | None) -> int | None:
        """How many more a job, or the printer, takes; ``None``: any number (not-spec-02 sections 6.6 and 6.7)."""
        most = self._policy.max_printer_subscriptions if job is None else self._policy.max_job_subscriptions
        if job is None and self._policy.full_printer == "takes-more":
            return None
        return None if most == 0 else max(0, most - len(self.of(job)))

    def add(self, grant: Grant, printer_uri: str, job: Job | None) -> Subscription:
        """A new subscription; a per-printer one begins its lease now."""
        if self._policy.twins == "one":
            for other in self.of(job):
                if same_wish(other.grant, grant):
                    return other
        self._last_id = next_subscription_id(self._policy, self._last_id, self._all)
        made = Subscription(self._last_id, grant, printer_uri, job, first_sequence(self._policy))
        self._all[made.id] = made
        if job is None:
            self._begin_lease(made, grant.lease)
        return made

    def renew(self, subscription: Subscription, asked: int | None) -> None:
        """A new lease from now on, as long as was asked for or as near to it as is supported."""
        subscription.renewals += 1
        if self._policy.numbering == "anew-when-renewed":
            subscription.sequence = subscription.number = 0
        timer = subscription.timer if self._policy.renewal == "only-said" else None
        subscription.timer = None if timer is not None else subscription.timer
        wish = None if self._policy.renewal == "of-the-default" else asked
        self._begin_lease(subscription, granted_lease(self._policy, wish))
        if timer is not None and subscription.timer is not None:
            subscription.timer.cancel()
            subscription.timer = timer

    def cancel(self, subscription: Subscription) -> None:
        """End a subscription because its owner wants it so."""
        lie = self._policy.cancels
        if lie == "it-later":
            self._lingering.append(self._clock.loop.call_later(LINGER, self.remove, subscription))
            return
        self.remove(subscription)
        if lie == "its-reading-first":
            self._unread[subscription.id] = subscription
            self._lingering.append(self._clock.loop.call_later(LINGER, self._unread.pop, subscription.id))
        elif lie == "its-job-events" and subscription.job is None:
            self._half_cancelled[subscription.id] = subscription
        elif lie == "its-twins":
            for other in [s for s in self._all.values() if same_wish(s.grant, subscription.grant)]:
                self.remove(other)

    def remove(self, subscription: Subscription) -> None:
        """End a subscription; harmless if it has ended."""
        if subscription.timer is not None:
            subscription.timer.cancel()
        self._all.pop(subscription.id, None)
        self.over(subscription.id)

    def forget(self, job: Job) -> None:
        """End those of a job that is forgotten."""
        for subscription in [s for s in self._all.values() if s.job is job]:
            self.remove(subscription)

    def count(self, subscription: Subscription) -> None:
        """One more notification of this subscription."""
        if subscription.grant.pull_method is not None:  # what is fetched is told as it is: lies are about mail
            subscription.number += 1
            return
        self._counted += 1
        subscription.sequence = next_sequence(self._policy, subscription.sequence, self._counted)
        subscription.number = numbered(self._policy, subscription.sequence)

    def stop(self) -> None:
        """Let go of every timer."""
        for handle in self._lingering:
            handle.cancel()
        for subscription in self._all.values():
            if subscription.timer is not None:
                subscription.timer.cancel()

    def _begin_lease(self, subscription: Subscription, lease: int) -> None:
        subscription.lease = lease
        subscription.lease_expiration = expiration(self._policy, self._clock.up_time(), lease)
        self._await_end(subscription)

    def _await_end(self, subscription: Subscription) -> None:
        if subscription.timer is not None:
            subscription.timer.cancel()
            subscription.timer = None
        if subscription.lease_expiration:
            subscription.timer = self._clock.at(subscription.lease_expiration, lambda: self._end(subscription))

    def _end(self, subscription: Subscription) -> None:
        if self._policy.lease_ends == "nothing" or self._policy.renewal == "even-of-the-ended":
            return
        expired = has_expired(self._policy, subscription.lease_expiration, self._clock.up_time(), subscription.lease)
        if expired or self._policy.renewal == "only-said":
            self.remove(subscription)
            if self._policy.lease_ends == "its-reading":
                self._unread[subscription.id] = subscription
        else:  # the timer came a moment early
            self._await_end(subscription)
