"""Events that are held until somebody fetches them: the pull method 'ippget' (RFC 3996)."""

from __future__ import annotations

from collections import deque
from typing import Final

from conformance.vocabulary import NTFY_01
from fakes.printer.notice import Notice
from fakes.printer.policy import Policy

from .clock import Clock

IPPGET: Final = "ippget"
MOST_HELD: Final = 10_000  # of one subscription; what nobody fetches has no end else


def pulls(policy: Policy) -> bool:
    """Whether events can be fetched: the drafts of 2000 know no pull method, RFC 3995 (15.2) wants this one."""
    return policy.vocabulary is not NTFY_01 and IPPGET in policy.pull_methods


class HeldEvents:
    """The notifications of every pull subscription for the time of an Event Life (RFC 3996 section 8.1)."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._life, self._loop = policy.event_life, clock.loop
        self._held: dict[int, deque[tuple[float, Notice]]] = {}

    def send(self, notice: Notice) -> None:
        """Hold one; an ``Outlet``, as the mailer is."""
        held = self._held.setdefault(notice.subscription.id, deque(maxlen=MOST_HELD))
        held.append((self._loop.time() + self._life, notice))

    def of(self, subscription: int, lowest: int = 1) -> list[Notice]:
        """Those of a subscription whose life is not over, from that sequence number on, the oldest first."""
        held, now = self._held.get(subscription, deque()), self._loop.time()
        while held and held[0][0] <= now:
            held.popleft()
        return [notice for _, notice in held if notice.subscription.sequence >= lowest]

    def forget(self, subscription: int) -> None:
        """Those of a subscription that is over: none of them is told any more."""
        self._held.pop(subscription, None)
