"""A printer that came up anew is known by its clock, and by nothing less than that."""

from __future__ import annotations

import pytest

from conformance.record.up_times import CalmBetween, UpTimeReading, account_of


def told(*readings: tuple[int, int, int]) -> list[tuple[int, int]]:
    """The values on either side of each restart that these readings show."""
    found = account_of([UpTimeReading(*reading) for reading in readings], was_away)
    return [(restart.last.seconds, restart.first.seconds) for restart in found.breaks if restart.is_believable]


def was_away(begin: int, end: int) -> bool:
    return False


def answered(begin: int, end: int) -> bool:
    return True


@pytest.mark.parametrize(
    ("readings", "restarts"),
    [
        ([], []),
        ([(0, 1, 100), (5, 6, 105)], []),
        ([(0, 1, 100), (5, 6, 1)], [(100, 1)]),
        ([(0, 1, 100), (5, 6, 2), (7, 8, 4), (20, 21, 1)], [(100, 2), (4, 1)]),
        ([(0, 9, 107), (5, 6, 104)], []),  # side by side: which was told first nobody knows
        ([(0, 1, 100), (5, 9, 3), (6, 7, 2)], [(100, 3)]),  # once, though two looks show it
        ([(0, 1, 100), (1, 2, 99)], []),  # a clock of whole seconds, set right
    ],
)
def test_a_restart_is_where_the_clock_goes_back(
    readings: list[tuple[int, int, int]], restarts: list[tuple[int, int]]
) -> None:
    assert told(*readings) == restarts


def test_it_was_somewhere_between_the_two_looks() -> None:
    (restart,) = account_of([UpTimeReading(10, 20, 100), UpTimeReading(50, 60, 1)], was_away).breaks
    assert restart.touches(15, 16)
    assert restart.touches(0, 11)
    assert restart.touches(59, 99)
    assert not restart.touches(0, 10)
    assert not restart.touches(60, 99)


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("calm", "values", "slips", "backs", "restarts"),
    [
        (answered, [500, 501, 400, 503, 504], [400], [], []),
        (answered, [500, 501, 1, 503, 504], [1], [], []),
        (answered, [500, 501, 1, 2, 504, 505], [1, 2], [], []),
        (was_away, [500, 501, 1, 503, 504], [], [], [1]),  # its clock was set when it was up
        (was_away, [500, 501, 400, 503, 504], [400], [], []),  # nothing comes up with that
        (answered, [500, 501, 900, 503, 504], [900], [], []),
        (answered, [500, 501, 1, 2, 3], [], [], [1]),
        (answered, [500, 501, 497, 498, 499], [], [497], []),
        (answered, [90_000, 90_001, 60, 61], [], [], [60]),  # by minutes
        (answered, [90_000, 90_010, 90_000, 90_001], [90_010], [], []),
        (answered, [20, 10, 22], [10], [], []),
        (was_away, [2**31 - 2, 2**31 - 1, -(2**31), 1 - 2**31], [], [-(2**31)], []),
    ],
)
def test_a_clock_that_goes_back_began_anew_only_where_it_can_have(
    calm: CalmBetween, values: list[int], slips: list[int], backs: list[int], restarts: list[int]
) -> None:
    at = range(0, len(values) * SECOND, SECOND)
    found = account_of([UpTimeReading(t, t, value) for t, value in zip(at, values, strict=True)], calm)
    assert [one.seconds for one in found.slips] == slips
    assert [one.first.seconds for one in found.breaks if not one.is_believable] == backs
    assert [one.first.seconds for one in found.breaks if one.is_believable] == restarts
    assert [one.seconds for one in found.told] == [value for value in values if value not in slips]
