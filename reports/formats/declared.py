"""A statement beside a run, as the formats show it: what differs, and what the entries that are concerned came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from conformance.verdict import printable
from reports.declarations import Declarations, Mismatch
from reports.judging.judging import JudgedRun

SHOWN: Final = 10  # differences on a terminal; all are on the page and in verdict.json


def concerned(judged: JudgedRun, mismatch: Mismatch) -> dict[str, str]:
    """The entries that demand what is lacking, each with the verdict that it came to by its own cases."""
    verdicts = {requirement.id: requirement.verdict.value for requirement in judged.verdict.requirements}
    return {name: verdicts[name] for name in mismatch.requirements if name in verdicts}


def effect(judged: JudgedRun, mismatch: Mismatch) -> str:
    """What follows from a difference, in words."""
    entries = concerned(judged, mismatch)
    if not entries:
        return "no text demands it"
    return "; ".join(f"{name} demands it and came to {verdict}" for name, verdict in entries.items())


def told(judged: JudgedRun, mismatch: Mismatch) -> str:
    """A difference in one line."""
    after = f" ({effect(judged, mismatch)})" if mismatch.requirements else ""
    return printable(f"{mismatch.item}: {mismatch.told}{after}")


def declared_lines(judged: JudgedRun) -> Iterator[str]:
    """For a terminal."""
    declarations = judged.declarations
    if declarations is None:
        return
    differ = declarations.mismatches
    said = sum(item.declared is not None for item in declarations.items)
    yield f"Declared  {said} features, {len(differ)} differences from what the printer says or does"
    yield from (f"  {told(judged, one)}" for one in differ[:SHOWN])
    if len(differ) > SHOWN:
        yield f"  ... and {len(differ) - SHOWN} more, all in verdict.json"


def declarations_json(judged: JudgedRun, declarations: Declarations) -> dict[str, Any]:
    """For verdict.json; null is what is not said, or not known."""
    return {
        "items": [
            {
                "item": item.name,
                "declared": _listed(item.declared),
                "discovered": _listed(item.discovered),
                "observed": _listed(item.observed),
            }
            for item in declarations.items
        ],
        "differences": [
            {
                "kind": one.kind.value,
                "item": one.item,
                "told": one.told,
                "requirements": concerned(judged, one),
            }
            | ({"evidence": {"kind": one.where.kind, "id": one.where.id}} if one.where else {})
            for one in declarations.mismatches
        ],
    }


def _listed(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)
