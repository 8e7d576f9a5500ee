"""No conforming printer is blamed: on none of the variants does a requirement fail, and all that can be judged is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import Edition
from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.variant import ConformingVariant
from reports.selftest.conforming_variants import judged, main, try_variant
from reports.selftest.trial import Trial

TRIALS = [
    pytest.param(i, id=i.id, marks=pytest.mark.takes(40 if i.change.get("delivery_delay") else 5))
    for i in CONFORMING_VARIANTS
]


@pytest.mark.parametrize("variant", TRIALS)
def test_a_conforming_printer_is_not_blamed_and_all_that_can_be_judged_of_it_is(
    tmp_path: Path, variant: ConformingVariant
) -> None:
    found = try_variant(variant, False, tmp_path)
    assert not found.blamed, "\n".join(found.blamed)
    assert not found.left_open, "\n".join(found.left_open)


def test_there_are_as_many_as_were_promised() -> None:
    assert len({variant.id for variant in CONFORMING_VARIANTS}) == len(CONFORMING_VARIANTS) >= 20


@pytest.mark.parametrize(
    ("change", "blame"),
    [({"subject": "empty"}, "T1-Subject-3: "), ({}, "ISSUE-06 is said to warn")],
    ids=["lie", "warns"],
)
def test_a_guilty_one_would_be_blamed(tmp_path: Path, change: Mapping[str, object], blame: str) -> None:
    guilty = replace(CONFORMING_VARIANTS[0], change=change, warns={} if change else {"ISSUE-06": "it does not"}, on=())
    assert any(line.startswith(blame) for line in try_variant(guilty, False, tmp_path).blamed)


def test_what_is_left_open_is_told() -> None:
    open_case = CaseResult("smtp.ends[printer/omitted]", ("S-quit",), Outcome.INCONCLUSIVE, reason="it goes on")
    trial = Trial((open_case,), Edition.MAILTO_00, "ntfy-01", 0.0)
    assert judged(CONFORMING_VARIANTS[0], trial).left_open == ("S-quit: smtp.ends[printer/omitted]: it goes on",)
    excused = replace(CONFORMING_VARIANTS[0], unjudged={"S-quit": "the bench is taken down first"})
    assert judged(excused, trial).left_open == ()


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--variant", "no-such-printer"]) == 2
    assert "no-such-printer" in capsys.readouterr().err
