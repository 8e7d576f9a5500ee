"""Two runs that see the same say the same: so much of reports can be compared by text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.defects import DEFECTS
from reports.selftest.kill_matrix import policy_of, scenarios_of
from reports.selftest.trial import try_printer

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
        "one-address-one-mail",
        "percent-encoding-kept",
        "recipient-in-capitals",
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
