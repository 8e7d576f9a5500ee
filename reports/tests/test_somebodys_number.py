"""The number that no subscription ought to have: one that has it may be somebody's, and is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from reports.selftest.trial import try_printer

READ, RENEW, CANCEL = (
    Operation.GET_SUBSCRIPTION_ATTRIBUTES,
    Operation.RENEW_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
)


@pytest.mark.parametrize(
    ("tells", "asked"), [((READ,), [READ]), ((RENEW,), [READ, RENEW]), ((), [READ, RENEW, CANCEL])]
)
def test_what_may_be_somebodys_is_left_alone(
    tmp_path: Path, tells: tuple[Operation, ...], asked: list[Operation]
) -> None:
    try_printer(replace(OBEDIENT, succeeds_at_nothing=tells), [BY_ID["printer/never-made"]], tmp_path)
    with EvidenceFile.open(tmp_path / "trial.evidence") as file:
        play = RunRecord(file).play("printer/never-made")
        assert [answer.row.operation for step in play.steps for answer in step.answers] == asked
