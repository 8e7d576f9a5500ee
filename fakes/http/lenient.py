"""Responses that break HTTP and can be understood all the same, put right for a reader that is strict.

A recipient has to be more lenient than a sender (RFC 9112 sections 2.2, 5.1 and 7.1.1), and a run should not end over
it.  Nothing is mended in silence: whoever reads on is told what was odd.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_EMPTY_LINES: Final = re.compile(rb"(?:\r?\n)+")
_STATUS: Final = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3})")
_BLANK_BEFORE_COLON: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+:")
_TRANSFER_ENCODING: Final = re.compile(rb"(?i)transfer-encoding[ \t]*:(.*)", re.DOTALL)
_CHUNK: Final = re.compile(rb"([ \t]*+)([0-9A-Fa-f]{1,16}+)([ \t]++)?(;[^\r\n]*+)?[ \t]*+\r?\n")


LONGEST: Final = 65_536  # octets of a head or of the line with a chunk's size that are waited for; see `Limits`
MOST_ODDITIES: Final = 20  # kinds that are told; a name of a header with a blank behind it is one each


class _Next(Enum):
    """What comes next."""

    HEAD = auto()
    SIZES = auto()  # of chunks, with what is in them
    REST = auto()  # nothing of it is put right


class Mending:
    """What comes of the response to a request, put right as it comes: each octet is looked at once.

    What cannot be put right is left as it is, for the reader to say what is wrong with it.
    """

    def __init__(self) -> None:
        self.oddities = dict[str, None]()  # each kind once, in order
        self.body_at = 0  # in all that came; its end while the head is not whole
        self._part = _Next.HEAD
        self._held = bytearray()  # the beginning of a head, or of the line with a chunk's size
        self._sought = 0  # there is no end of it before
        self._left = 0  # octets of a chunk that are still to come

    def feed(self, octets: bytes) -> bytes:
        """What the reader may be given now that these have come."""
        out = bytearray()
        if self._part is _Next.HEAD:
            self.body_at += len(octets)
        self._held += octets
        while self._held and self._go_on(out):
            pass
        return bytes(out)

    def rest(self) -> bytes:
        """What was held back: no more will come."""
        held, self._part = bytes(self._held), _Next.REST
        self._held.clear()
        return held

    def _go_on(self, out: bytearray) -> bool:
        """Whether there may be more to do with what is here."""
        if self._part is _Next.HEAD:
            return self._head(out)
        if self._part is _Next.SIZES:
            return self._sizes(out)
        out += self.rest()
        return False

    def _odd(self, what: str) -> None:
        if len(self.oddities) < MOST_ODDITIES:
            self.oddities[what] = None

    def _head(self, out: bytearray) -> bool:
        empty = _EMPTY_LINES.match(self._held)
        if empty is not None:
            self._odd("an empty line before the status line")
            del self._held[: empty.end()]
            self._sought = 0
            return True
        if self._held == b"\r":
            return False
        end = _END_OF_HEAD.search(self._held, max(self._sought - 3, 0))
        if self._held[0] <= 0x20 or (end is None and len(self._held) > LONGEST):  # no reader takes that
            self._part = _Next.REST
            return True
        if end is None:
            self._sought = len(self._held)
            return False
        head = bytes(self._held[: end.end()])
        del self._held[: end.end()]
        self._sought = 0
        lines, chunked = _mended_lines(head, self._odd)
        out += lines
        status = _STATUS.match(head)
        if status is None or not status[1].startswith(b"1") or status[1] == b"101":
            self.body_at -= len(self._held)
            self._part = _Next.SIZES if chunked else _Next.REST
        return True

    def _sizes(self, out: bytearray) -> bool:
        """A body in chunks, to its last one or as far as it came."""
        at = min(self._left, len(self._held))
        out += self._held[:at]
        self._left -= at
        while (end := self._held.find(b"\n", max(at, self._sought))) >= 0:
            self._sought = 0
            size = _CHUNK.match(self._held, at, end + 1)
            if size is None:
                self._part = _Next.REST
                break
            self._look_at(size)
            out += size[2] + b"\r\n"
            at, length = size.end(), int(size[2], 16)
            if length == 0:
                self._part = _Next.REST
                break
            last = at + length + 2
            out += self._held[at:last]
            at, self._left = min(last, len(self._held)), max(last - len(self._held), 0)
        del self._held[:at]
        self._sought = len(self._held)
        if len(self._held) > LONGEST:
            self._part = _Next.REST
        return self._part is _Next.REST

    def _look_at(self, size: re.Match[bytes]) -> None:
        if size[1]:
            self._odd("a blank before the size of a chunk")
        if size[3] and size[4]:
            self._odd("a blank before the semicolon of a chunk's extension")
        if not size[0].endswith(b"\r\n"):
            self._odd("a line of a chunk that ends in LF alone")


def _mended_lines(head: bytes, odd: Callable[[str], None]) -> tuple[bytes, bool]:
    """A whole head, and whether its body comes in chunks."""
    lines, chunked = list[bytes](), False
    for line in head.splitlines(keepends=True):
        blank = _BLANK_BEFORE_COLON.match(line)
        if blank is not None:
            odd(f"a blank before the colon of {blank[1][:40].decode('ascii')}")
            line = blank[1] + line[blank.end() - 1 :]
        coding = _TRANSFER_ENCODING.fullmatch(line)
        codings = [c.strip().lower() for c in coding[1].split(b",")] if coding is not None else []
        if b"identity" in codings:
            odd("Transfer-Encoding: identity")
            codings = [c for c in codings if c != b"identity"]
            line = b"Transfer-Encoding: " + b", ".join(codings) + b"\r\n" if codings else b""
        chunked = chunked or b"chunked" in codings
        lines.append(line)
    return b"".join(lines), chunked
