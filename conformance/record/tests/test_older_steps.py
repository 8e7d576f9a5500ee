"""A step that older evidence cannot have is not applicable there; one that a case misspells is missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.run_record import CUT_SHORT, PLAYED, PlayRecord
from conformance.verdict import Inconclusive, NotApplicable


def play(scenario: str, outcome: str | None) -> PlayRecord:
    made = PlayRecord(cast(Any, SimpleNamespace()), cast(Any, SimpleNamespace(id=1, scenario=scenario)))
    made.__dict__.update(steps=[], end=None if outcome is None else SimpleNamespace(outcome=outcome))
    return made


def test_what_an_earlier_version_did_not_try_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="did not try stranger-renews"):
        play("printer/stranger", PLAYED).labelled("stranger-renews")


@pytest.mark.parametrize("outcome", [CUT_SHORT, None])
def test_what_a_play_did_not_come_to_is_not_known(outcome: str | None) -> None:
    with pytest.raises(Inconclusive, match="step stranger-renews was not carried out"):
        play("printer/stranger", outcome).labelled("stranger-renews")


@pytest.mark.parametrize(("scenario", "label"), [("printer/stranger", "strangr"), ("drawn/by-chance", "made")])
def test_a_step_that_no_scenario_has_is_missing(scenario: str, label: str) -> None:
    with pytest.raises(Inconclusive, match=f"step {label} was not carried out"):
        play(scenario, PLAYED).labelled(label)
