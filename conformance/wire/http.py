"""What judges want to know of HTTP: the heads of responses as they came, and the challenges in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PART: Final = re.compile(
    rf'[ \t]*(?P<name>{_TOKEN})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>{_TOKEN}))[ \t]*(?:,|\Z)'
)
_SCHEME: Final = re.compile(
    rf"[ \t,]*(?P<scheme>{_TOKEN}+)(?![ \t]*=)(?:[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|\Z)))?"
)
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")  # of a field over several lines, which HTTP once permitted
_ESCAPED: Final = re.compile(r"\\(.)")
_HEAD: Final = re.compile(rb"(?:\A|(?<=\n))HTTP/1\.[0-9] ([0-9]{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to prove who one is that a WWW-Authenticate header names; names are in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def challenges(header: str) -> list[Challenge]:
    """Those of a WWW-Authenticate header, or of several joined with a comma; what cannot be read ends it."""
    found, at = list[Challenge](), 0
    while (scheme := _SCHEME.match(header, at)) is not None:
        at, parameters = scheme.end(), dict[str, str]()
        while (part := _PART.match(header, at)) is not None:
            quoted = part["quoted"]
            parameters[part["name"].lower()] = part["bare"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
            at = part.end()
        found.append(Challenge(scheme["scheme"].lower(), parameters))
    return found


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """A status and the fields behind it; the names are in lower case."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The value of a field; several of one name are joined with a comma (RFC 7230 section 3.2.2)."""
        return ", ".join(value for own, value in self.fields if own == name)


def response_heads(octets: bytes) -> list[ResponseHead]:
    """The heads of all responses in there, in order: of 100, of 101, of the one that they led to."""
    return [ResponseHead(int(found[1]), _fields(found[2])) for found in _HEAD.finditer(octets)]


def _fields(lines: bytes) -> tuple[tuple[str, str], ...]:
    unfolded = _FOLD.sub(b" ", lines).decode("latin-1").replace("\r\n", "\n")
    split = (line.partition(":") for line in unfolded.split("\n"))
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in split if colon)


def tls_tokens(head: ResponseHead) -> list[str]:
    """The protocols of an Upgrade header that are TLS, of whatever version (RFC 2817 section 3.1)."""
    named = (token.strip() for token in head.get("upgrade").split(","))
    return [token for token in named if token.upper().partition("/")[0].strip() == "TLS"]
