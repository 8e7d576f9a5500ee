"""Whatever was played, nothing of it stays at the printer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

import fakes.stage.stage
from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.record.rows import PlayEnd
from conformance.scenarios import ipp_notifications
from conformance.scenarios.steps import Elapse, OutliveLease, Pass
from conformance.vocabulary import RFC3995, Edition
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT, Policy
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.ixit import Ixit
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber

QUICK = [
    s
    for s in ipp_notifications.SCENARIOS
    if not any(isinstance(step, OutliveLease | Pass | Elapse) for step in s.steps)
]


async def left_by(policy: Policy, evidence: Path) -> tuple[int, int]:
    """How many subscriptions and jobs a printer has when all that takes no time has been played."""
    sitting = Sitting(replace(Ixit.for_loopback(), mail_timeout=2.0), "a test", vocabulary=policy.vocabulary)
    with EvidenceFile.create(evidence) as file:
        async with bench(file, reference_printer(policy), sitting) as stage:
            await stage.prepare()
            await stage.perform([s for s in QUICK if policy.edition in s.editions], lambda *_: None)
            subscriptions = await listed(stage.subscriber, Operation.GET_SUBSCRIPTIONS, GroupTag.SUBSCRIPTION)
            return subscriptions, await listed(stage.subscriber, Operation.GET_JOBS, GroupTag.JOB)


async def listed(subscriber: Subscriber, operation: Operation, group: GroupTag) -> int:
    answer = answer_of(await subscriber.post(operation, [operation_group(subscriber.uri, "operator")]))
    assert answer is not None
    assert answer.ok
    return len(answer.message.all(group))


@pytest.mark.parametrize(
    "policy",
    [
        OBEDIENT,
        replace(OBEDIENT, edition=Edition.MAILTO_04, vocabulary=RFC3995),
        replace(OBEDIENT, unsupported_charset="refused", unsupported_language="refused"),
        replace(OBEDIENT, lease_min=0),
        replace(OBEDIENT, added_to="printer"),
    ],
    ids=["ntfy-01", "rfc3995", "refuses", "endless", "adds-to-the-printer"],
)
def test_no_subscription_and_no_job_is_left(policy: Policy, tmp_path: Path) -> None:
    assert asyncio.run(left_by(policy, tmp_path / "left.evidence")) == (0, 0)


async def ended_by_large_answers(evidence: Path) -> tuple[str, set[str]]:
    sitting = Sitting(Ixit.for_loopback(), "a test", vocabulary=OBEDIENT.vocabulary)
    with EvidenceFile.create(evidence) as file:
        async with bench(file, reference_printer(OBEDIENT), sitting) as stage:
            await stage.prepare()
            await stage.perform(QUICK[:2], lambda *_: None)
            ended = stage.ended
        return ended, {end.reason for end in file.rows(PlayEnd)}


def test_answers_too_large_to_be_judged_end_a_run_before_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.stage.stage, "MOST_RECORDED", 1_000)
    ended, reasons = asyncio.run(ended_by_large_answers(tmp_path / "run.evidence"))
    assert ended.startswith("the printer's answers are so large")
    assert reasons == {ended}
