"""From TOML to entries, believing nothing: no unknown key, no word outside its set, no reference that leads nowhere."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from conformance.vocabulary import VOCABULARIES, Edition

from .entries import Binds, CatalogueError, Choice, ClientSide, Level, Reading, Requirement, Severity

_Word = TypeVar("_Word", bound=StrEnum)


class _Table:
    """One TOML table, taken apart key by key; what is left over at the end is an error."""

    def __init__(self, where: str, table: object, defaults: Mapping[str, object] | None = None) -> None:
        if not isinstance(table, dict):
            raise CatalogueError(where, "a table was expected")
        self.where = where
        self._left: dict[str, object] = {**(defaults or {}), **table}

    def maybe(self, key: str) -> str | None:
        """A sentence or word, or ``None`` if the key is absent."""
        value = self._left.pop(key, None)
        if value is not None and (not isinstance(value, str) or not value or value != value.strip()):
            raise CatalogueError(self.where, f"{key} has to be a text without blanks around it, not {value!r}")
        return value

    def text(self, key: str) -> str:
        """A sentence or word that has to be there."""
        value = self.maybe(key)
        if value is None:
            raise CatalogueError(self.where, f"{key} is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of words without repetition; empty if the key is absent."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise CatalogueError(self.where, f"{key} has to be a list of texts, not {value!r}")
        if len(set(value)) != len(value):
            raise CatalogueError(self.where, f"{key} repeats itself: {value!r}")
        return tuple(value)

    def word(self, key: str, words: type[_Word]) -> _Word:
        """One word of a set."""
        return self._among(key, self.text(key), words)

    def words(self, key: str, words: type[_Word]) -> tuple[_Word, ...]:
        """Several words of a set."""
        return tuple(self._among(key, value, words) for value in self.texts(key))

    def _among(self, key: str, value: str, words: type[_Word]) -> _Word:
        try:
            return words(value)
        except ValueError as error:
            raise CatalogueError(self.where, f"{key} is {value!r}, not one of {', '.join(words)}") from error

    def table(self, key: str) -> dict[str, str] | None:
        """Sentences by name, in the order they stand, or ``None`` if the key is absent."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        inner = _Table(f"{self.where}: {key}", value)
        return {name: inner.text(name) for name in tuple(inner._left)}

    def inner(self, key: str) -> _Table | None:
        """A table within, or ``None`` if the key is absent."""
        value = self._left.pop(key, None)
        return None if value is None else _Table(f"{self.where}: {key}", value)

    def finish(self) -> None:
        """Refuses keys that nobody asked for."""
        if self._left:
            raise CatalogueError(self.where, f"unknown key {', '.join(sorted(self._left))}")


