"""What has changed since the baseline, as the page has it: kind by kind, each requirement with its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.verdict import Verdict
from reports.gating.comparison import Change, Comparison


@dataclass(frozen=True, slots=True)
class ChangedRequirement:
    """One requirement, the cases of it that changed so, with their number, and the verdict that they had or have."""

    id: str
    cases: tuple[tuple[str, int], ...]
    side: str


@dataclass(frozen=True, slots=True)
class KindOfChange:
    """Everything that changed in one way; ``word`` is the verdict whose colour it has."""

    title: str
    told: str
    word: str
    requirements: tuple[ChangedRequirement, ...]


def kinds_of_change(found: Comparison) -> list[KindOfChange]:
    """What is new first; only the kinds that there are."""
    return [kind for kind in _kinds(found) if kind.requirements]


def _kinds(found: Comparison) -> Iterator[KindOfChange]:
    fixed = [change for change in found.fixed if change.case.requirement in found.fixed_requirements]
    still = [change for change in found.still if change.case.requirement in found.still_requirements]
    yield KindOfChange("New", "fails, and did not before", "fail", _by_requirement(found.new))
    yield KindOfChange("Fixed", "failed, and does not any more", "pass", _by_requirement(fixed))
    yield KindOfChange("Still failing", "failed before, too", "warning", _by_requirement(still))
    yield KindOfChange("In another way", "fails as before, in other words", "warning", _by_requirement(found.otherwise))
    yield KindOfChange("Waived now", "failed, and somebody answers for it", "waived", _by_requirement(found.waived))
    told = "failed, and nobody can say whether it does now"
    yield KindOfChange("Not judged now", told, "inconclusive", _by_requirement(found.unjudged))
    unclear = tuple(ChangedRequirement(name, (), "") for name in found.unclear)
    yield KindOfChange("Less was observed", "inconclusive, and was not before", "inconclusive", unclear)


def _by_requirement(changes: Sequence[Change]) -> tuple[ChangedRequirement, ...]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.case.requirement, []).append(change)
    return tuple(
        ChangedRequirement(name, tuple(Counter(map(_function, group)).items()), _side(group[0]))
        for name, group in grouped.items()
    )


def _function(change: Change) -> str:
    return change.case.id.partition("[")[0]


def _side(change: Change) -> str:
    """The verdict at the side that is no failure; empty where both are."""
    if change.before is Verdict.FAIL and change.now is Verdict.FAIL:
        return ""
    word, when = (change.before, "before") if change.now is Verdict.FAIL else (change.now, "now")
    return f"{word.value if word else 'not judged'} {when}"
