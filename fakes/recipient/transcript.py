"""The record of one SMTP connection on its way into the journal, and where a message ends in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from enum import StrEnum
from typing import Final

from conformance.record.rows import MailRow, Session, Transcript, pack_event
from conformance.wire.smtp_events import EventKind

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


def _nobody() -> None:
    """Whoever reads nothing has nothing to go on with."""


class SessionTranscript:
    """Gathers the events of a connection, and hands them to the journal in stretches."""

    def __init__(
        self, journal: Journal, listener: str, peer: str, crowd: Sized = (), room: Callable[[], None] = _nobody
    ) -> None:
        self.journal = journal
        self._crowd = crowd  # the connections open now, this one among them
        self._room = room  # called when the record is not full any more
        self._under_way = 0  # stretches that are not on the disk yet
        self.session = journal.id(Session)
        self.received = 0  # octets of the client's stream so far
        self._events = bytearray()  # packed: a fraction of what as many objects would take
        self._start = 0
        journal.add(Session(self.session, journal.now(), listener, peer))

    def note(self, kind: EventKind, octets: bytes = b"") -> int:
        """Add an event; returns its time."""
        t = self.journal.now()
        kept = self.journal.secrets.masked(octets) if kind is EventKind.CLIENT else octets
        self._events += pack_event(t, kind, kept)
        if kind is EventKind.CLIENT:
            self.received += len(octets)
        size = len(self._events)
        if size > TRANSCRIPT_LIMIT or size * len(self._crowd) > GATHER_LIMIT:
            self._under_way += 1
            self.journal.submit(self._transcript()).add_done_callback(self._landed)
        return t

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
        self.journal.add(self._transcript())

    def store(self, t: int, start: int, end: int, envelope: bytes) -> asyncio.Future[None]:
        """Queue a message with all octets up to now; the future is the journal's."""
        message = MailRow(self.journal.id(MailRow), self.session, t, start, end, envelope)
        if not self._events:
            return self.journal.submit(message)
        return self.journal.submit(self._transcript(), message)

    def _transcript(self) -> Transcript:
        events, start = bytes(self._events), self._start
        self._events.clear()
        self._start = self.received
        return Transcript(self.journal.id(Transcript), self.session, start, events)


_END: Final = b"\r\n.\r\n"


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
        window = self._tail + octets
        found = window.find(_END)
        if found < 0:
            self.end += len(octets)
            self._tail = window[-4:]
            return None
        self.end += found + 2 - len(self._tail)
        return window[found + len(_END) :]

    @property
    def size(self) -> int:
        """Octets of the message as sent, up to now."""
        return self.end - self.start
