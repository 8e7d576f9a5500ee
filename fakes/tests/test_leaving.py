"""Whatever was played, nothing of it stays at the printer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import rows
from conformance.evidence import EvidenceFile
from conformance.scenarios import base
from conformance.steps import Elapse, OutliveLease, Pass
from conformance.story import answer_of
from conformance.vocabulary import RFC3995, Edition
from conformance.wire.registry import GroupTag, Operation
from fakes.ixit import Ixit
from fakes.journal import Journal
from fakes.printer import OBEDIENT, Policy, ReferencePrinter
from fakes.recipient import Recipient
from fakes.requests import operation_group
from fakes.stage import Stage
from fakes.subscriber import Subscriber

QUICK = [s for s in base.SCENARIOS if not any(isinstance(step, OutliveLease | Pass | Elapse) for step in s.steps)]


async def left_by(policy: Policy, evidence: Path) -> tuple[int, int]:
    """How many subscriptions and jobs a printer has when all that takes no time has been played."""
    with EvidenceFile.create(evidence) as file:
        journal = Journal(file)
        try:
            async with Recipient(journal) as recipient:
                printer = ReferencePrinter(policy, smtp=("127.0.0.1", recipient.port))
                await printer.start()
                try:
                    subscriber = Subscriber(journal, printer.uri, timeout=5.0)
                    run = journal.id(rows.Run)
                    bench = replace(Ixit.for_loopback(), mail_timeout=2.0)
                    stage = Stage(
                        journal, recipient, subscriber, bench, run=run, token="t", vocabulary=policy.vocabulary
                    )
                    await journal.commit(rows.Run(run, journal.now(), "2026-01-01T00:00:00Z", "a test", printer.uri))
                    await stage.prepare()
                    scenarios = [s for s in QUICK if policy.edition in s.editions]
                    await stage.perform(scenarios, lambda *_: None)
                    subscriptions = await listed(subscriber, Operation.GET_SUBSCRIPTIONS, GroupTag.SUBSCRIPTION)
                    return subscriptions, await listed(subscriber, Operation.GET_JOBS, GroupTag.JOB)
                finally:
                    await printer.stop()
        finally:
            await journal.close()


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
