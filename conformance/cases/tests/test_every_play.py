"""What a case says of one play is said of all the others, once."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.every_play import elsewhere
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation, Where

OWN, OTHER, THIRD, HOSTILE = "job/omitted", "job/twins", "job/isolation", "awkward/dots-words"


def wrong(scenario: str, mail: int, *, binding: bool | None = None) -> Violation:
    return Violation("a name", f"none for {scenario}", (Where("mail", mail),), binding=binding)


def judge(sayings: Mapping[str, Exception | None], restarted: str = "") -> None:
    """Look elsewhere than in the plays of "mail", in a run of these plays."""

    def one(play: PlayRecord) -> None:
        if (said := sayings[play.scenario]) is not None:
            raise said

    plays = {
        scenario: SimpleNamespace(
            scenario=scenario, steps_of=lambda kind: (), restart="then" if scenario == restarted else None
        )
        for scenario in sayings
    }
    run: Any = SimpleNamespace(plays=plays, once=lambda look: look(run))
    elsewhere(cast(RunRecord, run), one, "mail")


def test_the_first_violation_is_told_with_its_play_and_the_number_of_the_others() -> None:
    with pytest.raises(Violation, match=r"none for job/isolation, in .* \(and 1 more of the kind\)") as caught:
        judge({OTHER: wrong(OTHER, 1), THIRD: wrong(THIRD, 2)})
    assert caught.value.where == (Where("mail", 2), Where("mail", 1))  # by the names of scenarios
    assert caught.value.binding is None


def test_one_that_fails_goes_before_one_that_warns() -> None:
    with pytest.raises(Violation, match="none for job/isolation") as caught:
        judge({OTHER: wrong(OTHER, 1, binding=False), THIRD: wrong(THIRD, 2)})
    assert caught.value.binding is None
    with pytest.raises(Violation) as caught:
        judge({OTHER: wrong(OTHER, 1, binding=False), THIRD: None})
    assert caught.value.binding is False


def test_a_play_that_shows_nothing_hides_no_other() -> None:
    judge({OTHER: Inconclusive("no mail came"), THIRD: None})
    with pytest.raises(Violation):
        judge({OTHER: NotApplicable("in German"), THIRD: wrong(THIRD, 2)})


def test_a_play_in_which_the_printer_came_up_anew_blames_nobody() -> None:
    judge({OTHER: wrong(OTHER, 1), THIRD: None}, restarted=OTHER)
    with pytest.raises(Violation, match="none for"):
        judge({OTHER: wrong(OTHER, 1), THIRD: None}, restarted=THIRD)


@pytest.mark.parametrize("sayings", [{}, {OTHER: Inconclusive("no mail came")}, {OWN: None}, {HOSTILE: None}])
def test_nothing_is_met_where_nothing_was_looked_at(sayings: dict[str, Exception | None]) -> None:
    with pytest.raises(NotApplicable, match="no play of this run"):
        judge(sayings)


def test_its_own_plays_and_those_of_hostile_values_are_judged_by_themselves() -> None:
    judge({OWN: wrong(OWN, 1), HOSTILE: wrong(HOSTILE, 2), OTHER: None})
