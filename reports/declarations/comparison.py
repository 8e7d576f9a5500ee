"""Declared, discovered, observed: where a statement, the printer's own words and a run differ.

A difference is a finding of its own kind and changes no verdict.  Where a text demands what is declared and not there,
the entry that demands it is named beside the difference; it is judged by its own cases, declared or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.cases.test_operations import REQUIRED_EVENTS, REQUIRED_EVENTS_RFC3995, REQUIRED_OPERATIONS
from conformance.record.features import Words, discovered, observed, refused
from conformance.record.run_record import RunRecord
from conformance.verdict import Where
from conformance.vocabulary import RFC3995, Edition, Vocabulary
from fakes.typed_toml import spelled

from .statement import NUMBERS, TEXTS, Statement

SINGLE: Final = (*NUMBERS, *TEXTS)  # features with one value: another one is no lack, but a contradiction
SEEN_IS_HAD: Final = ("operations", "schemes", "security")  # what is seen of them is as the statement has it
NO_CASE: Final = ("schemes", "charsets", "languages", "formats", "relay")  # letters match in either case


class MismatchKind(StrEnum):
    """How a statement can be wrong."""

    NOT_DISCOVERED = "declared-not-discovered"  # it is said to be there, and the printer does not list it
    NOT_DECLARED = "discovered-not-declared"  # the other way round
    OTHERWISE = "declared-otherwise"  # one value is declared, and the printer tells another
    REFUSED = "declared-and-refused"  # the printer answers that it has no such operation
    SEEN_ONLY = "observed-not-declared"  # neither declared nor listed, and yet it was seen at work


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference: about what, what differs, and the entries of the catalogue that demand what is lacking."""

    kind: MismatchKind
    item: str
    told: str
    requirements: tuple[str, ...] = ()
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A feature: what is said of it, what the printer lists, what was seen; ``None`` is not said, or not known."""

    name: str
    declared: Words | None
    discovered: Words | None
    observed: Words | None


@dataclass(frozen=True, slots=True)
class Declarations:
    """A statement beside a run."""

    items: tuple[Item, ...]
    mismatches: tuple[Mismatch, ...]


def compared(statement: Statement, run_record: RunRecord, edition: Edition) -> Declarations | None:
    """The statement held to a run; ``None`` where the printer told nothing of itself to hold it to."""
    if run_record.printer is None:
        return None
    listed, seen = discovered(run_record.printer, run_record.vocabulary), observed(run_record)
    seen["edition"] = (edition.value,)
    if "events" in listed:  # a printer that does not know an event may mail about others in its place
        seen["events"] = tuple(event for event in seen["events"] if event in listed["events"])
    declared = statement.words()
    if not listed.get("firmware") and run_record.facts.firmware:
        listed["firmware"] = (run_record.facts.firmware,)  # which the IXIT knows
    names = dict.fromkeys((*declared, *listed, *(name for name in seen if name != "edition")))
    items = tuple(Item(spelled(n), declared.get(n), listed.get(n), seen.get(n)) for n in names)
    where = run_record.descriptions[0].where() if run_record.descriptions else None
    found = _Differences(run_record, where)
    return Declarations(items, tuple(found.of(declared, listed, seen)))


@dataclass(frozen=True, slots=True)
class _Differences:
    run_record: RunRecord
    where: Where | None

    def of(
        self, declared: Mapping[str, Words], listed: Mapping[str, Words], seen: Mapping[str, Words]
    ) -> Iterator[Mismatch]:
        """All of them, in the order of the statement."""
        for name, words in declared.items():
            if name == "edition":
                yield from self._edition(words, seen[name])
            elif name in SINGLE:
                yield from self._single(name, words, listed.get(name))
            else:
                yield from self._several(name, words, listed.get(name), seen.get(name, ()))

    def _edition(self, declared: Words, judged: Words) -> Iterator[Mismatch]:
        if declared != judged:
            told = f"{declared[0]} is declared, and the run is judged by {judged[0]}"
            yield Mismatch(MismatchKind.OTHERWISE, "edition", told)

    def _single(self, name: str, declared: Words, listed: Words | None) -> Iterator[Mismatch]:
        if listed is None or declared == listed:
            return
        item = spelled(name)
        if not listed:
            told = f"{declared[0]} is declared, and the printer tells none"
            yield Mismatch(MismatchKind.NOT_DISCOVERED, item, told, (), self.where)
            return
        told = f"{declared[0]} is declared, and it is {', '.join(listed)}"
        yield Mismatch(MismatchKind.OTHERWISE, item, told, (), self.where)

    def _several(self, name: str, declared: Words, listed: Words | None, seen: Words) -> Iterator[Mismatch]:
        item = spelled(name)
        denied = refused(self.run_record) if name == "operations" else {}
        for word in declared:
            concerned = demanding(name, word, self.run_record.vocabulary)
            if listed is not None and not _among(word, listed, name):
                told = f"{word} is declared, and the printer does not list it"
                yield Mismatch(MismatchKind.NOT_DISCOVERED, item, told, concerned, self.where)
            elif word in denied:
                told = f"{word} is declared, and the printer answers that it has no such operation"
                yield Mismatch(MismatchKind.REFUSED, item, told, concerned, Where("ipp", denied[word]))
        for word in listed or ():
            if not _among(word, declared, name):
                told = f"the printer lists {word}, which is not declared"
                yield Mismatch(MismatchKind.NOT_DECLARED, item, told, (), self.where)
        if name in SEEN_IS_HAD and listed is not None:
            for word in seen:
                if not _among(word, (*declared, *listed), name):
                    told = f"{word} was seen at work, and is neither declared nor listed"
                    yield Mismatch(MismatchKind.SEEN_ONLY, item, told)


def _among(word: str, words: Words, name: str) -> bool:
    if name in NO_CASE:
        return word.lower() in map(str.lower, words)
    return word in words


def demanding(name: str, word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The entries of the catalogue by which every printer has to list that."""
    events = REQUIRED_EVENTS_RFC3995 if vocabulary is RFC3995 else REQUIRED_EVENTS
    if name == "operations" and word in {operation.keyword for operation in REQUIRED_OPERATIONS}:
        return ("N-01",)
    if name == "schemes" and word.lower() == "mailto":
        return ("N-02",)
    if name == "events" and word in (*events, "none"):
        return ("N-03",)
    return ()
