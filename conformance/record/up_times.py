"""The printer's clock, printer-up-time, as it told it in a run, and by it: when the printer came up anew.

A printer that is switched off and on loses what it does not keep, and need not keep subscriptions, jobs or mail.  What
happened to them then shows nothing about it.  Its clock begins anew from 1 or goes on (RFC 2911 section 4.4.29): one
that merely goes back excuses nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from conformance.wire.registry import GroupTag

from .exchanges import Answer

BACK: Final = 2  # seconds: two looks at one clock of whole ones may seem to go back by less
COARSE: Final = 60  # seconds by which a clock that began anew may be ahead of what passed: it may go by whole minutes
LOOKED_AT: Final = 200  # readings behind one that went back
_SECOND: Final = 1_000_000_000

CalmBetween = Callable[[int, int], bool]
"""Whether the printer answered all the time between two moments of ours, so that it was not switched off and on."""


@dataclass(frozen=True, slots=True)
class UpTimeReading:
    """printer-up-time as an answer told it: somewhere between these nanoseconds of ours it had that value."""

    start: int
    end: int
    seconds: int
    exchange: int = 0  # the number of its row

    def leads_to(self, later: UpTimeReading) -> bool:
        """Whether one clock of seconds can have told both."""
        passed = later.seconds - self.seconds
        least, most = (later.start - self.end) / _SECOND, (later.end - self.start) / _SECOND
        return least - BACK <= passed <= most + BACK


@dataclass(frozen=True, slots=True)
class Restart:
    """Between two looks at it the printer's clock went back."""

    last: UpTimeReading
    first: UpTimeReading

    @property
    def is_believable(self) -> bool:
        """Whether the printer can have come up anew: it has not been up for longer than since the look before.

        A number below 0 is what a counter that ran over tells.
        """
        return 0 <= self.first.seconds <= (self.first.end - self.last.start) / _SECOND + COARSE

    def touches(self, begin: int, end: int) -> bool:
        """Whether it may have been between these two times."""
        return self.last.start < end and begin < self.first.end

    def __str__(self) -> str:
        what = "came up anew" if self.is_believable else "told an earlier time"
        return (
            f"the printer {what} in the course of it: its printer-up-time was {self.last.seconds} and then "
            f"{self.first.seconds}"
        )


@dataclass(slots=True)
class ClockAccount:
    """What was told of a clock: the readings that fit together, where it went back for good, and those that do not fit.

    ``slips`` are told once or twice in between: the clock went on before and behind them as if they were not there.
    """

    told: list[UpTimeReading]
    breaks: list[Restart] = field(default_factory=list)
    slips: list[UpTimeReading] = field(default_factory=list)


def readings_in(descriptions: Iterable[Answer]) -> list[UpTimeReading]:
    """Every time that the printer told its clock, in that order."""
    found = []
    for answer in descriptions:
        up = answer.message.find("printer-up-time", GroupTag.PRINTER)
        if up is not None and (told := up.value.integer) is not None:
            found.append(UpTimeReading(answer.row.t_start, answer.row.t_end, told, answer.row.id))
    return sorted(found, key=lambda reading: reading.start)


def account_of(told: Sequence[UpTimeReading], calm_between: CalmBetween) -> ClockAccount:
    """Each time that the clock went back: the readings, as they began, each beside the last that was over before."""
    over = sorted(told, key=lambda reading: reading.end)
    ends, found, slips = [reading.end for reading in over], ClockAccount(list(told)), set[UpTimeReading]()
    for place, reading in enumerate(told):
        behind = range(bisect_left(ends, reading.start) - 1, -1, -1)
        known = (over[at] for at in behind if over[at] not in slips)
        before = next(known, reading)
        if reading.seconds > before.seconds - BACK:
            continue
        earlier, jump = next(known, None), Restart(before, reading)
        if found.breaks and before.start < found.breaks[-1].first.start:
            continue  # the same one, by exchanges side by side
        if earlier is not None and earlier.leads_to(reading) and not earlier.leads_to(before):
            slips.add(before)  # it had gone forward, and is right again
        elif _goes_on(jump, islice(told, place + 1, place + 1 + LOOKED_AT), calm_between):
            slips.add(reading)
        else:
            found.breaks.append(jump)
    found.told = [reading for reading in told if reading not in slips]
    found.slips = [reading for reading in told if reading in slips]
    return found


def _goes_on(jump: Restart, later: Iterable[UpTimeReading], calm_between: CalmBetween) -> bool:
    """Whether the clock was told later as if it had not gone back, and the printer had not been away."""
    if jump.is_believable and not calm_between(jump.last.start, jump.first.end):
        return False  # it was switched off and on, and its clock was set
    return any(one.start >= jump.first.end and jump.last.leads_to(one) for one in later)
