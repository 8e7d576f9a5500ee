"""verdict.json, schema 1: the whole verdict for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from conformance.record.left_over import Ledger, Reason
from conformance.record.negotiated import Negotiated
from conformance.record.printers_word import Account
from conformance.verdict import CaseResult, JudgedCase, Outcome, RequirementVerdict, Verdict, Waiver, Where
from reports.gating.comparison import comparison_json
from reports.gating.kinds import fingerprint
from reports.judging.judging import JudgedRun
from reports.judging.waivers import WaiverUse
from reports.version import tool_version

from .declared import declarations_json

SCHEMA = 1
LEFT_OVER_TOLD = 100  # mails that nothing accounts for; where there are more, they are alike
COUNTED = (
    Verdict.PASS, Verdict.FAIL, Verdict.WARNING, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.WAIVED,
    Verdict.NOT_TESTED,
)  # fmt: skip


def verdict_json(judged: JudgedRun) -> dict[str, Any]:
    """The document, ready for ``json.dump``."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "ippmailto", "version": tool_version()},
        "subject": judged.whom.value,
        "edition": judged.edition.value,
        "vocabulary": judged.vocabulary,
        "selection": list(judged.selection.patterns),
        "strict": judged.strict,
        "printer": judged.printer,
        "record": judged.facts.for_the_record,
        "client": judged.client,
        "started": judged.run.began,
        "seconds": round(judged.seconds, 3),
        "evidence": _evidence_json(judged),
        "cut-short": judged.cut_short,
        "observed": list(judged.observed),
        "negotiated": [_negotiated_json(one) for one in judged.negotiated],
        "readings": dict(judged.readings),
        "ledger": _ledger_json(judged.ledger),
        "walks": {"taken": judged.walks, "failing": [asdict(walk) for walk in judged.failing_walks]},
        "verdict": judged.verdict.overall.value,
        "reason": judged.reason,
        "waivers": [_use_json(use) for use in judged.waivers],
        "counts": {v.value: judged.verdict.counts[v] for v in COUNTED},
        "requirements": [requirement_json(judged, r) for r in judged.verdict.requirements],
    } | _where_there(judged)


def _where_there(judged: JudgedRun) -> dict[str, Any]:
    """What not every judging has."""
    found: dict[str, Any] = {}
    if judged.baseline:
        found["baseline"] = comparison_json(judged.baseline)
    if judged.declarations:
        found["declarations"] = declarations_json(judged, judged.declarations)
    return found


def _negotiated_json(one: Negotiated) -> dict[str, Any]:
    """What was agreed on, and in how many requests or sessions; what does not apply is left out."""
    more = {"tls": one.tls, "way": one.way, "proof": one.proof, "sni": one.server_name, "problem": one.problem}
    return {"protocol": one.protocol, "times": one.times} | {name: value for name, value in more.items() if value}


def _waiver_json(waiver: Waiver) -> dict[str, str]:
    return {"owner": waiver.owner, "reason": waiver.reason, "link": waiver.link}


def _use_json(use: WaiverUse) -> dict[str, Any]:
    """A waiver and how many failing cases it covered; ``idle`` says why none, ``stale`` whether it can go."""
    waiver = use.entry.waiver
    about = {"requirement": waiver.requirement} | ({"case": waiver.case} if waiver.case else {})
    return about | _waiver_json(waiver) | {"cases": use.cases, "idle": use.why, "stale": use.stale}


def _evidence_json(judged: JudgedRun) -> dict[str, str]:
    """The file and its digest; that of the log beside it, and what is known to be missing, where there is such."""
    more = {"log-sha256": judged.log_sha256, "lacks": judged.lacks}
    return {"file": str(judged.evidence), "sha256": judged.sha256} | {k: v for k, v in more.items() if v}


def _ledger_json(ledger: Ledger) -> dict[str, Any]:
    return {
        "due": ledger.due,
        "came": ledger.came,
        "matched": ledger.matched,
        "explained": {reason.value: ledger.explained[reason] for reason in Reason if ledger.explained[reason]},
        "left-over": [
            {
                "what": left.kind.value,
                "requirements": list(left.requirements),
                "actual": left.told,
                "evidence": where_json(left.where),
            }
            for left in ledger.left_over[:LEFT_OVER_TOLD]
        ],
        "left-over-in-all": len(ledger.left_over),
        "told-by-the-printer": _account_json(ledger.account) if ledger.account is not None else None,
    }


def _account_json(account: Account) -> dict[str, Any]:
    """What Get-Notifications told of events, and how that differs from what was done and mailed."""
    return {
        "events": account.told,
        "gaps": account.gaps,
        "due": account.due,
        "disagreements": [
            {"what": one.kind.value, "told": one.told, "evidence": where_json(one.where)}
            for one in account.disagreements[:LEFT_OVER_TOLD]
        ],
        "disagreements-in-all": len(account.disagreements),
    }


def where_json(where: Where) -> dict[str, Any]:
    """A place in the evidence."""
    return {"kind": where.kind, "id": where.id} | ({"octets": list(where.octets)} if where.octets else {})


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
        "cases": [_case_json(entry.id, c) for c in verdict.cases],
    }


def _case_json(requirement: str, judged: JudgedCase) -> dict[str, Any]:
    case: CaseResult = judged.case
    found: dict[str, Any] = {
        "id": case.id,
        "verdict": judged.verdict.value,
        "expected": case.expected,
        "actual": case.actual,
        "reason": case.reason,
        "evidence": [where_json(where) for where in case.where],
    }
    if case.outcome is Outcome.VIOLATED:
        found["fingerprint"] = fingerprint(requirement, case.id, case.as_told.expected, case.as_told.actual)
    if case.told:
        found["in-this-run"] = asdict(case.told)
    return found | ({"waiver": _waiver_json(judged.waiver)} if judged.waiver else {})
