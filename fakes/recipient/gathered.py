"""The events of a connection that are not with the journal yet, and the credentials in them when they go there.

What a client's octets are is known when they have been worked off: lines with commands, answers to a challenge of AUTH,
or a message.  Until then they wait here, as they came; what leaves has stars for credentials, and whoever takes it is
told where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from conformance.record.redaction import (
    LONGEST_URI,
    STAR,
    CommandLines,
    Secret,
    apart,
    passwords_in_uris,
    uris_with_passwords,
)
from conformance.record.rows import EVENT_HEAD, Hidden, client_pieces, event_head, pack_event, packed_places
from conformance.record.smtp_sessions import COMMANDS
from conformance.wire.smtp_events import EventKind
from fakes.known_secrets import KnownSecrets

_CLIENT: Final = EventKind.CLIENT.encode()
LARGE: Final = 4 * 1024  # octets of an event that is kept as it is, and copied once: into the blob


class _Part(Enum):
    """What of a stream is no command."""

    MESSAGE = auto()
    ANSWER = auto()


@dataclass(slots=True)
class _Apart:
    """Where it is; one that goes on has no end yet."""

    part: _Part
    start: int
    end: int | None = None


class GatheredEvents:
    """Takes events as they happen, and gives them out up to a place in the client's stream."""

    def __init__(self, known: KnownSecrets) -> None:
        self.start = self.received = 0  # in the client's stream: where what is here begins, and ends
        self._known = known
        self._before: list[bytes] = []  # what came before the last large event, and that event
        self._events = bytearray()  # the rest, packed: a fraction of what as many objects would take
        self._large = 0  # octets of what is before
        self._lines = CommandLines(COMMANDS)
        self._apart: list[_Apart] = []

    @property
    def size(self) -> int:
        """Octets they take."""
        return self._large + len(self._events)

    def add(self, t: int, kind: EventKind, octets: bytes) -> None:
        """Put it behind the others."""
        size = len(octets)
        self._events += event_head(t, kind, size)
        if size < LARGE:
            self._events += octets
        else:
            self._before += (bytes(self._events), octets)
            self._large += len(self._events) + size
            self._events.clear()
        if kind is EventKind.CLIENT:
            self.received += size

    def message_begins(self, place: int) -> None:
        """From there on the client sends a message."""
        self._apart.append(_Apart(_Part.MESSAGE, place))

    def answer_begins(self, place: int) -> None:
        """What the client says there answers a challenge."""
        self._apart.append(_Apart(_Part.ANSWER, place))

    def ends(self, place: int) -> None:
        """So far the message or the answer went."""
        self._apart[-1].end = place

    def take(self, upto: int) -> tuple[bytes, list[Secret]]:
        """The events up to that place in the stream, and what was a secret in them, by its place there.

        All of them where nothing of the client's ends before it: what cannot wait has to be taken for what it seems.
        """
        return self._taken(upto if (upto := self._whole(upto)) > self.start else self.received, last=False)

    def take_all(self) -> tuple[bytes, list[Secret]]:
        """Likewise, and nothing is left."""
        return self._taken(self.received, last=True)

    def _taken(self, upto: int, *, last: bool) -> tuple[bytes, list[Secret]]:
        taken = self._together()
        if upto < self.received:
            self._events += taken
            cut = self._cut(upto)
            taken = bytes(self._events[:cut])
            del self._events[:cut]
        start, self.start = self.start, upto
        stream = b"".join(client_pieces(memoryview(taken)))
        secrets = []
        for secret in apart(self._secrets(stream, start, last=last)):
            said = stream[secret.start : secret.end]
            if said != said.translate(secret.mask):
                secrets.append(secret)
        self._apart = [place for place in self._apart if place.end is None or place.end > upto]
        if not secrets:
            return taken, []
        return _masked(taken, secrets), [s._replace(start=s.start + start, end=s.end + start) for s in secrets]

    def _together(self) -> bytes:
        """All events as one blob; they are no more here."""
        self._before.append(bytes(self._events))
        taken = b"".join(self._before)
        self._before, self._large = [], 0
        self._events.clear()
        return taken

    def _whole(self, upto: int) -> int:
        """That, or a place before it that is in the midst of nothing that may be a secret."""
        place = self._apart[-1] if self._apart else None
        if place is not None and place.part is _Part.MESSAGE and place.end is None and upto == self.received:
            longest = max(LONGEST_URI, self._known.longest)
            upto -= longest
            begin = max(upto - longest - self.start, 0)  # what begins before ends before, too
            self._events += self._together()
            stream = b"".join(client_pieces(self._events))[begin:]
            begin += self.start
            known = ((first, last) for first, last, _ in self._known.places(stream))
            for first, last in (*uris_with_passwords(stream), *known):
                if begin + first < upto < begin + last:
                    upto = begin + first
        return upto

    def _cut(self, upto: int) -> int:
        """Where in what is packed that place is; an event that goes on beyond it becomes two."""
        at = self.start
        for t, kind, first, last in packed_places(self._events):
            if kind != _CLIENT:
                continue
            if at == upto:
                return first - EVENT_HEAD
            if at + last - first > upto:
                middle = first + upto - at
                parts = [bytes(self._events[first:middle]), bytes(self._events[middle:last])]
                self._events[first - EVENT_HEAD : last] = b"".join(pack_event(t, EventKind.CLIENT, p) for p in parts)
                return middle
            at += last - first
        return len(self._events)

    def _secrets(self, stream: bytes, start: int, *, last: bool) -> Iterator[Secret]:
        at, end = start, start + len(stream)
        for place in self._apart:
            first, after = max(place.start, start), min(end if place.end is None else place.end, end)
            if first >= after:
                continue
            yield from _moved(self._lines.secrets(stream[at - start : first - start]), at - start)
            if place.part is _Part.MESSAGE:
                yield from passwords_in_uris(stream, first - start, after - start)
            else:
                yield from _moved(_of_answer(stream[first - start : after - start]), first - start)
            at = after
        yield from _moved(self._lines.secrets(stream[at - start :], last=last), at - start)
        yield from (Secret(*place, Hidden.TOLD) for place in self._known.places(stream))


def _of_answer(piece: bytes) -> Iterator[Secret]:
    """All of it, but for its end; a lone star is no answer (RFC 4954 section 4)."""
    said = piece.rstrip(b"\r\n")
    if said and said != b"*":
        yield Secret(0, len(said), STAR, Hidden.ANSWER)


def _moved(secrets: Iterator[Secret], by: int) -> Iterator[Secret]:
    for secret in secrets:
        yield secret._replace(start=secret.start + by, end=secret.end + by)


def _masked(blob: bytes, secrets: list[Secret]) -> bytes:
    """The events with another octet for each of the client's that these are."""
    events, at = bytearray(blob), 0
    for _, kind, first, last in packed_places(blob):
        if kind != _CLIENT:
            continue
        for secret in secrets:
            inside = slice(max(secret.start - at, 0) + first, min(secret.end - at, last - first) + first)
            if inside.start < inside.stop:
                events[inside] = events[inside].translate(secret.mask)
        at += last - first
    return bytes(events)
