"""Texts in another language than that of their subscription, also where only one mail is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.scenarios import selected
from conformance.verdict import Outcome
from fakes.printer import OBEDIENT
from reports.selftest.trial import Trial, try_printer

CASE = "text_language.no_text_of_the_run_is_in_another_language[run]"


def tried(directory: Path, *on: str, **change: object) -> Trial:
    found = {scenario.id: scenario for word in on for scenario in selected(word)}
    scenarios = [s for s in found.values() if OBEDIENT.edition in s.editions]
    return try_printer(replace(OBEDIENT, **change), scenarios, directory)  # type: ignore[arg-type]


def outcome(trial: Trial) -> Outcome:
    return next(result.outcome for result in trial.results if result.id == CASE)


def test_one_mail_in_another_language_is_seen(tmp_path: Path) -> None:
    """The other one is mailed rightly elsewhere, so that it is known which it is."""
    on = ("printer/postscript", "plain", "two-languages")
    assert "9-2" in tried(tmp_path, *on, foreign_for="application/postscript").missed()


def test_one_mail_in_a_language_that_is_mailed_nowhere_else_is_no_pass(tmp_path: Path) -> None:
    trial = tried(tmp_path, "printer/postscript", "plain", foreign_for="application/postscript")
    assert outcome(trial) is Outcome.INCONCLUSIVE


def test_the_only_mail_of_its_language_is_held_to_the_words_of_others(tmp_path: Path) -> None:
    assert outcome(tried(tmp_path, "plain", "two-languages", only_english="body")) is Outcome.VIOLATED


@pytest.mark.parametrize("languages", [("en", "de"), ("de", "en"), ("fr", "en")])
def test_printers_of_two_languages_are_in_no_doubt(tmp_path: Path, languages: tuple[str, ...]) -> None:
    trial = tried(tmp_path, "format", "two-languages", "event-job-created", "pause", languages=languages)
    assert outcome(trial) is not Outcome.INCONCLUSIVE
    assert languages[0] == "fr" or outcome(trial) is Outcome.MET
