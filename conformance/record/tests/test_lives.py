"""A number that is used again belongs to whoever was given it last, whichever play began first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.exchanges import Answer
from conformance.record.lives import History, JobLife
from conformance.wire import ipp

NUMBER = 7
WHERE = Answer(cast(Any, SimpleNamespace(id=1, operation=2)), ipp.Message(2, 1), ipp.Message(0, 1))


@pytest.mark.parametrize(("t", "owner"), [(5, None), (15, "job 9j"), (25, "job 3j"), (35, "job 4j")])
def test_a_number_belongs_to_the_last_that_was_asked_for(t: int, owner: str | None) -> None:
    history = History()
    for name, asked in (("job 3j", 20), ("job 4j", 30), ("job 9j", 10)):  # in the order of the plays
        history.add(JobLife(int(name[4]), NUMBER, name, asked, asked + 1, WHERE))
    found = history.numbered(NUMBER, t)
    assert (found.name if found is not None else None) == owner