def _tables(
    source: str, text: str, kind: str, known: Iterable[str]
) -> tuple[dict[str, object], list[tuple[str, object]]]:
    """The defaults of a file and its entries, each entry with a name to blame."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(source, f"not TOML: {error}") from error
    unknown = set(document) - {kind, *known}
    if unknown:
        raise CatalogueError(source, f"unknown table {', '.join(sorted(unknown))}")
    defaults = document.get("defaults", {})
    entries = document.get(kind, [])
    if not isinstance(defaults, dict) or not isinstance(entries, list):
        raise CatalogueError(source, f"[defaults] has to be a table and [[{kind}]] a list of tables")
    unknown = set(defaults) - {"document", "editions", "vocabularies"}
    if unknown:
        raise CatalogueError(source, f"[defaults] cannot have {', '.join(sorted(unknown))}")
    named = []
    for position, entry in enumerate(entries, start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        named.append((f"{source}: {name or f'{kind} number {position}'}", entry))
    return defaults, named


def parse_requirements(source: str, text: str) -> tuple[Requirement, ...]:
    """The entries of one file of requirements, in its order.  ``source`` names it in a `CatalogueError`."""
    defaults, entries = _tables(source, text, "requirement", ("defaults",))
    return tuple(_requirement(_Table(where, entry, defaults)) for where, entry in entries)


def _requirement(table: _Table) -> Requirement:
    requirement = Requirement(
        id=table.text("id"),
        document=table.text("document"),
        section=table.text("section"),
        also=table.texts("also"),
        level=table.word("level", Level),
        binds=table.word("binds", Binds),
        severity=table.word("judged", Severity),
        editions=table.words("editions", Edition),
        vocabularies=table.texts("vocabularies"),
        says=table.text("says"),
        observe=table.text("observe"),
        reading=table.texts("reading"),
        untested=table.maybe("untested"),
    )
    side = table.inner("client")
    if side is not None:
        requirement = replace(requirement, client=_client_side(side, requirement))
    table.finish()
    if not requirement.editions:
        raise CatalogueError(table.where, "editions is missing")
    strangers = set(requirement.vocabularies) - set(VOCABULARIES)
    if strangers:
        raise CatalogueError(table.where, f"unknown vocabulary {', '.join(sorted(strangers))}")
    if requirement.severity.gives_verdict and requirement.binds is not Binds.PRINTER:
        raise CatalogueError(table.where, f"judged {requirement.severity}, though it binds the {requirement.binds}")
    if requirement.severity.gives_verdict == (requirement.untested is not None):
        rule = "is judged and cannot have" if requirement.severity.gives_verdict else "gives no verdict and needs"
        raise CatalogueError(table.where, f"{rule} untested")
    return requirement


def _client_side(table: _Table, requirement: Requirement) -> ClientSide:
    """Its sentences are those of the entry, unless it has its own."""
    side = ClientSide(
        severity=table.word("judged", Severity),
        says=table.maybe("says") or requirement.says,
        observe=table.text("observe"),
    )
    table.finish()
    if not side.severity.gives_verdict:
        raise CatalogueError(table.where, f"judged {side.severity} gives no verdict; leave the table out")
    if requirement.binds is Binds.PRINTER and side.says == requirement.says:
        raise CatalogueError(table.where, "says is missing: that of the entry is about the printer")
    return side


def parse_readings(source: str, text: str) -> tuple[Reading, ...]:
    """The entries of one file of readings, in its order.  ``source`` names it in a `CatalogueError`."""
    _, entries = _tables(source, text, "reading", ())
    found = []
    for where, entry in entries:
        table = _Table(where, entry)
        reading = Reading(
            id=table.text("id"),
            sections=table.text("sections"),
            contradiction=table.text("contradiction"),
            choices=_choices(table),
            unused=table.maybe("unused"),
        )
        table.finish()
        found.append(reading)
    return tuple(found)


def _choices(table: _Table) -> tuple[Choice, ...]:
    """The one that is fixed, or those under their names, the suite's own first."""
    named = table.table("choices")
    if named is None:
        return (Choice("", table.text("chosen")),)
    if len(named) < 2:
        raise CatalogueError(table.where, "choices are two at least; what is fixed has chosen")
    return tuple(Choice(name, sentence) for name, sentence in named.items())


def check(entries: Iterable[Requirement], found: Iterable[Reading]) -> None:
    """Raises `CatalogueError` unless ids are unique and readings and their uses match."""
    entries, found = list(entries), list(found)
    ids = [entry.id for entry in entries] + [reading.id for reading in found]
    for name, times in Counter(ids).items():
        if times > 1:
            raise CatalogueError(name, f"the id is given {times} times")
    used = {name for entry in entries for name in entry.reading}
    known = {reading.id for reading in found}
    for entry in entries:
        if dangling := set(entry.reading) - known:
            raise CatalogueError(entry.id, f"depends on a reading that does not exist: {', '.join(sorted(dangling))}")
    for reading in found:
        if (reading.id in used) == (reading.unused is not None):
            rule = "is used, and says why it is not" if reading.unused else "is not used, and does not say why"
            raise CatalogueError(reading.id, rule)
