"""CTRF, the Common Test Report Format: a test is a requirement.

Inconclusive is ``other``, since it neither passed nor failed; what no case speaks for is ``pending``; ``rawStatus`` has
our own word.
"""

from __future__ import annotations

import json
from typing import Any, Final

from conformance.verdict import Overall, RequirementVerdict, Verdict, printable
from reports.judging.judging import JudgedRun
from reports.version import tool_version

from .junit import CAN_BE_JUDGED
from .per_requirement import DECIDED, ENOUGH, began_at, details, evidence_name, headline, shortfall, span_of

SPECIFICATION: Final = "0.0.0"
STATUS: Final = {
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "other",
    Verdict.WAIVED: "skipped",
    Verdict.WARNING: "passed",
    Verdict.PASS: "passed",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.NOT_TESTED: "pending",
}


def ctrf_json(judged: JudgedRun) -> bytes:
    """The document."""
    begin = began_at(judged)
    if judged.verdict.overall is Overall.NOT_JUDGED:
        told = {"rawStatus": "not-judged", "message": printable(judged.reason)}
        tests = [{"name": CAN_BE_JUDGED, "status": "other", "duration": 0} | told]
    else:
        tests = [_test(judged, requirement, begin) for requirement in judged.verdict.requirements]
        if why := shortfall(judged):
            told = {"rawStatus": judged.verdict.overall.value, "message": printable(why)}
            tests.append({"name": ENOUGH, "status": "other", "duration": 0} | told)
    counts = {status: sum(test["status"] == status for test in tests) for status in dict.fromkeys(STATUS.values())}
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "generatedBy": "ippmailto",
        "results": {
            "tool": {"name": "ippmailto", "version": tool_version()},
            "summary": {
                "tests": len(tests),
                **counts,
                "start": round(begin * 1000),
                "stop": round((begin + judged.seconds) * 1000),
                "extra": {"verdict": judged.verdict.overall.value, "reason": printable(judged.reason)},
            },
            "tests": tests,
            "environment": {
                "reportName": f"ippmailto {judged.edition.value}",
                "extra": {
                    "printer": {name: printable(value) for name, value in judged.printer.items()},
                    "edition": judged.edition.value,
                    "vocabulary": judged.vocabulary,
                    "evidence": {"file": printable(evidence_name(judged)), "sha256": judged.sha256},
                },
            },
        },
    }
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def _test(judged: JudgedRun, requirement: RequirementVerdict, begin: float) -> dict[str, Any]:
    entry, span = judged.catalogue[requirement.id], span_of(judged, requirement)
    test: dict[str, Any] = {
        "testId": f"{judged.edition.value}/{entry.id}",
        "name": entry.id,
        "status": STATUS[requirement.verdict],
        "rawStatus": requirement.verdict.value,
        "duration": round(span.took * 1000),
        "suite": [f"ippmailto {judged.edition.value}", entry.document, f"section {entry.section}"],
        "tags": [entry.level.value],
        "labels": {"section": entry.section, "level": entry.level.value, "binds": entry.binds.value},
    }
    if span.took:
        test |= {"start": round((begin + span.begin) * 1000), "stop": round((begin + span.end) * 1000)}
    if requirement.verdict is not Verdict.PASS:
        test["message"] = printable(headline(judged, requirement))
    if requirement.verdict in DECIDED:
        test["trace"] = printable(details(judged, requirement))
    return test
