"""Ways to spoil a message that was right: each takes its octets and returns others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from conformance.wire import mail

LONG: Final = 1_100  # octets; 998 are allowed

_BASE64_LINE: Final = re.compile(rb"(?m)^(?=[A-Za-z0-9+/]{60,76}=*\r$)")


def _header_and_body(octets: bytes) -> tuple[bytes, bytes]:
    """The header with the CRLF of its last field, and the body with the empty line before it."""
    end = octets.index(b"\r\n\r\n") + 2
    return octets[:end], octets[end:]


def _with_field(octets: bytes, raw: bytes) -> bytes:
    header, body = _header_and_body(octets)
    return header + raw + body


def lf_in_the_body(octets: bytes) -> bytes:
    """LF alone where lines of the body end, but for the last."""
    header, body = _header_and_body(octets)
    return header + b"\r\n" + body[2:-2].replace(b"\r\n", b"\n") + b"\r\n"


def lone_cr(octets: bytes) -> bytes:
    """A CR without LF in a field."""
    return _with_field(octets, b"X-Location: first floor\rroom 7\r\n")


def nul_in_the_body(octets: bytes) -> bytes:
    """A line with a NUL behind everything else."""
    return octets + b"\0\r\n"


def long_field(octets: bytes) -> bytes:
    """A field that ought to have been folded."""
    return _with_field(octets, b"X-State-Reasons: " + b"x" * LONG + b"\r\n")


def field_beyond_ascii(octets: bytes) -> bytes:
    """Latin-1 in a field."""
    return _with_field(octets, "X-Location: Büro\r\n".encode("latin-1"))


def subject_in_utf_8(octets: bytes) -> bytes:
    """The Subject as it reads, not encoded."""
    header, body = _header_and_body(octets)
    for field in mail.read(octets).all("Subject"):
        header = header.replace(field.raw, b"Subject: " + field.text.encode() + b"\r\n")
    return header + body


def text_beyond_ascii(octets: bytes) -> bytes:
    """Latin-1 at the end of a text that declares seven bits."""
    root = mail.read(octets).root
    return octets + "Grüße\r\n".encode("latin-1") if not root.parts and root.encoding == "7bit" else octets


def space_before_the_colon(octets: bytes) -> bytes:
    """``Subject :``"""
    return octets.replace(b"\r\nSubject:", b"\r\nSubject :", 1)


def line_without_colon(octets: bytes) -> bytes:
    """A line in the header that is no field."""
    return _with_field(octets, b"This printer speaks\r\n")


def blank_fold(octets: bytes) -> bytes:
    """A folded line with nothing on it."""
    return _with_field(octets, b"X-Location: first floor\r\n \r\n room 7\r\n")


def bare_dot_in_a_name(octets: bytes) -> bytes:
    """A display name that had to be quoted, in a field that only repeats an address."""
    boxes = [box for field in mail.read(octets).all("From") for box in mail.mailboxes(field.value) or ()]
    address = boxes[0].address if boxes else "nobody@printer.example"
    return _with_field(octets, f"Reply-To: B. Jones <{address}>\r\n".encode())


def boundary_not_closed(octets: bytes) -> bytes:
    """A multipart without its last boundary."""
    root = mail.read(octets).root
    mark = f"\r\n--{root.parameters.get('boundary', '')}--\r\n".encode()
    return octets.removesuffix(mark) + b"\r\n" if root.parts else octets


def stars_in_base64(octets: bytes) -> bytes:
    """An octet of no alphabet at the beginning of each line of base64."""
    return _BASE64_LINE.sub(b"*", octets)


def encoding_misspelt(octets: bytes) -> bytes:
    """``7-bit``"""
    return octets.replace(b"\r\nContent-Transfer-Encoding: 7bit\r\n", b"\r\nContent-Transfer-Encoding: 7-bit\r\n")


def other_mime_version(octets: bytes) -> bytes:
    """A version of MIME that there is not."""
    return octets.replace(b"\r\nMIME-Version: 1.0\r\n", b"\r\nMIME-Version: 1.1\r\n")


FLAWS: Final[dict[str, Callable[[bytes], bytes]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        lf_in_the_body, lone_cr, nul_in_the_body, long_field, field_beyond_ascii, subject_in_utf_8, text_beyond_ascii,
        space_before_the_colon, line_without_colon, blank_fold, bare_dot_in_a_name, boundary_not_closed,
        stars_in_base64, encoding_misspelt, other_mime_version,
    )
}  # fmt: skip
