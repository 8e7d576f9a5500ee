"""An SMTP session as a dialogue: who said what when, what of it was a fault of ours, what a verdict points at.

It is read as judges read it: credentials have been made unreadable before, and what was kept of none is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from conformance.record.smtp_sessions import SessionRecord
from conformance.wire.handshake import Handshake
from conformance.wire.problem import Span
from conformance.wire.smtp_events import EventKind

from .octets import plain_line, spelled

MAX_LINES: Final = 300  # of one dialogue
MAX_LINE: Final = 600  # octets of one line


class Speaker(StrEnum):
    """Whose a line of a dialogue is."""

    PRINTER = "printer"
    RECIPIENT = "recipient"
    FAULT = "our fault"  # on purpose, by a script
    LINK = "connection"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line; ``seconds`` since the evidence was begun, ``judged`` if a verdict points at it."""

    seconds: float
    speaker: Speaker
    text: str
    judged: bool = False


@dataclass(frozen=True, slots=True)
class SessionView:
    """A dialogue from greeting to end."""

    id: int
    seconds: float
    peer: str
    listener: str
    lines: tuple[SpokenLine, ...]
    more: int  # lines that are not shown
    faults: tuple[str, ...]
    octets: bytes = field(repr=False)  # all that the printer sent


def session_view(session: SessionRecord, spans: Sequence[Span] = ()) -> SessionView:
    """The dialogue, these spans of what the printer sent judged."""
    lines = list(_lines(session, spans))
    return SessionView(
        session.id,
        session.row.t / 1e9,
        session.row.peer,
        session.row.listener,
        tuple(lines[:MAX_LINES]),
        max(0, len(lines) - MAX_LINES),
        tuple(fault.line for fault in session.faults) + session.unread_faults,
        session.stream,
    )


def _lines(session: SessionRecord, spans: Sequence[Span]) -> Iterator[SpokenLine]:
    contents = [(content.start, content.start + len(content.wire)) for content in session.contents]
    at, told = 0, set[int]()
    for event in session.events:
        when = event.t / 1e9
        if event.kind is EventKind.CLIENT:
            for first, last, said in _client(event.octets, at, when, contents, spans, told):
                gone = [f"{h.kind}, {h.end - h.start} octets" for h in session.hidden if first <= h.start < last]
                yield replace(said, text=f"{said.text} (not kept: {'; '.join(gone)})") if gone else said
            at += len(event.octets)
        elif event.kind is EventKind.SERVER:
            for line in event.octets.splitlines(keepends=True):
                yield SpokenLine(when, Speaker.RECIPIENT, plain_line(line[:MAX_LINE]))
        elif event.kind is EventKind.FAULT:
            yield SpokenLine(when, Speaker.FAULT, spelled(event.octets[:MAX_LINE]))
        elif event.kind is EventKind.TLS:
            shaken = Handshake.read(event.octets)
            how = f"failed: {shaken.problem}" if shaken.problem else spelled(event.octets[:MAX_LINE])
            yield SpokenLine(when, Speaker.LINK, f"TLS handshake {how}")
        else:
            end = "the printer closed its side" if event.kind is EventKind.EOF else "the end"
            how = f" ({spelled(event.octets[:MAX_LINE])})" if event.octets else ""
            yield SpokenLine(when, Speaker.LINK, end + how)


def _client(
    octets: bytes, start: int, when: float, contents: Sequence[Span], spans: Sequence[Span], told: set[int]
) -> Iterator[tuple[int, int, SpokenLine]]:
    """Its lines, and where they stand; of a message only that it is there, unless a verdict points into it."""
    at = start
    for line in octets.splitlines(keepends=True) if b"\r" not in octets.replace(b"\r\n", b"") else _by_lf(octets):
        place = (at, at + len(line))
        at = place[1]
        judged = any(a < place[1] and place[0] < b for a, b in spans)
        within = next((span for span in contents if span[0] <= place[0] < span[1]), None)
        if within is not None and not judged:
            if within[0] not in told:
                told.add(within[0])
                said = SpokenLine(when, Speaker.PRINTER, f"[a message of {within[1] - within[0]} octets]")
                yield *within, said
            continue
        more = f" ... {len(line) - MAX_LINE} octets more" if len(line) > MAX_LINE else ""
        text = plain_line(line) if not more else spelled(line[:MAX_LINE]).replace("\n", "")
        yield *place, SpokenLine(when, Speaker.PRINTER, text + more, judged)


def _by_lf(octets: bytes) -> list[bytes]:
    """Lines where LF alone ends one: a lone CR stays in its line and is shown."""
    *whole, rest = octets.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])
