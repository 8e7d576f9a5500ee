"""Two runs that see the same say the same: so much of reports can be compared by text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.defects import DEFECTS
from reports.selftest.kill_matrix import policy_of, scenarios_of
from reports.selftest.trial import try_printer
from reports.tests.test_command import ippmailto, verdict

LIARS = {defect.id: defect for defect in DEFECTS}
STEP = 37  # numbers of jobs and subscriptions go on by it in the second run


@pytest.mark.parametrize(
    "liar",
    [
        "content-with-another-printer-uri",
        "eight-bit-unlabelled",
        "job-name-nowhere",
        "later-up-time-for-the-time",
        "list-has-those-of-jobs",
        "message-after-5yz",
        "nul-in-body",
        pytest.param("one-address-one-mail", marks=pytest.mark.long),
        "percent-encoding-kept",
        pytest.param("recipient-in-capitals", marks=pytest.mark.long),
        "switch-said-and-left",
        "utf-8-becomes-windows-1252",
    ],
)
def test_a_liar_is_told_of_in_the_same_words_twice(tmp_path: Path, liar: str) -> None:
    defect, said = LIARS[liar], list[dict[str, tuple[str, str, str]]]()
    for policy in (policy_of(defect), replace(policy_of(defect), id_step=STEP)):
        directory = tmp_path / str(len(said))
        directory.mkdir()
        trial = try_printer(policy, scenarios_of(defect, full=False), directory)
        found = [result for results in trial.missed().values() for result in results]
        said.append({r.id: (r.expected, r.actual, r.reason) for r in found})
    assert said[0] == said[1]
    assert set(said[0]), "nothing was found"


def test_a_judging_names_what_is_of_its_run_and_keeps_it_beside(tmp_path: Path) -> None:
    """The command's own way to the cases: what it writes for others, and what it says here and now."""
    defect = LIARS["from-without-name"]
    try_printer(policy_of(defect), scenarios_of(defect, full=False), tmp_path)
    (evidence,) = tmp_path.glob("*.evidence")
    done = ippmailto("judge", evidence, "--select", "T1-From-1", "--report-dir", tmp_path / "report")
    assert done.returncode == 1, done.stderr
    (entry,) = [one for one in verdict(tmp_path / "report")["requirements"] if one["id"] == "T1-From-1"]
    case = next(one for one in entry["cases"] if one["verdict"] == "fail" and "[run]" not in one["id"])
    scenario = case["id"].partition("[")[2].removesuffix("]")
    assert case["actual"] == f"no display name in '<bob.{{{scenario}}}.s@subscriber.example>'"
    in_this_run = case["in-this-run"]["actual"]
    assert re.fullmatch(r"no display name in '<bob\.\d+\.s@subscriber\.example>'", in_this_run)
    assert f"      Actual: {in_this_run}\n" in done.stdout
