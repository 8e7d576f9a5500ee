"""The head of an Allure report: verdict and reason, beside the results that pytest's plugin wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from conformance.verdict import Overall, printable
from reports.judging.judging import JudgedRun
from reports.writing import write_reports

HEAD: Final = "environment.properties"
NAME: Final = "the printer can be judged"  # of the one result of a run in which nothing was judged,
OWN: Final = str(uuid5(NAMESPACE_URL, f"ippmailto:{NAME}"))  # and its id, the same in every run


def add_head(judged: JudgedRun, directory: Path) -> None:
    """Write the environment of the report, and the one result where nothing was judged; raises ``OutputError``."""
    documents = {HEAD: "".join(_environment(judged)).encode("ascii")}
    if judged.verdict.overall is Overall.NOT_JUDGED:
        documents[f"{OWN}-result.json"] = json.dumps(_result(judged.reason)).encode("ascii")
    write_reports(directory, documents)


def _environment(judged: JudgedRun) -> Iterator[str]:
    printer = judged.printer
    facts = {
        "Verdict": judged.verdict.overall.value,
        "Reason": judged.reason,
        "Cut-short": "yes" if judged.cut_short else "no",
        "Printer": " ".join(filter(None, (printer["name"], printer["make-and-model"], "at", printer["uri"]))),
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Evidence": f"{judged.evidence.name}, sha256 {judged.sha256}",
    }
    return (f"{name} = {_escaped(value)}\n" for name, value in facts.items() if value)


def _escaped(value: str) -> str:
    """As a value of a Java properties file."""
    return printable(value).replace("\\", "\\\\").replace("\n", "\\n")


def _result(reason: str) -> dict[str, Any]:
    """As Allure reads it; one history, whatever the reason."""
    return {
        "uuid": OWN,
        "historyId": OWN,
        "testCaseId": OWN,
        "name": NAME,
        "fullName": NAME,
        "status": "broken",
        "statusDetails": {"message": f"not judged: {reason}"},
        "labels": [{"name": "suite", "value": "ippmailto"}],
    }
