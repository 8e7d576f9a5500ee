"""Mails about changes of state: as many as there were are nobody's copies, however alike they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from reports.selftest.trial import Trial, try_printer

VAGUE = ("job-state", "job-reasons", "time", "sequence", "up-time", "printer-state")
PLAYED = ("printer/event-job-state-changed", "job/event-job-state-changed", "printer/event-printer-state-changed")
TWICE = "twice-in-more-words"


def tried(directory: Path, **change: Any) -> Trial:
    return try_printer(replace(OBEDIENT, **change), [BY_ID[name] for name in PLAYED], directory)


@pytest.mark.parametrize(
    "change",
    [{"facts_left_out": VAGUE}, {"transport": "one-message-id"}, {"facts_left_out": VAGUE, "job_seconds": 0.2}],
    ids=["in-the-same-words", "with-one-message-id", "slowly"],
)
def test_several_true_changes_are_no_copies(tmp_path: Path, change: dict[str, Any]) -> None:
    trial = tried(tmp_path, **change)
    assert {"S-once", "N-22"}.isdisjoint(trial.missed())


def test_without_a_number_nobody_is_blamed_for_what_may_be_a_change(tmp_path: Path) -> None:
    trial = tried(tmp_path, transport=TWICE, number_told="none")
    assert "has counted" not in " ".join(r.actual for r in trial.missed().get("S-once", ()))
