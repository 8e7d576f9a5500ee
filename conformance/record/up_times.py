"""The printer's clock, printer-up-time, as it told it in a run, and by it: when the printer came up anew.

A printer that is switched off and on loses what it does not keep, and need not keep subscriptions, jobs or mail.  What
happened to them then shows nothing about it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.wire.registry import GroupTag

from .exchanges import Answer

BACK: Final = 2  # seconds: two looks at one clock of whole ones may seem to go back by less


@dataclass(frozen=True, slots=True)
class UpTimeReading:
    """printer-up-time as an answer told it: somewhere between these nanoseconds of ours it had that value."""

    start: int
    end: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Restart:
    """The printer came up anew between two looks at its clock."""

    last: UpTimeReading
    first: UpTimeReading

    def touches(self, begin: int, end: int) -> bool:
        """Whether it may have been between these two times."""
        return self.last.start < end and begin < self.first.end

    def __str__(self) -> str:
        return (
            f"the printer came up anew in the course of it: its printer-up-time was {self.last.seconds} and then "
            f"{self.first.seconds}"
        )


def readings_in(descriptions: Iterable[Answer]) -> list[UpTimeReading]:
    """Every time that the printer told its clock, in that order."""
    found = []
    for answer in descriptions:
        up = answer.message.find("printer-up-time", GroupTag.PRINTER)
        if up is not None and (told := up.value.integer) is not None:
            found.append(UpTimeReading(answer.row.t_start, answer.row.t_end, told))
    return sorted(found, key=lambda reading: reading.start)


def restarts_in(told: Sequence[UpTimeReading]) -> list[Restart]:
    """Each time that the clock went back: the readings, as they began, each beside the last that was over before."""
    over = sorted(told, key=lambda reading: reading.end)
    ends, found = [reading.end for reading in over], list[Restart]()
    for reading in told:
        place = bisect_left(ends, reading.start)
        before = over[place - 1] if place else reading
        if reading.seconds > before.seconds - BACK:
            continue
        if not found or before.start >= found[-1].first.start:  # else the same one, by exchanges side by side
            found.append(Restart(before, reading))
    return found
