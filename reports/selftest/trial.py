"""One printer on trial, all in this process: the scenarios are played at it and the cases called, without pytest.

It is how the suite itself is tested, a hundred times in a row; a pytest session for each would take longer than the
rest.  The printer is driven over IPP and SMTP, as in any run.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from conformance.cases.case import RUN
from conformance.record.evidence import EvidenceFile
from conformance.record.run_names import RunNames
from conformance.record.run_record import RunRecord
from conformance.requirements import Otherwise, Severity, catalogue
from conformance.scenarios.steps import Scenario
from conformance.verdict import CaseResult, Judgement, Outcome, Violation
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.printer import Policy
from fakes.printer.conditions import ConditionalLie
from fakes.stage.bench import Listener, MailPath, PrinterAt, Sitting, bench, directly, reference_printer
from fakes.stage.ixit import Ixit
from fakes.stage.secured_printer import Prepared, prepared
from reports.judging.inventory import case_functions, case_id
from reports.judging.judging import OwnFaultError
from reports.judging.plugin import result_of

MAIL_SECONDS: Final = 2.0  # a first mail that takes longer is taken for missing; on a loopback it takes a few ms
PLAY_SECONDS: Final = 600.0  # bounds a trial in which something of ours hangs

TRACE_LINES: Final = 6  # of a trial that broke

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broken:
    """A trial that came to no end: a fault of ours."""

    told: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the result of every case whose scenario was played, and the seconds that all took."""

    results: tuple[CaseResult, ...]
    edition: Edition
    vocabulary: str
    seconds: float

    def missed(self) -> dict[str, tuple[CaseResult, ...]]:
        """The requirements with a case that found a violation, hard or soft, in the catalogue's order."""
        return self._with(Outcome.VIOLATED)

    def failed(self) -> dict[str, tuple[CaseResult, ...]]:
        """Those of them that cost the verdict."""
        known = catalogue(self.edition, self.vocabulary)
        hard = {name: entry.severity is Severity.HARD for name, entry in known.items()}
        found = {n: tuple(r for r in rs if r.fails(hard=hard[n])) for n, rs in self.missed().items()}
        return {name: results for name, results in found.items() if results}

    def inconclusive(self) -> dict[str, tuple[CaseResult, ...]]:
        """The requirements with a case that could not be judged."""
        return self._with(Outcome.INCONCLUSIVE)

    def spoken_of(self) -> frozenset[str]:
        """The requirements with a case among those that were called."""
        return frozenset(name for result in self.results for name in result.requirements)

    def _with(self, outcome: Outcome) -> dict[str, tuple[CaseResult, ...]]:
        found = {
            name: tuple(r for r in self.results if name in r.requirements and r.outcome is outcome)
            for name in catalogue(self.edition, self.vocabulary)
        }
        return {name: results for name, results in found.items() if results}


def try_printer(
    policy: Policy,
    scenarios: Sequence[Scenario],
    directory: Path,
    *,
    ixit: Ixit | None = None,
    mail_path: MailPath = directly,
    lie: ConditionalLie | None = None,
    listener: Listener = Listener(),  # noqa: B008 - frozen
    about: Collection[str] = (),
) -> Trial:
    """Play at a printer with that policy and judge it; the evidence stays in ``directory``.

    ``mail_path`` stands between the printer and the recipient, if anything does; ``lie`` is told on condition;
    ``listener`` is what the recipient asks for, ``about`` the requirements that are judged, where not all are.  What a
    case raises beside its judgements is a fault of ours and goes through.
    """
    began = time.monotonic()
    evidence = directory / "trial.evidence"
    ixit = ixit or replace(Ixit.for_loopback(), mail_timeout=MAIL_SECONDS)
    there = prepared(policy, ixit, directory)
    printer = reference_printer(there.policy, mail_path, lie, there.surroundings)
    asyncio.run(_play(printer, there, scenarios, evidence, listener))
    results = judge_quickly(evidence, policy.edition, {s.id for s in scenarios}, about=about)
    seconds = time.monotonic() - began
    return Trial(results, policy.edition, policy.vocabulary.name, seconds)


def guarded(run: Callable[[], T]) -> T | Broken:
    """What ``run`` returns, or what it broke with, kept by a thread: not every error can leave a process."""
    with ThreadPoolExecutor(1) as room:
        outcome = room.submit(run)
        error = outcome.exception()
    if error is None:
        return outcome.result()
    lines = [line for entry in traceback.format_exception(error) for line in entry.splitlines()]
    return Broken("\n        ".join(("the trial broke:", *lines[-TRACE_LINES:])))


async def _play(
    printer: PrinterAt, there: Prepared, scenarios: Sequence[Scenario], evidence: Path, listener: Listener
) -> None:
    faults: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(_fault(context)))
    vocabulary = VOCABULARIES[there.policy.vocabulary.name]
    sitting = Sitting(there.ixit, "a trial", listener=listener, vocabulary=vocabulary, directories=there.directories)
    with EvidenceFile.create(evidence) as file:
        async with asyncio.timeout(PLAY_SECONDS), bench(file, printer, sitting) as stage:
            await stage.prepare()
            await stage.perform(scenarios, lambda *_: None)
    if faults:
        raise OwnFaultError(f"the bench itself broke {len(faults)} times, first: {faults[0]}")


def _fault(context: dict[str, Any]) -> str:
    """What a task or callback of ours ended with."""
    error = context.get("exception")
    lines = traceback.format_exception(error)[-2:] if error is not None else []
    return " ".join((str(context["message"]), *lines))


def judge_quickly(
    evidence: Path,
    edition: Edition,
    played: set[str],
    choices: Collection[Otherwise] = (),
    *,
    about: Collection[str] = (),
) -> tuple[CaseResult, ...]:
    """The result of every case that reads one of the scenarios, or the whole run; calls them one after the other.

    ``about`` are the requirements whose cases are called, where not all are.
    """
    with EvidenceFile.open(evidence) as file:
        run_record = RunRecord(file, choices, edition)
        known = catalogue(edition, run_record.vocabulary.name)
        names, results = RunNames(run_record), []
        for case in case_functions(edition):
            if not any(name in known and (not about or name in about) for name in case.requirements):
                continue
            for scenario in case.scenarios:
                if scenario in played or scenario == RUN:
                    named = case_id(case.module, case.name, scenario)
                    error = _judgement(case.function, run_record, scenario)
                    result = result_of(named, case.requirements, error)
                    assert result is not None  # both kinds of error have one
                    results.append(names.comparable(result))
        return tuple(results)


def _judgement(function: Callable[..., object], run_record: RunRecord, scenario: str) -> Violation | Judgement | None:
    try:
        function(run_record if scenario == RUN else run_record.play(scenario))
    except (Violation, Judgement) as found:
        return found
    return None
