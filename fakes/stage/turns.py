"""When a play takes its turn at the printer, and when it gives it up."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from itertools import takewhile

from conformance.scenarios.steps import (
    AnyStep,
    Elapse,
    OutliveLease,
    Pass,
    Query,
    Refuse,
    Renew,
    Scenario,
    Subscribe,
)

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


@dataclass(slots=True)
class Turn:
    """One play's turn, which it needs from the step at ``since`` on; with ``None`` never."""

    slots: ExclusiveSlots
    scenario: Scenario
    since: int | None = 0
    taken: bool = False

    async def begin(self) -> None:
        """Queue for it, if it is needed from the first step on."""
        if self.since == 0:
            await self.slots.enter(self.scenario.alone, unmailed=self.scenario.refuses_all)
            self.taken = True

    async def before(self, place: int) -> None:
        """Take it if the step at that place is the first that needs it: before all in the queue, since leases end."""
        if place == self.since and not self.taken:
            self.taken = True  # however the waiting ends
            await self.slots.come_back(self.scenario.alone)

    async def end(self) -> None:
        """Give it back for good."""
        if self.taken:
            await self.slots.leave(self.scenario.alone)

    def given_up(self) -> AbstractAsyncContextManager[None]:
        """Let others play while one only waits."""
        return self.slots.given_up(self.scenario.alone) if self.taken else nullcontext()
