"""What the formats of CI servers have in common: a test is a requirement, and its cases are told within it.

So each of them counts what verdict.json counts, and a printer that fails one requirement in thirty plays fails once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from conformance.verdict import Overall, RequirementVerdict, Verdict
from reports.judging.judging import JudgedRun

from .findings import alike

DECIDED: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WAIVED, Verdict.WARNING)
ENOUGH: Final = "enough was judged"  # a test that is there where it was not
LISTED: Final = 8  # scenarios that are named for cases of one function; verdict.json has all


@dataclass(frozen=True, slots=True)
class Span:
    """When the plays that a requirement is judged by were played: seconds from the beginning of the run.

    ``took`` adds up the plays.  Requirements share plays and plays overlap, so all together take longer than the run.
    """

    begin: float = 0.0
    end: float = 0.0
    took: float = 0.0


def span_of(judged: JudgedRun, requirement: RequirementVerdict) -> Span:
    """Of one requirement; nothing where no play of its own was read."""
    scenarios = {case.case.id.partition("[")[2].removesuffix("]") for case in requirement.cases}
    plays = [judged.played[name] for name in sorted(scenarios) if name in judged.played]
    if not plays:
        return Span()
    return Span(min(b for b, _ in plays), max(e for _, e in plays), sum(e - b for b, e in plays))


def began_at(judged: JudgedRun) -> float:
    """The beginning of the run in seconds since 1970; 0 where the evidence does not tell."""
    try:
        return datetime.fromisoformat(judged.run.began).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def headline(judged: JudgedRun, requirement: RequirementVerdict) -> str:
    """One line: why the verdict is what it is."""
    cases = [c for c in requirement.cases if c.verdict is requirement.verdict]
    if requirement.verdict in (Verdict.FAIL, Verdict.WARNING):
        return f"expected {cases[0].case.expected}; actual {cases[0].case.actual}"
    if requirement.verdict is Verdict.WAIVED:
        return f"waived by {cases[0].waiver}"
    word = requirement.verdict.value.replace("-", " ")
    return f"{word}: {requirement.reason}" if requirement.reason else word


def details(judged: JudgedRun, requirement: RequirementVerdict) -> str:
    """The requirement in our words, where it stands, and what each kind of case saw."""
    return "\n".join(_details(judged, requirement))


def _details(judged: JudgedRun, requirement: RequirementVerdict) -> Iterator[str]:
    entry = judged.catalogue[requirement.id]
    yield entry.says
    yield f"{entry.where}, {entry.level.value}"
    if not requirement.cases and requirement.reason:
        yield f"Reason: {requirement.reason}"
    if requirement.verdict not in DECIDED:
        return
    for group in alike([c for c in requirement.cases if c.verdict is requirement.verdict]):
        case, waiver = group[0].case, group[0].waiver
        yield ""
        yield case.id
        others = [c.case.id.partition("[")[2].removesuffix("]") for c in group[1:]]
        if others:
            more = f" and {len(others) - LISTED} more" if len(others) > LISTED else ""
            yield f"also in {', '.join(others[:LISTED])}{more}"
        said = {"Expected": case.expected, "Actual": case.actual, "Reason": case.reason}
        said |= {"Where": ", ".join(map(str, case.where)), "Waived by": str(waiver or "")}
        yield from (f"{name}: {text}" for name, text in said.items() if text)


def shortfall(judged: JudgedRun) -> str:
    """Why the whole is inconclusive though no requirement is: what shows tests alone would take it for green."""
    if judged.verdict.overall is not Overall.INCONCLUSIVE or judged.verdict.counts.get(Verdict.INCONCLUSIVE):
        return ""
    if judged.verdict.unexplained:
        return f"nothing accounts for {judged.verdict.unexplained} of the mails that came"
    return judged.reason or "nothing of what was selected applied"


def evidence_name(judged: JudgedRun) -> str:
    """The file without its directory, which is another on each machine."""
    return judged.evidence.name
