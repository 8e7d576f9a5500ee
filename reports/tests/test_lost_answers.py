"""A request whose answer is lost may have been carried out: what follows from that is no fault of the printer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.rows import Exchange
from conformance.record.run_record import RunRecord
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.stage.ixit import Ixit
from fakes.stage.tests.meddling import Fate, SeenRequest, behind
from reports.tests.played_and_judged import blamed, played_and_judged, scenarios_for

PLAYS = ("printer/omitted", "printer/attributes", "printer/cancelled", "renewed")


@pytest.mark.parametrize("fate", [Fate.LOSE, Fate.STALL, Fate.SWALLOW])
@pytest.mark.parametrize(
    "operation", [Operation.CANCEL_SUBSCRIPTION, Operation.RENEW_SUBSCRIPTION], ids=lambda o: str(o.name)
)
def test_an_answer_that_is_lost_blames_nobody(tmp_path: Path, operation: Operation, fate: Fate) -> None:
    def choose(request: SeenRequest) -> Fate:
        return fate if request.operation is operation and request.nth % 2 else Fate.PASS

    scenarios = scenarios_for(PLAYS, OBEDIENT.edition)
    ixit = replace(Ixit.for_loopback(), request_timeout=0.5)
    results = played_and_judged(tmp_path, behind(OBEDIENT, lambda *_: None, choose), scenarios, OBEDIENT, ixit)
    assert blamed(results) == []
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        lost = [row for row in file.rows(Exchange, "operation=?", int(operation)) if row.problem]
        assert lost
        assert ledger_of(RunRecord(file)).left_over == []
