"""``--select``: which cases are asked for, by the id of a requirement, the id of a case, or a pattern of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from conformance.patterns import matches
from conformance.requirements import Binds, catalogue
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import VOCABULARIES, Edition

from .inventory import CaseEntry, cases

SUGGESTED: Final = 3  # ids that one may have meant


class SelectionError(Exception):
    """A selection that matches nothing, in whole or in part; says what is near."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; without patterns it is everything.

    Letters match in either case, ``*`` and ``?`` as in a shell.  A bracket means itself, since the ids of cases have
    them: ``table1.to_is_the_recipient[job/omitted]``, ``*[job/omitted]``.
    """

    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def __str__(self) -> str:
        return ",".join(self.patterns)

    def wants(self, case_id: str, requirements: Sequence[str]) -> bool:
        """Whether it names this case or one of its requirements."""
        return not self.patterns or any(
            matches(name, pattern) for pattern in self.patterns for name in (case_id, *requirements)
        )

    def cases(
        self,
        edition: Edition,
        drawn: Sequence[Scenario] = (),
        vocabulary: str | None = None,
        whom: Binds = Binds.PRINTER,
    ) -> list[CaseEntry]:
        """The cases that are asked for; raises ``SelectionError`` if a pattern matches none of the edition.

        What concerns printers of another vocabulary only is left out, and wrong if it is all that was asked for.
        """
        spoken = cases(edition, drawn, vocabulary, whom)
        if not self.patterns:
            return spoken
        everything = cases(edition, drawn, whom=whom)
        if unmatched := self.idle(everything):
            raise SelectionError(f"nothing matches {unmatched[0]!a}{_hint(unmatched[0], everything, edition, whom)}")
        found = [e for e in spoken if self.wants(e.id, e.requirements)]
        if not found:
            hint = _hint(self.patterns[0], spoken, edition, whom)
            raise SelectionError(f"nothing matches {self.patterns[0]!a}{hint}")
        return found

    def idle(self, entries: Sequence[CaseEntry]) -> list[str]:
        """The patterns that match none of these."""
        return [p for p in self.patterns if not any(Selection((p,)).wants(e.id, e.requirements) for e in entries)]


EVERYTHING: Final = Selection()


def _hint(pattern: str, entries: Sequence[CaseEntry], edition: Edition, whom: Binds) -> str:
    """Why it matches nothing, or what was perhaps meant."""
    for why in _reasons(pattern.casefold(), edition, whom):
        return f": {why}"
    known = {name.casefold(): name for name in _ids(entries, whole="[" in pattern)}
    near = [known[name] for name in get_close_matches(pattern.casefold(), known, SUGGESTED)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; ippmailto requirements --edition {edition.value} lists the ids"


def _reasons(wanted: str, edition: Edition, whom: Binds) -> Iterator[str]:
    """Of an id that the catalogue has: why no case that can be judged here carries it."""
    for entry in catalogue(edition).values():
        if entry.id.casefold() == wanted:
            if whom is Binds.CLIENT:
                yield f"no client is judged by {entry.id}"
            if entry.untested:
                yield f"no case judges {entry.id}: {entry.untested}"
            named = [name for name in VOCABULARIES if entry.id in catalogue(edition, name)]
            yield f"{entry.id} is about printers that speak {', '.join(named)}, which this one does not"
    for other in Edition:
        for entry in catalogue(other).values():
            if entry.id.casefold() == wanted:
                yield f"{entry.id} is of --edition {other.value}"


def _ids(entries: Sequence[CaseEntry], *, whole: bool) -> Iterator[str]:
    for entry in entries:
        yield from entry.requirements
        yield entry.id if whole else entry.id.partition("[")[0]
