"""A printer that came up anew is known by its clock, and by nothing less than that."""

from __future__ import annotations

import pytest

from conformance.record.up_times import UpTimeReading, restarts_in


def told(*readings: tuple[int, int, int]) -> list[tuple[int, int]]:
    """The values on either side of each restart that these readings show."""
    found = restarts_in([UpTimeReading(*reading) for reading in readings])
    return [(restart.last.seconds, restart.first.seconds) for restart in found]


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
    (restart,) = restarts_in([UpTimeReading(10, 20, 100), UpTimeReading(50, 60, 1)])
    assert restart.touches(15, 16)
    assert restart.touches(0, 11)
    assert restart.touches(59, 99)
    assert not restart.touches(0, 10)
    assert not restart.touches(60, 99)
