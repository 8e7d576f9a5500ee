r"""The worked example: what the suite finds at a real printer, finding by finding, with the octets and a remark.

::

    python -m reports.selftest.worked_example cups-00 cups-04 \
        --notes docs/cups-worked-example.toml -o docs/cups-worked-example.md

The first arguments are report directories, one for each edition, each with its ``verdict.json`` and the evidence that
this names.  The notes are what people found when they read a finding against the octets: ``[read]`` holds a remark for
each requirement id, ``[page]`` the text before the tables.  A finding without a remark is marked as not yet read.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.verdict import Where
from reports.judging.excerpt import excerpt

UNREAD: Final = "**Nobody has read this one yet.**"
LINES: Final = 14  # of an excerpt; what is longer is in the evidence
COLUMNS: Final = 150  # of a line of it, and of expected and actual
FEW: Final = 12  # octets that say nothing by themselves
AROUND: Final = 50  # octets shown before and after such
CASES: Final = 2  # case functions told of a requirement; the others say much the same
COUNTS: Final = ("pass", "fail", "warning", "inconclusive", "not-applicable", "not-tested")
WEIGHT: Final = ("fail", "warning", "inconclusive", "not-applicable")


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """A judged run: the document, and the evidence it was made from."""

    verdict: Mapping[str, Any]
    evidence: Path


@dataclass(frozen=True, slots=True)
class Notes:
    """What people have to say: ``before`` the findings, and for each requirement that was read."""

    before: str = ""
    read: Mapping[str, str] | None = None


class PageError(Exception):
    """The page cannot be made; the text says what is missing."""


def judged(directory: Path) -> JudgedReport:
    """A report directory; raises ``PageError``."""
    try:
        verdict = json.loads((directory / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PageError(f"{directory} has no verdict.json that could be read: {error}") from error
    named = Path(verdict["evidence"]["file"])
    found = named if named.exists() else directory / named.name
    if not found.exists():
        raise PageError(f"the evidence {named.name} is neither where it was nor in {directory}")
    return JudgedReport(verdict, found)


def notes(path: Path | None) -> Notes:
    """The notes of a file; raises ``PageError``."""
    if path is None:
        return Notes(read={})
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PageError(f"{path}: {error}") from error
    return Notes(table.get("page", {}).get("before", "").strip(), table.get("read", {}))


# ---------------------------------------------------------------- the page


def page(runs: Sequence[JudgedReport], said: Notes) -> str:
    """The whole page in Markdown."""
    return "\n".join(_lines(runs, said)) + "\n"


def _lines(runs: Sequence[JudgedReport], said: Notes) -> Iterator[str]:
    if said.before:
        yield from (said.before, "")
    yield from _summary(runs)
    told: set[str] = set()
    for run in runs:
        yield from ("", f"## {run.verdict['edition']}")
        yield from _findings(run, said, told)
        told |= {r["id"] for r in _with(run, "fail", "warning")}
        yield from _unjudged(run)


def _summary(runs: Sequence[JudgedReport]) -> Iterator[str]:
    yield "| Edition | Verdict | " + " | ".join(word.capitalize().replace("-", " ") for word in COUNTS) + " |"
    yield "|---|---|" + "---|" * len(COUNTS)
    for run in runs:
        all_of = run.verdict["requirements"]
        numbers = (str(sum(r["verdict"] == word for r in all_of)) for word in COUNTS)
        yield f"| {run.verdict['edition']} | {run.verdict['verdict'].replace('-', ' ')} | {' | '.join(numbers)} |"


def _with(run: JudgedReport, *words: str) -> list[Mapping[str, Any]]:
    """The requirements with such a verdict, the heavier ones first, else in the order of the catalogue."""
    found = [r for r in run.verdict["requirements"] if r["verdict"] in words]
    return sorted(found, key=lambda r: WEIGHT.index(r["verdict"]))


def _findings(run: JudgedReport, said: Notes, told: set[str]) -> Iterator[str]:
    """Every failure and warning; what another edition's run has told in full is only named."""
    new = [r for r in _with(run, "fail", "warning") if r["id"] not in told]
    again = [r["id"] for r in _with(run, "fail", "warning") if r["id"] in told]
    if again:
        yield from ("", f"Found as above: {', '.join(again)}.")
    with EvidenceFile.open(run.evidence) as file:
        for requirement in new:
            yield from _finding(file, requirement, (said.read or {}).get(requirement["id"], UNREAD))


