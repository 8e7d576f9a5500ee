"""What is wrong with octets and where: the shared word of the mail and SMTP readers.

A problem is a finding, never an exception: the readers keep the octets and go on.  Whether a problem breaks a
requirement is for the judge to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Span = tuple[int, int]

OF_A_KIND: Final = 100  # problems of one kind from one scan: a judge shows the first few; a hostile mail holds millions
LINE: Final = (
    998  # octets before CRLF: RFC 2822 section 2.1.1; the same as 1000 with CRLF in RFC 5321 section 4.5.3.1.6
)


class Kind(StrEnum):
    """Stable words, for selecting among problems."""

    # octets
    BARE_CR = "bare-cr"
    BARE_LF = "bare-lf"
    NUL = "nul"
    EIGHT_BIT = "eight-bit"
    LONG_LINE = "long-line"
    UNSTUFFED_DOT = "unstuffed-dot"
    NO_FINAL_CRLF = "no-final-crlf"
    # header
    NO_COLON = "no-colon"
    BAD_FIELD_NAME = "bad-field-name"
    SPACE_BEFORE_COLON = "space-before-colon"
    STRAY_FOLD = "stray-fold"
    BLANK_FOLD = "blank-fold"
    DUPLICATE_FIELD = "duplicate-field"
    # encoded words
    ENCODED_WORD_LONG = "encoded-word-long"
    ENCODED_WORD_GLUED = "encoded-word-glued"
    ENCODED_WORD_BAD = "encoded-word-bad"
    ENCODED_WORD_SPLITS_CHARACTER = "encoded-word-splits-character"
    # MIME
    BAD_CONTENT_TYPE = "bad-content-type"
    BAD_PARAMETER = "bad-parameter"
    BAD_CHARSET = "bad-charset"
    NO_BOUNDARY = "no-boundary"
    NO_PARTS = "no-parts"
    NOT_CLOSED = "not-closed"
    BAD_ENCODING = "bad-encoding"
    BAD_BASE64 = "bad-base64"
    BAD_QUOTED_PRINTABLE = "bad-quoted-printable"
    ENCODED_LINE_LONG = "encoded-line-long"
    # SMTP session
    EARLY_TALK = "early-talk"
    LONG_COMMAND = "long-command"
    CUT_LINE = "cut-line"
    CUT_DATA = "cut-data"
    BEFORE_TLS = "before-tls"
    AFTER_QUIT = "after-quit"
    UNDECIDED = "undecided"
    # ours
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class WireProblem:
    """One finding; ``span`` counts octets in what was read: the mail, the wire content, or the client stream."""

    kind: Kind
    span: Span
    reason: str


_BARE_CR: Final = re.compile(rb"\r(?!\n)")
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_NUL: Final = re.compile(rb"\x00+")
_EIGHT_BIT: Final = re.compile(rb"[\x80-\xff]+")
_LONG: Final = re.compile(rb"^[^\n]{%d,}" % (LINE + 1), re.MULTILINE)


def octet_problems(octets: bytes, offset: int = 0) -> list[WireProblem]:
    """CR and LF that do not stand together, NUL, and octets above 127; spans are moved by ``offset``."""
    feeds = octets.count(b"\n")
    if octets.isascii() and b"\0" not in octets and octets.count(b"\r") == feeds == octets.count(b"\r\n"):
        return []
    found: list[WireProblem] = []
    for kind, pattern, reason in (
        (Kind.BARE_CR, _BARE_CR, "CR without LF"),
        (Kind.BARE_LF, _BARE_LF, "LF without CR"),
        (Kind.NUL, _NUL, "NUL"),
        (Kind.EIGHT_BIT, _EIGHT_BIT, "octets above 127"),
    ):
        found += capped(
            WireProblem(kind, (offset + m.start(), offset + m.end()), reason) for m in pattern.finditer(octets)
        )
    return found


def long_lines(octets: bytes, offset: int = 0, *, stuffed: bool = False) -> list[WireProblem]:
    """Lines of more than 998 octets, line end not counted; nor, when ``stuffed``, the dot doubled for transparency."""
    if len(octets) <= LINE:
        return []

    def measure() -> Iterable[WireProblem]:
        for m in _LONG.finditer(octets):
            size = m.end() - m.start()
            size -= octets[m.end() - 1 : m.end() + 1] == b"\r\n"
            size -= stuffed and octets.startswith(b"..", m.start())
            if size > LINE:
                yield WireProblem(Kind.LONG_LINE, (offset + m.start(), offset + m.end()), f"a line of {size} octets")

    return capped(measure())


def capped(found: Iterable[WireProblem]) -> list[WireProblem]:
    """The first of them, up to the limit; the last then says that there are more."""
    kept: list[WireProblem] = []
    for problem in found:
        if len(kept) == OF_A_KIND:
            kept.append(
                WireProblem(
                    Kind.LIMIT, problem.span, f"{problem.kind}: there are more than {OF_A_KIND}, the rest is left out"
                )
            )
            break
        kept.append(problem)
    return kept
