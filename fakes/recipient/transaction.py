"""A mail transaction: the MAIL and RCPT lines that were accepted, what they say, and the message that follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.wire.path import Path, path

from .arrivals import mailbox
from .faults import Applied
from .listener_state import ENVELOPE_LIMIT, ENVELOPE_SHARE, ENVELOPES_LIMIT, LOOKED_AT, ListenerState
from .transcript import Body

_BLANK: Final = re.compile(rb"[ \t]")


class Transaction:
    """A mail transaction: the command lines that were accepted, as they came."""

    __slots__ = ("_listener", "_shared", "envelope", "has_recipients")

    def __init__(self, listener: ListenerState) -> None:
        self._listener = listener
        self._shared = 0
        self.envelope = bytearray()
        self.has_recipients = False

    def take(self, line: bytes) -> bool:
        """Keep a MAIL or RCPT line, if there is room."""
        octets = len(self.envelope) + len(line)
        shared = max(0, octets - ENVELOPE_SHARE)
        if octets > ENVELOPE_LIMIT or (shared and self._listener.envelopes + shared - self._shared > ENVELOPES_LIMIT):
            return False
        self._listener.envelopes += shared - self._shared
        self._shared = shared
        self.envelope += line
        return True

    def take_recipient(self, line: bytes) -> bool:
        """Keep a RCPT line, if there is room."""
        taken = self.take(line)
        self.has_recipients = self.has_recipients or taken
        return taken

    def end(self) -> None:
        """Keep nothing any more."""
        if self.envelope:
            self._listener.envelopes -= self._shared
            self._shared = 0
            self.envelope, self.has_recipients = bytearray(), False


@dataclass(slots=True)
class IncomingMessage:
    """A message under way, from DATA to the answer to its end."""

    body: Body
    ended: bool = False  # its final dot is there, or it will never come
    asked_for: bool = False  # 354 was said
    answer: str | None = None
    applied: Applied | None = None  # the faults of the answer to the final dot
    storing: bool = False


def mailboxes_of(envelope: bytes | bytearray) -> list[str]:
    """The recipients of an envelope: of all its lines but the first, which is MAIL."""
    lines = bytes(envelope).split(b"\n")[1:-1]
    return [mailbox(path_of(line, b"TO").address or "") for line in lines]


def path_of(line: bytes, keyword: bytes) -> Path:
    """What a MAIL or RCPT line says, so far as it is looked at: whoever judges reads all of it.

    A word is looked at to its end, for addresses that are alike so far may be two.
    """
    blank = _BLANK.search(line, LOOKED_AT) if len(line) > LOOKED_AT else None
    return path(line[: blank and blank.start()].strip().partition(b" ")[2], keyword)


def announced_size(parameter: str) -> int:
    """What a SIZE parameter announces; 0 for all others."""
    keyword, _, value = parameter.partition("=")
    return int(value) if keyword.upper() == "SIZE" and value.isascii() and value.isdigit() and len(value) <= 20 else 0
