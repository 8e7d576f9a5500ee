"""Plays that share a job, or a pause of the printer: an event for every subscription that listens, so that one will do.

Each play subscribes for itself, waits for its own mail and is judged by itself.  Only the job is made once, by the last
that is ready for it; the others have it in their evidence as a step that is another play's.

Plays with several events share each of them in turn.  One whose mail does not come leaves the others: the later event
that shows whether it is missing would be one of theirs, too.  It is played again by itself.

A printer that was paused for several goes on when all are ready for that.  Who leaves before leaves it paused; the last
to leave sees to it.  Where nobody knows whether it was paused, or goes on, all are played again, each by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum, auto
from itertools import groupby
from typing import Final

from conformance.scenarios.steps import (
    AnyStep,
    AwaitMail,
    Describe,
    OnPrinter,
    Print,
    Query,
    QueryJob,
    Renew,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
)
from conformance.scenarios.walks import TAG

from .live_subscription import ToBeAlone

MANY: Final = 10  # mails at once, where a printer may bring them one by one


PAUSE: Final = ("Pause-Printer", "Resume-Printer")


@dataclass(frozen=True, slots=True)
class SharedEvent:
    """What one of the plays brought about: in which of its steps, and when that was asked for.

    A job has a name, and a job-id if the printer gave it one.
    """

    step: int
    asked: int
    name: str = ""
    job: int | None = None


@dataclass(slots=True)
class Halt:
    """Whether the printer may be kept from going on: ``paused``, or ``by_hand`` by other means than IPP."""

    paused: bool = False
    by_hand: bool = False


class Ensemble:
    """So many plays that share so many events, one after the other.

    ``kind`` is the step that brings one about.  ``paper``: one of the plays needs its job printed.
    """

    def __init__(
        self, plays: int, *, paper: bool, events: int = 1, kind: type[Print] | type[OnPrinter] = Print
    ) -> None:
        self.paper, self.events, self.kind = paper, events, kind
        self.halt = Halt()  # of all that are there
        self._there, self._late, self._inside = plays, 0, 0
        self._ready = [0] * events
        self._made: list[SharedEvent | None] = [None] * events
        self._making = False
        self._unsure = False  # nobody knows whether the printer is paused
        self._changed = asyncio.Condition()
        self._floor = asyncio.Lock()

    @classmethod
    def of(cls, plays: Sequence[Scenario]) -> Ensemble:
        """That of plays which were gathered because they share the same."""
        paper = any(isinstance(step, Print) and step.paper for play in plays for step in play.steps)
        return cls(len(plays), paper=paper, events=len(shares(plays[0]) or ()), kind=shared_kind(plays[0]))

    def enter(self) -> None:
        """A play begins."""
        self._inside += 1

    def part(self) -> bool:
        """A play goes on without the others; whether it is the last of them."""
        self._inside -= 1
        return not self._inside

    async def share(self, make: Callable[[], Awaitable[SharedEvent]], which: int = 0) -> tuple[SharedEvent, bool]:
        """The event of that place, and whether this play was the one to bring it about.

        That is done when all that are still there are ready.  Where one fails to make a job, another tries; where one
        fails to pause the printer, or to let it go on, ``ToBeAlone`` is raised for the others.
        """
        async with self._changed:
            self._ready[which] += 1
            self._changed.notify_all()
            await self._changed.wait_for(
                lambda: (
                    self._unsure
                    or self._made[which] is not None
                    or (self._ready[which] >= self._there and not self._making)
                )
            )
            if self._unsure:
                raise ToBeAlone("another play did not learn whether the printer was paused for all; played again")
            event = self._made[which]
            if event is not None:
                return event, False
            self._making = True
        made = None
        try:
            made = await make()
            return made, True
        finally:
            async with self._changed:
                self._made[which], self._making = made, False
                self._unsure |= made is None and self.kind is OnPrinter
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
    """What those have in common that can share their events; ``None`` for one that needs its own.

    It is the names of their jobs, or what is done to the printer.
    """
    if not scenario.alone or scenario.rough:
        return None
    return PAUSE if _is_one_pause(scenario) else _shared_jobs(scenario)


def shared_kind(scenario: Scenario) -> type[Print] | type[OnPrinter]:
    """The step that brings its shared events about."""
    return OnPrinter if shares(scenario) == PAUSE else Print


def _is_one_pause(scenario: Scenario) -> bool:
    """Whether all that happens in it is a pause of the printer: a job of its own is there before, and goes on after."""
    first, *rest = scenario.steps
    opens = isinstance(first, Print) and first.via == "Create-Job" and isinstance(rest[-1], SendDocument)
    if opens:
        rest.pop()
    done = [step for step in rest if isinstance(step, OnPrinter)]
    calm = all(isinstance(step, AwaitMail | Describe | OnPrinter) or _is_calm(step) for step in rest)
    return tuple(step.operation for step in done) == PAUSE and calm and (opens or isinstance(first, Subscribe))


def _is_calm(step: AnyStep) -> bool:
    return isinstance(step, _HARMLESS) and not (isinstance(step, Subscribe) and step.job)


def _shared_jobs(scenario: Scenario) -> tuple[str, ...] | None:
    jobs = [step for step in scenario.steps if isinstance(step, Print)]
    if not jobs or not isinstance(scenario.steps[0], Subscribe):
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


class _Rank(IntEnum):
    """What comes before what."""

    DEAF = auto()  # whose last wait nobody has to sit through: others go on
    SINGLE = auto()
    SHARING = auto()  # by now there are places again that plays had who wait for leases
    REFUSING = auto()  # whatever mail comes
    UNMAILED = auto()  # who await none: sessions that met those faults end meanwhile
    WALKING = auto()  # who may leave jobs to be printed, of whose ends others would hear
    MANY = auto()  # mails, which slow a printer down: from then on all wait longer for what may never come
    FILLING = auto()  # the printer


def _rank(scenario: Scenario) -> _Rank:
    marks = {
        _Rank.FILLING: scenario.fills,
        _Rank.MANY: _brings_many(scenario),
        _Rank.WALKING: TAG in scenario.tags,
        _Rank.REFUSING: scenario.refuses_all,
        _Rank.SHARING: shares(scenario) is not None,
        _Rank.DEAF: _is_deaf(scenario),
    }
    mailed = any(isinstance(step, AwaitMail | Silence) for step in scenario.steps)
    return next((rank for rank, has_it in marks.items() if has_it), _Rank.SINGLE if mailed else _Rank.UNMAILED)


def gathered(scenarios: Iterable[Scenario]) -> Iterator[list[Scenario]]:
    """The same in the order of their ranks, those that can share their events together, the others by themselves."""
    ordered = sorted(scenarios, key=lambda s: (_rank(s), shares(s) or ()))
    for shared, found in groupby(ordered, key=shares):
        if shared is None:
            yield from ([scenario] for scenario in found)
        else:
            yield list(found)
