"""Responses that break HTTP and can be understood all the same, put right for a reader that is strict.

A recipient has to be more lenient than a sender (RFC 9112 sections 2.2, 5.1 and 7.1.1), and a run should not end over
it.  Nothing is mended in silence: whoever reads on is told what was odd.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_EMPTY_LINES: Final = re.compile(rb"(?:\r?\n)+")
_STATUS: Final = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3})")
_BLANK_BEFORE_COLON: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+:")
_TRANSFER_ENCODING: Final = re.compile(rb"(?i)transfer-encoding[ \t]*:(.*)", re.DOTALL)
_CHUNK: Final = re.compile(rb"([ \t]*)([0-9A-Fa-f]{1,16})([ \t]+)?(;[^\r\n]*)?[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Mended:
    """What a strict reader may be given, what was odd, and where the body begins in the octets as they came."""

    octets: bytes
    oddities: tuple[str, ...]
    body_at: int


def mend(octets: bytes) -> Mended:
    """All that came so far of the response to a request, as far as it can be put right.

    What cannot be is left as it is, for the reader to say what is wrong with it.
    """
    oddities = dict[str, None]()  # each kind once, in order
    out, at, chunked = bytearray(), 0, False
    while True:
        empty = _EMPTY_LINES.match(octets, at)
        if empty is not None:
            oddities["an empty line before the status line"] = None
            at = empty.end()
        end = _END_OF_HEAD.search(octets, at)
        if end is None:
            return Mended(bytes(out + octets[at:]), tuple(oddities), len(octets))
        head = octets[at : end.end()]
        lines, chunked = _mended_lines(head, oddities)
        out += lines
        at = end.end()
        status = _STATUS.match(head)
        if status is None or not status[1].startswith(b"1") or status[1] == b"101":
            break
    out += _mended_chunks(octets, at, oddities) if chunked else octets[at:]
    return Mended(bytes(out), tuple(oddities), at)


def _mended_lines(head: bytes, oddities: dict[str, None]) -> tuple[bytes, bool]:
    """A whole head, and whether its body comes in chunks."""
    lines, chunked = list[bytes](), False
    for line in head.splitlines(keepends=True):
        blank = _BLANK_BEFORE_COLON.match(line)
        if blank is not None:
            oddities[f"a blank before the colon of {blank[1][:40].decode('ascii')}"] = None
            line = blank[1] + line[blank.end() - 1 :]
        coding = _TRANSFER_ENCODING.fullmatch(line)
        codings = [c.strip().lower() for c in coding[1].split(b",")] if coding is not None else []
        if b"identity" in codings:
            oddities["Transfer-Encoding: identity"] = None
            codings = [c for c in codings if c != b"identity"]
            line = b"Transfer-Encoding: " + b", ".join(codings) + b"\r\n" if codings else b""
        chunked = chunked or b"chunked" in codings
        lines.append(line)
    return b"".join(lines), chunked


def _mended_chunks(octets: bytes, at: int, oddities: dict[str, None]) -> bytes:
    """A body in chunks, to its last one or as far as it came."""
    out = bytearray()
    while (size := _CHUNK.match(octets, at)) is not None:
        if size[1]:
            oddities["a blank before the size of a chunk"] = None
        if size[3] and size[4]:
            oddities["a blank before the semicolon of a chunk's extension"] = None
        if not size[0].endswith(b"\r\n"):
            oddities["a line of a chunk that ends in LF alone"] = None
        length = int(size[2], 16)
        out += size[2] + b"\r\n"
        at = size.end()
        if length == 0:
            break
        out += octets[at : at + length + 2]
        at += length + 2
    return bytes(out + octets[at:])
