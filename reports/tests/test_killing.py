"""Every liar is caught for its lie, by the cases that its row names and by no other; the obedient printer by none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from fakes.defects import DEFECTS, Defect
from reports.killing import JOBS, TRUTHFUL, Attempt, attempts, main, markdown, without_liar

CI_SECONDS = 360  # what all liars may take in the scenarios of their rows, on two cores
MATRIX = Path(__file__).parents[2] / "docs" / "kill-matrix.md"


@pytest.fixture(scope="session")
def matrix() -> Mapping[str, Attempt]:
    """Every liar, and the obedient printers, tried once."""
    began = time.monotonic()
    found = {a.defect.id: a for a in attempts((*TRUTHFUL, *DEFECTS), full=False, jobs=JOBS)}
    assert time.monotonic() - began < CI_SECONDS
    return found


@pytest.mark.parametrize("name", [d.id for d in (*TRUTHFUL, *DEFECTS)])
def test_a_printer_is_caught_for_its_lie_and_nothing_else(matrix: Mapping[str, Attempt], name: str) -> None:
    assert not matrix[name].problems, "\n".join(matrix[name].problems)


def test_every_judged_requirement_with_a_case_has_a_liar() -> None:
    assert without_liar() == []


def test_the_published_matrix_is_the_one_that_was_played(matrix: Mapping[str, Attempt]) -> None:
    """Which of several cases of a requirement saw a lie may hang on the timing of a retry; the requirement may not."""
    published, played = (_rows(text) for text in (MATRIX.read_text(encoding="utf-8"), markdown(list(matrix.values()))))
    assert published == played, "write it anew: python -m reports.killing --markdown docs/kill-matrix.md"


def _rows(page: str) -> list[list[str]]:
    """The cells of the tables, without the names of the cases."""
    return [line.split(" | ")[:3] for line in page.splitlines() if line.startswith("| ")]


def test_liars_have_names_of_their_own_and_one_lie() -> None:
    assert len({d.id for d in DEFECTS}) == len(DEFECTS)
    assert [d.id for d in DEFECTS if len(d.change) != 1 or not d.breaks] == []


HONEST = Defect("says-it-lies", "It does not.", ("T1-Subject-1",), {"location": "elsewhere"}, ("job/omitted",))


def _alone(defect: Defect) -> Attempt:
    (found,) = attempts([defect], full=False, jobs=1)
    return found


def test_a_claim_that_nothing_bears_out_is_a_problem() -> None:
    assert _alone(HONEST).problems == ("T1-Subject-1 is not violated: met in 1 cases",)


def test_a_violation_that_the_row_does_not_claim_is_a_problem() -> None:
    undeclared = replace(HONEST, change={"from_name": "none"}, breaks=("1-6",))
    assert any(p.startswith("T1-From-1 is violated too") for p in _alone(undeclared).problems)


def test_a_claim_about_scenarios_that_were_not_played_is_a_problem() -> None:
    elsewhere = replace(HONEST, breaks=("N-12",), on=("job/omitted",))
    assert _alone(elsewhere).problems == ("N-12 has no case that reads the scenarios played",)


def test_a_row_that_names_no_scenario_is_a_problem() -> None:
    lost = replace(HONEST, on=("job/omited",))
    assert "job/omited" not in BY_ID
    assert "names no scenario" in _alone(lost).problems[0]


def test_a_trial_that_breaks_is_a_problem_of_its_row() -> None:
    broken = replace(HONEST, change={"no_such_field": 1})
    problem = _alone(broken).problems[0]
    assert problem.startswith("the trial broke:")
    assert "TypeError" in problem


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--defect", "no-such-liar"]) == 2
    assert "no-such-liar" in capsys.readouterr().err
