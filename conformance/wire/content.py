"""Bodies out of their transfer encoding (RFC 2045 section 6): as well as it goes, and told where it does not."""

from __future__ import annotations

import binascii
import re
from typing import Final

from .problem import Kind, WireProblem, capped, octet_problems

ENCODED_LINE: Final = 76  # characters of an encoded line at most (RFC 2045 sections 6.7 (5) and 6.8)

_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=\r\n]+")
_LONG: Final = re.compile(rb"^[^\r\n]{%d,}" % (ENCODED_LINE + 1), re.MULTILINE)
_BAD_ESCAPE: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+(?:\r?\n|\Z))")
_NOT_QUOTED_PRINTABLE: Final = re.compile(rb"[^\t\r\n -~]+")
_TRAILING_SPACE: Final = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS: Final = bytes(set(range(256)) - set(_ALPHABET))


def decode_content(octets: bytes, encoding: str, offset: int) -> tuple[bytes, list[WireProblem]]:
    """The octets decoded, and what is wrong with them; spans are moved by ``offset``.

    An encoding that is not known leaves them as they stand, as ``7bit``, ``8bit`` and ``binary`` do.
    """
    if encoding == "base64":
        return _base64(octets, offset)
    if encoding == "quoted-printable":
        return _quoted_printable(octets, offset)
    if encoding == "7bit":
        return octets, [d for d in octet_problems(octets, offset) if d.kind in (Kind.EIGHT_BIT, Kind.NUL)]
    return octets, []


def _found(pattern: re.Pattern[bytes], octets: bytes, kind: Kind, reason: str, offset: int) -> list[WireProblem]:
    return capped(WireProblem(kind, (offset + m.start(), offset + m.end()), reason) for m in pattern.finditer(octets))


def _base64(octets: bytes, offset: int) -> tuple[bytes, list[WireProblem]]:
    found = _found(_NOT_BASE64, octets, Kind.BAD_BASE64, "octets outside the base64 alphabet", offset)
    found += _found(_LONG, octets, Kind.ENCODED_LINE_LONG, f"an encoded line of more than {ENCODED_LINE}", offset)
    whole = (offset, offset + len(octets))
    digits, _, rest = octets.partition(b"=")
    text, after = digits.translate(None, _OTHERS), rest.translate(None, _OTHERS)
    pads = octets.count(b"=")
    if after:
        span = (offset + len(digits), whole[1])
        found.append(
            WireProblem(Kind.BAD_BASE64, span, "base64 goes on after its padding; what follows is not decoded")
        )
    elif pads != -len(text) % 4 or len(text) % 4 == 1:
        found.append(WireProblem(Kind.BAD_BASE64, whole, f"{len(text)} digits and {pads} of padding make no base64"))
    usable = text[: len(text) - (len(text) % 4 == 1)]
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)), found


def _quoted_printable(octets: bytes, offset: int) -> tuple[bytes, list[WireProblem]]:
    found = _found(_BAD_ESCAPE, octets, Kind.BAD_QUOTED_PRINTABLE, "= without two hexadecimal digits", offset)
    found += _found(_NOT_QUOTED_PRINTABLE, octets, Kind.BAD_QUOTED_PRINTABLE, "octets that ought to be encoded", offset)
    found += _found(_LONG, octets, Kind.ENCODED_LINE_LONG, f"an encoded line of more than {ENCODED_LINE}", offset)
    return binascii.a2b_qp(_TRAILING_SPACE.sub(b"", octets)), found
