"""Credentials in an SMTP session, made unreadable before anybody judges or shows it.

The evidence keeps what a printer sent.  What judges read of it has the octets of credentials replaced by as many
others, so that places stay places and a stray CR, LF, NUL or eighth bit among them is still one.

Credentials are known by their shape, wherever a printer puts them outside a message: what follows AUTH and PASS, also
behind blanks, NUL or a lone CR; the lines that answer a challenge, and after any AUTH all lines that are no commands,
for a client that does not look at the answer sends them all the same; the identity in the AUTH parameter of MAIL; and
what decodes to an identity, a name and a password, with or without an AUTH before it, alone or behind other words.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from conformance.wire import smtp
from conformance.wire.problem import Span
from conformance.wire.smtp_events import Event, EventKind

_SAID: Final = re.compile(rb"AUTH|PASS|LOGIN", re.IGNORECASE)
_TOKEN: Final = re.compile(
    rb"(?:\A|[\r\n])[^A-Za-z0-9+/\r\n]*+[A-Za-z0-9+/]{6,}+={0,2}[ \t]*+(?=[\r\n]|\Z)"  # alone in its line
    rb"|(?<![A-Za-z0-9+/=])A[A-P][A-Za-z0-9+/]{8}"  # NUL first
)
_LINE: Final = re.compile(rb"[^\r\n]+")  # a CR alone ends one, too: what follows it may be a command to the printer
_PADDING: Final = bytes((*range(0x21), *range(0x7F, 0x100)))  # before a verb: blanks, controls, what is no ASCII
_MECHANISM: Final = rb"(?:[A-Z0-9_-]{1,20}|[a-z0-9_-]{1,20})(?=[ \t]|\Z)"  # base64 mixes the cases
_AUTH: Final = re.compile(rb"(?i:(?:X-?)?AUTH)(?:[ \t]+" + _MECHANISM + rb")?")
_PASS: Final = re.compile(rb"PASS(?:W(?:OR)?D)?(?![A-Za-z0-9])|(?:[A-Z0-9]{1,9}[ \t]+)?LOGIN(?=[ \t])", re.IGNORECASE)
_WITHIN: Final = re.compile(rb"(?<![A-Za-z0-9])(?:(?i:AUTH)(?:[ \t]+" + _MECHANISM + rb"|=)|(?i:PASS)[ \t=])")
_BEHIND: Final = re.compile(rb"(?<=[ \t])(?:(?i:AUTH)[ \t]+" + _MECHANISM + rb"|(?i:PASS(?:W(?:OR)?D)?)[ \t=:])[ \t]*")
_NAMING: Final = (b"MAIL", b"RCPT", b"SEND", b"SOML", b"SAML", b"VRFY", b"EXPN")  # a name may have any words in it
_PARAMETER: Final = re.compile(rb"(?<=[ \t>])AUTH=([^ \t]*)", re.IGNORECASE)
_BASE64: Final = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{6,}={0,2}(?![A-Za-z0-9+/=])")
_CONTROLS: Final = re.compile(rb"[\x01-\x1f\x7f]")
_EXTENSION: Final = re.compile(rb"[Xx][A-Za-z0-9-]*")  # what judges take for a command of an extension stays one
_STAR: Final = bytes(0x2A if 0x20 < i < 0x7F else 0xFF if i > 0x7F else i for i in range(256))
_CROSS: Final = _STAR.replace(b"*", b"X")

Secret = tuple[int, int, bytes]  # where it stands, and what its octets become


def redacted(events: Sequence[Event], commands: Collection[str]) -> Sequence[Event]:
    """The events of a session without the credentials in them; the same object where there are none."""
    stream = b"".join(e.octets for e in events if e.kind is EventKind.CLIENT)
    if not (_SAID.search(stream) or _TOKEN.search(stream)):
        return events
    dialogue = smtp.dialogue(events)
    answers = [span for turn in dialogue.turns for span in turn.responses]
    if dialogue.turns and dialogue.turns[-1].verb.startswith("AUTH"):  # what follows was never looked at
        answers.append((max((dialogue.turns[-1].span[1], *(end for _, end in answers))), len(stream)))
    secrets = [(*span, _STAR) for span in answers] + list(_secrets(stream, _outside(dialogue, len(stream)), commands))
    return [*_masked(events, _apart(secrets))] if secrets else events


def redacted_lines(lines: bytes, commands: Collection[str]) -> bytes:
    """Command lines without the credentials in them."""
    if not (_SAID.search(lines) or _TOKEN.search(lines)):
        return lines
    octets = bytearray(lines)
    for start, end, mask in _secrets(lines, [(0, len(lines))], commands):
        octets[start:end] = octets[start:end].translate(mask)
    return bytes(octets)


def _outside(dialogue: smtp.Dialogue, length: int) -> Iterator[Span]:
    """What of the stream is in no message."""
    at = 0
    for turn in dialogue.turns:
        if turn.data_span is not None:
            yield at, turn.data_span[0]
            at = turn.data_span[1]
    yield at, length


def _secrets(stream: bytes, places: Iterator[Span] | list[Span], commands: Collection[str]) -> Iterator[Secret]:
    """Those in the lines of these places, in order."""
    after_auth = False
    for first, last in places:
        for found in _LINE.finditer(stream, first, last):
            line = found[0]
            padding = len(line) - len(line.lstrip(_PADDING))
            for start, end, mask in _in_line(line[padding:], commands, after_auth=after_auth):
                yield found.start() + padding + start, found.start() + padding + end, mask
            after_auth = after_auth or line[padding : padding + 4].upper() == b"AUTH"


def _in_line(line: bytes, commands: Collection[str], *, after_auth: bool) -> Iterator[Secret]:
    if line == b".":  # the end of a message, which whoever reads this anew has to find
        return
    said = _AUTH.match(line) or _PASS.match(line)
    verb = line.split(b" ", 1)[0]
    if said is not None:
        yield said.end(), len(line), _STAR
    elif verb.decode("latin-1").upper() in commands:
        for parameter in _PARAMETER.finditer(line):
            yield *parameter.span(1), _STAR
        if verb.upper() not in _NAMING and (behind := _BEHIND.search(line)) is not None:
            yield behind.end(), len(line), _STAR
        yield from _plain(line)
    elif after_auth or any(span[0] == 0 for *span, _ in _plain(line)):
        yield 0, len(line), _CROSS if _EXTENSION.fullmatch(verb) else _STAR
    elif (within := _WITHIN.search(line)) is not None:
        yield within.end(), len(line), _STAR
    else:
        yield from _plain(line)


def _plain(line: bytes) -> Iterator[Secret]:
    """Responses of AUTH PLAIN (RFC 4616): an identity or none, a name and a password with NUL between, in base64."""
    for found in _BASE64.finditer(line):
        digits = found[0].rstrip(b"=")
        if len(digits) % 4 == 1:
            continue
        identity, *rest = b64decode(digits + b"===").split(b"\0")
        if len(rest) == 2 and all(rest) and not any(map(_CONTROLS.search, (identity, *rest))):
            yield *found.span(), _STAR


def _masked(events: Sequence[Event], secrets: Iterator[Secret]) -> Iterator[Event]:
    """The events with these octets masked; both are gone through once, side by side."""
    at, secret = 0, next(secrets, None)
    for event in events:
        if event.kind is not EventKind.CLIENT:
            yield event
            continue
        octets, last = bytearray(event.octets), at + len(event.octets)
        while secret is not None and secret[0] < last:
            first, end, mask = secret
            inside = slice(max(first - at, 0), min(end, last) - at)
            octets[inside] = octets[inside].translate(mask)
            if end > last:  # the rest of it is in a later event
                break
            secret = next(secrets, None)
        yield replace(event, octets=bytes(octets))
        at = last


def _apart(secrets: Sequence[Secret]) -> Iterator[Secret]:
    """In order, and none within another."""
    at = 0
    for first, end, mask in sorted(secrets):
        if end > at:
            yield max(first, at), end, mask
            at = end
