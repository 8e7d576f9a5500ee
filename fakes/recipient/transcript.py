"""The record of one SMTP connection on its way into the journal, and where a message ends in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence, Sized
from enum import StrEnum
from typing import Final

from conformance.record.redaction import Secret, redacted_lines
from conformance.record.rows import HiddenSpan, MailRow, Session, Transcript
from conformance.record.smtp_sessions import COMMANDS
from conformance.wire.smtp_events import EventKind

from .gathered import GatheredEvents
from .journal import Journal

TRANSCRIPT_LIMIT: Final = 64 * 1024
"""Octets of a connection that may wait in memory before they become a row, and go to the disk.  A mail of ordinary size
is still one row; and while one such stretch is on its way, the next is gathered, and no more: so the mail of another
client waits behind 128 KiB at most of each that sends without end, a millisecond or less."""

GATHER_LIMIT: Final = 128 * 2**20
"""Octets that all connections together may have waiting so: the above for two thousand of them, and 13 KiB each for ten
thousand."""


class Ending(StrEnum):
    """How a connection ended: the first word of the octets of ``EventKind.LOST``; after it ``": "`` and details."""

    QUIT = "quit"  # by QUIT
    CLIENT = "client"  # the client closed, without QUIT
    RESET = "reset"  # the connection broke
    TIMEOUT = "timeout"  # the client was silent for too long
    FAULT = "fault"  # by a fault of ours
    LIMIT = "limit"  # a bound of ours was reached
    TLS = "tls"  # the handshake failed
    FOREIGN = "foreign"  # the client speaks another protocol
    STOPPED = "stopped"  # the recipient was closed
    TROUBLE = "trouble"  # something broke on our side


class SessionTranscript:
    """Gathers the events of a connection, and hands them to the journal in stretches.

    ``understood`` says how much of the client's stream has been made out: of a line that is not whole yet, nobody
    knows whether it will be a credential, and it waits for the next stretch.
    """

    def __init__(
        self,
        journal: Journal,
        listener: str,
        peer: str,
        crowd: Sized,
        *,
        room: Callable[[], None],
        understood: Callable[[], int],
    ) -> None:
        self.journal = journal
        self._crowd = crowd  # the connections open now, this one among them
        self._room = room  # called when the record is not full any more
        self._understood = understood
        self._under_way = 0  # stretches that are not on the disk yet
        self.session = journal.id(Session)
        self.events = GatheredEvents(journal.secrets)
        journal.add(Session(self.session, journal.now(), listener, peer))

    def note(self, kind: EventKind, octets: bytes = b"") -> int:
        """Add an event; returns its time."""
        t = self.journal.now()
        self.events.add(t, kind, octets)
        return t

    @property
    def received(self) -> int:
        """Octets of the client's stream so far."""
        return self.events.received

    def relieve(self) -> None:
        """Hand on what is gathered, if that is much; to be called when the last octets have been looked at."""
        size = self.events.size
        if size > TRANSCRIPT_LIMIT or size * len(self._crowd) > GATHER_LIMIT:
            self._under_way += 1
            self.journal.submit(*self._stretch(self._understood())).add_done_callback(self._landed)

    @property
    def full(self) -> bool:
        """A stretch is on its way to the disk, and behind it another."""
        return self._under_way > 1

    def _landed(self, _: asyncio.Future[None]) -> None:
        self._under_way -= 1
        if not self.full:
            self._room()

    def lost(self, ending: Ending, detail: str = "") -> None:
        """The last event; what was gathered goes to the journal."""
        self.note(EventKind.LOST, f"{ending}: {detail}".encode() if detail else ending.encode())
        self.journal.add(*self._rows(self.events.start, *self.events.take_all()))

    def store(self, t: int, start: int, end: int, envelope: bytes) -> asyncio.Future[None]:
        """Queue a message with all octets up to its end; the future is the journal's."""
        kept = self.journal.secrets.masked(redacted_lines(envelope, COMMANDS))
        message = MailRow(self.journal.id(MailRow), self.session, t, start, end, kept)
        if not self.events.size:
            return self.journal.submit(message)
        return self.journal.submit(*self._stretch(self._understood()), message)

    def _stretch(self, upto: int) -> list[Transcript | HiddenSpan]:
        return self._rows(self.events.start, *self.events.take(upto))

    def _rows(self, start: int, events: bytes, secrets: Sequence[Secret]) -> list[Transcript | HiddenSpan]:
        found: list[Transcript | HiddenSpan] = [Transcript(self.journal.id(Transcript), self.session, start, events)]
        for place in secrets:
            row = HiddenSpan(self.journal.id(HiddenSpan), self.session, place.start, place.end, place.kind.value)
            found.append(row)
        return found


_END: Final = b"\r\n.\r\n"
_ENDED: Final = re.compile(re.escape(_END))
MANY: Final = 4 * 1024  # octets
_DOTS: Final = 16  # that are looked at one by one, which pays where there are few


def _end_in(octets: bytes) -> int:
    """Where a message ends in these, or less than 0.  In many octets one is sought much faster than several."""
    if len(octets) < MANY:
        return octets.find(_END)
    at = octets.find(b".", 2)
    for _ in range(_DOTS):
        if at < 0 or octets.startswith(_END, at - 2):
            return at - 2
        at = octets.find(b".", at + 1)
    found = _ENDED.search(octets, at - 2) if at >= 0 else None
    return -1 if found is None else found.start()


class Body:
    """Watches the octets after DATA for the line with the lone dot, in whatever pieces they come.

    Only CRLF ends a line here (RFC 5321 section 2.3.8); other ways to end a message are the client's fault and shall
    show as such.  ``start`` and ``end`` are offsets in the client's stream.
    """

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self._tail = b"\r\n"  # the command line before it counts as a line's end

    def feed(self, octets: bytes) -> bytes | None:
        """``None`` while the message goes on; at its end what follows the dot line, and ``end`` is before that line."""
        tail = self._tail
        found = (tail + octets[: len(_END)]).find(_END) - len(tail)  # where the pieces meet; below that: not there
        if found < -len(tail):
            found = _end_in(octets)
            if found < 0:
                self.end += len(octets)
                self._tail = octets[-4:] if len(octets) >= 4 else (tail + octets)[-4:]
                return None
        self.end += found + 2
        return octets[found + len(_END) :]

    @property
    def size(self) -> int:
        """Octets of the message as sent, up to now."""
        return self.end - self.start
