"""verdict.json, schema 1: the whole verdict for other programs."""

from __future__ import annotations

from typing import Any

from conformance.verdict import CaseResult, JudgedCase, RequirementVerdict, Verdict
from reports.judging.judging import JudgedRun
from reports.version import tool_version

SCHEMA = 1
COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.WARNING, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.WAIVED)


def verdict_json(judged: JudgedRun) -> dict[str, Any]:
    """The document, ready for ``json.dump``."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "ippmailto", "version": tool_version()},
        "edition": judged.edition.value,
        "vocabulary": judged.vocabulary,
        "selection": list(judged.selection.patterns),
        "strict": judged.strict,
        "printer": judged.printer,
        "started": judged.run.began,
        "seconds": round(judged.seconds, 3),
        "evidence": _evidence_json(judged),
        "cut-short": judged.cut_short,
        "observed": list(judged.observed),
        "readings": dict(judged.readings),
        "verdict": judged.verdict.overall.value,
        "counts": {v.value: judged.verdict.counts[v] for v in COUNTED},
        "requirements": [requirement_json(judged, r) for r in judged.verdict.requirements],
    }


def _evidence_json(judged: JudgedRun) -> dict[str, str]:
    return {"file": str(judged.evidence), "sha256": judged.sha256}


def line_json(judged: JudgedRun, verdict: RequirementVerdict) -> dict[str, Any]:
    """One requirement by itself: beside those of other runs, it says whose it is."""
    return {"evidence": _evidence_json(judged), "edition": judged.edition.value} | requirement_json(judged, verdict)


def requirement_json(judged: JudgedRun, verdict: RequirementVerdict) -> dict[str, Any]:
    """One requirement with its cases."""
    entry = judged.catalogue[verdict.id]
    return {
        "id": entry.id,
        "section": entry.section,
        "level": entry.level.value,
        "binds": entry.binds.value,
        "says": entry.says,
        "readings": list(entry.reading),
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "cases": [_case_json(c) for c in verdict.cases],
    }


def _case_json(judged: JudgedCase) -> dict[str, Any]:
    case: CaseResult = judged.case
    return {
        "id": case.id,
        "verdict": judged.verdict.value,
        "expected": case.expected,
        "actual": case.actual,
        "reason": case.reason,
        "evidence": [
            {"kind": w.kind, "id": w.id} | ({"octets": list(w.octets)} if w.octets else {}) for w in case.where
        ],
    }
