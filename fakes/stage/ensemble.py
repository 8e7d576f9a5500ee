"""Plays that share one job: it is an event for every subscription that listens, so that one will do for all of them.

Each play subscribes for itself, waits for its own mail and is judged by itself.  Only the job is made once, by the last
that is ready for it; the others have it in their evidence as a step that is another play's.

Plays with several jobs share each of them in turn.  One whose mail does not come leaves the others: the later event
that shows whether it is missing would be one of theirs, too.  It is played again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from conformance.scenarios.steps import (
    AwaitMail,
    Print,
    Query,
    QueryJob,
    Renew,
    Scenario,
    Silence,
    Subscribe,
    Unsubscribe,
)

MANY: Final = 10  # mails at once, where a printer may bring them one by one


@dataclass(frozen=True, slots=True)
class SharedJob:
    """A job that one of the plays made: in which of its steps, by which name, and its job-id if it has one."""

    step: int
    name: str
    job: int | None


class Ensemble:
    """So many plays that share so many jobs, one after the other; ``paper``: one of them needs one printed."""

    def __init__(self, plays: int, *, paper: bool, jobs: int = 1) -> None:
        self.paper, self.jobs = paper, jobs
        self._there, self._late = plays, 0
        self._ready = [0] * jobs
        self._made: list[SharedJob | None] = [None] * jobs
        self._making = False
        self._changed = asyncio.Condition()
        self._floor = asyncio.Lock()

    async def share(self, make: Callable[[], Awaitable[SharedJob]], which: int = 0) -> tuple[SharedJob, bool]:
        """The job of that place, and whether this play was the one to make it.

        It is made when all that are still there are ready.  Where one fails to make it, another tries.
        """
        async with self._changed:
            self._ready[which] += 1
            self._changed.notify_all()
            await self._changed.wait_for(
                lambda: self._made[which] is not None or (self._ready[which] >= self._there and not self._making)
            )
            job = self._made[which]
            if job is not None:
                return job, False
            self._making = True
        made = None
        try:
            made = await make()
            return made, True
        finally:
            async with self._changed:
                self._made[which], self._making = made, False
                self._ready[which] -= made is None
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


def shares(scenario: Scenario) -> tuple[str, ...] | None:
    """What those have in common that can share their jobs, the names of these; ``None`` for one that needs its own."""
    jobs = [step for step in scenario.steps if isinstance(step, Print)]
    if not scenario.alone or scenario.rough or not jobs or not isinstance(scenario.steps[0], Subscribe):
        return None
    if any(job != Print(job.label, name=job.name, paper=job.paper) for job in jobs):
        return None
    others = (step for step in scenario.steps if not isinstance(step, Print))
    return tuple(job.name for job in jobs) if all(_is_harmless(step, len(jobs)) for step in others) else None


def _is_harmless(step: object, jobs: int) -> bool:
    match step:
        case AwaitMail(count=1) | Query(settled=False) | Subscribe(job=""):
            return True
        case AwaitMail() | Query():
            return jobs > 1  # where it is not as it should be, the play is played again, by itself
        case Subscribe():
            return False
        case _:
            return isinstance(step, _HARMLESS)


def _brings_many(scenario: Scenario) -> bool:
    return any(isinstance(step, AwaitMail) and step.count >= MANY for step in scenario.steps)


def _is_deaf(scenario: Scenario) -> bool:
    return any(isinstance(step, Silence) and step.deaf for step in scenario.steps)


def gathered(scenarios: Iterable[Scenario]) -> Iterator[list[Scenario]]:
    """The same, those that can share a job together, the others by themselves.

    Those come first whose last wait nobody has to sit through, then those with few mails: many slow a printer down, and
    from then on all wait longer for what may never come.  What fills the printer comes last.
    """
    ordered = sorted(
        scenarios, key=lambda s: (s.fills, shares(s) is None, _brings_many(s), not _is_deaf(s), shares(s) or ())
    )
    for shared, found in groupby(ordered, key=shares):
        if shared is None:
            yield from ([scenario] for scenario in found)
        else:
            yield list(found)
