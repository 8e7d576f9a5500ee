"""Whose name stands in Sender: what the subscription tells, or what others like it tell, else what was sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from fakes.printer import OBEDIENT
from fakes.printer.state import rights
from reports.selftest.trial import Trial, try_printer

READ, UNREAD, OTHER = "job/attributes", "job/omitted", "awkward/names-commas"


def outcomes(trial: Trial, requirement: str) -> set[Outcome]:
    return {r.outcome for r in trial.results if requirement in r.requirements}


def tried(directory: Path, *plays: str, **change: Any) -> Trial:
    return try_printer(replace(OBEDIENT, **change), [BY_ID[name] for name in plays], directory)


def test_a_printer_that_names_everybody_alike_is_asked_what_it_calls_them(tmp_path: Path) -> None:
    trial = tried(tmp_path, READ, UNREAD, claims_believed=False)
    assert outcomes(trial, "T1-Sender-1") == {Outcome.MET}
    assert Outcome.VIOLATED in outcomes(trial, "4.11-1")


def test_what_it_makes_of_a_name_that_it_never_told_is_not_guessed(tmp_path: Path) -> None:
    trial = tried(tmp_path, READ, OTHER, claims_believed=False)
    assert outcomes(trial, "T1-Sender-1") == {Outcome.MET, Outcome.INCONCLUSIVE}


def test_a_printer_that_respells_names_is_not_held_to_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = rights.user_name
    monkeypatch.setattr("fakes.printer.ipp.requests.user_name", lambda policy, *who: (kept(policy, *who) or "").lower())
    trial = tried(tmp_path, READ, UNREAD)
    assert outcomes(trial, "T1-Sender-1") == {Outcome.MET}
    assert Outcome.VIOLATED in outcomes(trial, "4.11-1")


def test_without_any_told_name_the_one_that_was_sent_counts(tmp_path: Path) -> None:
    assert Outcome.VIOLATED in outcomes(tried(tmp_path, UNREAD, sender_name="printer"), "T1-Sender-1")
