"""What comes to an SMTP port and is not SMTP."""

from __future__ import annotations

import re
from typing import Final

TLS_HANDSHAKE: Final = "a TLS handshake"
_TLS_HELLO: Final = re.compile(rb"\x16\x03[\x00-\x04]|[\x80-\xff][\x00-\xff]\x01\x03")  # RFC 8446 5.1; SSL 2
_HTTP_REQUEST: Final = re.compile(rb"(?:GET|POST|HEAD|OPTIONS|PUT|CONNECT|PRI) [^ \r\n]+ HTTP/\d")


def not_smtp(octets: bytes) -> str | None:
    """What a client speaks that does not speak SMTP on this port; ``None`` for whatever may be SMTP."""
    if _TLS_HELLO.match(octets):
        return TLS_HANDSHAKE
    return "HTTP" if _HTTP_REQUEST.match(octets) else None
