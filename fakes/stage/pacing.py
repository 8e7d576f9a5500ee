"""How long a mail is waited for, and which plays may touch the printer together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

STALL: Final = 2.0
"""Seconds that a busy machine may hold a mail up; a sentinel that is asked too early costs more than that."""

VAIN_SENTINELS: Final = 3
"""Then no mail gets here at all, and waiting long for each of a hundred would not bring it."""


@dataclass(slots=True)
class AdaptiveTimeout:
    """How long a mail may take, in seconds, learned from the mails that came."""

    longest: float
    slowest: float | None = None
    vain: int = 0  # sentinels in a row whose mail did not come

    def learn(self, triggered_ns: int, arrived_ns: int) -> None:
        """A mail came so long after its event."""
        self.vain = 0
        self.slowest = max(self.slowest or 0.0, (arrived_ns - triggered_ns) / 1e9)

    @property
    def limit(self) -> float:
        """How long to wait for a mail before a sentinel is asked whether the path still works."""
        return self.sentinel if self.slowest is None else min(self.longest, STALL + 4 * self.slowest)

    @property
    def sentinel(self) -> float:
        """How long to wait for a sentinel's mail; not long any more once several in a row did not come."""
        return self.longest if self.vain < VAIN_SENTINELS else min(self.longest, 0.5 + 2 * (self.slowest or 0.0))

    @property
    def settle(self) -> float:
        """How long after the sentinel's mail a late one may still come: mails of two subscriptions have no order."""
        return 0.2 + 2 * (self.slowest or 0.0)


class ExclusiveSlots:
    """Who may touch the printer: several plays that mind their own business, or one that must be alone."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._taken = 0
        self._queue = asyncio.Lock()  # first come, first served, so that nobody waits for ever
        self._changed = asyncio.Condition()

    async def enter(self, alone: bool) -> None:
        """Wait for a place, or for all of them."""
        async with self._queue:
            await self.enter_first(alone)

    async def enter_first(self, alone: bool) -> None:
        """The same for who had a place before: ahead of all that wait in the queue."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken + (self.places if alone else 1) <= self.places)
            self._taken += self.places if alone else 1

    async def leave(self, alone: bool) -> None:
        """Give the place back."""
        async with self._changed:
            self._taken -= self.places if alone else 1
            self._changed.notify_all()
