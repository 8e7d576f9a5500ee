"""Some scenarios at a printer on the loopback, played and judged in this process, and who is blamed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.requirements import catalogue
from conformance.scenarios import SCENARIOS, Scenario, selected
from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import Edition
from fakes.printer import OBEDIENT, Policy
from fakes.stage.bench import PrinterAt, Sitting, bench
from fakes.stage.ixit import Ixit
from reports.selftest.trial import judge_quickly

PATIENCE = 300  # seconds for what takes twenty on an idle machine


def scenarios_for(on: Iterable[str], edition: Edition) -> list[Scenario]:
    """Those that these words select, in the order in which they are played."""
    names = {s.id for word in on for s in selected(word)}
    return [s for s in SCENARIOS if s.id in names and edition in s.editions]


def played_and_judged(
    directory: Path, at: PrinterAt, scenarios: Sequence[Scenario], policy: Policy, ixit: Ixit
) -> tuple[CaseResult, ...]:
    """What the cases say of the printer there."""

    async def run(file: EvidenceFile) -> None:
        sitting = Sitting(ixit, "a test", vocabulary=policy.vocabulary)
        async with bench(file, at, sitting) as made:
            await made.prepare()
            await made.perform(scenarios, lambda *_: None)

    evidence = directory / "run.evidence"
    with EvidenceFile.create(evidence) as file:
        asyncio.run(asyncio.wait_for(run(file), PATIENCE))
    return judge_quickly(evidence, policy.edition, {s.id for s in scenarios})


def blamed(results: Iterable[CaseResult], policy: Policy = OBEDIENT) -> list[str]:
    """What its edition asks for and it is said not to have done."""
    known = catalogue(policy.edition, policy.vocabulary.name)
    wrong = (r for r in results if r.outcome is Outcome.VIOLATED and any(name in known for name in r.requirements))
    return [f"{r.id} ({', '.join(r.requirements)}): {r.expected} / {r.actual}" for r in wrong]
