"""The printer's clock, printer-up-time, as it told it in a run: how coarse it is, and what it was at a time of ours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import gcd
from typing import Final
from weakref import WeakKeyDictionary

from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive
from conformance.wire.registry import GroupTag

WHOLE: Final = 1.5  # seconds by which a clock of whole ones may be off between two looks, and a half for its drift
GRACE: Final = 1  # second on either side: a clock of whole seconds, read between two of our own


@dataclass(frozen=True, slots=True)
class UpTimeReading:
    """printer-up-time as an answer told it: somewhere between these nanoseconds of ours it had that value."""

    start: int
    end: int
    seconds: int


_READINGS: WeakKeyDictionary[RunRecord, list[UpTimeReading]] = WeakKeyDictionary()  # each case asks for each mail


def readings(run_record: RunRecord) -> list[UpTimeReading]:
    """Every time that the printer told its clock, in that order."""
    if run_record not in _READINGS:
        found = []
        for answer in run_record.descriptions:
            up = answer.message.find("printer-up-time", GroupTag.PRINTER)
            if up is not None and (told := up.value.integer) is not None:
                found.append(UpTimeReading(answer.row.t_start, answer.row.t_end, told))
        _READINGS[run_record] = sorted(found, key=lambda reading: reading.start)
    return _READINGS[run_record]


def step(run_record: RunRecord) -> int:
    """Seconds from one value of the clock to the next: 1 unless the run shows that it does not count seconds (B02)."""
    told = readings(run_record)
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


def between(run_record: RunRecord, begin: int, end: int) -> tuple[int, int]:
    """The least and the greatest value that the clock had between two times of ours; ``Inconclusive`` if never told."""
    told = readings(run_record)
    if not told:
        raise Inconclusive("the printer never told its printer-up-time")
    near_begin = min(told, key=lambda r: abs(r.end - begin))
    near_end = min(told, key=lambda r: abs(r.start - end))
    coarse = step(run_record) - 1 + GRACE
    low = near_begin.seconds + (begin - near_begin.end) // 10**9 - coarse
    high = near_end.seconds - (near_end.start - end) // 10**9 + coarse
    return max(1, low), high
