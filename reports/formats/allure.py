"""Allure results, for those who ask for them: a test is a requirement, its steps are what each kind of case saw.

Its identity is made of edition and requirement alone, so that Allure finds its history in every run, on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from conformance.requirements import Level
from conformance.verdict import JudgedCase, Overall, RequirementVerdict, Verdict, printable
from reports.judging.judging import JudgedRun
from reports.version import tool_version
from reports.writing import write_reports

from .junit import CAN_BE_JUDGED
from .per_requirement import began_at, details, headline, span_of
from .terminal import alike

HEAD: Final = "environment.properties"
STATUS: Final = {
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "broken",
    Verdict.WAIVED: "skipped",
    Verdict.WARNING: "passed",
    Verdict.PASS: "passed",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.NOT_TESTED: "skipped",
}
SEVERITY: Final = {Level.MUST: "critical", Level.REQUIRED: "critical", Level.SHOULD: "normal", Level.FACT: "critical"}


def write_allure(judged: JudgedRun, directory: Path) -> None:
    """Write the results there; raises ``OutputError``."""
    documents = {HEAD: "".join(_environment(judged)).encode("ascii")}
    documents |= {f"{r['uuid']}-result.json": json.dumps(r).encode("ascii") for r in _results(judged)}
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
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Evidence": f"{judged.evidence.name}, sha256 {judged.sha256}",
        "Judged-by": f"ippmailto {tool_version()}",
    }
    return (f"{name} = {_escaped(value)}\n" for name, value in facts.items() if value)


def _escaped(value: str) -> str:
    """As a value of a Java properties file."""
    return printable(value).replace("\\", "\\\\").replace("\n", "\\n")


def _results(judged: JudgedRun) -> Iterator[dict[str, Any]]:
    if judged.verdict.overall is Overall.NOT_JUDGED:
        yield _identity(judged, CAN_BE_JUDGED) | {
            "name": CAN_BE_JUDGED,
            "status": "broken",
            "statusDetails": {"message": printable(f"not judged: {judged.reason}")},
            "labels": _labels({"parentSuite": f"ippmailto {judged.edition.value}", "framework": "ippmailto"}),
        }
        return
    for requirement in judged.verdict.requirements:
        yield _result(judged, requirement)


def _identity(judged: JudgedRun, name: str) -> dict[str, str]:
    """The same in every run, but for the uuid, which is that of one file of evidence."""
    full = f"{judged.edition.value}/{name}"
    history = str(uuid5(NAMESPACE_URL, f"ippmailto:{full}"))
    own = str(uuid5(NAMESPACE_URL, f"ippmailto:{judged.sha256}:{full}"))
    return {"uuid": own, "historyId": history, "testCaseId": history, "fullName": full}


def _result(judged: JudgedRun, requirement: RequirementVerdict) -> dict[str, Any]:
    entry, span = judged.catalogue[requirement.id], span_of(judged, requirement)
    begin = began_at(judged)
    labels = {
        "parentSuite": f"ippmailto {judged.edition.value}",
        "suite": entry.document,
        "subSuite": f"section {entry.section}",
        "severity": SEVERITY.get(entry.level, "minor"),
        "tag": entry.level.value,
        "framework": "ippmailto",
    }
    waivers = {case.waiver for case in requirement.cases if case.waiver}
    links = [
        {"type": "issue", "url": printable(waiver.link), "name": printable(f"waiver of {waiver.owner}")}
        for waiver in sorted(waivers, key=str)
        if waiver.link
    ]
    groups = [g for v in Verdict for g in alike([c for c in requirement.cases if c.verdict is v])]
    return _identity(judged, requirement.id) | {
        "name": printable(f"{entry.id}: {entry.says}"),
        "description": printable(f"{entry.where}, {entry.level.value}. {entry.observe}"),
        "status": STATUS[requirement.verdict],
        "statusDetails": _status_details(judged, requirement),
        "stage": "finished",
        "start": round((begin + span.begin) * 1000),
        "stop": round((begin + span.end) * 1000),
        "labels": _labels(labels),
        "links": links,
        "steps": [_step(group) for group in groups],
    }


def _status_details(judged: JudgedRun, requirement: RequirementVerdict) -> dict[str, Any]:
    if requirement.verdict is Verdict.PASS:
        return {}
    return {
        "known": requirement.verdict is Verdict.WAIVED,
        "message": printable(headline(judged, requirement)),
        "trace": printable(details(judged, requirement)),
    }


def _step(group: list[JudgedCase]) -> dict[str, Any]:
    """One case function, as it came out in some scenarios."""
    first = group[0]
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    said = first.case.reason or first.case.actual
    return {
        "name": printable(f"{first.verdict.value}: {first.case.id}{more}"),
        "status": STATUS[first.verdict],
        "statusDetails": {"message": printable(said)} if said else {},
        "stage": "finished",
    }


def _labels(labels: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": printable(value)} for name, value in labels.items()]