def _finding(file: EvidenceFile, requirement: Mapping[str, Any], remark: str) -> Iterator[str]:
    kind = {"fail": "Fails", "warning": "Warns"}[requirement["verdict"]]
    yield from ("", f"### {kind}: {requirement['id']} (section {requirement['section']}, {requirement['level']})", "")
    yield requirement["says"]
    functions: dict[str, list[Mapping[str, Any]]] = {}
    for case in requirement["cases"]:
        if case["verdict"] == requirement["verdict"]:
            functions.setdefault(case["id"].partition("[")[0], []).append(case)
    for cases in list(functions.values())[:CASES]:
        yield from _case(file, cases)
    if (more := len(functions) - CASES) > 0:
        yield from ("", f"{more} more {'case' if more == 1 else 'cases'}: {', '.join(list(functions)[CASES:])}.")
    yield from ("", f"*Read:* {remark.strip()}")


def _case(file: EvidenceFile, cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The first of the scenarios in which a case says so."""
    first = cases[0]
    more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
    yield from ("", f"`{first['id']}`{more}", "")
    yield f"- Expected: {_short(first['expected'])}"
    yield f"- Actual: {_short(first['actual'])}"
    for place in first["evidence"][:1]:
        octets = (place["octets"][0], place["octets"][1]) if "octets" in place else None
        where = Where(place["kind"], place["id"], octets)
        yield f"- Where: {where}"
        if shown := _cut(_octets(file, where)):
            yield from ("", "```", *shown, "```")


def _octets(file: EvidenceFile, where: Where) -> str:
    try:
        return excerpt(file, _in_context(where))
    except EvidenceError:  # the session ends before the octets around the place do
        return excerpt(file, where)


def _in_context(where: Where) -> Where:
    """What to show for a place: a whole answer, a line or so around a few octets of mail or SMTP."""
    if where.kind == "ipp" or where.octets is None:
        return Where(where.kind, where.id)
    start, end = where.octets
    margin = AROUND if end - start < FEW else 0
    return Where(where.kind, where.id, (max(0, start - margin), end + margin))


def _short(text: str) -> str:
    """A line of code: Markdown must not make anything else of it."""
    text = " ".join(text.split())
    text = text if len(text) <= COLUMNS else text[:COLUMNS] + "..."
    mark = "``" if "`" in text else "`"
    return f"{mark}{text}{mark}" if text else "nothing"


def _cut(text: str) -> list[str]:
    lines = [line if len(line) <= COLUMNS else line[:COLUMNS] + "..." for line in text.splitlines()]
    return lines if len(lines) <= LINES else [*lines[:LINES], f"... {len(lines) - LINES} lines more"]


def _unjudged(run: JudgedReport) -> Iterator[str]:
    """What was not judged, and why, in one table for each kind."""
    for word, head in (("inconclusive", "Could not be judged"), ("not-applicable", "Did not apply")):
        found = _with(run, word)
        if not found:
            continue
        yield from ("", f"### {head}", "", "| Why | Requirements |", "|---|---|")
        reasons: dict[str, list[str]] = {}
        for requirement in found:
            reasons.setdefault(requirement["reason"].replace("|", "\\|"), []).append(requirement["id"])
        for reason, names in reasons.items():
            yield f"| {reason} | {', '.join(names)} |"
    untested = [r["id"] for r in run.verdict["requirements"] if r["verdict"] == "not-tested"]
    if untested:
        yield from ("", f"Not tested, each for a reason that the catalogue gives: {len(untested)} entries.")


# ---------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the page is written, 2 when something that it is made from is missing."""
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.worked_example", description="Tell judged runs as a page."
    )
    parser.add_argument("directory", nargs="+", type=Path, help="report directories, one for each edition")
    parser.add_argument("--notes", type=Path, metavar="TOML", help="what people found when they read the findings")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the page (default: stdout)")
    options = parser.parse_args(arguments)
    try:
        text = page([judged(directory) for directory in options.directory], notes(options.notes))
    except (PageError, EvidenceError) as error:
        print(f"worked_example: {error}", file=sys.stderr)
        return 2
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
