"""Whether the rows of an evidence file can be what the program wrote: looked at before anything is made of them.

Judging takes rows at their word.  A value of a type, a number of a row or a place in a stream that no recording makes
would end it somewhere in the middle; here it ends in one line, before anything was computed.  What a step or a run says
in JSON may have more in it than is known here, but what is known must be as it is written today.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import singledispatchmethod
from pathlib import Path
from typing import Any, Final

from conformance.verdict import printable

from .outcomes import outcome_of
from .rows import (
    Contact,
    ContactPart,
    EvidenceError,
    Exchange,
    Fact,
    Heard,
    Hidden,
    HiddenSpan,
    MailRow,
    Mark,
    Play,
    PlayEnd,
    Row,
    Run,
    RunEnd,
    Session,
    Step,
    Transcript,
    client_length,
)
from .schema import ROWS, columns
from .weight import MOST_JUDGED, weight_of

TAKE_AGAIN: Final = "take the file from where it was recorded"
LONGEST_WORD: Final = 200  # characters of a scenario's name; ours have thirty
MOST_DRAWN: Final = 10_000  # examples of awkward data that a run may have drawn
_COLUMN_TYPES: Final = {"int": int, "str": str, "bytes": bytes}
_TYPES: Final = {kind: tuple(_COLUMN_TYPES[str(f.type)] for f in fields(kind)) for kind in ROWS}
_OUTCOMES: Final = frozenset(("played", "not-applicable", "cut-short"))
_PROBLEMS: Final = frozenset(("", "refused", "unreachable", "tls", "timeout", "closed", "http"))
_WIDEST: Final = 2**63

Shape = Mapping[str, tuple[type, ...]]
_OPTIONS: Final[Shape] = {
    "edition": (str,), "vocabulary": (str,), "built-in": (bool,), "awkward": (int,), "seed": (int,),
}  # fmt: skip


class _WrongError(Exception):
    """What is wrong with a row."""


def check_rows(db: sqlite3.Connection, kinds: Sequence[type[Row]], path: Path) -> None:
    """Look at every row of these tables once; raises ``EvidenceError`` for the first that cannot be, or is missing."""
    checks, weight = _Checks(), 0
    for kind in kinds:
        for number, values in enumerate(_all(db, kind), 1):
            try:
                checks.take(row := _row(kind, values))
                checks.rows += 1
            except _WrongError as error:
                identity = values[0] if columns(kind)[0] == "id" and type(values[0]) is int else number
                what = f"{kind.table} {identity}: {printable(str(error))}"
                raise EvidenceError(f"{path} is damaged or forged: {what}", TAKE_AGAIN) from error
            if (weight := weight + weight_of(row)) > MOST_JUDGED:
                raise EvidenceError(
                    f"requests and answers of {path} are too large together to be judged", "record fewer of them"
                )
    if Mark in kinds and checks.rows != checks.marked:
        raise EvidenceError(f"{path} has {checks.rows:,} rows, and says that there are {checks.marked:,}", TAKE_AGAIN)


def _all(db: sqlite3.Connection, kind: type[Row]) -> Iterator[tuple[object, ...]]:
    named = ", ".join(f'"{c}"' for c in columns(kind))
    yield from db.execute(f'SELECT {named} FROM "{kind.table}" ORDER BY rowid')


def _row(kind: type[Row], values: tuple[object, ...]) -> Row:
    for name, value, wanted in zip(columns(kind), values, _TYPES[kind], strict=True):
        if type(value) is not wanted:
            raise _WrongError(f"{name} is {type(value).__name__}, not {wanted.__name__}")
        if isinstance(value, int) and value < (name == "id"):
            raise _WrongError(f"{name} is {value}")
    return kind(*values)  # type: ignore[arg-type]  # they have just been looked at


class _Checks:
    """What the rows before a row say about it: tables are looked at in the order of ``ROWS``."""

    def __init__(self) -> None:
        self.rows = 0  # looked at
        self.marked = 0  # how many there ought to be, as the last mark has it
        self._runs: set[int] = set()
        self._ended_runs: set[int] = set()
        self._plays: dict[int, str] = {}  # and how they ended
        self._steps: dict[int, int] = {}  # and their play
        self._contacts: set[int] = set()
        self._mailed: dict[int, int] = {}  # where the last mail of each session ends
        self._received: dict[int, int] = {}  # octets of each session's client, as far as its transcripts were read

    @singledispatchmethod
    def take(self, row: Row) -> None:
        """Look at a row; raises ``_WrongError``."""
        raise TypeError(f"{row} is no row of an evidence file")

    @take.register
    def _(self, row: Run) -> None:
        options = _fits(_parsed(row.options), _OPTIONS)
        if not 0 <= options.get("awkward", 0) <= MOST_DRAWN or not 0 <= options.get("seed", 0) < 2**32:
            raise _WrongError(f"its options are {row.options}")
        self._runs.add(row.id)

    @take.register
    def _(self, row: RunEnd) -> None:
        _known(row.run, self._runs, "run")
        _once(row.run, self._ended_runs, "run")

    @take.register
    def _(self, row: Fact) -> None:
        _known(row.run, self._runs, "run")

    @take.register
    def _(self, row: Play) -> None:
        _known(row.run, self._runs, "run")
        if not (row.scenario.isascii() and row.scenario.isprintable() and 0 < len(row.scenario) <= LONGEST_WORD):
            raise _WrongError(f"its scenario is {row.scenario[:LONGEST_WORD]!r}")
        _parsed(row.parameters)
        self._plays[row.id] = ""

    @take.register
    def _(self, row: PlayEnd) -> None:
        _known(row.play, self._plays, "play")
        if self._plays[row.play]:
            raise _WrongError(f"play {row.play} has ended before")
        if row.outcome not in _OUTCOMES:
            raise _WrongError(f"its outcome is {row.outcome!r}")
        self._plays[row.play] = row.outcome

    @take.register
    def _(self, row: Step) -> None:
        _known(row.play, self._plays, "play")
        _parsed(row.detail)
        try:
            outcome_of(row)
        except EvidenceError as error:
            raise _WrongError(error.message) from error
        self._steps[row.id] = row.play

    @take.register
    def _(self, row: Exchange) -> None:
        if row.play:
            _known(row.play, self._plays, "play")
        # A step is stored when it is done: that of a play which came to no end may be missing.
        if row.step and self._steps.get(row.step) != row.play and self._plays.get(row.play, "played") == "played":
            raise _WrongError(f"there is no step {row.step} of play {row.play}")
        if row.t_end < row.t_start:
            raise _WrongError("it ends before it begins")
        if row.problem not in _PROBLEMS:
            raise _WrongError(f"its problem is {row.problem!r}")
        if row.operation > 0xFFFF or row.http_status > 999:
            raise _WrongError(f"its operation is {row.operation}, its status {row.http_status}")

    @take.register
    def _(self, row: Session) -> None:
        self._received[row.id] = 0

    @take.register
    def _(self, row: Transcript) -> None:
        _known(row.session, self._received, "session")
        at = self._received[row.session]
        if row.start != at:
            raise _WrongError(f"it begins at octet {row.start} of session {row.session}, of which {at} were recorded")
        try:
            self._received[row.session] += client_length(row.events)
        except EvidenceError as error:
            raise _WrongError(error.message) from error

    @take.register
    def _(self, row: MailRow) -> None:
        _known(row.session, self._received, "session")
        if not row.start <= row.end <= self._received[row.session]:
            there = self._received[row.session]
            raise _WrongError(f"octets {row.start} to {row.end} of session {row.session}, which has {there}")
        before = self._mailed.get(row.session, 0)
        if row.start < before:  # what many with the same octets cost is their product
            raise _WrongError(f"it begins at octet {row.start} of session {row.session}, where a mail ends at {before}")
        self._mailed[row.session] = row.end

    @take.register
    def _(self, row: HiddenSpan) -> None:
        _known(row.session, self._received, "session")
        if not row.start < row.end <= self._received[row.session]:
            there = self._received[row.session]
            raise _WrongError(f"octets {row.start} to {row.end} of session {row.session}, which has {there}")
        if row.kind not in frozenset(Hidden):
            raise _WrongError(f"its kind is {row.kind!r}")

    @take.register
    def _(self, row: Contact) -> None:
        _known(row.play, self._plays, "play")
        self._contacts.add(row.id)

    @take.register
    def _(self, row: ContactPart) -> None:
        _known(row.contact, self._contacts, "contact")
        if row.kind not in frozenset(Heard):
            raise _WrongError(f"its kind is {row.kind!r}")

    @take.register
    def _(self, row: Mark) -> None:
        self.marked = row.rows


def _known(identity: int, there: Mapping[int, object] | set[int], what: str) -> None:
    if identity not in there:
        raise _WrongError(f"there is no {what} {identity}")


def _once(identity: int, seen: set[int], what: str) -> None:
    if identity in seen:
        raise _WrongError(f"{what} {identity} has ended before")
    seen.add(identity)


# ---------------------------------------------------------------- JSON


def _parsed(text: str) -> dict[str, Any]:
    """A JSON object, not deeper than Python reads, whose texts are Unicode."""
    try:
        found = json.loads(text, parse_constant=_no_number, parse_int=_whole_number)
        json.dumps(found, ensure_ascii=False).encode()  # an escape may stand for half a character
    except RecursionError as error:
        raise _WrongError("its JSON is nested too deep") from error
    except ValueError as error:
        raise _WrongError(f"its JSON cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise _WrongError("its JSON is no object")
    return found


def _whole_number(text: str) -> int:
    number = int(text)  # raises for one of thousands of digits
    if abs(number) >= _WIDEST:
        raise ValueError(f"{text:.40} is no number that was recorded")
    return number


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _fits(found: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """The same; what is known of it has the type that it is written with."""
    for name, kinds in shape.items():
        if name not in found:
            continue
        value = found[name]
        if type(value) not in kinds:
            raise _WrongError(f"its {name} is {str(value)[:LONGEST_WORD]}")
    return found
