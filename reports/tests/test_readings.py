"""A reading that is switched changes what a case comes to, and the verdict says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.requirements import Otherwise, Severity, catalogue
from conformance.scenarios import BY_ID
from conformance.verdict import CaseResult, Outcome, verdict_of
from conformance.vocabulary import NTFY_01, RFC3995, Edition
from fakes.printer import OBEDIENT
from fakes.printer.security_policy import Mode, SecurityPolicy
from reports.formats.verdict_json import verdict_json
from reports.judging.judging import judge_file
from reports.judging.selection import Selection
from reports.selftest.trial import Trial, judge_quickly, try_printer

from .test_command import ippmailto

LATER = {"edition": Edition.MAILTO_04, "vocabulary": RFC3995}


@dataclass(frozen=True)
class Switch:
    """A printer about which two readings differ: what a requirement is under the suite's own, and under the other."""

    choice: Otherwise
    change: dict[str, Any]
    scenario: str
    requirement: str
    own: str
    other: str


SWITCHES = (
    Switch(Otherwise.C02_FAILS, {"charset_text": "body"}, "job/utf-8", "4.3-3", "pass", "fail"),
    Switch(Otherwise.C04_BINDS, {"subject": "without-prefix"}, "job/omitted", "T1-Subject-1", "warning", "fail"),
    Switch(Otherwise.C12_IGNORED, {"return_to": "nobody"}, "job/omitted", "T1-Sender-2", "warning", "not-applicable"),
    Switch(Otherwise.C13_BINDS, {"facts_left_out": ("printer", "headline")}, "job/omitted", "N-21", "warning", "fail"),
    Switch(Otherwise.C15_ALL, {"facts_left_out": ("recipient",)}, "job/omitted", "5-4", "warning", "fail"),
    Switch(Otherwise.C20_FAILS, {"field_left_out": "Date"}, "job/omitted", "5-3", "warning", "fail"),
    Switch(Otherwise.C30_NO_NAME, {}, "printer/nameless", "4.11-5", "pass", "fail"),
    Switch(Otherwise.B01_NUMBERS, {"listing": "in-full"}, "printer/many", "N-23", "pass", "fail"),
    Switch(Otherwise.B02_SECONDS, {"up_time_step": 10}, "printer/up-time", "4.12-1", "inconclusive", "fail"),
    Switch(Otherwise.X01_ANY, {"security": SecurityPolicy(Mode.TELL)}, "security/clear", "E1-1", "pass", "fail"),
    Switch(
        Otherwise.D06_MUST,
        {**LATER, "facts_left_out": ("headline", "printer", "printer-uri")},
        "job/later-text-only-true",
        "M4-Body-3",
        "warning",
        "fail",
    ),
    Switch(
        Otherwise.D11_FAILS,
        {**LATER, "invented_user_data": b""},
        "printer/later-user-data-none",
        "M4-UserData-2",
        "warning",
        "fail",
    ),
)


def _verdict(results: tuple[CaseResult, ...], requirement: str, edition: Edition) -> str:
    """The gravest of a requirement's cases."""
    hard = catalogue(edition)[requirement].severity is Severity.HARD
    verdicts = [
        verdict_of(r.outcome, hard=r.fails(hard=hard), strict=False).value
        for r in results
        if requirement in r.requirements
    ]
    return next(word for word in ("fail", "warning", "inconclusive", "pass", "not-applicable") if word in verdicts)


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.choice.value)
def test_a_switched_reading_changes_the_verdict(switch: Switch, tmp_path: Path) -> None:
    policy = replace(OBEDIENT, **switch.change)
    trial = try_printer(policy, [BY_ID[switch.scenario]], tmp_path)
    assert _verdict(trial.results, switch.requirement, policy.edition) == switch.own
    results = judge_quickly(tmp_path / "trial.evidence", policy.edition, {switch.scenario}, {switch.choice})
    assert _verdict(results, switch.requirement, policy.edition) == switch.other


def test_every_switch_is_tried() -> None:
    assert {switch.choice for switch in SWITCHES} == set(Otherwise)


def test_the_verdict_says_which_readings_counted(tmp_path: Path) -> None:
    try_printer(OBEDIENT, [BY_ID["job/omitted"]], tmp_path)
    judged = judge_file(
        tmp_path / "trial.evidence",
        edition=Edition.MAILTO_00,
        selection=Selection(("T1-*",)),
        choices={Otherwise.C12_IGNORED},
    )
    told = verdict_json(judged)["readings"]
    assert (told["C12"], told["C20"]) == ("ignored", "warns")
    assert "D11" not in told


def test_the_command_switches_readings_and_says_so(tmp_path: Path) -> None:
    try_printer(OBEDIENT, [BY_ID["job/omitted"]], tmp_path)
    evidence, report = tmp_path / "trial.evidence", tmp_path / "report"
    select = ("--select", "T1-Sender-2", "--report-dir", report)
    done = ippmailto("judge", evidence, *select, "--reading", "C12=ignored")
    assert done.returncode == 3, done.stderr  # nothing is left to judge
    assert "Readings  C12=ignored" in done.stdout
    assert json.loads((report / "verdict.json").read_text())["readings"]["C12"] == "ignored"
    assert "C12=ignored" in (report / "report.html").read_text()
    done = ippmailto("judge", evidence, *select, "--reading", "C12=never")
    assert done.returncode == 2
    assert "C12 has the choices warns, ignored" in done.stderr


def test_a_warning_of_a_hard_requirement_fails_under_strict_alone() -> None:
    case = CaseResult("x", ("5-3",), Outcome.VIOLATED, binding=False)
    assert verdict_of(case.outcome, hard=case.fails(hard=True), strict=False).value == "warning"
    assert verdict_of(case.outcome, hard=case.fails(hard=True), strict=True).value == "fail"
    assert Trial((case,), Edition.MAILTO_00, NTFY_01.name, 0.0).failed() == {}
    assert set(Trial((case,), Edition.MAILTO_00, NTFY_01.name, 0.0).missed()) == {"5-3"}
