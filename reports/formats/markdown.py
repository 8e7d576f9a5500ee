"""report.md: the verdict in Markdown, for the summary of a job, a pull request or a wiki.

Whatever came from a printer stands in a code span, in which nothing is markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.verdict import JudgedCase, Overall, RequirementVerdict, Verdict, printable
from reports.gating.comparison import comparison_lines
from reports.judging.judging import JudgedRun
from reports.judging.quick import selected_in_words
from reports.version import tool_version

from .declared import told as told_difference
from .findings import alike
from .per_requirement import evidence_name

TITLES: Final = {
    Verdict.FAIL: "Failed",
    Verdict.WARNING: "Warnings",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.WAIVED: "Waived",
}
SHOWN: Final = 3  # kinds of cases of one requirement
LONGEST: Final = 400  # characters of a value


def report_md(judged: JudgedRun) -> str:
    """The document."""
    return "\n".join(_lines(judged)) + "\n"


def code(text: str) -> str:
    """A code span with that text, on one line."""
    text = " ".join(printable(text).split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text or ' '}{space}{fence}"


def _plain(text: str) -> str:
    """Text of our own, in which nothing is markup either."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)


def _lines(judged: JudgedRun) -> Iterator[str]:
    printer, counts = judged.printer, judged.verdict.counts
    yield f"# {code(printer['name'] or printer['uri'])}: {judged.verdict.overall.value}"
    yield ""
    if judged.reason:
        yield f"{'Cut short: ' if judged.cut_short else ''}{code(judged.reason)}"
        yield ""
    if judged.verdict.overall is not Overall.NOT_JUDGED:
        told = [v for v in Verdict if counts[v]]
        yield f"| {' | '.join(v.value for v in told)} |"
        yield f"|{'---|' * len(told)}"
        yield f"| {' | '.join(str(counts[v]) for v in told)} |"
        yield ""
    facts = {
        "Printer": " ".join(filter(None, (printer["make-and-model"], "at", printer["uri"]))),
        "Firmware": printer["firmware"],
        "Serial number": judged.facts.serial or "",
        "Tester": judged.facts.tester or "",
        "Station": judged.facts.station or "",
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Selected": selected_in_words(judged.selection, judged.edition),
        "Evidence": f"{evidence_name(judged)}, sha256 {judged.sha256}",
        "Judged by": f"ippmailto {tool_version()}",
    }
    yield from (f"- {name}: {code(value)}" for name, value in facts.items() if value)
    yield from _since(judged)
    for verdict, title in TITLES.items():
        chosen = [r for r in judged.verdict.requirements if r.verdict is verdict]
        if chosen:
            yield f"\n## {title} ({len(chosen)})"
        for requirement in chosen:
            yield from _requirement(judged, requirement)
    differ = judged.declarations.mismatches if judged.declarations is not None else ()
    if differ:
        yield f"\n## Not as declared ({len(differ)})\n"
        yield from (f"- {one.kind.value}: {code(told_difference(judged, one))}" for one in differ)
    stale = [use for use in judged.waivers if use.why]
    if stale:
        yield "\n## Waivers that cover nothing\n"
        yield from (f"- {code(f'{u.entry.waiver.subject} by {u.entry.waiver.owner}')}: it {u.why}" for u in stale)


def _since(judged: JudgedRun) -> Iterator[str]:
    if judged.baseline:
        yield "\n## Since the baseline\n"
        yield from (f"- {code(line)}" for line in comparison_lines(judged.baseline))


def _requirement(judged: JudgedRun, requirement: RequirementVerdict) -> Iterator[str]:
    entry = judged.catalogue[requirement.id]
    new = " **new**" if judged.baseline and judged.baseline.is_new(entry.id) else ""
    yield f"\n### {_plain(entry.id)}{new}\n"
    yield f"{_plain(entry.says)} ({_plain(entry.where)}, {entry.level.value})\n"
    groups = alike([c for c in requirement.cases if c.verdict is requirement.verdict])
    for group in groups[:SHOWN]:
        yield from _case(group)
    if len(groups) > SHOWN:
        yield f"- and {sum(map(len, groups[SHOWN:]))} more cases, all in verdict.json"


def _case(group: list[JudgedCase]) -> Iterator[str]:
    case, waiver = group[0].case, group[0].waiver
    yield f"- {code(case.id)}{f' and {len(group) - 1} more' if len(group) > 1 else ''}"
    said = {"expected": case.expected, "actual": case.actual, "reason": case.reason}
    said |= {"where": ", ".join(map(str, case.where)), "waived by": str(waiver or "")}
    yield from (f"  - {name} {code(text)}" for name, text in said.items() if text)
