"""SARIF 2.1.0: a rule is a requirement, and each that was judged has one result.

A place in the evidence is a region of a file within a file: a mail, an IPP exchange or an SMTP session in the evidence.
What no case speaks for has a rule and no result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from conformance.verdict import Overall, RequirementVerdict, Verdict, Where, printable
from reports.judging.judging import JudgedRun
from reports.version import tool_version

from .per_requirement import details, evidence_name, headline

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS: Final = {
    Verdict.FAIL: ("fail", "error"),
    Verdict.INCONCLUSIVE: ("open", "none"),
    Verdict.WAIVED: ("fail", "error"),
    Verdict.WARNING: ("fail", "warning"),
    Verdict.PASS: ("pass", "none"),
    Verdict.NOT_APPLICABLE: ("notApplicable", "none"),
}
PLACES: Final = 10  # of one result; the others are alike, and in verdict.json


class _Artifacts:
    """The evidence, and what of it is pointed at."""

    def __init__(self, judged: JudgedRun) -> None:
        evidence = {"uri": quote(printable(evidence_name(judged)))}
        self.listed: list[dict[str, Any]] = [{"location": evidence, "hashes": {"sha-256": judged.sha256}}]
        self._places: dict[str, int] = {}

    def location(self, where: Where) -> dict[str, Any]:
        """A place in it."""
        uri = f"{self.listed[0]['location']['uri']}/{where.kind}/{where.id}"
        if uri not in self._places:
            self._places[uri] = len(self.listed)
            self.listed.append({"location": {"uri": uri}, "parentIndex": 0})
        place: dict[str, Any] = {"artifactLocation": {"uri": uri, "index": self._places[uri]}}
        if where.octets:
            place["region"] = {"byteOffset": where.octets[0], "byteLength": where.octets[1] - where.octets[0]}
        return {"physicalLocation": place, "message": {"text": str(where)}}

    def whole(self) -> dict[str, Any]:
        """The evidence itself, where no place in it is known."""
        return {"physicalLocation": {"artifactLocation": {"uri": self.listed[0]["location"]["uri"], "index": 0}}}


def sarif_json(judged: JudgedRun) -> bytes:
    """The document."""
    artifacts = _Artifacts(judged)
    rules = {name: place for place, name in enumerate(judged.catalogue)}
    judgeable = judged.verdict.overall is not Overall.NOT_JUDGED
    results = list(_results(judged, artifacts, rules)) if judgeable else []
    notes = [{"level": "note" if judgeable else "error", "message": {"text": printable(judged.reason)}}]
    run = {
        "tool": {
            "driver": {
                "name": "ippmailto",
                "version": tool_version(),
                "rules": [_rule(judged, name) for name in judged.catalogue],
            }
        },
        "automationDetails": {"id": f"ippmailto/{judged.edition.value}/"},
        "invocations": [
            {
                "executionSuccessful": judgeable,
                "toolExecutionNotifications": notes if judged.reason else [],
                "properties": {"verdict": judged.verdict.overall.value, "cut-short": judged.cut_short},
            }
        ],
        "artifacts": artifacts.listed,
        "results": results,
        "properties": {
            "printer": {name: printable(value) for name, value in judged.printer.items()},
            "edition": judged.edition.value,
            "vocabulary": judged.vocabulary,
        },
    }
    return (json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n").encode("ascii")


def _rule(judged: JudgedRun, name: str) -> dict[str, Any]:
    entry = judged.catalogue[name]
    return {
        "id": entry.id,
        "shortDescription": {"text": entry.says},
        "fullDescription": {"text": f"{entry.says} ({entry.where}, {entry.level.value})"},
        "help": {"text": entry.observe or entry.says},
        "properties": {"section": entry.section, "level": entry.level.value, "binds": entry.binds.value},
    }


def _results(judged: JudgedRun, artifacts: _Artifacts, rules: dict[str, int]) -> Iterator[dict[str, Any]]:
    for requirement in judged.verdict.requirements:
        if requirement.verdict in KINDS:
            result = _result(judged, requirement, artifacts)
            state = _state(judged, requirement)
        elif judged.baseline and judged.baseline.before.get(requirement.id) is Verdict.FAIL:
            result = _bare(judged, requirement.id, "failed in the baseline, and was not judged in this run")
            result |= {"kind": "fail", "level": "error", "locations": [artifacts.whole()]}
            state = "absent"
        else:
            continue
        yield result | {"ruleIndex": rules[requirement.id]} | ({"baselineState": state} if state else {})


def _bare(judged: JudgedRun, name: str, text: str) -> dict[str, Any]:
    identity = hashlib.sha256(f"{judged.edition.value}/{name}".encode()).hexdigest()[:16]
    prints = {"requirement/v1": identity, "primaryLocationLineHash": f"{identity}:1"}
    return {"ruleId": name, "message": {"text": printable(text)}, "partialFingerprints": prints}


def _result(judged: JudgedRun, requirement: RequirementVerdict, artifacts: _Artifacts) -> dict[str, Any]:
    kind, level = KINDS[requirement.verdict]
    deciding = [c for c in requirement.cases if c.verdict is requirement.verdict]
    places = list(dict.fromkeys(where for c in deciding for where in c.case.where))[:PLACES]
    text = headline(judged, requirement) if kind in ("pass", "notApplicable") else details(judged, requirement)
    result = _bare(judged, requirement.id, text)
    result |= {"kind": kind, "level": level, "properties": {"verdict": requirement.verdict.value}}
    if kind not in ("pass", "notApplicable"):
        result["locations"] = [artifacts.location(where) for where in places] or [artifacts.whole()]
    if requirement.verdict is Verdict.WAIVED:
        waivers = sorted({c.waiver for c in deciding if c.waiver}, key=str)
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": str(waiver),
                "properties": {"owner": printable(waiver.owner), "link": printable(waiver.link)},
            }
            for waiver in waivers
        ]
    return result


def _state(judged: JudgedRun, requirement: RequirementVerdict) -> str:
    """Since the baseline; empty without one."""
    found = judged.baseline
    if found is None:
        return ""
    before = found.before.get(requirement.id, Verdict.NOT_TESTED)
    if before is Verdict.NOT_TESTED or found.is_new(requirement.id):
        return "new"
    changed = any(change.case.requirement == requirement.id for change in found.otherwise)
    return "updated" if changed or before is not requirement.verdict else "unchanged"
