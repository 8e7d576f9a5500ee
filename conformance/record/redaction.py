"""Credentials in an SMTP session, made unreadable before anybody judges or shows it.

The evidence keeps what a printer sent.  What judges read of it has the octets of AUTH credentials (RFC 4954) replaced
by as many others, so that places stay places and a stray CR, LF, NUL or eighth bit among them is still one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from conformance.wire import smtp
from conformance.wire.problem import Span
from conformance.wire.smtp_events import Event, EventKind

_MECHANISM: Final = re.compile(rb"AUTH[ \t]+[A-Za-z0-9_-]+(?=[ \t\r\n]|\Z)", re.IGNORECASE)
_SAID: Final = re.compile(rb"^AUTH", re.IGNORECASE | re.MULTILINE)
_VISIBLE: Final = bytes(0x2A if 0x20 < i < 0x7F else 0xFF if i > 0x7F else i for i in range(256))


def redacted(events: Sequence[Event], commands: Collection[str]) -> Sequence[Event]:
    """The events of a session without the credentials in them; the same object where there are none.

    Lines after AUTH that are none of the ``commands`` count as credentials: a client that does not look at the answer
    sends them all the same.
    """
    stream = b"".join(e.octets for e in events if e.kind is EventKind.CLIENT)
    if not _SAID.search(stream):
        return events
    spans = list(_secrets(smtp.dialogue(events), stream, commands))
    return [*_masked(events, spans)]


def _secrets(dialogue: smtp.Dialogue, stream: bytes, commands: Collection[str]) -> Iterator[Span]:
    after_auth, at = False, 0
    for turn in dialogue.turns:
        at = max(at, turn.span[1], *(end for _, end in turn.responses), *(turn.data_span or ()))
        if turn.verb.startswith("AUTH"):
            after_auth = True
            yield _after_mechanism(stream, turn.span)
            yield from turn.responses
        elif after_auth and turn.verb not in commands:
            yield turn.span
        else:
            after_auth = False
    if after_auth:
        yield at, len(stream)
    elif stream[at : at + 4].upper() == b"AUTH":  # a line without its end
        yield _after_mechanism(stream, (at, len(stream)))


def _after_mechanism(stream: bytes, span: Span) -> Span:
    mechanism = _MECHANISM.match(stream, *span)
    return (mechanism.end() if mechanism else span[0] + 4), span[1]


def _masked(events: Sequence[Event], spans: Sequence[Span]) -> Iterator[Event]:
    at = 0
    for event in events:
        if event.kind is not EventKind.CLIENT:
            yield event
            continue
        octets, end = bytearray(event.octets), at + len(event.octets)
        for first, last in spans:
            inside = slice(max(first, at) - at, max(min(last, end), at) - at)
            octets[inside] = octets[inside].translate(_VISIBLE)
        yield replace(event, octets=bytes(octets))
        at = end
