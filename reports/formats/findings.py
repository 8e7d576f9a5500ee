"""What was found, for a person to act on: by section, the hardest first.

Each with what is asked, by which text, why that binds, what was expected, what came, and where in the evidence it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.requirements import Level, Requirement, Severity
from conformance.verdict import JudgedCase, RequirementVerdict, Verdict, Waiver
from reports.judging.judging import JudgedRun
from reports.viewing.entries import force_of

SHOWN_CASES: Final = 3  # of one requirement and verdict; the rest is counted, and all are in verdict.json
COLOURS: Final = {
    Verdict.FAIL: "31", Verdict.INCONCLUSIVE: "35", Verdict.WARNING: "33", Verdict.WAIVED: "36", Verdict.PASS: "32",
    Verdict.NOT_APPLICABLE: "2", Verdict.NOT_TESTED: "2",
}  # fmt: skip
ORDER: Final = (Verdict.FAIL, Verdict.WARNING, Verdict.INCONCLUSIVE, Verdict.WAIVED)
HARDEST: Final = (
    Level.MUST, Level.REQUIRED, Level.FACT, Level.DEFINITION, Level.OPEN, Level.SHOULD, Level.ADVICE, Level.OPTIONAL,
    Level.MAY,
)  # fmt: skip
_PAINTED: Final = re.compile(r"\x1b\[[\d;]*m(.*?)\x1b\[0m")
_LABEL: Final = re.compile(r" *(?:[A-Z][a-z]+(?:: |  +))?")


class Painter:
    """Colours where they are wanted."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def paint(self, text: str, code: str) -> str:
        """The text in that SGR colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def finding_lines(judged: JudgedRun, painter: Painter, width: int) -> Iterator[str]:
    """All that does not simply pass, verdict by verdict."""
    for wanted in ORDER:
        for requirement in by_section(judged, (r for r in judged.verdict.requirements if r.verdict is wanted)):
            if any(case.verdict is wanted for case in requirement.cases):
                yield from _finding(requirement, judged, painter, width)


def by_section(judged: JudgedRun, found: Iterable[RequirementVerdict]) -> list[RequirementVerdict]:
    """Sections stay together; one with a MUST comes before one without, else the order is that of the texts."""
    listed = list(found)
    hardness = {r.id: HARDEST.index(judged.catalogue[r.id].level) for r in listed}
    sections: dict[tuple[str, str], list[RequirementVerdict]] = {}
    for requirement in listed:
        entry = judged.catalogue[requirement.id]
        sections.setdefault((entry.document, entry.section), []).append(requirement)
    hardest_first = sorted(sections.values(), key=lambda section: min(hardness[r.id] for r in section))
    return [r for section in hardest_first for r in sorted(section, key=lambda r: hardness[r.id])]


def why(entry: Requirement, verdict: Verdict, *, strict: bool) -> str:
    """Why a violation comes to that: the force of the text, and what is special where that does not say it."""
    force = force_of(entry)
    if entry.level is Level.OPEN and entry.reading:
        force += f": {', '.join(entry.reading)}, which explain tells of"
    if verdict is Verdict.FAIL and entry.severity is Severity.SOFT:
        return f"{force}; --strict has it fail" if strict else f"{force}; the reading that counts makes it binding"
    if verdict is Verdict.WARNING and entry.severity is Severity.HARD:
        return f"{force}; this much of it only warns"
    return force


def _finding(requirement: RequirementVerdict, judged: JudgedRun, painter: Painter, width: int) -> Iterator[str]:
    entry = judged.catalogue[requirement.id]
    word = painter.paint(requirement.verdict.value.upper(), COLOURS[requirement.verdict])
    yield f"{word} {entry.id} ({entry.where})"
    yield from textwrap.wrap(entry.says, width, initial_indent="  ", subsequent_indent="  ")
    yield f"       Binds: {why(entry, requirement.verdict, strict=judged.strict)}"
    cases = [c for c in requirement.cases if c.verdict is requirement.verdict]
    for place, group in enumerate(alike(cases)):
        if place == SHOWN_CASES:
            yield f"  ... and {sum(map(len, alike(cases)[SHOWN_CASES:]))} more, all in verdict.json"
            break
        yield from _case(group)
    yield ""


def alike(cases: list[JudgedCase]) -> list[list[JudgedCase]]:
    """Cases of one function, under one waiver if any, together: they differ only in the scenario."""
    groups: dict[tuple[str, Waiver | None], list[JudgedCase]] = {}
    for judged in cases:
        groups.setdefault((judged.case.id.partition("[")[0], judged.waiver), []).append(judged)
    return list(groups.values())


def _case(group: list[JudgedCase]) -> Iterator[str]:
    case, waiver = group[0].case, group[0].waiver
    told = case.as_told  # who reads a terminal has this run before him, and not another to compare it with
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    yield f"  {case.id}{more}"
    if told.expected:
        yield f"    Expected: {told.expected}"
        yield f"      Actual: {told.actual}"
    if told.reason:
        yield f"      {'Remark' if told.expected else 'Reason'}: {told.reason}"
    if case.where:
        yield f"       Where: {', '.join(map(str, case.where))}"
    if waiver:
        yield f"      Waived: by {waiver}"


def folded(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, none wider than that but for words that are; what a label stands before goes on below itself."""
    for line in (part for whole in lines for part in whole.split("\n")):
        painted = _PAINTED.match(line)
        plain = painted[1] + line[painted.end() :] if painted else line
        if len(plain) <= width:
            yield line
            continue
        label = _LABEL.match(plain)
        indent = label.end() if label and label.end() else 2
        first, *rest = textwrap.wrap(
            plain[indent:] if label and label.end() else plain,
            width,
            initial_indent=plain[:indent] if label and label.end() else "",
            subsequent_indent=" " * indent,
            expand_tabs=False,
            replace_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield painted[0] + first[len(painted[1]) :] if painted else first
        yield from rest
