"""What a report directory holds, by name; and what is left there only when it is asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from conformance.record.run_record import RunRecord
from reports.formats.ctrf import ctrf_json
from reports.formats.html import report_html
from reports.formats.junit import fault_xml, junit_xml
from reports.formats.markdown import report_md
from reports.formats.sarif import sarif_json
from reports.formats.verdict_json import verdict_json
from reports.judging.judging import JudgedRun
from reports.writing import OutputError, allure_results, write_reports

from .report_directory import VERDICT

JUNIT = "junit.xml"


def documents(judged: JudgedRun, run_record: RunRecord) -> dict[str, bytes]:
    """The reports that every run leaves; ``run_record`` is what was judged."""
    return {
        VERDICT: (json.dumps(verdict_json(judged), indent=2) + "\n").encode(),
        JUNIT: junit_xml(judged),
        "results.sarif": sarif_json(judged),
        "ctrf.json": ctrf_json(judged),
        "report.md": report_md(judged).encode(),
        "report.html": report_html(judged, run_record).encode(),
    }


def leave_reports(judged: JudgedRun, run_record: RunRecord, directory: Path, *, allure: bool) -> None:
    """Write them; raises ``OutputError``."""
    if allure:
        from reports.formats.allure import write_allure

        with allure_results(directory) as results:
            write_allure(judged, results)
    write_reports(directory, documents(judged, run_record))


def leave_fault(reason: str, directory: Path) -> None:
    """In place of a verdict, so that a CI server does not take an earlier report for this one's."""
    write_reports(directory, {JUNIT: fault_xml(reason)})


def add_to_job_summary(judged: JudgedRun) -> None:
    """To the page of a GitHub job, where there is one; raises ``OutputError``."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if not named:
        return
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(report_md(judged))
    except OSError as error:
        raise OutputError(named, error) from error
