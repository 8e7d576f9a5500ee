"""How long a mail is waited for, and which plays may touch the printer together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

STALL: Final = 2.0
"""Seconds that a busy machine may hold a mail up; a sentinel that is asked too early costs more than that."""

VAIN_SENTINELS: Final = 3
"""Then no mail gets here at all, and waiting long for each of a hundred would not bring it."""


@dataclass(slots=True)
class AdaptiveTimeout:
    """How long a mail may take, in seconds, learned from the mails that came.

    What is mailed about a job on paper takes the printing, too, and is learned by itself: a printer that prints for
    half a minute need not mail late.
    """

    longest: float
    slowest: float | None = None
    slowest_printed: float | None = None
    vain: int = 0  # sentinels in a row whose mail did not come

    def learn(self, triggered_ns: int, arrived_ns: int, *, printed: bool = False) -> None:
        """A mail came so long after its event; ``printed``: it may have waited for paper."""
        self.vain, took = 0, (arrived_ns - triggered_ns) / 1e9
        if printed:
            self.slowest_printed = max(self.slowest_printed or 0.0, took)
        else:
            self.slowest = max(self.slowest or 0.0, took)

    def _known(self, *, printed: bool) -> float | None:
        """The slowest of the kind, as far as mails have come; of those without paper, else of those with it."""
        if printed or self.slowest is None:
            return max((took for took in (self.slowest, self.slowest_printed) if took is not None), default=None)
        return self.slowest

    @property
    def usual(self) -> float:
        """How long a mail took at most, so far."""
        return self._known(printed=False) or 0.0

    def limit(self, *, printed: bool = False) -> float:
        """How long to wait for a mail before a sentinel is asked whether the path still works."""
        known = self._known(printed=printed)
        if known is None or (printed and self.slowest_printed is None):
            return self.sentinel
        return min(self.longest, STALL + 4 * known)

    @property
    def sentinel(self) -> float:
        """How long to wait for a sentinel's mail; not long any more once several in a row did not come."""
        known = self._known(printed=True) or 0.0
        return self.longest if self.vain < VAIN_SENTINELS else min(self.longest, 0.5 + 2 * known)

    @property
    def settle(self) -> float:
        """How long after the sentinel's mail a late one may still come: mails of two subscriptions have no order."""
        return 0.2 + 2 * (self._known(printed=False) or 0.0)


class Places:
    """The places that a printer has for subscriptions, as far as we take them."""

    def __init__(self, places: int) -> None:
        self.all, self._taken = places, 0
        self._changed = asyncio.Condition()

    @property
    def free(self) -> int:
        """How many nobody has."""
        return self.all - self._taken

    async def room(self, wanted: int) -> None:
        """Until so many are free, or all; somebody else may be quicker to take them."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.has(wanted))

    def claim(self, wanted: int) -> int:
        """Take so many without waiting, or all there are; how many, none where they are not free."""
        claimed = min(wanted, self.all) if self.has(wanted) else 0
        self._taken += claimed
        return claimed

    async def give_back(self, claimed: int) -> None:
        """Let others have them."""
        async with self._changed:
            self._taken -= claimed
            self._changed.notify_all()

    def has(self, wanted: int) -> bool:
        """Whether so many are free, or all."""
        return not wanted or self.free >= min(wanted, self.all)

    @asynccontextmanager
    async def taken(self, wanted: int) -> AsyncIterator[None]:
        """So many of them, or all there are; who asks for none waits for none."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.has(wanted))
            claimed = self.claim(wanted)
        try:
            yield
        finally:
            await self.give_back(claimed)


class ExclusiveSlots:
    """Who may touch the printer: several plays that mind their own business, or one that must be alone."""

    def __init__(self, places: int) -> None:
        self.places = places  # who takes some now, keeps them when there are to be others
        self._alone = self._meeting = 0  # who has them
        self._returning = 0  # that had a place, and want it back
        self._idle = 0  # that have given up their place for a moment, and let nobody be alone meanwhile
        self._mailed = 0  # that have given it up, and wait for a mail nevertheless
        self._queue = asyncio.Lock()  # first come, first served, so that nobody waits for ever
        self._changed = asyncio.Condition()

    async def enter(self, alone: bool, *, unmailed: bool = False) -> None:
        """Wait for a place, or for all of them; ``unmailed``: and until nobody else waits for a mail."""
        async with self._queue, self._changed:
            await self._changed.wait_for(
                lambda: not self._returning and self._has_room(alone) and not (unmailed and self._mailed)
            )
            self._take(alone)

    @asynccontextmanager
    async def given_up(self, alone: bool, *, mail: bool = False) -> AsyncIterator[None]:
        """Let others have the place for a while; who comes back goes ahead of all that wait in the queue.

        Who is cancelled has the place again at once: all are, and nobody waits for anybody.  ``mail``: one is awaited.
        """
        self._mailed += mail
        await self.leave(alone)
        try:
            try:
                yield
            finally:
                self._mailed -= mail
        except asyncio.CancelledError:
            self._take(alone)
            raise
        except BaseException:
            await self.come_back(alone)
            raise
        await self.come_back(alone)

    @asynccontextmanager
    async def left(self, alone: bool, *, mail: bool = False) -> AsyncIterator[None]:
        """Give the place back for good; ``mail``: one is awaited up to the end of this."""
        self._mailed += mail
        await self.leave(alone)
        try:
            yield
        finally:
            self._mailed -= mail
            async with self._changed:
                self._changed.notify_all()

    async def come_back(self, alone: bool) -> None:
        """Wait for a place, ahead of the queue; who is cancelled has it, too."""
        try:
            async with self._changed:
                self._returning += 1
                try:
                    await self._changed.wait_for(lambda: self._has_room(alone))
                finally:
                    self._returning -= 1
                    self._changed.notify_all()
        finally:
            self._take(alone)

    def _take(self, alone: bool) -> None:
        self._alone += alone
        self._meeting += not alone

    async def leave(self, alone: bool) -> None:
        """Give the place back."""
        async with self._changed:
            self._alone -= alone
            self._meeting -= not alone
            self._changed.notify_all()

    def _has_room(self, alone: bool) -> bool:
        if alone:
            return not self._alone + self._meeting + self._idle
        return not self._alone and self._meeting < self.places

    @asynccontextmanager
    async def idle(self) -> AsyncIterator[None]:
        """Let others have the place of a play that only waits for a mail, but none that has to be alone."""
        async with self._changed:
            self._meeting, self._idle = self._meeting - 1, self._idle + 1
            self._changed.notify_all()
        try:
            yield
        except asyncio.CancelledError:
            self._end_idling()
            raise
        except BaseException:
            await self._back()
            raise
        await self._back()

    async def _back(self) -> None:
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._has_room(False))
        finally:
            self._end_idling()

    def _end_idling(self) -> None:
        self._meeting, self._idle = self._meeting + 1, self._idle - 1
