"""What all answers are made from: the evidence behind one reader, the bell, the figures of the run, the faults."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from conformance.record.rows import EvidenceError
from conformance.vocabulary import Edition
from reports.judging.one_mail import Ingredients

from .alone import MailAlone, judged_alone
from .beside import PagePlan
from .live_store import LARGEST, LiveStore, NotThereError
from .models import State
from .referee import Referee
from .watchers import LISTENERS, WAITERS, Bell, PlacesLeft

QUEUE: Final = 100  # reads that may wait for the reader
GOODBYE: Final = 1.0  # seconds for listeners to be told of the end
ALONE_KEPT: Final = 200  # mails whose judging by themselves is kept

CLOSED: Final = "the evidence has been closed; ippmailto web shows it"
CLOSING: Final = "the run is over, and its evidence is being closed; this page comes back by itself"

P = ParamSpec("P")
R = TypeVar("R")
SetFaults = Callable[[Sequence[str]], Awaitable[Sequence[str]]]


class BusyError(Exception):
    """Too many ask at once."""


class Desk:
    """One for each page that is served; to be used on one loop."""

    def __init__(
        self, plan: PagePlan, set_faults: SetFaults | None = None, faults: Sequence[str] | None = None
    ) -> None:
        self.plan, self.set_faults = plan, set_faults
        self.faults = None if faults is None else list(faults)
        self.edition = Edition(plan.edition)
        self.bell = Bell()
        self.listeners, self.waiters = PlacesLeft(LISTENERS), PlacesLeft(WAITERS)
        self.figures: Mapping[str, Any] = {}
        self.live = plan.live
        self._closed = CLOSED  # why, where the evidence is not open
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._asked = 0
        self._store: LiveStore | None = None
        self._alone: dict[int, MailAlone] = {}
        self.referee = Referee(plan) if plan.run else None

    async def open(self) -> None:
        """Open the evidence."""
        self._store = await self._run(partial(LiveStore, self.plan.evidence, live=self.plan.live))
        if self.referee is not None:
            await self.referee.begin(self.bell)

    async def let_go(self) -> None:
        """Look for the last time, tell those who listen, and close it."""
        self.live = False
        if self.referee is not None:
            await self.referee.end()
        self.bell.end()
        await self.listeners.emptied(GOODBYE)
        if self._store is not None:
            store, self._store = self._store, None
            await self._run(store.close)

    async def open_again(self) -> None:
        """Show the evidence that was let go of: its writer has closed it."""
        self.plan, self.bell = replace(self.plan, live=False, smtp=""), Bell()
        if self.referee is not None:
            self.referee = Referee(self.plan, self.referee)
        try:
            await self.open()
        except EvidenceError as error:
            self._closed = str(error)
        self.plan = replace(self.plan, stays=False)  # when it is closed the next time, that is for good

    async def close(self) -> None:
        """The end of everything here."""
        await self.let_go()
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def ask(self, what: Callable[Concatenate[LiveStore, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a method of the store comes to; raises :class:`NotThereError` and :class:`BusyError`."""
        if self._asked >= QUEUE:
            raise BusyError
        if (store := self._store) is None:
            raise BusyError(CLOSING) if self.plan.stays else NotThereError(self._closed)
        return await self._run(partial(what, store, *args, **kwargs))

    async def _run(self, what: Callable[[], R]) -> R:
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, what)
        finally:
            self._asked -= 1

    async def alone(self, number: int) -> MailAlone | None:
        """What one mail shows by itself; ``None`` where it is too large to look."""
        found = self._alone.get(number)
        if found is None:
            octets = await self.ask(LiveStore.raw, number)
            if len(octets) > LARGEST:
                return None
            found = await self._run(partial(_alone, octets, self._told()))
            self._alone[number] = found
            while len(self._alone) > ALONE_KEPT:
                del self._alone[next(iter(self._alone))]
        return found

    def _told(self) -> Ingredients:
        """What is known of every mail of the printer."""
        if self.referee is None or not self.referee.vocabulary:
            return Ingredients(edition=self.edition)
        known = self.referee
        return Ingredients(edition=self.edition, vocabulary=known.vocabulary, printer_name=known.printer_name)

    async def state(self) -> State:
        """What there is."""
        mails, sessions = await self.ask(LiveStore.counts)
        standing = self.referee.standing(self.figures) if self.referee is not None else None
        return State(
            kind="run" if self.plan.run else "recipient",
            live=self.live,
            smtp=self.plan.smtp,
            evidence=self.plan.evidence.name,
            began=(await self.ask(lambda store: store.began)).isoformat(),
            printer=await self.ask(lambda store: store.printer),
            mails=mails,
            sessions=sessions,
            faults=self.faults,
            standing=standing,
        )


def _alone(octets: bytes, told: Ingredients) -> MailAlone:
    with TemporaryDirectory(prefix=f"ippmailto-{os.getpid()}-") as directory:
        return judged_alone(octets, told, Path(directory))
