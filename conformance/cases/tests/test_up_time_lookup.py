"""The printer's clock is read with its steps, and with the time that reading it took."""

from __future__ import annotations

from typing import cast

import pytest

from conformance.cases.up_time_lookup import between
from conformance.record.clock_steps import step
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

SECOND = 10**9


class Row:
    """When an exchange began and ended."""

    def __init__(self, start: float, end: float) -> None:
        self.t_start, self.t_end = int(start * SECOND), int(end * SECOND)
        self.id = self.t_start


class Told:
    """An answer with printer-up-time in it."""

    def __init__(self, start: float, end: float, seconds: int) -> None:
        self.row = Row(start, end)
        self.message = ipp.Message(0, 1, (ipp.Group(GroupTag.PRINTER, (ipp.integer("printer-up-time", seconds),)),))


def run(*told: tuple[float, float, int]) -> RunRecord:
    """As good as a run for those who look at its descriptions."""
    found = RunRecord(cast(EvidenceFile, None))
    found.__dict__["descriptions"] = tuple(Told(*each) for each in told)
    found.__dict__["exchanges"] = []
    return found


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ([(0, 0, 100)], 1),
        ([(0, 0, 100), (0.9, 0.9, 101)], 1),
        ([(0, 0, 100), (2.5, 2.5, 102), (7, 7, 106)], 1),  # 2, 4: no proof of steps of two
        ([(0, 0, 100), (4, 4, 100), (9, 9, 110), (23, 23, 120)], 10),
        ([(0, 0, 100), (30, 30, 100)], 30),  # it may take any number
        ([(0, 3, 103), (3, 6, 103)], 1),  # each answer took three seconds
        ([(0, 0, 100), (4, 4, 104), (9, 9, 2), (14, 14, 7)], 1),  # it came up anew
    ],
)
def test_steps_are_told_by_what_whole_seconds_cannot_explain(
    told: list[tuple[float, float, int]], seconds: int
) -> None:
    assert step(run(*told)) == seconds


def test_a_time_is_known_by_the_nearest_readings() -> None:
    story = run((0, 0.1, 100), (10, 10.2, 110))
    assert between(story, 2 * SECOND, 4 * SECOND) == (100, 105)
    assert between(story, 0, 12 * SECOND) == (98, 113)


def test_a_clock_of_large_steps_may_be_behind_or_just_gone_on() -> None:
    story = run((0, 0, 100), (4, 4, 100), (9, 9, 110), (18, 18, 120))
    low, high = between(story, 5 * SECOND, 6 * SECOND)
    assert low <= 100
    assert high >= 110


def test_a_printer_that_never_told_its_clock_leaves_it_open() -> None:
    with pytest.raises(Inconclusive):
        between(run(), 0, 1)


def test_a_clock_that_began_anew_is_read_on_either_side_of_that() -> None:
    story = run((0, 0, 100), (10, 10, 110), (20, 20, 4), (30, 30, 14))
    assert between(story, 4 * SECOND, 8 * SECOND) == (103, 109)
    assert between(story, 22 * SECOND, 26 * SECOND) == (5, 11)
    for begin, end in ((4, 25), (12, 14), (19, 21)):
        with pytest.raises(Inconclusive, match="came up anew"):
            between(story, begin * SECOND, end * SECOND)
