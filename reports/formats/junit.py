"""JUnit XML for CI servers: a testcase is a requirement.

Theirs has four words and ours seven: a fail is a failure; inconclusive is an error (it is not the printer's failure,
but no pass either), and so is a fault of our own; not applicable, waived and not tested are skipped; a warning passes
with its text in system-out.  Where nothing was judged there is one testcase, and it is an error, so that nobody takes
it for green; one more is an error where the whole is inconclusive and no requirement is.  The document keeps to the
schema of Jenkins' xUnit plugin, which has properties for a suite only.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from conformance.verdict import Overall, RequirementVerdict, Verdict, printable
from reports.judging.judging import JudgedRun
from reports.version import tool_version

from .per_requirement import ENOUGH, details, evidence_name, headline, shortfall, span_of

CAN_BE_JUDGED: Final = "the printer can be judged"
ELEMENTS: Final = {
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "error",
    Verdict.WAIVED: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.NOT_TESTED: "skipped",
}
ATTRIBUTES: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit_xml(judged: JudgedRun) -> bytes:
    """One suite for the run, one testcase for each requirement."""
    suite = ET.Element("testsuite", name=f"ippmailto {judged.edition.value}", timestamp=printable(judged.run.began))
    head = ET.SubElement(suite, "properties")
    for name, value in _properties(judged).items():
        ET.SubElement(head, "property", name=name, value=printable(value))
    if judged.verdict.overall is Overall.NOT_JUDGED:
        _broken(suite, "not-judged", judged.reason)
    else:
        for requirement in judged.verdict.requirements:
            _testcase(suite, judged, requirement)
        if why := shortfall(judged):
            _broken(suite, "inconclusive", why, ENOUGH)
    return _document(suite, judged.seconds)


def fault_xml(reason: str) -> bytes:
    """In place of a verdict: something of ours broke, and nothing is said about the printer."""
    suite = ET.Element("testsuite", name="ippmailto")
    _broken(suite, "own-fault", reason)
    return _document(suite, 0)


def _properties(judged: JudgedRun) -> dict[str, str]:
    printer = judged.printer
    return {
        "verdict": judged.verdict.overall.value,
        "reason": judged.reason,
        "cut-short": str(judged.cut_short).lower(),
        "printer": printer["name"],
        "make-and-model": printer["make-and-model"],
        "firmware": printer["firmware"],
        **({} if judged.declarations is None else {"declared-differences": str(len(judged.declarations.mismatches))}),
        **{name: value for name, value in judged.facts.for_the_record.items() if name not in printer},
        "uri": printer["uri"],
        "edition": judged.edition.value,
        "vocabulary": judged.vocabulary,
        "selection": str(judged.selection),
        "evidence": evidence_name(judged),
        "evidence-sha256": judged.sha256,
        "ippmailto": tool_version(),
    }


def _testcase(suite: ET.Element, judged: JudgedRun, requirement: RequirementVerdict) -> None:
    entry, verdict = judged.catalogue[requirement.id], requirement.verdict
    seconds = f"{span_of(judged, requirement).took:.3f}"
    element = ET.SubElement(suite, "testcase", classname=entry.document, name=entry.id, time=seconds)
    if verdict in ELEMENTS:
        told = ET.SubElement(
            element, ELEMENTS[verdict], type=verdict.value, message=printable(headline(judged, requirement))
        )
        if verdict not in (Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED):
            told.text = printable(details(judged, requirement))
    else:
        word = "" if verdict is Verdict.PASS else f"{verdict.value}\n"
        ET.SubElement(element, "system-out").text = printable(word + details(judged, requirement))


def _broken(suite: ET.Element, kind: str, reason: str, name: str = CAN_BE_JUDGED) -> None:
    element = ET.SubElement(suite, "testcase", classname="ippmailto", name=name, time="0")
    ET.SubElement(element, "error", type=kind, message=printable(reason))


def _document(suite: ET.Element, seconds: float) -> bytes:
    counts = {"tests": len(suite.findall("testcase"))}
    counts |= {name: len(suite.findall(f"testcase/{element}")) for element, name in ATTRIBUTES.items()}
    for name, number in counts.items():
        suite.set(name, str(number))
    suite.set("time", f"{seconds:.3f}")
    counts.pop("skipped")  # which the schema has for a suite only
    root = ET.Element("testsuites", {name: str(number) for name, number in counts.items()}, name="ippmailto")
    root.append(suite)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
