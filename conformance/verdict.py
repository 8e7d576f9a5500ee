"""Verdicts and how they add up (the words are those of ISO 9646, where it has one).

A case comes to an ``Outcome`` about the printer; what that means for a requirement depends on how binding the
requirement is.  Not applicable and inconclusive are never a pass; a run in which nothing was judged does not conform,
nor one in which an entry was not judged without which the others say nothing: that mail came at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .patterns import matches

MAX_TEXT: Final = 2_000
"""Characters of a sentence of a case: half a page.  What a mail of megabytes has in a field is in the evidence."""


class Outcome(StrEnum):
    """What one case saw."""

    MET = "met"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"


class Verdict(StrEnum):
    """What follows for a requirement; in falling order of weight, the heaviest of its cases decides."""

    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"
    WARNING = "warning"
    PASS = "pass"
    NOT_APPLICABLE = "not-applicable"
    NOT_TESTED = "not-tested"


WEIGHT = {verdict: -place for place, verdict in enumerate(Verdict)}


JUDGED: Final = frozenset({Verdict.FAIL, Verdict.WAIVED, Verdict.WARNING, Verdict.PASS})
"""What says something about the printer."""


class Overall(StrEnum):
    """What follows for the printer."""

    CONFORMS = "conforms"
    DOES_NOT_CONFORM = "does-not-conform"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not-judged"  # there was nothing to judge: no printer, none of IPP, or none that offers mail


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the evidence: ``mail``, ``ipp``, ``smtp`` or ``client``, the row's id, and the octets meant.

    Octets count from 0 and end before the second number: in a mail's content as delivered, in the body of an IPP
    response, in the client stream of an SMTP session, in a part of what a client under test said.
    """

    kind: str
    id: int
    octets: tuple[int, int] | None = None

    def __str__(self) -> str:
        place = f" octets {self.octets[0]}-{self.octets[1]}" if self.octets else ""
        return f"{self.kind} #{self.id}{place}"


def printable(text: str) -> str:
    """The text in printable ASCII: what a printer sent may steer a terminal or break an encoder, its escapes do not."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isascii() and (c.isprintable() or c == "\n") else ascii(c)[1:-1] for c in text)


def on_one_line(text: str) -> str:
    """The same where a line is what one reads: whoever wrote the text cannot begin another."""
    return printable(text).replace("\n", "\\n")


def name_shown(name: object) -> str:
    """A file's name, or another word of somebody's, on one line: letters of any script stay, what steers is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(name))


def numbered(count: int, word: str) -> str:
    """So many of them: ``1 mail``, ``2 mails``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _told(text: str) -> str:
    """As it is printed, and no longer than anybody reads."""
    more = len(text) - MAX_TEXT
    return printable(text if more <= 0 else f"{text[:MAX_TEXT]} ... {more} characters more")


class Judgement(Exception):
    """What ends a case before its end; ``where`` points into the evidence."""

    def __init__(self, reason: str, where: Sequence[Where] = ()) -> None:
        self.reason, self.where = _told(reason), tuple(where)
        super().__init__(self.reason)


class Inconclusive(Judgement):
    """The thing to judge could not be observed, and that is not the printer's fault as far as we can tell."""


class NotApplicable(Judgement):
    """The precondition, something the printer need not have, is not there."""


class Violation(AssertionError):
    """The printer did otherwise than the requirement says.

    ``binding`` overrides what a violation of the requirement means elsewhere: ``False`` only warns, of whatever the
    catalogue says that it "only warns"; ``True`` fails, where a reading makes a SHOULD binding.
    """

    def __init__(
        self,
        expected: str,
        actual: str,
        where: Sequence[Where] = (),
        remark: str = "",
        *,
        binding: bool | None = None,
    ) -> None:
        self.expected, self.actual, self.remark = _told(expected), _told(actual), _told(remark)
        self.where, self.binding = tuple(where), binding
        super().__init__(f"expected {self.expected}; actual {self.actual}" + (f" ({self.remark})" if remark else ""))


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a case with the numbers, times and addresses of its run."""

    expected: str
    actual: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case saw, with its place in the evidence.

    The sentences are the same in every run that sees the same; ``told`` has them with what is of this run in them,
    where that makes a difference.
    """

    id: str
    requirements: tuple[str, ...]
    outcome: Outcome
    expected: str = ""
    actual: str = ""
    reason: str = ""
    where: tuple[Where, ...] = ()
    binding: bool | None = None  # see `Violation`
    told: Sentences | None = None

    @property
    def as_told(self) -> Sentences:
        """The sentences with everything that is of this run."""
        return self.told or Sentences(self.expected, self.actual, self.reason)

    def fails(self, *, hard: bool) -> bool:
        """Whether a violation costs the verdict of a requirement that is hard, or not."""
        return hard if self.binding is None else self.binding


