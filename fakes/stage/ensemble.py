"""Plays that share one job: it is an event for every subscription that listens, so that one will do for all of them.

Each play subscribes for itself, waits for its own mail and is judged by itself.  Only the job is made once, by the last
that is ready for it; the others have it in their evidence as a step that is another play's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby

from conformance.scenarios.steps import AwaitMail, Print, Query, QueryJob, Renew, Scenario, Subscribe, Unsubscribe


@dataclass(frozen=True, slots=True)
class SharedJob:
    """A job that one of the plays made: in which of its steps, by which name, and its job-id if it has one."""

    step: int
    name: str
    job: int | None


class Ensemble:
    """So many plays that share a job; ``paper``: one of them needs it printed."""

    def __init__(self, plays: int, *, paper: bool) -> None:
        self.paper = paper
        self._there, self._ready, self._late = plays, 0, 0
        self._made: SharedJob | None = None
        self._making = False
        self._changed = asyncio.Condition()
        self._floor = asyncio.Lock()

    async def share(self, make: Callable[[], Awaitable[SharedJob]]) -> tuple[SharedJob, bool]:
        """The job, and whether this play was the one to make it.

        It is made when all that are still there are ready.  Where one fails to make it, another tries.
        """
        async with self._changed:
            self._ready += 1
            self._changed.notify_all()
            await self._changed.wait_for(
                lambda: self._made is not None or (self._ready >= self._there and not self._making)
            )
            if self._made is not None:
                return self._made, False
            self._making = True
        made = None
        try:
            made = await make()
            return made, True
        finally:
            async with self._changed:
                self._made, self._making = made, False
                self._ready -= made is None
                self._changed.notify_all()

    @asynccontextmanager
    async def last_word(self) -> AsyncIterator[None]:
        """Make events of one's own, once no other play waits for the one that was shared."""
        async with self._changed:
            self._late += 1
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._late >= self._there)
        try:
            async with self._floor:
                yield
        finally:
            async with self._changed:
                self._late -= 1

    async def leave(self) -> None:
        """A play is over."""
        async with self._changed:
            self._there -= 1
            self._changed.notify_all()


_HARMLESS = (Subscribe, Query, QueryJob, Renew, Unsubscribe)
"""Steps that make no event and wait for none."""


def shares(scenario: Scenario) -> str | None:
    """What those have in common that can share a job, its name; ``None`` for a play that needs one of its own."""
    printed = [step for step in scenario.steps if isinstance(step, Print)]
    if not scenario.alone or scenario.rough or len(printed) != 1 or not isinstance(scenario.steps[0], Subscribe):
        return None
    (job,) = printed
    if job != Print(job.label, name=job.name, paper=job.paper):
        return None
    others = (step for step in scenario.steps if step is not job)
    return job.name if all(_is_harmless(step) for step in others) else None


def _is_harmless(step: object) -> bool:
    match step:
        case AwaitMail(count=1) | Query(settled=False) | Subscribe(job=""):
            return True
        case AwaitMail() | Query() | Subscribe():
            return False
        case _:
            return isinstance(step, _HARMLESS)


def gathered(scenarios: Iterable[Scenario]) -> Iterator[list[Scenario]]:
    """The same, those that can share a job together, the others by themselves; what fills the printer comes last."""
    ordered = sorted(scenarios, key=lambda s: (s.fills, shares(s) is None, shares(s) or ""))
    for shared, found in groupby(ordered, key=shares):
        if shared is None:
            yield from ([scenario] for scenario in found)
        else:
            yield list(found)
