"""Which of two changes of a job's state a mail is missing of, by when mails came and a later event's did."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.test_events import _unmailed
from conformance.record import PlayRecord

HELD_AT, RELEASED_AT, HELD_AGAIN_AT = 10, 20, 30
STATES = (3, 4, 3)
HOLD, RELEASE = "none for 3 -> 4", "none for 4 -> 3"


def unmailed(*came: int, later: tuple[bool | None, ...], states: tuple[int | None, ...] = STATES) -> list[str]:
    """What is missing; ``later`` are the waits in which a later event's mail came."""
    steps = [SimpleNamespace(row=SimpleNamespace(kind="OnJob", t=t)) for t in (HELD_AT, RELEASED_AT, HELD_AGAIN_AT)]
    waits = [(SimpleNamespace(row=SimpleNamespace(label="s")), SimpleNamespace(sentinel=one)) for one in later]
    play = SimpleNamespace(steps=steps, steps_of=lambda kind: iter(waits))
    return [told.partition(",")[0] for told in _unmailed(cast(PlayRecord, cast(Any, play)), states, came)]


@pytest.mark.parametrize(
    ("came", "later", "missing"),
    [
        ((12, 22), (None, None), []),
        ((22,), (True, None), [HOLD]),
        ((12,), (None, True), [RELEASE]),
        ((12, 35), (None, True), [RELEASE]),  # of what was held again
        ((), (True, True), [HOLD, RELEASE]),
        ((22,), (False, None), []),  # nothing came at all
        ((22,), (None,), []),  # recorded by a version that waited for either
    ],
)
def test_a_change_that_nothing_tells_of_is_missing(
    came: tuple[int, ...], later: tuple[bool | None, ...], missing: list[str]
) -> None:
    assert unmailed(*came, later=later) == missing


def test_a_hold_that_changes_nothing_needs_no_mail() -> None:
    assert unmailed(22, later=(True, None), states=(4, 4, 3)) == []
