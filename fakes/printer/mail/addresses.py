"""Which text is a mail address: the part of RFC 5321 section 4.1.2 and RFC 822 section 6.1 that is safe to send.

A text is taken whole or not at all; nothing is cut out of it or repaired.  Only printable ASCII passes, so whatever
these functions return can stand in a header or in an SMTP command.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

MAX_LOCAL: Final = 64  # octets, RFC 5321 section 4.5.3.1.1
MAX_DOMAIN: Final = 255  # octets, RFC 5321 section 4.5.3.1.2
MAX_MAILBOX: Final = 512  # octets; the longest address, and room for a name; keeps header lines short

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LOCAL = rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_DOMAIN = rf"(?:{_NAME}|\[[0-9A-Za-z:.]+\])"
_ADDRESS: Final = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})")
_ROUTE = rf"(?:@{_NAME}(?:,@{_NAME})*:)?"
_WORD = rf"(?:{_ATOM}|{_QUOTED})"
_MAILBOX: Final = re.compile(
    rf"(?:(?P<bare>{_LOCAL}@{_DOMAIN})|(?:{_WORD}(?: +{_WORD})* *)?<{_ROUTE}(?P<angle>{_LOCAL}@{_DOMAIN})>)"
    r"(?: +\([ -'*-\[\]-~]*\))?"
)
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})?")


@dataclass(frozen=True, slots=True)
class SendableMailbox:
    """A mailbox as somebody wrote it, and the address in it."""

    text: str
    address: str


def is_address(text: str) -> bool:
    """Whether ``text`` is exactly one addr-spec, without a name, comment or brackets around it."""
    if len(text) > MAX_LOCAL + 1 + MAX_DOMAIN:
        return False
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match["local"]) > MAX_LOCAL or len(match["domain"]) > MAX_DOMAIN:
        return False
    return not match["domain"].startswith("[") or _is_literal(match["domain"][1:-1])


def mailbox(text: str) -> SendableMailbox | None:
    """A mailbox of RFC 822 section 6.1: an address alone, or a name with an angle address; a comment may follow.

    Nested comments and comments elsewhere are not taken.
    """
    if len(text) > MAX_MAILBOX:
        return None
    match = _MAILBOX.fullmatch(text)
    if match is None:
        return None
    address = match["bare"] or match["angle"]
    return SendableMailbox(text, address) if is_address(address) else None


def recipient(uri: str) -> SendableMailbox | None:
    """Whom a 'mailto:' URI names, or ``None`` where it does not name exactly one mailbox.

    Header fields after "?" and a fragment are left out, percent-encoding is undone once (RFC 2368 section 2).  "//"
    after the colon is refused (draft-ietf-ipp-notify-mailto-04 section 5.2.1).
    """
    scheme, colon, rest = uri.partition(":")
    if scheme.lower() != "mailto" or not colon or rest.startswith("//"):
        return None
    decoded = percent_decoded(re.split(r"[?#]", rest, maxsplit=1)[0])
    return None if decoded is None else mailbox(decoded)


def percent_decoded(text: str) -> str | None:
    """``text`` with each %HH replaced by its character; ``None`` for a stray "%" or anything beyond ASCII."""
    if not text.isascii() or any(m[1] is None or int(m[1], 16) > 0x7F for m in _PERCENT.finditer(text)):
        return None
    return _PERCENT.sub(lambda m: chr(int(m[1], 16)), text)


def _is_literal(text: str) -> bool:
    """The inside of an address literal, RFC 5321 section 4.1.3."""
    try:
        if text[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(text[5:])
        else:
            ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
