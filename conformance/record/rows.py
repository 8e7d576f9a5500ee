"""What an evidence file holds: a row class for each table, and the events of an SMTP connection that are packed in one.

All times are nanoseconds since the file was begun (``Run.began``), taken from a clock that does not jump.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from conformance.wire.smtp_events import Event, EventKind


class EvidenceError(Exception):
    """An evidence file that cannot be used; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint = message, hint


class EvidenceLostError(EvidenceError):
    """What was recorded can no longer be kept as it was."""


_EVENT: Final = struct.Struct(">QcI")
EVENT_HEAD: Final = _EVENT.size  # octets of an event before its own
_KINDS: Final = {kind.encode(): kind for kind in EventKind}
_LATEST: Final = 2**63 - 1  # the last time that a row can have


def event_head(t: int, kind: EventKind, size: int) -> bytes:
    """What stands before an event's octets in a blob: time (8 octets), kind (1), length (4)."""
    return _EVENT.pack(t, kind.encode(), size)


def pack_event(t: int, kind: EventKind, octets: bytes = b"") -> bytes:
    """An event's part of a blob: its head, and its octets."""
    return event_head(t, kind, len(octets)) + octets


def pack_events(events: Iterable[Event]) -> bytes:
    """Events as one blob, one after the other as :func:`pack_event` has them."""
    return b"".join(pack_event(e.t, e.kind, e.octets) for e in events)


def packed_places(blob: bytes | bytearray) -> Iterator[tuple[int, bytes, int, int]]:
    """Each event of a blob that is whole: its time, its kind, and from where to where it has its octets."""
    at = 0
    while at < len(blob):
        t, kind, size = _EVENT.unpack_from(blob, at)
        start = at + _EVENT.size
        at = start + size
        yield t, kind, start, at


def client_pieces(blob: bytes | bytearray | memoryview) -> Iterator[bytes | bytearray | memoryview]:
    """The octets of the client's events alone; all else is left as it is."""
    at = 0
    while at + _EVENT.size <= len(blob):
        _, kind, size = _EVENT.unpack_from(blob, at)
        at += _EVENT.size + size
        if kind == b"C" and at <= len(blob):
            yield blob[at - size : at]
    if at != len(blob):
        unpack_events(bytes(blob))  # it says what is wrong


def client_length(blob: bytes) -> int:
    """How many octets the client's events have; raises ``EvidenceError`` when the blob is damaged."""
    at, length = 0, 0
    while at + _EVENT.size <= len(blob):
        t, kind, size = _EVENT.unpack_from(blob, at)
        if kind not in _KINDS or t > _LATEST:
            break
        at += _EVENT.size + size
        length += size * (kind == b"C")
    if at != len(blob):
        unpack_events(blob)  # it says what is wrong
    return length


def unpack_events(blob: bytes) -> list[Event]:
    """The reverse of :func:`pack_events`; raises ``EvidenceError`` when the blob is damaged."""
    events, at = [], 0
    try:
        while at < len(blob):
            t, kind, size = _EVENT.unpack_from(blob, at)
            at += _EVENT.size
            if at + size > len(blob):
                raise ValueError(f"{size} octets announced, {len(blob) - at} there")
            if t > _LATEST:
                raise ValueError(f"an event at {t} ns")
            events.append(Event(t, _KINDS.get(kind) or EventKind(kind.decode("latin-1")), blob[at : at + size]))
            at += size
    except (struct.error, ValueError) as error:
        raise EvidenceError(f"a transcript is damaged: {error}", "take the file from where it was recorded") from error
    return events


# ---------------------------------------------------------------- rows

FINISHED: Final = "finished"
INTERRUPTED: Final = "interrupted"
NO_MAIL: Final = "no mail came"


@dataclass(frozen=True, slots=True)
class Run:
    """One sitting: ``began`` is RFC 3339 wall time, ``t`` its offset in the file (0 for the first)."""

    table: ClassVar[str] = "run"
    id: int
    t: int
    began: str
    tool: str
    printer_uri: str
    options: str = "{}"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A sitting that ended in order; a run without one was cut short.

    ``reason`` is ``FINISHED``, begins with ``INTERRUPTED``, or says what kept the printer from being played at; it
    begins with ``NO_MAIL`` where nobody brought any mail.
    """

    table: ClassVar[str] = "run_end"
    run: int
    t: int
    reason: str = FINISHED


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the run that judging needs and no octets show: vocabulary, mail domain, learned latency."""

    table: ClassVar[str] = "fact"
    run: int
    t: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Play:
    """One performance of a scenario; ``parameters`` is JSON."""

    table: ClassVar[str] = "play"
    id: int
    run: int
    t: int
    scenario: str
    parameters: str = "{}"


