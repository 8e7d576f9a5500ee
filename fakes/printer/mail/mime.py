"""MIME entities as octets (RFC 2045, RFC 2046): what a body is labelled with, and bodies put together."""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from .headers import CRLF, clean, field

LONGEST_LINE: Final = 998  # octets without CRLF, RFC 5322 section 2.1.1
QP_COLUMNS: Final = 76  # RFC 2045 section 6.7 rule 5, with the "=" of a soft line break
BASE64_OCTETS: Final = 57  # become the 76 columns of RFC 2045 section 6.8

TextEncoding = Literal["quoted-printable", "base64", "8bit"]

_NOT_LITERAL: Final = re.compile(rb"[^ -<>-~]")
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"
_VALUE = rf'(?:{_TOKEN}|"[ !#-\[\]-~]*")'
_MEDIA_TYPE: Final = re.compile(rf"({_TOKEN}/{_TOKEN})((?: *; *{_TOKEN}={_VALUE})*)")
_PARAMETER: Final = re.compile(rf"; *({_TOKEN})=({_VALUE})")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type: ``text`` as it was written, ``kind`` as "type/subtype" in lower case, ``charset`` if it has one."""

    text: str
    kind: str
    charset: str | None

    @property
    def is_plain_ascii(self) -> bool:
        """Whether it is text/plain with nothing beyond us-ascii, the form that is no attachment (mailto-00, 10)."""
        return self.kind == "text/plain" and (self.charset or "us-ascii").lower() == "us-ascii"


def media_type(text: str) -> MediaType | None:
    """A media type from the text of a mimeMediaType value; ``None`` if it is none."""
    match = _MEDIA_TYPE.fullmatch(text)
    if match is None:
        return None
    charsets = [value.strip('"') for name, value in _PARAMETER.findall(match[2]) if name.lower() == "charset"]
    return MediaType(text, match[1].lower(), charsets[0] if charsets else None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A body already in its transfer encoding, with CRLF at each line's end, and its labels."""

    content_type: str
    encoding: str
    octets: bytes
    disposition: str | None = None

    def fields(self, without: str = "") -> bytes:
        """The header fields of the entity; ``without`` may be "Content-Type"."""
        out = b"" if without == "Content-Type" else field("Content-Type", self.content_type.split())
        if self.disposition is not None:
            out += field("Content-Disposition", self.disposition.split())
        return out + field("Content-Transfer-Encoding", [self.encoding])


def text_entity(content_type: str, octets: bytes, encoding: TextEncoding) -> Entity:
    """Text in the encoding asked for; 7-bit text that is labelled us-ascii, or not at all, needs none.

    Lines that are too long for SMTP become quoted-printable.
    """
    found = media_type(content_type)
    fits = all(len(line) <= LONGEST_LINE for line in octets.split(CRLF)) and b"\0" not in octets
    if fits and octets.isascii() and (found is None or (found.charset or "us-ascii").lower() == "us-ascii"):
        return Entity(content_type, "7bit", octets)
    if encoding == "8bit" and fits:
        return Entity(content_type, "8bit", octets)
    if encoding == "base64":
        return base64_entity(content_type, octets)
    return Entity(content_type, "quoted-printable", quoted_printable(octets))


def quoted_printable(octets: bytes) -> bytes:
    """Text with CRLF in quoted-printable (RFC 2045 section 6.7).

    Not by ``binascii.b2a_qp``, whose lines get 77 columns where a space at the end of a line had to be encoded.
    """
    out = []
    for line in octets.split(CRLF):
        rest = _NOT_LITERAL.sub(lambda m: b"=%02X" % m[0][0], line)
        if rest.endswith(b" "):
            rest = rest[:-1] + b"=20"
        while len(rest) > QP_COLUMNS:
            escape = rest.rfind(b"=", QP_COLUMNS - 3, QP_COLUMNS - 1)  # must not be parted from its two digits
            cut = QP_COLUMNS - 1 if escape < 0 else escape
            out.append(rest[:cut] + b"=")
            rest = rest[cut:]
        out.append(rest)
    return CRLF.join(out)


def base64_entity(content_type: str, octets: bytes) -> Entity:
    """Any octets in base64."""
    lines = (octets[i : i + BASE64_OCTETS] for i in range(0, len(octets), BASE64_OCTETS))
    return Entity(content_type, "base64", b"".join(binascii.b2a_base64(line, newline=False) + CRLF for line in lines))


def attached(entity: Entity, disposition: str | None, filename: str) -> Entity:
    """The entity with a Content-Disposition (RFC 2183), if there is to be one."""
    return entity if disposition is None else replace(entity, disposition=f"{disposition}; filename={clean(filename)}")


def multipart(subtype: str, parts: Sequence[Entity]) -> Entity:
    """Several entities in one; its encoding is 8bit if a part's is (RFC 2045 section 6.4)."""
    boundary = f"=_{secrets.token_hex(12)}"  # 96 random bits: nobody who supplies a text can know it beforehand
    delimiter = b"--" + boundary.encode("ascii")
    pieces = [piece for part in parts for piece in (delimiter, CRLF, part.fields(), CRLF, part.octets, CRLF)]
    encoding = "8bit" if any(part.encoding == "8bit" for part in parts) else "7bit"
    return Entity(f'multipart/{subtype}; boundary="{boundary}"', encoding, b"".join((*pieces, delimiter, b"--", CRLF)))
