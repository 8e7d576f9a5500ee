"""What stands on the pages: the matrix, the trend of a printer, what printers disagree on, what is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Final

from markupsafe import Markup

from conformance.requirements import Catalogue, Reading, Requirement, catalogue
from conformance.verdict import Verdict
from conformance.vocabulary import Edition
from reports.formats.verdict_json import COUNTED

from .names import Names
from .tally import CODES, JUDGED, NO_TIME, NOT_TESTED, Results, Tally, ids_of

LETTERS: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "P",
    Verdict.FAIL: "F",
    Verdict.WARNING: "W",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_APPLICABLE: "n",
    Verdict.WAIVED: "V",
    Verdict.NOT_TESTED: "-",
}
WORDS: Final = tuple(verdict.value for verdict in COUNTED)  # by their codes
COLUMNS: Final = 40  # printers on one page of the matrix; more would be wider than anybody reads
MOST_NAMED: Final = 12  # printers named in one place
_CELLS: Final = tuple(Markup('<td class="cell {}">{}</td>').format(v.value, LETTERS[v]) for v in COUNTED)
_BAD: Final = frozenset(CODES[verdict] for verdict in (Verdict.FAIL, Verdict.WARNING, Verdict.WAIVED))
_PASS: Final = CODES[Verdict.PASS]


def cells_of(codes: Sequence[int]) -> Markup:
    """A row of cells."""
    return Markup("").join(_CELLS[code] for code in codes)


@dataclass(frozen=True, slots=True)
class RowOfCells:
    """A requirement, and what each column came to."""

    entry: Requirement
    cells: Markup
    kinds: str  # the words in it, each once
    differs: bool


@dataclass(frozen=True, slots=True)
class SectionOfRows:
    """The rows of one section of a document."""

    document: str
    section: str
    rows: tuple[RowOfCells, ...]


def sections_of(
    edition: Edition, columns: Sequence[Results], *, only: frozenset[int] | None = None
) -> Iterator[SectionOfRows]:
    """All entries, or those at these places, with a cell for each column."""
    known = catalogue(edition)
    rows = (
        (known[name], [one.cells[at] for one in columns])
        for at, name in enumerate(ids_of(edition))
        if only is None or at in only
    )
    for (document, section), group in groupby(rows, lambda row: (row[0].document, row[0].section)):
        yield SectionOfRows(document, section, tuple(_row(entry, codes) for entry, codes in group))


def _row(entry: Requirement, codes: Sequence[int]) -> RowOfCells:
    kinds = sorted(set(codes))
    judged = {code for code in kinds if code in JUDGED}
    return RowOfCells(entry, cells_of(codes), " ".join(WORDS[code] for code in kinds), len(judged) > 1)


def pages_of(columns: Sequence[Results]) -> list[list[Results]]:
    """The columns, parted so that each page can be read."""
    return [list(columns[at : at + COLUMNS]) for at in range(0, len(columns), COLUMNS)] or [[]]


# ---------------------------------------------------------------- a printer


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in hundredths of its width."""

    word: str
    count: int
    x: float
    width: float


def bar_of(results: Results) -> list[Segment]:
    """The counts as a bar."""
    counts = results.counts
    whole, at, found = sum(count for _, count in counts) or 1, 0.0, list[Segment]()
    for word, count in counts:
        width = 100 * count / whole
        found.append(Segment(word, count, round(at, 2), round(width, 2)))
        at += width
    return found


