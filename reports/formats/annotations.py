"""GitHub's workflow commands: a note at a job for each requirement that somebody has to look at.

GitHub shows ten of a kind and drops the rest, so the tenth says how many more there are.  A printer's own words cannot
give such a command: while they are shown, GitHub heeds none.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.verdict import Overall, RequirementVerdict, Verdict, printable
from reports.judging.judging import JudgedRun

from .per_requirement import headline, shortfall

MOST: Final = 10


def annotation_lines(judged: JudgedRun) -> Iterator[str]:
    """The lines, errors first.  With a baseline only what is new is an error."""
    if judged.verdict.overall is Overall.NOT_JUDGED:
        yield _command("error", "ippmailto: not judged", judged.reason)
        return
    kinds: dict[str, list[RequirementVerdict]] = {"error": [], "warning": [], "notice": []}
    for requirement in judged.verdict.requirements:
        if kind := _kind(judged, requirement):
            kinds[kind].append(requirement)
    if why := shortfall(judged):
        yield _command("warning", f"ippmailto: {judged.verdict.overall.value}", why)
    for kind, chosen in kinds.items():
        shown = chosen if len(chosen) <= MOST else chosen[: MOST - 1]
        for requirement in shown:
            entry = judged.catalogue[requirement.id]
            title = f"{requirement.verdict.value} {entry.id} ({entry.level.value})"
            yield _command(kind, title, f"{entry.says}\n{headline(judged, requirement)}")
        if len(shown) < len(chosen):
            rest = ", ".join(requirement.id for requirement in chosen[len(shown) :])
            yield _command(kind, f"ippmailto: {len(chosen) - len(shown)} more", rest)


def without_commands(lines: Iterable[str]) -> Iterator[str]:
    """The lines, between the words that have GitHub take none of them for a command."""
    end = secrets.token_hex(16)  # nobody can have put it into the evidence
    yield f"::stop-commands::{end}"
    yield from lines
    yield f"::{end}::"


def _kind(judged: JudgedRun, requirement: RequirementVerdict) -> str:
    match requirement.verdict:
        case Verdict.FAIL:
            return "error" if judged.baseline is None or judged.baseline.is_new(requirement.id) else "warning"
        case Verdict.INCONCLUSIVE | Verdict.WARNING:
            return "warning"
        case Verdict.WAIVED:
            return "notice"
    return ""


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={_escaped(title, ':,')}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """As GitHub reads it; ``more`` are characters that end a property."""
    text = printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
