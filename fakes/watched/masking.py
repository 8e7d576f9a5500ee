"""What a client sends, without its credentials: as many stars in their place, so that all else stays where it was.

Masked are the values of Authorization, Cookie and fields that are named after them, or after a key or token, but for a
scheme that is known; a name and password behind Basic in whatever field; the password in a URI, and in its query; and
the values of IPP attributes that are named after a password.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Final

from conformance.wire import ipp
from conformance.wire.http_message import body_spans
from conformance.wire.registry import ValueTag
from fakes.http.query_secrets import secrets_in_queries
from fakes.printer.ipp.requests import MOST_ASKED

_FIELD: Final = re.compile(
    rb"(?i)(?:(?<=[\r\n])|\A)([\x00-\x09\x0b\x0c\x0e-\x20\x7f-\xff]{0,64}+(?:[a-z0-9-]{0,64}-)?"
    rb"(?:authorization|authentication|cookie2?|api-?key|(?:auth|access|session)-(?:token|key))[ \t]*[:=][ \t]*)"
    rb"((?:[^\r\n]|\r?\n[ \t]|\r(?!\n))*)"
)
_BASIC: Final = re.compile(rb"(?i)(?<![a-z0-9-])basic[ \t]+([a-z0-9+/_-]{4,2048}+={0,2})(?![a-z0-9+/_=-])")
_SCHEME: Final = re.compile(
    rb"(?:basic|digest|bearer|negotiate|ntlm|mutual|scram-sha-[0-9]+)(?:\r?\n)?[ \t]+", re.IGNORECASE
)
_USER_INFO: Final = re.compile(rb"://[^/@\s\x00-\x20:]{0,255}:([^/@\x00-\x20]{1,255})@")
_USER_AT: Final = re.compile(
    rb"(?im)(?:%3a%2f%2f|^connect[ \t]+|^referer:[ \t]*)[^/@\s\x00-\x20:%]{0,255}(?::|%3a)"
    rb"([^/@\x00-\x20]{1,255}?)(?:@|%40)"
)
"""The same in a URI that is written as part of another, and where no scheme is before it."""

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_NAMED: Final = re.compile(rb"(?is)password[a-z-]*..")  # the name of an attribute, and the length behind it
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_SECRET_SYNTAXES: Final = frozenset((ValueTag.OCTET_STRING, ValueTag.TEXT, ValueTag.NAME))
_WINDOW: Final = 2**18
"""Octets that are searched at once: other threads have to wait as long as one search takes."""
_REACH: Final = 1_024  # octets by which windows overlap: more than what is looked for can have
_STAR: Final = bytes(i if i in b"\r\n\t " else 0x2A for i in range(256))

Place = tuple[int, int]


def masked_request(octets: bytes) -> bytes:
    """A request, or what came of one, as it may be kept."""
    end = _BLANK_LINE.search(octets)
    head = octets[: end.end()] if end is not None else octets
    out = bytearray(octets)
    for start, stop in _in_head(head):
        out[start:stop] = out[start:stop].translate(_STAR)
    spans = body_spans(octets)
    body = b"".join(octets[start:stop] for start, stop in spans)
    for start, stop in _as_framed(_apart(_in_message(body)), spans):
        out[start:stop] = b"*" * (stop - start)
    return bytes(out)


def _in_head(head: bytes) -> Iterator[Place]:
    for field in _FIELD.finditer(head):
        scheme = _SCHEME.match(field[2])
        yield field.start(2) + (scheme.end() if scheme is not None else 0), field.end(2)
    for pattern in (_USER_INFO, _USER_AT):
        yield from (found.span(1) for found in pattern.finditer(head))
    for found in _BASIC.finditer(head):
        if _is_login(found[1]):
            yield found.span(1)
    yield from secrets_in_queries(head)


def _is_login(digits: bytes) -> bool:
    """Whether these are a name and a password, as Basic has them."""
    whole = digits.rstrip(b"=")
    return len(whole) % 4 != 1 and b":" in urlsafe_b64decode(whole.translate(_URL_SAFE) + b"===")


def _in_message(body: bytes) -> Iterator[Place]:
    message = ipp.decode(body, MOST_ASKED)
    attributes = body[: len(body) - len(message.data)]
    for found in _in_windows(_USER_INFO, attributes):
        yield found.span(1)
    for group in message.groups:
        for attribute in group:
            if "password" in attribute.name.lower() and attribute.span is not None:
                yield from _values(attribute, body)
    if message.problem is not None:
        named = next(_in_windows(_NAMED, body, message.problem.offset), None)
        if named is not None:
            yield named.end(), len(body)  # nobody knows where the value of what cannot be read ends


def _in_windows(pattern: re.Pattern[bytes], octets: bytes, start: int = 0) -> Iterator[re.Match[bytes]]:
    """What is found, window by window; what stands where two overlap may be found twice."""
    for at in range(start, len(octets), _WINDOW):
        yield from pattern.finditer(octets, at, at + _WINDOW + _REACH)


def _values(attribute: ipp.Attribute, body: bytes) -> Iterator[Place]:
    """Where the values of a secret attribute stand: in order, behind one another."""
    at = attribute.span[0] if attribute.span is not None else 0
    for value in attribute.values:
        if value.octets and value.tag in _SECRET_SYNTAXES:
            at = body.index(value.octets, at)
            yield at, at + len(value.octets)


def _apart(places: Iterator[Place]) -> Iterator[Place]:
    """In order, and none within another."""
    at = 0
    for start, stop in sorted(places):
        if stop > at:
            yield max(start, at), stop
            at = stop


def _as_framed(places: Iterator[Place], spans: list[Place]) -> Iterator[Place]:
    """Where stretches of a body, in order, stand in the octets that frame it; both are gone through once."""
    before, place = 0, next(places, None)
    for start, stop in spans:
        after = before + stop - start
        while place is not None and place[0] < after:
            first, last = max(place[0], before), min(place[1], after)
            yield start + first - before, start + last - before
            if place[1] > after:  # the rest of it is in a later span
                break
            place = next(places, None)
        before = after
