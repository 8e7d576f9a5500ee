"""HTTP messages as they went over the wire, taken apart: what a client asked, and what it was answered.

Nothing here raises: what is no HTTP has no head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .http import ResponseHead, response_heads

_HEAD: Final = re.compile(rb"(?:\r?\n)*([^ \r\n]+) ([^ \r\n]+) HTTP/1\.[0-9]\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_RESPONSE: Final = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3})[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[^\r\n]*\r?\n")


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request line and the fields behind it; the names are in lower case."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The value of a field; several of one name are joined with a comma (RFC 7230 section 3.2.2)."""
        return ", ".join(value for own, value in self.fields if own == name)

    def tokens(self, name: str) -> set[str]:
        """The members of a list, in lower case."""
        return {token.strip().lower() for token in self.get(name).split(",")} - {""}


def split_request(octets: bytes) -> tuple[RequestHead | None, bytes]:
    """The head of a request and its body without what frames it; ``None`` for what is no request."""
    found = _HEAD.match(octets)
    if found is None:
        return None, b""
    head = _head_of(found)
    body = bytearray()  # joining would take eighty octets for each piece
    for start, end in _spans(octets, head, found.end()):
        body += octets[start:end]
    return head, bytes(body)


def _head_of(found: re.Match[bytes]) -> RequestHead:
    lines = _FOLD.sub(b" ", found[3]).decode("latin-1").replace("\r\n", "\n").split("\n")
    split = (line.partition(":") for line in lines)
    fields = tuple((name.strip().lower(), value.strip()) for name, colon, value in split if colon)
    return RequestHead(found[1].decode("latin-1"), found[2].decode("latin-1"), fields)


def body_spans(octets: bytes) -> list[tuple[int, int]]:
    """Where the body of a request stands in its octets: in one piece, or in as many as it has chunks."""
    found = _HEAD.match(octets)
    return list(_spans(octets, _head_of(found), found.end())) if found is not None else []


def _spans(octets: bytes, head: RequestHead, at: int) -> Iterable[tuple[int, int]]:
    return _chunks(octets, at) if "chunked" in head.tokens("transfer-encoding") else [(at, len(octets))]


def _chunks(octets: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where the content of a chunked body stands (RFC 7230 section 4.1), as far as it came."""
    while (size := _CHUNK.match(octets, at)) is not None and (length := int(size[1], 16)):
        at = min(size.end() + length, len(octets))  # a size is whatever a client says
        yield size.end(), at
        at += 2 if octets[at : at + 2] == b"\r\n" else 1


def split_response(octets: bytes) -> tuple[list[ResponseHead], bytes]:
    """The heads of the responses to one request, 100 and 101 among them, and the body of the last one."""
    at, heads = 0, list[ResponseHead]()
    while (found := _RESPONSE.match(octets, at)) is not None:
        heads += response_heads(found[0])
        at = found.end()
        if not found[1].startswith(b"1"):
            break
    return heads, octets[at:]
