"""Every liar is caught for its lie, by the cases that its row names and by no other; the obedient printer by none.

One of them: ``python -m pytest reports/tests/test_kill_matrix.py -k subject-empty``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.editions import TRAITS
from conformance.requirements import catalogue
from conformance.scenarios import BY_ID
from fakes.clients import LYING_CLIENTS
from fakes.defects import DEFECTS, Defect
from reports.selftest.client_matrix import ClientAttempt
from reports.selftest.kill_matrix import (
    TRUTHFUL,
    Attempt,
    attempt,
    compared,
    main,
    markdown,
    policy_of,
    scenarios_of,
    without_liar,
)
from reports.selftest.trial import try_printer

PRINTERS = (*TRUTHFUL, *DEFECTS)
MATRIX = Path(__file__).parents[2] / "docs" / "kill-matrix.md"


def _long(obedient: Defect) -> list[pytest.MarkDecorator]:
    own = TRAITS[obedient.edition].vocabulary == obedient.vocabulary
    return [] if own else [pytest.mark.long]


TRIALS = [
    # in every scenario: one of each edition, with the words of one; the others are left to the long tests
    *(pytest.param(d, id=d.id, marks=[pytest.mark.takes(25), *_long(d)]) for d in TRUTHFUL),
    *(pytest.param(d, id=d.id) for d in DEFECTS),
]


@pytest.mark.parametrize("defect", TRIALS)
def test_a_printer_is_caught_for_its_lie_and_nothing_else(tmp_path: Path, defect: Defect) -> None:
    found = attempt(defect, False, tmp_path)
    assert not found.problems, "\n".join(found.problems)


def test_every_judged_requirement_with_a_case_has_a_liar() -> None:
    assert without_liar() == []


def test_the_published_matrix_is_that_of_these_liars() -> None:
    """That each is caught under what it claims, and no more, is the test above; this one plays nothing."""
    published, claimed = (
        _rows(page) for page in (MATRIX.read_text(encoding="utf-8"), markdown([*map(_claim, PRINTERS)], CLAIMS))
    )
    assert published == claimed, "docs/kill-matrix.md is stale: python -m reports.pages kill-matrix"


CLAIMS = [ClientAttempt(row, dict.fromkeys(row.breaks, ()), (), 0.0, 0) for row in LYING_CLIENTS]


def _claim(defect: Defect) -> Attempt:
    """What its row says would come of trying it."""
    known = catalogue(defect.edition, defect.vocabulary)
    return Attempt(defect, {name: () for name in known if name in defect.breaks}, frozenset(), (), 0.0, 0)


def _rows(page: str) -> list[list[str]]:
    """The cells of the tables, without the cases: which of several sees a lie may hang on the timing of a retry.

    A row claims nothing of what is only warned of, which the page has in italics.
    """
    return [line.replace("*", "").split(" | ")[:3] for line in page.splitlines() if line.startswith("| ")]


def test_liars_have_names_of_their_own_and_one_lie() -> None:
    assert len({d.id for d in DEFECTS}) == len(DEFECTS)
    assert [d.id for d in DEFECTS if len(_lies_of(d)) != 1 or not d.breaks] == []


def _lies_of(row: Defect) -> set[str]:
    """What it changes, but for what a printer may choose and the lie needs to show."""
    return set(row.change) if len(row.change) == 1 else row.change.keys() - {"content_names", "job_seconds"}


HONEST = Defect("says-it-lies", "It does not.", ("T1-Subject-1",), {"location": "elsewhere"}, ("job/omitted",))


def test_a_claim_that_nothing_bears_out_is_a_problem(tmp_path: Path) -> None:
    (problem,) = attempt(HONEST, False, tmp_path).problems
    assert problem.startswith("T1-Subject-1 is not violated: ")


def test_a_violation_that_the_row_does_not_claim_is_a_problem(tmp_path: Path) -> None:
    undeclared = replace(HONEST, change={"from_name": "none"}, breaks=("1-6",))
    problems = attempt(undeclared, False, tmp_path).problems
    assert any(p.startswith("T1-From-1 is violated too") for p in problems)


def test_what_is_broken_likewise_is_claimed_where_every_scenario_is_played(tmp_path: Path) -> None:
    row = replace(HONEST, change={"from_name": "none"}, breaks=("1-6",), likewise=("T1-From-1",))
    trial = try_printer(policy_of(row), scenarios_of(row, full=False), tmp_path)
    assert compared(row, trial, full=True).problems == ()
    (problem, *_) = compared(row, trial, full=False).problems
    assert problem.startswith("T1-From-1 is violated too")


def test_a_claim_about_scenarios_that_were_not_played_is_a_problem(tmp_path: Path) -> None:
    elsewhere = replace(HONEST, breaks=("N-13",), on=("job/omitted",))
    assert attempt(elsewhere, False, tmp_path).problems == ("N-13 has no case that reads the scenarios played",)


def test_a_row_that_names_no_scenario_is_a_problem(tmp_path: Path) -> None:
    lost = replace(HONEST, on=("job/omited",))
    assert "job/omited" not in BY_ID
    assert "names no scenario" in attempt(lost, False, tmp_path).problems[0]


def test_a_trial_that_breaks_is_a_problem_of_its_row(tmp_path: Path) -> None:
    broken = replace(HONEST, change={"no_such_field": 1})
    problem = attempt(broken, False, tmp_path).problems[0]
    assert problem.startswith("the trial broke:")
    assert "TypeError" in problem


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--defect", "no-such-liar"]) == 2
    assert "no-such-liar" in capsys.readouterr().err
