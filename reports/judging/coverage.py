"""The catalogue beside the cases: which entry is covered by what, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.requirements import Catalogue, Choice, Reading

from .inventory import CaseEntry


def coverage(entries: Sequence[CaseEntry]) -> dict[str, list[str]]:
    """Case functions by requirement id, each once and without its scenario."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        name = entry.id.partition("[")[0]
        for requirement in entry.requirements:
            names = found.setdefault(requirement, [])
            if name not in names:
                names.append(name)
    return found


def as_text(known: Catalogue, covered: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A line for each entry, then its cases or its reason."""
    for r in known.values():
        yield f"{r.id:<13} {r.section:<6} {r.level.value:<10} {r.says}"
        for name in covered.get(r.id, ()):
            yield f"{'':<13} case {name}"
        if r.untested or not covered.get(r.id):
            yield f"{'':<13} not tested{' of a printer' if r.client else ''}: {r.untested or 'no case yet'}"
    yield ""
    yield "What --reading switches, the suite's own choice first:"
    for reading, choice in _choices(known):
        yield f"{reading.id}={choice.name:<9} {choice.reads}"


def as_markdown(known: Catalogue, covered: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A table for the documentation."""
    yield "| Id | Section | Level | Binds | Judged | What it says | Cases, or why there is none |"
    yield "|---|---|---|---|---|---|---|"
    for r in known.values():
        named = ", ".join(f"`{name}`" for name in covered.get(r.id, ()))
        cases = ". ".join(filter(None, (named, r.untested))) or "no case yet"
        cells = (r.id, r.section, r.level.value, r.binds.value, r.severity.value, r.says, cases)
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
    yield ""
    yield "| `--reading` | What is open | So it is read then |"
    yield "|---|---|---|"
    for reading, choice in _choices(known):
        yield f"| `{reading.id}={choice.name}` | {reading.contradiction} | {choice.reads} |"


def _choices(known: Catalogue) -> Iterator[tuple[Reading, Choice]]:
    """Every choice of the readings that have several."""
    for reading in known.readings.values():
        if reading.switchable:
            yield from ((reading, choice) for choice in reading.choices)


def as_json(known: Catalogue, covered: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "id": r.id, "section": r.section, "level": r.level.value, "binds": r.binds.value,
            "judged": r.severity.value,
            "says": r.says, "observe": r.observe, "readings": list(r.reading), "cases": list(covered.get(r.id, ())),
            "untested": r.untested,
        }
        for r in known.values()
    ]  # fmt: skip
