"""A mail of which nothing is known but itself: what it shows so far as one mail can, and never that it is good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.requirements import Catalogue
from conformance.verdict import CaseResult, Outcome, Verdict
from conformance.wire.problem import Span
from reports.judging.one_mail import Ingredients, judge_mail

NAMED: Final = 8  # requirements in a sentence


@dataclass(frozen=True, slots=True)
class Marks:
    """What came of a mail's cases: places that were blamed, and each requirement's verdict as far as it goes."""

    catalogue: Catalogue
    places: tuple[tuple[str, Span], ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()

    @property
    def met(self) -> tuple[str, ...]:
        """Requirements that were looked at and met."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict is Verdict.PASS)


@dataclass(frozen=True, slots=True)
class MailAlone:
    """The marks of a mail by itself, and what could not be judged."""

    marks: Marks
    lacking: int


def judged_alone(octets: bytes, told: Ingredients, directory: Path) -> MailAlone:
    """By the cases that need no more than that; ``directory`` is for the evidence that is made of the mail."""
    found = judge_mail(octets, told, directory)
    return MailAlone(marks_of(found.catalogue, found.results, 1), len(found.lacking))


def together(play: Marks, alone: Marks) -> Marks:
    """Both; where they differ, the play knows more."""
    broken = (*play.broken, *(name for name in alone.broken if name not in play.verdicts))
    places = (*play.places, *(place for place in alone.places if place[0] not in play.verdicts))
    return Marks(play.catalogue, places, {**alone.verdicts, **play.verdicts}, broken, play.unclear)


def marks_of(known: Catalogue, results: Iterable[CaseResult], mail: int) -> Marks:
    """What those results say of one mail: what is violated elsewhere is not this mail's, and not met either."""
    places, outcomes = list[tuple[str, Span]](), dict[str, set[Outcome]]()
    broken = dict[str, None]()
    for result in results:
        for name in result.requirements:
            outcomes.setdefault(name, set()).add(result.outcome)
            here = [where for where in result.where if where.kind == "mail" and where.id == mail]
            if result.outcome is Outcome.VIOLATED and here:
                broken[name] = None
                places += [(name, where.octets) for where in here if where.octets is not None]
    verdicts = {name: Verdict.PASS for name, seen in outcomes.items() if name not in broken and _is_met(seen)}
    verdicts |= dict.fromkeys(broken, Verdict.FAIL)
    unclear = tuple(name for name, seen in outcomes.items() if Outcome.INCONCLUSIVE in seen and name not in broken)
    return Marks(known, tuple(places), verdicts, tuple(broken), unclear)


def _is_met(seen: Sequence[Outcome] | set[Outcome]) -> bool:
    """Met somewhere, and violated or unclear nowhere."""
    return Outcome.MET in seen and not {Outcome.VIOLATED, Outcome.INCONCLUSIVE} & set(seen)