def day_of(results: Results) -> str:
    """When its latest run began."""
    return "" if results.latest == NO_TIME else datetime.fromtimestamp(results.latest, UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Trend:
    """A printer from firmware to firmware, by one edition: what came out otherwise, and all that was judged."""

    edition: Edition
    firmwares: tuple[Results, ...]
    steps: tuple[tuple[Results, Results, tuple[str, ...], tuple[str, ...]], ...]  # with what broke, and what was mended
    changed: tuple[SectionOfRows, ...]
    judged: tuple[SectionOfRows, ...]


def trend_of(edition: Edition, firmwares: Sequence[Results]) -> Trend:
    """``firmwares`` are one printer's, the latest last."""
    names, judged, changed = ids_of(edition), set[int](), set[int]()
    for at in range(len(names)):
        codes = {one.cells[at] for one in firmwares} - {NOT_TESTED}
        if codes:
            judged.add(at)
        if len(codes) > 1:
            changed.add(at)
    steps = [
        (
            before,
            after,
            tuple(names[at] for at in sorted(changed) if before.cells[at] == _PASS and after.cells[at] in _BAD),
            tuple(names[at] for at in sorted(changed) if before.cells[at] in _BAD and after.cells[at] == _PASS),
        )
        for before, after in pairwise(firmwares)
    ]
    return Trend(
        edition,
        tuple(firmwares),
        tuple(steps),
        tuple(sections_of(edition, firmwares, only=frozenset(changed))),
        tuple(sections_of(edition, firmwares, only=frozenset(judged))),
    )


# ---------------------------------------------------------------- disagreements


@dataclass(frozen=True, slots=True)
class ReadSo:
    """A reading that a requirement depends on, and the printers that were judged by another choice of it."""

    reading: Reading
    otherwise: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SplitRequirement:
    """A requirement that some printers meet and others do not; the names are those of printers."""

    entry: Requirement
    counts: tuple[tuple[str, int], ...]
    meet: tuple[str, ...]
    fail: tuple[str, ...]
    readings: tuple[ReadSo, ...]


def disagreements(edition: Edition, columns: Sequence[Results], names: Names) -> list[SplitRequirement]:
    """Those that are split most evenly first: where printers part like that, the text is often to blame."""
    known, found = catalogue(edition), list[SplitRequirement]()
    for at, name in enumerate(ids_of(edition)):
        codes = Counter(one.cells[at] for one in columns)
        if not codes[_PASS] or not any(codes[code] for code in _BAD):
            continue
        entry = known[name]
        found.append(
            SplitRequirement(
                entry,
                tuple((WORDS[code], codes[code]) for code in sorted(codes) if code != NOT_TESTED),
                tuple(names.printer(one) for one in columns if one.cells[at] == _PASS),
                tuple(names.printer(one) for one in columns if one.cells[at] in _BAD),
                tuple(_read_so(reading, columns, known, names) for reading in entry.reading),
            )
        )
    return sorted(found, key=lambda one: -min(len(one.meet), len(one.fail)))


def _read_so(reading: str, columns: Sequence[Results], known: Catalogue, names: Names) -> ReadSo:
    others: dict[str, list[str]] = {}
    for one in columns:
        for wish in one.readings:
            name, _, choice = wish.partition("=")
            if name == reading:
                others.setdefault(choice, []).append(names.printer(one))
    return ReadSo(known.readings[reading], tuple((choice, tuple(who)) for choice, who in sorted(others.items())))


# ---------------------------------------------------------------- coverage


@dataclass(frozen=True, slots=True)
class Covered:
    """A requirement, by how many printers it was judged, and what they came to."""

    entry: Requirement
    judged: int
    counts: tuple[tuple[str, int], ...]

    @property
    def kinds(self) -> str:
        """For the filter."""
        return "judged" if self.judged else "untested" if self.entry.untested else "open"


@dataclass(frozen=True, slots=True)
class DocumentCovered:
    """The entries of a document: how many a printer was judged by, how many all were, how many wait for one."""

    document: str
    rows: tuple[Covered, ...]
    printers: int

    def count(self, kind: str) -> int:
        """How many are judged, open or untested."""
        return sum(row.kinds == kind for row in self.rows)

    @property
    def by_all(self) -> int:
        """How many every printer was judged by."""
        return sum(row.judged == self.printers for row in self.rows)


def coverage(edition: Edition, columns: Sequence[Results]) -> list[DocumentCovered]:
    """Of the whole catalogue of an edition, by all printers together."""
    known, rows = catalogue(edition), list[Covered]()
    for at, name in enumerate(ids_of(edition)):
        codes = Counter(one.cells[at] for one in columns)
        counts = tuple((WORDS[code], codes[code]) for code in sorted(codes))
        rows.append(Covered(known[name], sum(codes[code] for code in JUDGED), counts))
    documents = dict.fromkeys(row.entry.document for row in rows)
    return [
        DocumentCovered(name, tuple(row for row in rows if row.entry.document == name), len(columns))
        for name in documents
    ]


# ---------------------------------------------------------------- the start page


@dataclass(frozen=True, slots=True)
class PrinterLine:
    """A printer on the start page."""

    name: str
    page: str
    edition: Edition
    latest: Results
    firmwares: int
    runs: int


def printer_lines(tally: Tally, names: Names, edition: Edition) -> list[PrinterLine]:
    """All that an edition judged, as the pages call them."""
    found = [
        PrinterLine(
            names.printers[printer],
            f"printer-{names.numbers[printer]}.html",
            edition,
            firmwares[-1],
            len(firmwares),
            sum(one.runs for one in firmwares),
        )
        for printer, firmwares in tally.by_printer(edition).items()
    ]
    return sorted(found, key=lambda line: names.numbers[line.latest.printer])
