"""JUnit XML for CI servers.

Theirs has four words and ours seven: a fail is a failure, an inconclusive case an error (it is not the printer's
failure, but no pass either), not applicable and waived are skipped, and a warning passes with its text in system-out.
Where nothing was judged there is one testcase, and it is an error, so that nobody takes it for green.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from conformance.verdict import Overall, Verdict, printable
from reports.judging.judging import JudgedRun


def junit_xml(judged: JudgedRun) -> bytes:
    """One suite for the run, one testcase for each case of each requirement."""
    suite = ET.Element("testsuite", name=f"ippmailto {judged.edition.value}", timestamp=printable(judged.run.began))
    if judged.reason:
        head = ET.SubElement(suite, "properties")
        said = {
            "verdict": judged.verdict.overall.value,
            "reason": judged.reason,
            "cut-short": str(judged.cut_short).lower(),
        }
        for name, value in said.items():
            ET.SubElement(head, "property", name=name, value=value)
    counts = {"failures": 0, "errors": 0, "skipped": 0, "tests": 0}
    if judged.verdict.overall is Overall.NOT_JUDGED:
        counts |= {"tests": 1, "errors": 1}
        element = ET.SubElement(suite, "testcase", classname="ippmailto", name="the printer can be judged", time="0")
        ET.SubElement(element, "error", type="not-judged", message=judged.reason)
    for requirement in judged.verdict.requirements:
        for judged_case in requirement.cases:
            case, verdict = judged_case.case, judged_case.verdict
            element = ET.SubElement(suite, "testcase", classname=requirement.id, name=case.id, time="0")
            counts["tests"] += 1
            says = judged.catalogue[requirement.id].says
            text = f"{says}\nExpected: {case.expected}\nActual: {case.actual}\nWhere: " + ", ".join(
                map(str, case.where)
            )
            if verdict is Verdict.FAIL:
                counts["failures"] += 1
                ET.SubElement(element, "failure", message=f"{case.expected} / {case.actual}").text = text
            elif verdict is Verdict.INCONCLUSIVE:
                counts["errors"] += 1
                ET.SubElement(element, "error", type="inconclusive", message=case.reason)
            elif verdict is Verdict.NOT_APPLICABLE:
                counts["skipped"] += 1
                ET.SubElement(element, "skipped", message=f"not applicable: {case.reason}")
            elif verdict is Verdict.WAIVED:
                counts["skipped"] += 1
                ET.SubElement(element, "skipped", message=f"waived by {judged_case.waiver}").text = text
            elif verdict is Verdict.WARNING:
                ET.SubElement(element, "system-out").text = f"{verdict.value}: {text}"
    for name, number in counts.items():
        suite.set(name, str(number))
    suite.set("time", f"{judged.seconds:.3f}")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