@dataclass(frozen=True, slots=True)
class PlayEnd:
    """How a play ended: played, not-applicable, or cut-short, and why."""

    table: ClassVar[str] = "play_end"
    play: int
    t: int
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a play as it was carried out; ``detail`` is JSON."""

    table: ClassVar[str] = "step"
    id: int
    play: int
    t: int
    kind: str
    label: str = ""
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One IPP request and what came back.

    ``request`` and ``response`` are the message bodies, ``..._head`` the HTTP octets before them as sent and received.
    ``problem`` is empty when a complete response arrived, else one of refused, unreachable, tls, timeout, closed,
    http, and ``problem_text`` says more.  ``step`` and ``play`` are 0 outside any play.
    """

    table: ClassVar[str] = "exchange"
    id: int
    play: int
    step: int
    operation: int
    uri: str
    t_start: int
    t_end: int
    tls: str
    request_head: bytes
    request: bytes
    http_status: int
    response_head: bytes
    response: bytes
    problem: str = ""
    problem_text: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An SMTP connection, from the moment it was accepted."""

    table: ClassVar[str] = "session"
    id: int
    t: int
    listener: str
    peer: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A stretch of a session; ``start`` is where its client octets stand in the session's client stream."""

    table: ClassVar[str] = "transcript"
    id: int
    session: int
    start: int
    events: bytes


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail taken in full.

    ``start`` and ``end`` bound its octets in the session's client stream, dot-stuffed as sent, without the final dot
    line; ``envelope`` is the MAIL and RCPT command lines as they came; ``t`` when the last octet was in.
    """

    table: ClassVar[str] = "message"
    id: int
    session: int
    t: int
    start: int
    end: int
    envelope: bytes


class Hidden(StrEnum):
    """What a credential is that stars stand for in a transcript."""

    LOGIN = "login"  # what follows AUTH and its mechanism, or PASS, in its line
    ANSWER = "answer"  # a line that answers a challenge of AUTH
    LINE = "line"  # a line that is no command, and follows an AUTH or has the form of a response
    IDENTITY = "identity"  # the AUTH parameter of MAIL
    FIELD = "field"  # of an HTTP request that was sent to a mail recipient
    URI = "uri"  # the password in a URI
    TOLD = "told"  # a password that the run was told, sent back to us


@dataclass(frozen=True, slots=True)
class HiddenSpan:
    """Where in a session's client stream credentials were, whose octets the transcript has others for."""

    table: ClassVar[str] = "hidden"
    id: int
    session: int
    start: int
    end: int
    kind: str


class Heard(StrEnum):
    """What happened on a connection that a client made to a printer of ours."""

    HELLO = "hello"  # the first octets of a TLS handshake, as they came in the clear
    TLS = "tls"  # what came of the handshake, as ``Handshake`` writes it; what follows it is in TLS if it was done
    REQUEST = "request"  # octets of the client, of one request as far as it was read; credentials are stars
    ANSWER = "answer"  # octets of ours, of all responses to it
    END = "end"  # the connection is gone; the octets say why, if there was a reason


@dataclass(frozen=True, slots=True)
class Contact:
    """A connection that a client under test made to a printer of ours, in a play of one way; ``uri`` is the one that
    is served where it came in.
    """

    table: ClassVar[str] = "contact"
    id: int
    play: int
    t: int
    uri: str
    peer: str


@dataclass(frozen=True, slots=True)
class ContactPart:
    """One thing on such a connection; ``kind`` is of `Heard`."""

    table: ClassVar[str] = "contact_part"
    id: int
    contact: int
    t: int
    kind: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """How many rows a file holds, this one among them: the last row of each transaction.

    A file that lost its log, or was copied in the midst of a change, has fewer or more.
    """

    table: ClassVar[str] = "mark"
    id: int
    rows: int


Row = (
    Run | RunEnd | Fact | Play | PlayEnd | Step | Exchange | Session | Transcript | MailRow | HiddenSpan | Contact
    | ContactPart | Mark
)  # fmt: skip
