"""No conforming printer is blamed: on none of the innocent does a requirement fail, and all that can be judged is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import Edition
from fakes.innocents import INNOCENTS
from reports.acquitting import JOBS, Acquittal, acquittals, judged, main
from reports.trial import Trial

EACH = pytest.mark.parametrize("name", [i.id for i in INNOCENTS])


@pytest.fixture(scope="module")
def verdicts() -> Mapping[str, Acquittal]:
    """All of them, tried once."""
    return {a.innocent.id: a for a in acquittals(INNOCENTS, full=False, jobs=JOBS)}


@EACH
def test_an_innocent_printer_is_not_blamed(verdicts: Mapping[str, Acquittal], name: str) -> None:
    assert not verdicts[name].blamed, "\n".join(verdicts[name].blamed)


@EACH
def test_all_that_can_be_judged_of_it_is(verdicts: Mapping[str, Acquittal], name: str) -> None:
    assert not verdicts[name].left_open, "\n".join(verdicts[name].left_open)


def test_there_are_as_many_as_were_promised() -> None:
    assert len({innocent.id for innocent in INNOCENTS}) == len(INNOCENTS) >= 20


@pytest.mark.parametrize(
    ("change", "blame"),
    [({"subject": "empty"}, "T1-Subject-3: "), ({}, "ISSUE-06 is said to warn")],
    ids=["lie", "warns"],
)
def test_a_guilty_one_would_be_blamed(change: Mapping[str, object], blame: str) -> None:
    guilty = replace(INNOCENTS[0], change=change, warns={} if change else {"ISSUE-06": "it does not"}, on=())
    (found,) = acquittals([guilty], full=False, jobs=1)
    assert any(line.startswith(blame) for line in found.blamed)


def test_what_is_left_open_is_told() -> None:
    open_case = CaseResult("smtp.ends[printer/omitted]", ("S-quit",), Outcome.INCONCLUSIVE, reason="it goes on")
    trial = Trial((open_case,), Edition.MAILTO_00, "ntfy-01", 0.0)
    assert judged(INNOCENTS[0], trial).left_open == ("S-quit: smtp.ends[printer/omitted]: it goes on",)
    excused = replace(INNOCENTS[0], unjudged={"S-quit": "the bench is taken down first"})
    assert judged(excused, trial).left_open == ()


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--innocent", "no-such-printer"]) == 2
    assert "no-such-printer" in capsys.readouterr().err
