"""Secrets in the queries of URIs: what is named after a password, a token or a session, wherever it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NAMED: Final = re.compile(
    rb"(?i)[?&;#](?:(?:[a-z0-9_.\[-]|%5b)*(?:[_.\[-]|%5b))?(?:user|admin|login|old|new|j)?"
    rb"(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|credentials?|(?:api|access)[_-]?key|token|session(?:[_-]?id)?|sid)"
    rb"(?:\]|%5d)?=([^\s&;#\"'<>\x00-\x20]+)"
)


def secrets_in_queries(octets: bytes) -> Iterator[tuple[int, int]]:
    """Where the values stand."""
    if b"=" in octets:
        yield from (found.span(1) for found in _NAMED.finditer(octets))


def without_query_secrets(octets: bytes) -> bytes:
    """The same with as many stars in their place."""
    out = bytearray(octets)
    for start, end in secrets_in_queries(octets):
        out[start:end] = b"*" * (end - start)
    return bytes(out)
