"""A number that is used again belongs to whoever was given it last, whichever play began first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record import lives
from conformance.record.exchanges import Answer
from conformance.record.lives import End, History, JobLife, Life, of_that_number
from conformance.record.outcomes import Carrier
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


def life(label: str, address: str, asked: int, play: int = 1) -> Life:
    creation = Answer(cast(Any, SimpleNamespace(t_start=asked, t_end=asked + 1)), WHERE.request, WHERE.message)
    plays: Any = (None, *PLAYS)
    return Life(plays[play], label, address, "", Carrier.PRINTER, frozenset(), creation, NUMBER)


PLAYS = (SimpleNamespace(scenario="one"), SimpleNamespace(scenario="two"))


def test_two_that_share_an_address_and_a_number_end_one_after_the_other() -> None:
    lives = [life("s", "a@x", 10), life("t", "a@x", 20)]
    assert [one.label for one in of_that_number({NUMBER: lives}, NUMBER, 15)] == ["s"]
    assert [one.label for one in of_that_number({NUMBER: lives}, NUMBER, 30)] == ["s", "t"]
    lives[0].end(End.CANCELLED, 30, 31)
    assert [one.label for one in of_that_number({NUMBER: lives}, NUMBER, 40)] == ["t"]


@pytest.mark.parametrize("other", [life("t", "b@x", 20), life("t", "a@x", 20, play=2)])
def test_a_number_that_is_used_again_is_that_of_the_last(other: Life) -> None:
    assert of_that_number({NUMBER: [life("s", "a@x", 10), other]}, NUMBER, 30) == [other]


def test_what_may_end_early_was_there_as_long_as_the_printer_told_of_it() -> None:
    one = life("s", "a@x", 10)
    one.end(End.LEASE, 100, 101)
    one.seen = 50
    assert one.surely_until == 100
    one.may_end_early = True
    assert one.surely_until == 50


def test_whoever_had_a_number_is_found_without_asking_all_that_ever_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[int]()

    def when(job: JobLife) -> int:
        asked.append(job.asked)
        return job.asked

    monkeypatch.setattr(lives, "_WHEN_ASKED", when)
    history, many = History(), 1_000
    for t in range(many):
        history.add(JobLife(1, NUMBER, f"job {t}", t, t + 1, WHERE))
    assert [job.name for t in range(many) if (job := history.numbered(NUMBER, t))] == [f"job {t}" for t in range(many)]
    assert len(asked) < 30 * many
