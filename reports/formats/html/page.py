"""What stands on the page: the result sheet, findings, sections, the ledger, the picture, requirements, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from conformance.record.run_record import RunRecord
from conformance.requirements import Binds, Level, Reading, Requirement, Severity
from conformance.verdict import JudgedCase, Overall, RequirementVerdict, Verdict, Where, name_shown
from reports.formats.declared import effect
from reports.formats.findings import ORDER, alike
from reports.formats.verdict_json import COUNTED
from reports.judging.judging import JudgedRun
from reports.judging.quick import selected_in_words
from reports.version import tool_version
from reports.viewing import course_of, ledger_rows
from reports.viewing.entries import why_it_binds

from .environment import render
from .exhibits import PLACES, anchor_of, exhibits_of, shown_anchors
from .picture import picture_of
from .since import kinds_of_change

MAX_NAMED: Final = 8  # scenarios named for cases of one function; verdict.json has all
MAX_LEFT_OVER: Final = 100  # mails that nothing accounts for, or disagreements; where there are more, they are alike
OVERALL_CLASS: Final = {
    Overall.CONFORMS: "pass",
    Overall.DOES_NOT_CONFORM: "fail",
    Overall.INCONCLUSIVE: "inconclusive",
    Overall.NOT_JUDGED: "inconclusive",
}
_HARDEST: Final = {verdict: place for place, verdict in enumerate(ORDER)}


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases of one function that came to the same; the first is told, the others are named."""

    first: JudgedCase
    also: tuple[str, ...]
    more: int
    excerpts: tuple[str, ...]  # each once


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement on the page."""

    entry: Requirement
    judged: RequirementVerdict
    force: str
    readings: tuple[Reading, ...]
    groups: tuple[CaseGroup, ...]

    @property
    def opened(self) -> bool:
        """Whether it is shown in full from the beginning."""
        return self.judged.verdict in (Verdict.FAIL, Verdict.WARNING)


@dataclass(frozen=True, slots=True)
class SectionRows:
    """The requirements of one section of one document."""

    anchor: str
    document: str
    section: str
    rows: tuple[RequirementRow, ...]

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many came to which verdict, those that are there."""
        return counts_of([row.judged for row in self.rows])


def counts_of(judged: Sequence[RequirementVerdict]) -> tuple[tuple[str, int], ...]:
    """How many came to which verdict, without those that none came to."""
    return tuple((v.value, n) for v in COUNTED if (n := sum(r.verdict is v for r in judged)))


def report_html(judged: JudgedRun, run_record: RunRecord) -> str:
    """The page.  ``run_record`` is what was judged, still open, for what findings point at."""
    overall = judged.verdict.overall
    names: dict[str, Any] = {
        "judged": judged,
        "overall": overall.value,
        "overall_class": OVERALL_CLASS[overall],
        "name": _name(judged),
        "facts": _facts(judged),
        "notes": _notes(judged),
        "version": tool_version(),
        "results": None,
    }
    if overall is not Overall.NOT_JUDGED:
        names["results"] = _results(judged, run_record)
    return render(**names)


def _results(judged: JudgedRun, run_record: RunRecord) -> Mapping[str, Any]:
    exhibits, course = exhibits_of(judged, run_record), course_of(run_record)
    sections = _sections(judged)
    rows = [row for section in sections for row in section.rows]
    findings = sorted((row for row in rows if row.judged.verdict in ORDER and row.groups), key=_hardness)
    return {
        "counts": [(v.value, judged.verdict.counts[v]) for v in COUNTED],
        "findings": findings,
        "sections": sections,
        "documents": _documents(sections),
        "since": judged.baseline,
        "changes": kinds_of_change(judged.baseline) if judged.baseline else [],
        "ledger": ledger_rows(judged.ledger),
        "account": judged.ledger.account,
        "disagreements": judged.ledger.account.disagreements[:MAX_LEFT_OVER] if judged.ledger.account else [],
        "declarations": judged.declarations,
        "effect": partial(effect, judged),
        "left_over": judged.ledger.left_over[:MAX_LEFT_OVER],
        "left_over_more": max(0, len(judged.ledger.left_over) - MAX_LEFT_OVER),
        "exhibits": exhibits,
        "anchors": shown_anchors(exhibits),
        "anchor_of": anchor_of,
        "picture": picture_of(course) if course.plays else None,
        "course": course,
    }


