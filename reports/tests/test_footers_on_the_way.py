"""A scanner on the way that adds a footer is held against no printer, and hides no lie of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.record.session_owner import NO, YES
from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from fakes.printer import OBEDIENT
from fakes.stage.ixit import Ixit
from reports.selftest.trial import try_printer

SCENARIOS = [BY_ID["printer/later-both"], *(s for s in BY_ID.values() if "later-text-only" in s.tags)]


@pytest.mark.parametrize(
    ("relay", "lie", "outcome"),
    [(YES, {}, Outcome.INCONCLUSIVE), (NO, {}, Outcome.VIOLATED), (YES, {"free_text": "shorter"}, Outcome.VIOLATED)],
    ids=["a-relay-s", "of-the-printer", "behind-a-relay-s"],
)
def test_texts_that_differ_in_the_footer_of_a_relay(
    tmp_path: Path, relay: str, lie: dict[str, Any], outcome: Outcome
) -> None:
    policy = replace(OBEDIENT, edition=Edition.MAILTO_04, transport="scanned", **lie)
    ixit = replace(Ixit.for_loopback(), mail_timeout=2.0, relay=relay)
    trial = try_printer(policy, SCENARIOS, tmp_path, ixit=ixit, about=("M4-TextOnly-6",))
    assert [result.outcome for result in trial.results] == [outcome]
