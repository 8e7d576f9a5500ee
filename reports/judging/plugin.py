"""The pytest side of judging: options, the ``play`` fixture, and what each case came to.

Loaded by name (``-p reports.pytest_plugin``), never by an entry point, so that it cannot get into a stranger's pytest::

    pytest -p reports.pytest_plugin --evidence run.evidence --pyargs conformance.cases.test_table1
"""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from conformance.cases.case import CLIENT, RUN
from conformance.record.client_record import ClientRecord
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.record.run_names import RunNames
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.requirements import Catalogue, Otherwise, Severity, catalogue
from conformance.scenarios import selected
from conformance.scenarios.drawn import recorded
from conformance.verdict import CaseResult, Judgement, NotApplicable, Outcome, Violation, Waiver
from conformance.vocabulary import Edition

from .inventory import case_id, judges
from .selection import EVERYTHING, Selection


@dataclass
class Judging:
    """One judging of one evidence file; ``results`` fills as the cases run, ``crashes`` are faults of ours."""

    run_record: RunRecord
    catalogue: Catalogue
    edition: Edition
    selection: Selection = EVERYTHING
    strict: bool = False
    waivers: Sequence[Waiver] = ()
    results: list[CaseResult] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    collected: int = 0

    @cached_property
    def names(self) -> RunNames:
        """What is of this run only."""
        return RunNames(self.run_record)

    def failed(self, result: CaseResult) -> list[str]:
        """The requirements that a violation fails."""
        known = [self.catalogue[name] for name in result.requirements if name in self.catalogue]
        return [r.id for r in known if self.strict or result.fails(hard=r.severity is Severity.HARD)]

    def waiver(self, requirement: str, result: CaseResult) -> Waiver | None:
        """Who answers for that failure, if anybody does."""
        return next((waiver for waiver in self.waivers if waiver.covers(requirement, result)), None)


JUDGING: pytest.StashKey[Judging] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a judging needs to be told."""
    group = parser.getgroup("ippmailto")
    group.addoption("--evidence", type=Path, help="the evidence file to judge")
    group.addoption("--edition", default=Edition.MAILTO_00.value, choices=[e.value for e in Edition])
    group.addoption("--select-case", action="append", default=[], help="requirement or case id, or a glob of them")
    group.addoption("--switched-reading", action="append", default=[], type=Otherwise, help="a reading, as ID=CHOICE")


def pytest_configure(config: pytest.Config) -> None:
    """Open the evidence, unless whoever called pytest has done so."""
    config.addinivalue_line("markers", "case(requirements, on): a conformance case; see conformance.cases.case")
    # A judgement's text is our own, and so is a crash's; pytest's own rendering would read the source for each case.
    config.option.tbstyle = "value"
    if config.getoption("help") or JUDGING in config.stash:
        return
    path: Path | None = config.getoption("--evidence")
    if path is None:
        raise pytest.UsageError("the cases judge evidence: name a file with --evidence; 'ippmailto run' leaves one")
    try:
        file = EvidenceFile.open(path)
    except EvidenceError as error:
        raise pytest.UsageError(str(error)) from error
    config.add_cleanup(file.close)
    edition = Edition(config.getoption("--edition"))
    run_record = RunRecord(file, config.getoption("--switched-reading"), edition)
    config.stash[JUDGING] = Judging(
        run_record,
        catalogue(edition, run_record.vocabulary.name, run_record.whom),
        edition,
        Selection(tuple(config.getoption("--select-case"))),
    )


def case_of(item: pytest.Item) -> tuple[str, tuple[str, ...]] | None:
    """Id and requirements of a case; ``None`` when the item is no case."""
    mark = item.get_closest_marker("case")
    if mark is None or not isinstance(item, pytest.Function):
        return None
    scene = item.callspec.id if hasattr(item, "callspec") else ""
    return case_id(item.module.__name__, item.originalname, scene), mark.kwargs["requirements"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item for each scenario that a case reads."""
    mark = metafunc.definition.get_closest_marker("case")
    if mark is None:
        return
    on, judging = mark.kwargs["on"], metafunc.config.stash[JUDGING]
    ours = judges(on) is judging.run_record.whom
    if on in (RUN, CLIENT):
        metafunc.parametrize(on, [on] if ours else [], ids=[on] if ours else [], indirect=True)
        return
    scenes = list(_scenes(judging, metafunc, mark)) if ours else []
    metafunc.parametrize("play", scenes, ids=scenes, indirect=True)