@dataclass(frozen=True, slots=True)
class Waiver:
    """A known failure that somebody answers for.

    It covers failures of one requirement (of any, if that is empty and ``case`` is not): all of them, or those of the
    cases that ``case`` is a pattern of, or those whose text holds ``match``.  ``reason`` is for people, and has no part
    in that.
    """

    requirement: str
    reason: str
    owner: str
    link: str = ""
    match: str = ""
    case: str = ""

    def is_about(self, requirement: str, case: CaseResult) -> bool:
        """Whether it is about this case of that requirement, however that came out."""
        return self.requirement in ("", requirement) and (not self.case or matches(case.id, self.case))

    def covers(self, requirement: str, case: CaseResult) -> bool:
        """Whether this failing case is the one that was waived."""
        wanted = self.match.casefold()
        texts = (f"{each.expected} {each.actual} {each.reason}".casefold() for each in (case, case.as_told))
        return self.is_about(requirement, case) and any(wanted in text for text in texts)

    @property
    def subject(self) -> str:
        """What it is for, in a word."""
        return self.requirement or self.case

    def __str__(self) -> str:
        link = f" ({self.link})" if self.link else ""
        return printable(f"{self.owner}: {self.reason}{link}")


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case with the verdict that its outcome means for one requirement, and the waiver behind it, if there is one."""

    case: CaseResult
    verdict: Verdict
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class RequirementVerdict:
    """One requirement: its verdict, why, and the cases that led there."""

    id: str
    verdict: Verdict
    reason: str = ""
    cases: tuple[JudgedCase, ...] = ()


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """The whole: requirement by requirement in the order of the catalogue, and what follows."""

    overall: Overall
    requirements: tuple[RequirementVerdict, ...]
    counts: Mapping[Verdict, int] = field(default_factory=dict)
    unexplained: int = 0  # mails that nothing accounts for, and no requirement that was judged has failed for
    unjudged: tuple[str, ...] = ()  # entries that had to be judged for the run to conform, and were not

    def tells_of(self, names: Iterable[str]) -> bool:
        """Whether one of these entries was judged, and not as met: that is where a mail left over has its say."""
        return not _telling(self.requirements).isdisjoint(names)


def _telling(requirements: Iterable[RequirementVerdict]) -> set[str]:
    return {r.id for r in requirements if r.verdict in (Verdict.FAIL, Verdict.WARNING, Verdict.WAIVED)}


def verdict_of(outcome: Outcome, *, hard: bool, strict: bool) -> Verdict:
    """The verdict an outcome means for a requirement that is hard (a MUST) or soft (a SHOULD)."""
    if outcome is Outcome.MET:
        return Verdict.PASS
    if outcome is Outcome.VIOLATED:
        return Verdict.FAIL if hard or strict else Verdict.WARNING
    return Verdict(outcome.value)


def judge(
    requirements: Iterable[tuple[str, bool, str]],
    cases: Iterable[CaseResult],
    *,
    strict: bool = False,
    waivers: Sequence[Waiver] = (),
    left_over: Iterable[tuple[str, ...]] = (),
    core: Collection[str] = (),
) -> RunVerdict:
    """Add up.  Each requirement is (id, whether hard, why it is not tested if no case speaks for it).

    ``left_over`` are the requirements at which each mail counts that nothing accounts for: as long as none of them has
    been judged for it, or waived, the run does not conform.  Nor does it as long as one of ``core`` was not judged.
    """
    by_requirement: dict[str, list[CaseResult]] = {}
    for case in cases:
        for name in case.requirements:
            by_requirement.setdefault(name, []).append(case)
    verdicts = []
    for name, hard, untested in requirements:
        judged = []
        for case in by_requirement.get(name, ()):
            verdict = verdict_of(case.outcome, hard=case.fails(hard=hard), strict=strict)
            waiver = next((w for w in waivers if w.covers(name, case)), None) if verdict is Verdict.FAIL else None
            judged.append(JudgedCase(case, Verdict.WAIVED if waiver else verdict, waiver))
        if judged:
            worst = max((j.verdict for j in judged), key=lambda v: WEIGHT[v])
            reason = next(j.case.reason or j.case.actual for j in judged if j.verdict is worst)
            verdicts.append(RequirementVerdict(name, worst, reason if worst is not Verdict.PASS else "", tuple(judged)))
        else:
            verdicts.append(RequirementVerdict(name, Verdict.NOT_TESTED, untested))
    counts = {v: sum(r.verdict is v for r in verdicts) for v in Verdict}
    told = _telling(verdicts)
    unexplained = sum(told.isdisjoint(names) for names in left_over)
    unjudged = tuple(r.id for r in verdicts if r.id in core and r.verdict not in JUDGED)
    overall = _overall(counts)
    if (unexplained or unjudged) and overall is Overall.CONFORMS:
        overall = Overall.INCONCLUSIVE
    return RunVerdict(overall, tuple(verdicts), counts, unexplained, unjudged)


def nothing_to_judge(requirements: Iterable[tuple[str, bool, str]]) -> RunVerdict:
    """The verdict on a printer that cannot be judged, over the same requirements as :func:`judge` has them."""
    verdicts = tuple(RequirementVerdict(name, Verdict.NOT_TESTED, untested) for name, _, untested in requirements)
    counts = dict.fromkeys(Verdict, 0) | {Verdict.NOT_TESTED: len(verdicts)}
    return RunVerdict(Overall.NOT_JUDGED, verdicts, counts)


def _overall(counts: Mapping[Verdict, int]) -> Overall:
    if counts[Verdict.FAIL]:
        return Overall.DOES_NOT_CONFORM
    if counts[Verdict.INCONCLUSIVE] or not any(counts[v] for v in JUDGED):
        return Overall.INCONCLUSIVE
    return Overall.CONFORMS
