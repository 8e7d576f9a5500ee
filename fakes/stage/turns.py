"""When plays come, and when each takes its turn at the printer and gives it up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, fields
from itertools import takewhile

from conformance.scenarios import BY_ID
from conformance.scenarios.steps import (
    AnyStep,
    Ask,
    Elapse,
    Fill,
    OnPrinter,
    OutliveLease,
    Pass,
    Print,
    Query,
    Refuse,
    Renew,
    Scenario,
    Subscribe,
    Unsubscribe,
)

from .first_plays import FIRST_PLAYS
from .pacing import ExclusiveSlots


def waits(scenario: Scenario) -> bool:
    """Whether it waits for a time, or for mails that we refuse: what others do not need to wait for in their turn."""
    found = any(isinstance(step, OutliveLease | Pass | Elapse) for step in scenario.steps)
    return found or (not scenario.alone and any(isinstance(step, Refuse) for step in scenario.steps))


def unminded(scenario: Scenario) -> int:
    """With how many steps it begins that nobody has to mind, a wait for a part of a lease among them; 0 without one.

    They bring about no event and wait for no mail, so that the play and all others need not know of each other.
    """
    first = list(takewhile(_is_unminded, scenario.steps))
    return len(first) if any(isinstance(step, Pass | OutliveLease) for step in first) else 0


def ends_unminded(scenario: Scenario, place: int) -> bool:
    """Whether nothing follows the step at that place but that the play reads and cancels its subscriptions."""
    return all(isinstance(step, Unsubscribe) or _is_unminded(step) for step in scenario.steps[place + 1 :])


def hears_no_other(scenario: Scenario) -> bool:
    """Whether a play that is alone would hear nothing of a job that another left to be printed, nor keep it from it."""
    return not scenario.refuses_all and all(_hears_no_other(step) for step in scenario.steps)


def _hears_no_other(step: AnyStep) -> bool:
    match step:
        case Print():
            return all(_is_about_its_job(ask) for ask in step.asks)
        case Subscribe():
            return bool(step.job) and all(_is_about_its_job(ask) for ask in (step.ask, *step.more))
        case _:
            return not isinstance(step, Fill | OnPrinter)


def _is_about_its_job(ask: Ask) -> bool:
    return ask.events is not None and not ask.event_count and all(event.startswith("job-") for event in ask.events)


def _is_unminded(step: AnyStep) -> bool:
    match step:
        case Subscribe():
            return not step.job
        case Query():
            return not step.settled
        case Pass():
            return not step.near
        case _:
            return isinstance(step, Renew | OutliveLease)


@dataclass(frozen=True, slots=True)
class Order:
    """The plays of a run, by when they come."""

    first: tuple[Scenario, ...]  # they show how to play the others
    apart: tuple[Scenario, ...]
    at_rest: tuple[Scenario, ...]  # they wait before anybody has to mind them
    waiting: tuple[Scenario, ...]
    meeting: tuple[Scenario, ...]
    unhearing: tuple[Scenario, ...]  # alone, and mind nothing that is still to be printed
    alone: tuple[Scenario, ...]
    rough: tuple[Scenario, ...]

    @classmethod
    def of(cls, scenarios: Sequence[Scenario]) -> Order:
        """All of them, each once."""
        first = tuple(BY_ID[name] for name in FIRST_PLAYS if BY_ID[name] in scenarios)
        found: dict[str, list[Scenario]] = {each.name: [] for each in fields(cls)}
        for scenario in (s for s in scenarios if s not in first):
            found[_place(scenario)].append(scenario)
        return cls(**{name: tuple(some) for name, some in found.items()} | {"first": first})


def _place(scenario: Scenario) -> str:
    if scenario.rough:
        return "rough"
    if scenario.apart:
        return "apart"
    if waits(scenario):
        return "at_rest" if unminded(scenario) else "waiting"
    if not scenario.alone:
        return "meeting"
    return "unhearing" if hears_no_other(scenario) else "alone"


@dataclass(slots=True)
class TurnAtPrinter:
    """One play's turn, which it needs from the step at ``since`` on; with ``None`` never."""

    slots: ExclusiveSlots
    scenario: Scenario
    since: int | None = 0
    taken: bool = False
    place: int = 0  # of the step under way

    async def begin(self) -> None:
        """Queue for it, if it is needed from the first step on."""
        if self.since == 0:
            await self.slots.enter(self.scenario.alone, unmailed=self.scenario.refuses_all)
            self.taken = True

    async def before(self, place: int) -> None:
        """Take it if the step at that place is the first that needs it: before all in the queue, since leases end."""
        self.place = place
        if place == self.since and not self.taken:
            await self.again()

    async def end(self) -> None:
        """Give it back for good."""
        if self.taken:
            await self.slots.leave(self.scenario.alone)

    def given_up(self, *, mail: bool = False, for_good: bool = False) -> AbstractAsyncContextManager[None]:
        """Let others play while one only waits; ``mail``: for one all the same, which faults of others must not meet.

        ``for_good``: nothing follows that others would mind, so that it need not be taken again.
        """
        if not self.taken:
            return nullcontext()
        if not for_good:
            return self.slots.given_up(self.scenario.alone, mail=mail)
        self.taken = False
        return self.slots.left(self.scenario.alone, mail=mail)

    async def again(self) -> None:
        """Take it once more, if it was needed and given up for good."""
        if self.since is not None and not self.taken:
            self.taken = True  # however the waiting ends
            await self.slots.come_back(self.scenario.alone)