def _scenes(judging: Judging, metafunc: pytest.Metafunc, mark: pytest.Mark) -> Iterator[str]:
    """The scenarios to be read; what was not asked for is left out here, before pytest has made something of it."""
    known = tuple(r for r in mark.kwargs["requirements"] if r in judging.catalogue)
    for scene in selected(mark.kwargs["on"], recorded(judging.run_record.plays)):
        name = case_id(metafunc.module.__name__, metafunc.definition.originalname, scene.id)
        if judging.edition in scene.editions and judging.selection.wants(name, known):
            yield scene.id


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the cases that this edition has requirements for and that were asked for."""
    judging, kept, left = config.stash[JUDGING], list[pytest.Item](), list[pytest.Item]()
    for item in items:
        found = case_of(item)
        if found is None or found[0].endswith("[NOTSET]"):  # no scenario of this edition
            left.append(item)
            continue
        name, requirements = found
        known = tuple(r for r in requirements if r in judging.catalogue)
        (kept if known and judging.selection.wants(name, known) else left).append(item)
    items[:] = kept
    judging.collected = len(kept)
    if left:
        config.hook.pytest_deselected(items=left)


@pytest.fixture
def play(request: pytest.FixtureRequest) -> PlayRecord:
    """The play that the case reads; a judgement when it was not played to its end."""
    return request.config.stash[JUDGING].run_record.play(request.param)


@pytest.fixture
def run(request: pytest.FixtureRequest) -> RunRecord:
    """The whole run, for a case that looks at all of it."""
    return request.config.stash[JUDGING].run_record


@pytest.fixture
def client(request: pytest.FixtureRequest) -> ClientRecord:
    """What a client did, for a case that judges one."""
    return request.config.stash[JUDGING].run_record.once(ClientRecord)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what the case came to, and tell pytest in its own words."""
    report = yield
    found = case_of(item)
    if found is None or call.when == "teardown" or (call.when == "setup" and call.excinfo is None):
        return report
    judging = item.config.stash[JUDGING]
    name, requirements = found
    error = call.excinfo.value if call.excinfo else None
    result = result_of(name, requirements, error)
    if result is None:
        report.longrepr = "".join(traceback.format_exception(error))
        judging.crashes.append(f"{name}: {report.longrepr}")
        return report
    result = judging.names.comparable(result)
    judging.results.append(result)
    _tell(report, result, judging, item)
    return report


def call(judging: Judging, item: pytest.Item) -> None:
    """Call a case without pytest's protocol around it, and note what it came to."""
    found = case_of(item)
    if found is None or not isinstance(item, pytest.Function):
        raise TypeError(f"{item.nodeid} is no case")
    ((reads, scene),) = item.callspec.params.items()

    def case() -> None:
        if reads == CLIENT:
            item.function(judging.run_record.once(ClientRecord))
        else:
            item.function(judging.run_record if reads == RUN else judging.run_record.play(str(scene)))

    came = pytest.CallInfo.from_call(case, "call", reraise=(KeyboardInterrupt, SystemExit))
    error = came.excinfo.value if came.excinfo else None
    result = result_of(*found, error)
    if result is None:
        judging.crashes.append(f"{found[0]}: {''.join(traceback.format_exception(error))}")
    else:
        judging.results.append(judging.names.comparable(result))


def result_of(case_id: str, requirements: tuple[str, ...], error: BaseException | None) -> CaseResult | None:
    """What the end of a case says of the printer; ``None`` when the case itself broke."""
    if error is None:
        return CaseResult(case_id, requirements, Outcome.MET)
    if isinstance(error, Violation):
        told = error.expected, error.actual, error.remark, error.where
        return CaseResult(case_id, requirements, Outcome.VIOLATED, *told, error.binding)
    if isinstance(error, Judgement):
        outcome = Outcome.NOT_APPLICABLE if isinstance(error, NotApplicable) else Outcome.INCONCLUSIVE
        return CaseResult(case_id, requirements, outcome, reason=error.reason, where=error.where)
    return None


def _tell(report: pytest.TestReport, result: CaseResult, judging: Judging, item: pytest.Item) -> None:
    """Outcome words of pytest: a soft requirement not met still passes there, waived and not applicable are skips."""
    report.user_properties.append(("requirements", " ".join(result.requirements)))
    report.user_properties.append(("outcome", result.outcome.value))
    if result.outcome is Outcome.VIOLATED:
        text = failure_text(result, judging.catalogue)
        failed = judging.failed(result)
        waived = [waiver for name in failed if (waiver := judging.waiver(name, result)) is not None]
        report.longrepr = text
        if not failed:
            report.outcome = "passed"
            report.longrepr = None
            report.sections.append(("warning", text))
        elif len(waived) == len(failed):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: waived by {waived[0]}\n{text}")
    elif result.outcome is Outcome.NOT_APPLICABLE:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: not applicable: {result.reason}")
    elif result.outcome is Outcome.INCONCLUSIVE:
        report.longrepr = f"inconclusive: {result.reason}"


def failure_text(result: CaseResult, known: Catalogue) -> str:
    """Requirement, expected, actual, where: what a firmware engineer needs."""
    lines = [f"{r} ({known[r].level}): {known[r].says}" for r in result.requirements if r in known]
    lines += [f"  Expected: {result.expected}", f"    Actual: {result.actual}"]
    if result.where:
        lines.append("     Where: " + ", ".join(map(str, result.where)))
    if result.reason:
        lines.append(f"    Remark: {result.reason}")
    return "\n".join(lines)


__all__ = ["JUDGING", "Judging", "call", "case_of", "failure_text", "result_of"]
