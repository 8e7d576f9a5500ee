"""A printer that takes its time to cancel a job: nobody who is alone hears of the end of somebody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from fakes.stage.first_plays import FIRST_PLAYS
from fakes.stage.ixit import Ixit
from reports.selftest.trial import try_printer

REFUSED, ALONE = "faults/rcpt-550", "printer/omitted"
SLOW = replace(OBEDIENT, cancel_seconds=0.3)


@pytest.mark.long  # it waits for a sentinel
def test_who_is_alone_waits_for_the_end_of_a_refused_plays_jobs(tmp_path: Path) -> None:
    ixit = replace(Ixit.for_loopback(), mail_timeout=1.0)
    try_printer(
        SLOW, [BY_ID[name] for name in (*FIRST_PLAYS[-2:], REFUSED, ALONE)], tmp_path, ixit=ixit, about=("1-1",)
    )
    with EvidenceFile.open(tmp_path / "trial.evidence") as file:
        play = RunRecord(file).plays[ALONE]
        named = [mail.plays_named for mail in play.subscription.mails]
    assert named == [{play.row.id}]
