"""What is kept of many verdicts: an octet and a time for each requirement of each printer and firmware, and no text.

Of several runs of one printer, firmware and edition the latest that judged a requirement counts for it, in whatever
order the runs are read.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from conformance.requirements import Catalogue, catalogue
from conformance.verdict import Verdict
from conformance.vocabulary import Edition
from reports.formats.verdict_json import COUNTED
from reports.judging.firmware import numbers

CODES: Final[Mapping[Verdict, int]] = {verdict: code for code, verdict in enumerate(COUNTED)}
NOT_TESTED: Final = CODES[Verdict.NOT_TESTED]
JUDGED: Final = frozenset(CODES[verdict] for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WARNING, Verdict.WAIVED))
NO_TIME: Final = float("-inf")


@cache
def ids_of(edition: Edition) -> tuple[str, ...]:
    """The entries of an edition, for printers of any vocabulary, in the order of the texts."""
    return tuple(catalogue(edition))


@cache
def _places(edition: Edition) -> Mapping[str, int]:
    return {name: at for at, name in enumerate(ids_of(edition))}


@dataclass(slots=True)
class Results:
    """What one printer came to with one firmware, by the rules of one edition."""

    printer: str
    firmware: str
    edition: Edition
    cells: bytearray
    times: array[float]
    runs: int = 0
    latest: float = NO_TIME
    verdict: str = ""  # of the latest run
    partial: bool = False  # whether that judged a part only
    readings: tuple[str, ...] = ()  # those of it that are not the suite's own

    def take(self, document: Mapping[str, Any], when: float) -> int:
        """Count a run; how many of its entries the catalogue does not have."""
        unknown, places = 0, _places(self.edition)
        for entry in document["requirements"]:
            at = places.get(entry["id"])
            if at is None:
                unknown += 1
                continue
            code = CODES[Verdict(entry["verdict"])]
            if (code != NOT_TESTED, when, code) > (self.cells[at] != NOT_TESTED, self.times[at], self.cells[at]):
                self.cells[at], self.times[at] = code, when
        self.runs += 1
        if (when, document["verdict"]) >= (self.latest, self.verdict):
            self.latest, self.verdict = when, document["verdict"]
            self.partial = bool(document.get("selection"))
            self.readings = _switched(document.get("readings", {}), catalogue(self.edition))
        return unknown

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many entries came to which verdict, those that are there."""
        return [(v.value, n) for v, code in CODES.items() if (n := self.cells.count(code)) and code != NOT_TESTED]

    @property
    def order(self) -> tuple[list[int], str, float]:
        """By which firmwares of a printer come after one another."""
        return numbers(self.firmware), self.firmware, self.latest


def _switched(readings: Mapping[str, str], known: Catalogue) -> tuple[str, ...]:
    """As --reading names them; what is no choice of today is left out."""
    own = {reading.id: reading.choices for reading in known.readings.values() if reading.switchable}
    return tuple(
        f"{name}={choice}"
        for name, choice in sorted(readings.items())
        if name in own and choice in [one.name for one in own[name][1:]]
    )


@dataclass(slots=True)
class Tally:
    """All of them; ``unknown`` entries are of other versions."""

    results: dict[tuple[str, str, Edition], Results] = field(default_factory=dict)
    runs: int = 0
    unknown: int = 0

    def take(self, document: Mapping[str, Any]) -> None:
        """Count a verdict that can be used."""
        edition = Edition(document["edition"])
        key = printer_of(document), str(document["printer"].get("firmware", "")), edition
        found = self.results.get(key)
        if found is None:
            size = len(ids_of(edition))
            cells, times = bytearray([NOT_TESTED]) * size, array("d", [NO_TIME]) * size
            found = self.results[key] = Results(*key, cells, times)
        self.unknown += found.take(document, _time(document["started"]))
        self.runs += 1

    def editions(self) -> list[Edition]:
        """Those by which something was judged."""
        found = {edition for _, _, edition in self.results}
        return [edition for edition in Edition if edition in found]

    def by_printer(self, edition: Edition) -> dict[str, list[Results]]:
        """The firmwares of each printer, the latest last; printers by their names."""
        found: dict[str, list[Results]] = {}
        for one in sorted(self.results.values(), key=lambda one: (natural(one.printer), one.order)):
            if one.edition is edition:
                found.setdefault(one.printer, []).append(one)
        return found

    def printers(self) -> list[str]:
        """Their names, each once."""
        return sorted({printer for printer, _, _ in self.results}, key=natural)


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """By which names are in order: a 6 before a 51."""
    parts = re.findall(r"(\d{1,18})|(\D+|\d+)", name.casefold(), re.ASCII)
    return [(int(number or 0), text) for number, text in parts], name


def printer_of(document: Mapping[str, Any]) -> str:
    """Which printer it is: make and model; for one that tells none, its name, or where it was."""
    told = document["printer"]
    return next(filter(None, (told["make-and-model"].strip(), told["name"].strip(), told["uri"])), "a printer")


def _time(started: str) -> float:
    try:
        told = datetime.fromisoformat(started)
    except ValueError:
        return NO_TIME
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def taken(documents: Iterable[Mapping[str, Any]]) -> Tally:
    """The tally of these."""
    tally = Tally()
    for document in documents:
        tally.take(document)
    return tally
