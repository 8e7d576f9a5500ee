"""Allure results, for those who ask for them: a test is a requirement, its steps are what each kind of case saw.

Its identity is made of edition and requirement alone, so that Allure finds its history in every run, on every machine.
The shape of a result is that of allure-pytest's own model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from allure_commons.model2 import Label, Link, Status, StatusDetails, TestResult, TestStepResult
from allure_commons.types import LabelType, LinkType, Severity
from attr import asdict

from conformance.requirements import Level
from conformance.verdict import JudgedCase, Overall, RequirementVerdict, Verdict, printable
from reports.judging.judging import JudgedRun
from reports.version import tool_version
from reports.writing import write_reports

from .findings import alike
from .junit import CAN_BE_JUDGED
from .per_requirement import ENOUGH, began_at, details, headline, shortfall, span_of

HEAD: Final = "environment.properties"
STATUS: Final = {
    Verdict.FAIL: Status.FAILED,
    Verdict.INCONCLUSIVE: Status.BROKEN,
    Verdict.WAIVED: Status.SKIPPED,
    Verdict.WARNING: Status.PASSED,
    Verdict.PASS: Status.PASSED,
    Verdict.NOT_APPLICABLE: Status.SKIPPED,
    Verdict.NOT_TESTED: Status.SKIPPED,
}
SEVERITY: Final = {
    Level.MUST: Severity.CRITICAL,
    Level.REQUIRED: Severity.CRITICAL,
    Level.SHOULD: Severity.NORMAL,
    Level.FACT: Severity.CRITICAL,
}
FINISHED: Final = "finished"


def write_allure(judged: JudgedRun, directory: Path) -> None:
    """Write the results there; raises ``OutputError``."""
    documents = {HEAD: "".join(_environment(judged)).encode("ascii")}
    documents |= {r.file_pattern.format(prefix=r.uuid): _octets(r) for r in _results(judged)}
    write_reports(directory, documents)


def _environment(judged: JudgedRun) -> Iterator[str]:
    printer = judged.printer
    facts = {
        "Verdict": judged.verdict.overall.value,
        "Reason": judged.reason,
        "Cut-short": "yes" if judged.cut_short else "no",
        "Client": judged.client,
        "Printer": " ".join(filter(None, (printer["name"], printer["make-and-model"], "at", printer["uri"]))),
        "Firmware": printer["firmware"],
        "Serial-number": judged.facts.serial or "",
        "Tester": judged.facts.tester or "",
        "Station": judged.facts.station or "",
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Evidence": f"{judged.evidence.name}, sha256 {judged.sha256}",
        "Judged-by": f"ippmailto {tool_version()}",
    }
    return (f"{name} = {_escaped(value)}\n" for name, value in facts.items() if value)


def _escaped(value: str) -> str:
    """As a value of a Java properties file."""
    return printable(value).replace("\\", "\\\\").replace("\n", "\\n")


def _octets(result: TestResult) -> bytes:
    """What is empty is left out, as Allure's own writer does."""
    return json.dumps(asdict(result, filter=lambda _, value: value or value is False)).encode("ascii")


def _results(judged: JudgedRun) -> Iterator[TestResult]:
    if judged.verdict.overall is Overall.NOT_JUDGED:
        yield _broken(judged, CAN_BE_JUDGED, f"not judged: {judged.reason}")
        return
    for requirement in judged.verdict.requirements:
        yield _result(judged, requirement)
    if why := shortfall(judged):
        yield _broken(judged, ENOUGH, why)


def _broken(judged: JudgedRun, name: str, why: str) -> TestResult:
    """A test that is no requirement, and is there only where it is broken."""
    return TestResult(
        **_identity(judged, name),
        name=name,
        status=Status.BROKEN,
        statusDetails=StatusDetails(message=printable(why)),
        labels=_labels({LabelType.PARENT_SUITE: f"ippmailto {judged.edition.value}"}),
    )


def _identity(judged: JudgedRun, name: str) -> dict[str, str]:
    """The same in every run, but for the uuid, which is that of one file of evidence."""
    full = f"{judged.edition.value}/{name}"
    history = str(uuid5(NAMESPACE_URL, f"ippmailto:{full}"))
    own = str(uuid5(NAMESPACE_URL, f"ippmailto:{judged.sha256}:{full}"))
    return {"uuid": own, "historyId": history, "testCaseId": history, "fullName": full}


def _result(judged: JudgedRun, requirement: RequirementVerdict) -> TestResult:
    entry, span = judged.catalogue[requirement.id], span_of(judged, requirement)
    begin = began_at(judged)
    labels = {
        LabelType.PARENT_SUITE: f"ippmailto {judged.edition.value}",
        LabelType.SUITE: entry.document,
        LabelType.SUB_SUITE: f"section {entry.section}",
        LabelType.SEVERITY: SEVERITY.get(entry.level, Severity.MINOR).value,
        LabelType.TAG: entry.level.value,
    }
    waivers = {case.waiver for case in requirement.cases if case.waiver}
    groups = [g for v in Verdict for g in alike([c for c in requirement.cases if c.verdict is v])]
    return TestResult(
        **_identity(judged, requirement.id),
        name=printable(f"{entry.id}: {entry.says}"),
        description=printable(f"{entry.where}, {entry.level.value}. {entry.observe}"),
        status=STATUS[requirement.verdict],
        statusDetails=_status_details(judged, requirement),
        stage=FINISHED,
        start=round((begin + span.begin) * 1000),
        stop=round((begin + span.end) * 1000),
        labels=_labels(labels),
        links=[
            Link(type=LinkType.ISSUE, url=printable(waiver.link), name=printable(f"waiver of {waiver.owner}"))
            for waiver in sorted(waivers, key=str)
            if waiver.link
        ],
        steps=[_step(group) for group in groups],
    )


def _status_details(judged: JudgedRun, requirement: RequirementVerdict) -> StatusDetails | None:
    if requirement.verdict is Verdict.PASS:
        return None
    return StatusDetails(
        known=requirement.verdict is Verdict.WAIVED,
        message=printable(headline(judged, requirement)),
        trace=printable(details(judged, requirement)),
    )


def _step(group: list[JudgedCase]) -> TestStepResult:
    """One case function, as it came out in some scenarios."""
    first = group[0]
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    said = first.case.reason or first.case.actual
    return TestStepResult(
        name=printable(f"{first.verdict.value}: {first.case.id}{more}"),
        status=STATUS[first.verdict],
        statusDetails=StatusDetails(message=printable(said)) if said else None,
        stage=FINISHED,
    )


def _labels(labels: Mapping[str, str]) -> list[Label]:
    told = {**labels, LabelType.FRAMEWORK: "ippmailto"}
    return [Label(name=name, value=printable(value)) for name, value in told.items()]
