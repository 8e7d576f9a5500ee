"""A digest for each thing that is recorded in an evidence file, so that a change in it can be named.

``records.txt`` has a line for each piece of the file, each mail, each request and answer, and each row.  A line is

    KIND ID WHERE LENGTH SHA-256 PIECES

with the SHA-256 of all its octets, and for every ``PIECE`` octets of them the first hexadecimal digits of a SHA-256:
the whole digest proves that something was changed, the pieces say where.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any, Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.record.schema import ROWS
from conformance.verdict import printable
from conformance.wire.registry import Operation, keyword_of

from .archive import BundleError

PIECE: Final = 256  # octets that a change of a message is narrowed down to
PAGE: Final = 4096  # and one of the file
DIGITS: Final = 16  # hexadecimal digits of a piece
MOST_NAMED: Final = 10  # changes that are told; where more was changed, they are alike
HEAD: Final = f"ippmailto records 1, pieces of {PIECE}, of the file {PAGE}"
LONGEST: Final = 64 << 20  # characters of a line; a message of a gigabyte has as many
_LINE: Final = re.compile(r"([a-z_]+) (\d{1,19}) (\S{1,60}) (\d{1,19}) ([0-9a-f]{64})((?: [0-9a-f]{16})*)\n")
TABLES: Final = sorted(ROWS, key=lambda kind: kind.table)  # by name: later versions may have more of them
_MESSAGES: Final = ("mail", "request", "answer")


@dataclass(frozen=True, slots=True)
class RecordedThing:
    """One line."""

    kind: str
    id: int
    where: str
    length: int
    digest: str
    pieces: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What no two lines have in common."""
        return self.kind, self.id

    def line(self) -> str:
        """As the file has it."""
        return " ".join((self.kind, str(self.id), self.where, str(self.length), self.digest, *self.pieces)) + "\n"


def _thing(kind: str, identity: int, where: str, octets: bytes, *, piece: int = 0) -> RecordedThing:
    parts = (octets[at : at + piece] for at in range(0, len(octets), piece)) if piece else ()
    pieces = tuple(hashlib.sha256(part).hexdigest()[:DIGITS] for part in parts)
    return RecordedThing(kind, identity, where, len(octets), hashlib.sha256(octets).hexdigest(), pieces)


# ---------------------------------------------------------------- of an evidence file


def pages_of(evidence: Path) -> Iterator[RecordedThing]:
    """The file itself, page by page; it need not be one of evidence."""
    with evidence.open("rb") as file:
        number = 0
        while octets := file.read(PAGE):
            yield _thing("page", number, "-", octets)
            number += 1


def things_in(evidence: Path) -> Iterator[RecordedThing]:
    """What is recorded in it; raises ``EvidenceError`` where it cannot be read."""
    with EvidenceFile.open(evidence) as file:
        for mail in file.rows(rows.MailRow):
            octets = file.client_octets(mail.session, mail.start, mail.end)
            yield _thing("mail", mail.id, f"smtp:{mail.session}", octets, piece=PIECE)
        for exchange in file.rows(rows.Exchange):
            where = f"op:{exchange.operation}"
            yield _thing("request", exchange.id, where, exchange.request, piece=PIECE)
            yield _thing("answer", exchange.id, where, exchange.response, piece=PIECE)
        for kind in TABLES:
            for number, row in enumerate(file.rows(kind), 1):  # type: ignore[type-var]  # each of them is one
                where = f"smtp:{row.session}" if isinstance(row, rows.Transcript) else "-"
                yield _thing(kind.table, getattr(row, "id", number), where, _octets(row))