def _name(judged: JudgedRun) -> str:
    if judged.whom is Binds.CLIENT:
        return judged.client or "A client"
    return judged.printer["name"] or judged.printer["uri"]


def _facts(judged: JudgedRun) -> dict[str, str]:
    printer = judged.printer
    cut_short = ", cut short" if judged.cut_short else ""
    role = "Printer" if judged.whom is Binds.PRINTER else "Played at"
    facts = {
        role: f"{printer['name']} ({printer['make-and-model'] or 'of no make and model'})",
        "Address": printer["uri"],
        "Firmware": printer.get("firmware", ""),
        "Serial number": judged.facts.serial or "",
        "Tester": judged.facts.tester or "",
        "Station": judged.facts.station or "",
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Selected": selected_in_words(judged.selection, judged.edition) if judged.selection else "everything",
        "Readings": ", ".join(judged.switched) or "the suite's own",
        "A SHOULD": "that is not met fails (--strict)" if judged.strict else "that is not met warns",
        "Begun": f"{judged.run.began}, {judged.seconds:.1f} s{cut_short}",
        "Evidence": name_shown(judged.evidence.name),
        "SHA-256": judged.sha256,
        "Judged by": f"ippmailto {tool_version()}",
    }
    return {key: value for key, value in facts.items() if value}


def _notes(judged: JudgedRun) -> list[tuple[str, str]]:
    notes = [("Observed", told) for told in judged.observed]
    notes += [("Security", str(one)) for one in judged.negotiated]
    idle = ((use.entry.waiver, use.why) for use in judged.waivers if use.why)
    notes += [("Waiver", f"{waiver.subject}, {waiver}: it {why}") for waiver, why in idle]
    return notes


def _hardness(row: RequirementRow) -> tuple[int, bool, bool]:
    """What fails first; of that what a text demands in so many words."""
    demanded = row.entry.level in (Level.MUST, Level.REQUIRED)
    return _HARDEST[row.judged.verdict], not demanded, row.entry.severity is not Severity.HARD


def _sections(judged: JudgedRun) -> list[SectionRows]:
    """In the order of the catalogue, each section once."""
    found: dict[tuple[str, str], list[RequirementRow]] = {}
    for requirement in judged.verdict.requirements:
        entry = judged.catalogue[requirement.id]
        found.setdefault((entry.document, entry.section), []).append(_row(judged, entry, requirement))
    order = {document: i for i, document in enumerate(dict.fromkeys(document for document, _ in found))}
    keys = sorted(found, key=lambda key: order[key[0]])  # a document's sections stay as they come
    return [
        SectionRows(f"section-{i}", document, section, tuple(found[document, section]))
        for i, (document, section) in enumerate(keys, 1)
    ]


def _documents(sections: Sequence[SectionRows]) -> list[tuple[str, tuple[tuple[str, int], ...], list[SectionRows]]]:
    by_document: dict[str, list[SectionRows]] = {}
    for section in sections:
        by_document.setdefault(section.document, []).append(section)
    return [
        (document, counts_of([row.judged for section in within for row in section.rows]), within)
        for document, within in by_document.items()
    ]


def _is_excerpt(where: Where) -> bool:
    """Whether the octets are shown at the finding; mails, sessions and exchanges have a place of their own."""
    return where.octets is not None or where.kind == "client"


def _row(judged: JudgedRun, entry: Requirement, requirement: RequirementVerdict) -> RequirementRow:
    shown = [c for c in requirement.cases if c.verdict is requirement.verdict]
    groups = []
    for group in alike(shown):
        scenarios = [c.case.id.partition("[")[2].rstrip("]") for c in group[1:]]
        places = [where for where in group[0].case.where[:PLACES] if _is_excerpt(where) and where in judged.excerpts]
        excerpts = dict.fromkeys(judged.excerpts[where] for where in places)
        groups.append(
            CaseGroup(group[0], tuple(scenarios[:MAX_NAMED]), max(0, len(scenarios) - MAX_NAMED), tuple(excerpts))
        )
    force = why_it_binds(entry)
    readings = tuple(judged.catalogue.readings[name] for name in entry.reading)
    return RequirementRow(entry, requirement, force, readings, tuple(groups))
