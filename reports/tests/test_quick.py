"""``run --quick``, ``--paper`` and ``--variant``: what they ask for, and what they say of what they leave out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from conformance.vocabulary import Edition
from reports.judging.quick import QUICK, quick_selection, selected_in_words
from reports.judging.selection import Selection

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", "run", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_quick_scenario_is_there() -> None:
    assert set(QUICK) <= set(BY_ID)
    assert len(set(QUICK)) == len(QUICK)


@pytest.mark.parametrize("edition", list(Edition))
def test_the_quick_selection_asks_for_much_of_each_edition(edition: Edition) -> None:
    wanted = {entry for case in quick_selection(edition).cases(edition) for entry in case.requirements}
    assert len(wanted) > 60


def test_a_selection_is_told_in_a_line_that_can_be_read() -> None:
    quick = quick_selection(Edition.MAILTO_00)
    assert selected_in_words(quick, Edition.MAILTO_00) == f"--quick, cases of {len(quick.patterns)} plays"
    many = Selection(tuple(f"T1-{number}" for number in range(10)))
    assert selected_in_words(many, Edition.MAILTO_00) == "T1-0,T1-1,T1-2,T1-3,T1-4,T1-5,T1-6,T1-7 and 2 more"
    assert selected_in_words(Selection(("T1-*", "1-6")), Edition.MAILTO_00) == "T1-*,1-6"


def test_without_paper_a_run_says_what_is_left_open(tmp_path: Path) -> None:
    done = _run("--paper", "0", "--select", "*[job/printed],*[job/omitted]", "--report-dir", str(tmp_path))
    assert done.returncode == 3, done.stderr
    judged = json.loads((tmp_path / "verdict.json").read_text())
    (left_open,) = (r for r in judged["requirements"] if r["verdict"] == "inconclusive")
    assert left_open["id"] == "1-2"
    assert "raise --paper" in left_open["reason"]
    assert "0 of the 1 document that it needs to print" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--quick", "--select", "T1-*"), "--quick is a selection of its own"),
        (("--variant", "dask"), "did you mean desk?"),
        (("--variant", "desk", "ipp://127.0.0.1:9/ipp/print"), "--variant is for the built-in printer"),
        (("--paper", "few"), "is no number from 0"),
    ],
)
def test_what_does_not_go_together_is_told_in_a_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = _run(*arguments, "--report-dir", str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