def _octets(row: rows.Row) -> bytes:
    """A row in octets that every version makes alike: a column that it got later has its default, and is left out."""
    values: dict[str, Any] = {
        one.name: getattr(row, one.name) for one in fields(row) if getattr(row, one.name) != one.default
    }
    told = {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
    return json.dumps(told, sort_keys=True).encode()


def write_records(evidence: Path, target: Path) -> None:
    """The file of all lines; raises ``EvidenceError``."""
    with target.open("x", encoding="ascii", newline="\n") as out:
        out.write(f"{HEAD}\n")
        for found in (pages_of(evidence), things_in(evidence)):
            out.writelines(one.line() for one in found)


def _kept(records: Path) -> Iterator[RecordedThing]:
    """The lines of a file that somebody hands over; raises ``BundleError``."""
    with records.open(encoding="ascii", errors="replace", newline="\n") as file:
        if file.readline(len(HEAD) + 1) != f"{HEAD}\n":
            raise BundleError("records.txt is of another version, or damaged")
        while line := file.readline(LONGEST):
            match = _LINE.fullmatch(line)
            if match is None:
                raise BundleError(f"records.txt is damaged: {printable(line.strip())[:40]}")
            kind, identity, where, length, digest, pieces = match.groups()
            yield RecordedThing(kind, int(identity), where, int(length), digest, tuple(pieces.split()))


# ---------------------------------------------------------------- what was changed


def changes(evidence: Path, records: Path) -> list[str]:
    """What of an evidence file is not as recorded, in a line for each thing, the mails first; empty for nothing.

    Raises ``BundleError`` where ``records`` cannot be read.
    """
    kept = _kept(records)
    pages: list[int] = []
    first = None
    for one in kept:
        if one.kind != "page":
            first = one
            break
        pages.append(int(one.digest[:DIGITS], 16))
    found = list(islice(_things(evidence, _again(first, kept)), MOST_NAMED + 1))
    if len(found) > MOST_NAMED:
        found[MOST_NAMED:] = ["and more"]
    file = _changed_pages(evidence, pages)
    return [*found, *([file] if file else [])]


def _again(first: RecordedThing | None, rest: Iterator[RecordedThing]) -> Iterator[RecordedThing]:
    if first is not None:
        yield first
        yield from rest


def _things(evidence: Path, kept: Iterator[RecordedThing]) -> Iterator[str]:
    """Both side by side; what a mail or an exchange tells already is not told of its row as well."""
    told: set[str] = set()
    try:
        for was, now in _pairs(kept, things_in(evidence)):
            if was == now or (thing := was or now) is None:
                continue
            if thing.kind == "transcript" and thing.where in told:
                continue
            if thing.kind == "exchange" and f"ipp:{thing.id}" in told:
                continue
            told |= {thing.where, f"ipp:{thing.id}"} if thing.kind in _MESSAGES else set()
            yield _told(was, now)
    except EvidenceError as error:
        yield f"it cannot be read any more: {error.message}"


def _pairs(
    kept: Iterator[RecordedThing], found: Iterator[RecordedThing]
) -> Iterator[tuple[RecordedThing | None, RecordedThing | None]]:
    """What belongs together of two lists in the same order, of which either may lack something."""
    was, now = next(kept, None), next(found, None)
    while was is not None or now is not None:
        if was is not None and now is not None and was.key == now.key:
            yield was, now
            was, now = next(kept, None), next(found, None)
        elif now is None or (was is not None and _order(was) < _order(now)):
            yield was, None
            was = next(kept, None)
        else:
            yield None, now
            now = next(found, None)


_ORDER: Final = {name: at for at, name in enumerate(("mail", "request", *(kind.table for kind in TABLES)))}


def _order(one: RecordedThing) -> tuple[int, int, str]:
    """Requests and answers are in turns."""
    kind = "request" if one.kind == "answer" else one.kind
    return _ORDER.get(kind, len(_ORDER)), one.id, "b" if one.kind == "answer" else "a"


def _told(was: RecordedThing | None, now: RecordedThing | None) -> str:
    one = was or now
    assert one is not None
    name = _name(one)
    if was is None:
        return f"{name} was added"
    if now is None:
        return f"{name} is gone"
    if was.length != now.length:
        return f"{name} has {now.length} octets in place of {was.length}{_pieces(was, now)}"
    return f"{name} was changed{_pieces(was, now)}"


def _name(one: RecordedThing) -> str:
    place = one.where.partition(":")[2]
    if one.kind == "mail":
        return f"mail #{one.id}"
    if one.kind in _MESSAGES:
        return f"the {one.kind} of ipp #{one.id} ({keyword_of(Operation, int(place)) if place.isdigit() else place})"
    return f"the session of smtp #{place}" if one.kind == "transcript" else f"the row {one.kind} {one.id}"


def _pieces(was: RecordedThing, now: RecordedThing) -> str:
    """Where it was changed, as far as pieces tell; what was put in or taken out moves all that follows."""
    if not was.pieces or not now.pieces:
        return ""
    first = next((n for n, (a, b) in enumerate(zip(was.pieces, now.pieces, strict=False)) if a != b), None)
    if was.length != now.length or first is None:
        return f", from octet {min(len(was.pieces), len(now.pieces), first or 0) * PIECE} on"
    spans = [
        (n * PIECE, min((n + 1) * PIECE, was.length))
        for n, (a, b) in enumerate(zip(was.pieces, now.pieces, strict=False))
        if a != b
    ]
    return " within " + _spans(spans)


def _spans(spans: Iterable[tuple[int, int]]) -> str:
    """Octets in words, what adjoins in one."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    shown = ", ".join(f"{start}-{end}" for start, end in joined[:MOST_NAMED])
    return f"octets {shown}" + (" and more" if len(joined) > MOST_NAMED else "")


def _changed_pages(evidence: Path, kept: list[int]) -> str:
    """Where the file itself is not as it was."""
    found = (int(one.digest[:DIGITS], 16) for one in pages_of(evidence))
    size, spans, number = evidence.stat().st_size, list[tuple[int, int]](), 0
    for number, digest in enumerate(found, 1):
        if number > len(kept) or digest != kept[number - 1]:
            spans.append(((number - 1) * PAGE, min(number * PAGE, size)))
    where = [f"differs in {_spans(spans)}"] if spans else []
    where += [f"has {len(kept) - number} pages of {PAGE} octets less"] if number < len(kept) else []
    return f"the file {' and '.join(where)}" if where else ""
