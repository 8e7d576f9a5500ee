"""A token with parameters, as in Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .comments import without_comments
from .words import decode, plain

SHORT: Final = 1_000  # octets of a value worth keeping what was read of it
_PARAMETER: Final = re.compile(
    rb'[ \t]*+;[ \t]*+([^\s=;"()<>@,:\\/\[\]?]+)[ \t]*+=[ \t]*+("(?:[^"\\]|\\.)*+"|[^;]*)', re.DOTALL
)
_SLASH: Final = re.compile(rb"[ \t]*+/[ \t]*+")
_NEXT: Final = re.compile(rb"[ \t]*+;?[^;]*")
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_SECTION: Final = re.compile(r"([^*]+)(?:\*([0-9]{1,4}))?(\*)?")


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """The token in lower case, the parameters by lower-case name, and every departure from the grammar."""

    token: str
    parameters: Mapping[str, str]
    problems: tuple[str, ...] = ()


def header_value(value: bytes) -> HeaderValue:
    """Read an unfolded field value; never raises.  Of a parameter given twice the first counts."""
    return _short(value) if len(value) <= SHORT else _read(value)


def _read(value: bytes) -> HeaderValue:
    problems: dict[str, None] = {}
    value, closed = without_comments(value)
    if not closed:
        problems["a comment that is not closed"] = None
    head = value.partition(b";")[0]
    raw: dict[str, bytes] = {}
    at = len(head)
    while at < len(value):
        found = _PARAMETER.match(value, at)
        if found is None:
            skipped = _NEXT.match(value, at)
            at = max(at + 1, skipped.end() if skipped else 0)
            left = skipped[0].strip(b"; \t") if skipped else b""
            if left:
                problems[f"{plain(left)[:60]!a} is no parameter"] = None
            elif skipped and b";" in skipped[0]:
                problems["a semicolon with no parameter behind it"] = None
            continue
        at = found.end()
        name, text = plain(found[1]).lower(), found[2]
        if text.startswith(b'"') and len(text) > 1 and text.endswith(b'"'):
            text = _ESCAPE.sub(rb"\1", text[1:-1])
        else:
            text = text.rstrip(b" \t")
            if not _TOKEN.fullmatch(text):
                problems[f"the value of {name} is neither a token nor a quoted string"] = None
        if name in raw:
            problems[f"{name} is given more than once"] = None
        raw.setdefault(name, text)
    return HeaderValue(plain(_SLASH.sub(b"/", head.strip(b" \t"))).lower(), _join(raw, problems), tuple(problems))


_short: Final = lru_cache(maxsize=1_024)(_read)  # a printer has a handful of types and uses them for every mail


def _join(raw: dict[str, bytes], problems: dict[str, None]) -> dict[str, str]:
    """Parameters in characters, with the sections and charsets of RFC 2231 put together."""
    plain_ones: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for name, text in raw.items():
        found = _SECTION.fullmatch(name)
        if found is None or (found[2] is None and found[3] is None):
            if not text.isascii():
                problems[f"the value of {name} has octets above 127"] = None
            plain_ones[name] = plain(text)
        else:
            sections.setdefault(found[1], {})[int(found[2] or 0)] = (text, found[3] is not None)
    for name, numbered in sections.items():
        if sorted(numbered) != list(range(len(numbered))):
            problems[f"the sections of {name} are not numbered from 0 without a gap"] = None
        plain_ones[name] = _extended(name, [numbered[i] for i in sorted(numbered)], problems)
    return plain_ones


def _extended(name: str, sections: list[tuple[bytes, bool]], problems: dict[str, None]) -> str:
    first, is_extended = sections[0]
    charset = ""
    if is_extended:
        declared, quote, rest = first.partition(b"'")
        _, quote_2, text = rest.partition(b"'")
        if quote and quote_2:
            charset, sections = plain(declared), [(text, True), *sections[1:]]
        else:
            problems[f"{name} names no charset"] = None
    octets = b"".join(_PERCENT.sub(lambda m: bytes.fromhex(m[1].decode()), t) if e else t for t, e in sections)
    text_or_none = decode(octets, charset or "us-ascii")
    if text_or_none is None:
        problems[f"{name} is not in the charset {charset!a}"] = None
        return plain(octets)
    return text_or_none
