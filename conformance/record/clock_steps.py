"""How coarse the printer's clock is, printer-up-time, by all that it told of it in a run."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import gcd
from typing import Final

from .run_record import RunRecord
from .up_times import UpTimeReading

WHOLE: Final = 1.5  # seconds by which a clock of whole ones may be off between two looks, and a half for its drift


def clock_lives(run_record: RunRecord) -> list[list[UpTimeReading]]:
    """Every time that the printer told its clock, apart where it came up anew, or went back otherwise."""
    found, told = list[list[UpTimeReading]](), run_record.up_times
    ends = [jump.first.start for jump in run_record.clock.breaks]
    for begin, end in pairwise([0, *ends, told[-1].start + 1 if told else 0]):
        found.append([reading for reading in told if begin <= reading.start < end])
    return found


def step(run_record: RunRecord) -> int:
    """Seconds from one value of the clock to the next: 1 unless the run shows that it does not count seconds (B02)."""
    return run_record.once(_coarsest)


def _coarsest(run_record: RunRecord) -> int:
    return max(map(_step, run_record.once(clock_lives)))


def _step(told: list[UpTimeReading]) -> int:
    if not any(_too_coarse(one, other) for one, other in combinations(_corners(told), 2)):
        return 1
    common = 0
    for one, other in pairwise(told):
        common = gcd(common, other.seconds - one.seconds)
    return common or round((told[-1].end - told[0].start) / 1e9)  # it was never seen to go on


def _corners(told: list[UpTimeReading]) -> list[UpTimeReading]:
    """Of each value the first and the last time that it was told: what lies between adds nothing."""
    first = {reading.seconds: reading for reading in reversed(told)}
    last = {reading.seconds: reading for reading in told}
    return [first[seconds] for seconds in first] + [last[seconds] for seconds in last]


def _too_coarse(one: UpTimeReading, other: UpTimeReading) -> bool:
    """Whether a clock of whole seconds could not have told these two."""
    if other.start < one.start:
        one, other = other, one
    passed, least, most = other.seconds - one.seconds, (other.start - one.end) / 1e9, (other.end - one.start) / 1e9
    return passed < least - WHOLE or passed > most + WHOLE
