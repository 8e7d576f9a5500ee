"""What happens on an SMTP connection, one event after the other: the form in which a session is recorded and read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What happened on an SMTP connection."""

    CLIENT = "C"  # octets from the printer, after TLS
    SERVER = "S"  # octets of ours
    TLS = "T"  # a handshake ended; the octets name version and cipher
    EOF = "E"  # the printer closed its sending side
    LOST = "L"  # the connection is gone; the octets say how
    FAULT = "F"  # a fault of ours was applied; the octets are its script line


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on a connection: nanoseconds, what, octets."""

    t: int
    kind: EventKind
    octets: bytes = b""
