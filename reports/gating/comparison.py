"""Two verdicts side by side: what fails that did not, what does not fail any more, what fails still.

What is compared is one case of one requirement, by its id.  A failure counts as known only if the same case failed for
the same requirement before; where it failed with other words, that is told and does not make it new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.requirements import Binds
from conformance.verdict import JUDGED, Verdict, on_one_line
from reports.exits import UsageError

from .stored_verdict import UNLISTED, StoredCase, StoredVerdict

BETTER = (Verdict.PASS, Verdict.WARNING)


@dataclass(frozen=True, slots=True)
class Change:
    """A failing case, now or before; the other side's verdict is ``None`` where it was not judged there."""

    case: StoredCase
    before: Verdict | None
    now: Verdict | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of each failure since an earlier verdict, which is called ``old``."""

    old: str
    new: tuple[Change, ...] = ()
    still: tuple[Change, ...] = ()
    otherwise: tuple[Change, ...] = ()  # those of ``still`` that fail in another way
    fixed: tuple[Change, ...] = ()
    waived: tuple[Change, ...] = ()  # failed before, and somebody answers for it now
    unjudged: tuple[Change, ...] = ()  # failed before, and it cannot be said whether it does now
    unclear: tuple[str, ...] = ()  # requirements that have become inconclusive, in whole or beside what fails still
    short: str = ""  # why the later run cannot vouch that nothing is new
    stray_as_before: bool = False  # mails that nothing accounts for are of kinds that were left over before as well
    before: Mapping[str, Verdict] = field(default_factory=dict)  # each requirement's verdict then
    warned: tuple[str, ...] = ()  # requirements that were met, and are warned of now
    unwarned: tuple[str, ...] = ()  # and the other way round

    def requirements(self, changes: Sequence[Change]) -> list[str]:
        """The ids in these, each once."""
        return list(dict.fromkeys(change.case.requirement for change in changes))

    @property
    def fixed_requirements(self) -> list[str]:
        """Those of which nothing fails any more."""
        failing = {*self.requirements(self.new), *self.requirements(self.still)}
        return [name for name in self.requirements(self.fixed) if name not in failing]

    @property
    def still_requirements(self) -> list[str]:
        """Those that fail as before, and in nothing that is new."""
        new = set(self.requirements(self.new))
        return [name for name in self.requirements(self.still) if name not in new]

    def is_new(self, requirement: str) -> bool:
        """Whether something of it fails that did not before."""
        return any(change.case.requirement == requirement for change in self.new)


def see_that_they_compare(old: StoredVerdict, edition: str, subject: str = Binds.PRINTER) -> None:
    """Raises ``UsageError`` where the one has other requirements than the other."""
    if old.subject != subject:
        kinds = f"a {on_one_line(old.subject)}, and this about a {on_one_line(subject)}"
        raise UsageError(f"{old.name} is about {kinds}; they have nothing in common")
    if old.edition != edition:
        raise UsageError(
            f"{old.name} was judged by --edition {on_one_line(old.edition)}, and this by {on_one_line(edition)}; "
            f"judge its evidence by {on_one_line(edition)}"
        )


def compare(old: StoredVerdict, now: StoredVerdict) -> Comparison:
    """What became of each failure; raises ``UsageError`` for verdicts of two editions, or of a printer and a client."""
    see_that_they_compare(old, now.edition, now.subject)
    failing = [case for case in now.cases.values() if case.verdict is Verdict.FAIL]
    failed = [case for case in old.cases.values() if case.verdict is Verdict.FAIL]
    known = {(case.requirement, case.id): case for case in failed}
    new, still, otherwise = list[Change](), list[Change](), list[Change]()
    for case in failing:
        before = old.cases.get((case.requirement, case.id))
        change = Change(case, before.verdict if before else None, Verdict.FAIL)
        earlier = known.get((case.requirement, case.id))
        (still if earlier else new).append(change)
        if earlier and earlier.fingerprint != case.fingerprint:
            otherwise.append(change)
    ended = list(_ended(failed, now))
    as_before = {*now.unaccounted} <= {*old.unaccounted} - {UNLISTED}
    return Comparison(
        old.name,
        tuple(new),
        tuple(still),
        tuple(otherwise),
        tuple(c for c in ended if c.now in BETTER),
        tuple(c for c in ended if c.now is Verdict.WAIVED),
        tuple(c for c in ended if c.now not in (*BETTER, Verdict.WAIVED)),
        tuple(dict.fromkeys(_unclear(old, now))),
        now.cut if as_before else now.short,
        as_before,
        old.requirements,
        tuple(_from(Verdict.PASS, Verdict.WARNING, old, now)),
        tuple(_from(Verdict.WARNING, Verdict.PASS, old, now)),
    )


def _unclear(old: StoredVerdict, now: StoredVerdict) -> Iterator[str]:
    """Requirements of which less could be observed than before."""
    for name, verdict in now.requirements.items():
        if verdict is Verdict.INCONCLUSIVE and old.requirements.get(name) is not Verdict.INCONCLUSIVE:
            yield name
    for key, case in now.cases.items():
        before = old.cases.get(key)
        if case.verdict is Verdict.INCONCLUSIVE and before is not None and before.verdict in JUDGED:
            yield case.requirement


def _from(before: Verdict, after: Verdict, old: StoredVerdict, now: StoredVerdict) -> Iterator[str]:
    """Requirements that have become this, and were that."""
    return (name for name, it in now.requirements.items() if it is after and old.requirements.get(name) is before)


def _ended(failed: Iterable[StoredCase], now: StoredVerdict) -> Iterator[Change]:
    """What failed before and is no failure now."""
    for case in failed:
        found = now.cases.get((case.requirement, case.id))
        if found is None or found.verdict is not Verdict.FAIL:
            yield Change(case, Verdict.FAIL, found.verdict if found else None)


# ---------------------------------------------------------------- shown


def comparison_lines(found: Comparison) -> Iterator[str]:
    """The numbers in a line, then each change; numbers are of requirements, as everywhere."""
    return map(on_one_line, _lines(found))  # whoever wrote the verdicts begins no line


def _lines(found: Comparison) -> Iterator[str]:
    new, otherwise = found.requirements(found.new), found.requirements(found.otherwise)
    fixed, still = found.fixed_requirements, found.still_requirements
    yield f"Against   {found.old}: {len(new)} new, {len(fixed)} fixed, {len(still)} still failing"
    yield from _listed("New", found.new)
    yield from _listed("Fixed", [c for c in found.fixed if c.case.requirement in fixed])
    yield from _listed("Waived", found.waived)
    yield from _listed("Unjudged", found.unjudged)
    for word, names in (("Still", still), ("Otherwise", otherwise), ("Unclear", found.unclear)):
        if names:
            yield f"{word:<9} {', '.join(names)}"
    for word, names, how in (("Warned", found.warned, "pass before"), ("Unwarned", found.unwarned, "pass now")):
        if names:
            yield f"{word:<9} {', '.join(names)}; {how}"
    if found.short:
        yield f"Short     {found.short}"


def _listed(word: str, changes: Sequence[Change]) -> Iterator[str]:
    """A line for each requirement and case function."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.case.requirement, change.case.id.partition("[")[0]), []).append(change)
    for (requirement, _), group in groups.items():
        first = group[0]
        more = f" and {len(group) - 1} more" if len(group) > 1 else ""
        side = f"{_was(first.before)} before" if first.now is Verdict.FAIL else f"{_was(first.now)} now"
        yield f"{word:<9} {requirement}: {first.case.id}{more}; {side}"


def _was(verdict: Verdict | None) -> str:
    return verdict.value if verdict else "not judged"


def comparison_json(found: Comparison) -> dict[str, Any]:
    """For programs."""
    kinds = ("new", "still", "otherwise", "fixed", "waived", "unjudged")
    told = {kind: [_change_json(change) for change in getattr(found, kind)] for kind in kinds}
    return {"against": found.old} | told | {"unclear": list(found.unclear), "short": found.short}


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "requirement": change.case.requirement,
        "case": change.case.id,
        "before": _was(change.before),
        "now": _was(change.now),
        "fingerprint": change.case.fingerprint,
    }
