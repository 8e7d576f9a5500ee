"""The fields of a header, as they were sent (RFC 2822 section 2.2).

A line ends at LF.  LF without CR is a problem, yet it ends the line, because mail stores read it so: an injected line
is then seen as the field it would become.  CR without LF ends nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .problem import Kind, Span, WireProblem, long_lines, octet_problems
from .words import unstructured, word_problems

MAX_FIELDS: Final = 2_000  # of one header; relayed mail has below 200, a printer's has about ten
_BLANKS: Final = (b" ", b"\t")
_NAME: Final = re.compile(rb"[!-9;-~]+")  # ftext of RFC 2822 section 3.6.8
_LINE_END: Final = re.compile(rb"\r?\n")
_BLANK_FOLD: Final = re.compile(rb"\n[ \t]+(?=\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field; ``raw`` has everything sent, folding and line end too.

    ``name`` is as sent, without white space before the colon; it is empty for a line that is no field.  ``start`` is
    where ``raw`` stands in the mail.
    """

    name: str
    raw: bytes
    start: int

    @property
    def span(self) -> Span:
        """Where the field stands in the mail, line end included."""
        return self.start, self.start + len(self.raw)

    @property
    def value(self) -> bytes:
        """What follows the colon, unfolded, without white space at either end; CR alone stays where it is."""
        body = self.raw[self.raw.find(b":") + 1 :] if self.name else self.raw
        if b"\n" in body[:-1]:  # folded
            return _LINE_END.sub(b"", body).strip(b" \t")
        return (body[:-2] if body.endswith(b"\r\n") else body.removesuffix(b"\n")).strip(b" \t")

    @property
    def text(self) -> str:
        """The value as characters, encoded words decoded; what cannot be decoded is shown as it stands."""
        return unstructured(self.value)

    @property
    def problems(self) -> tuple[WireProblem, ...]:
        """What is wrong with the octets of this field."""
        raw, start = self.raw, self.start
        found = octet_problems(raw, start) + long_lines(raw, start) + word_problems(raw, start)
        if not self.name:
            stray = raw[:1] in (b" ", b"\t")
            kind = Kind.STRAY_FOLD if stray else Kind.NO_COLON
            found.append(
                WireProblem(kind, self.span, "a folded line without a field" if stray else "a line that is no field")
            )
        else:
            colon = raw.find(b":")
            end = len(raw[:colon].rstrip(b" \t"))
            if end < colon:
                reason = "white space before the colon"
                found.append(WireProblem(Kind.SPACE_BEFORE_COLON, (start + end, start + colon), reason))
            if not _NAME.fullmatch(raw, 0, end):
                found.append(
                    WireProblem(
                        Kind.BAD_FIELD_NAME, (start, start + end), "a field name with other than printable ASCII"
                    )
                )
        if blank := _BLANK_FOLD.search(raw):
            span = (start + blank.start() + 1, start + blank.end())
            found.append(WireProblem(Kind.BLANK_FOLD, span, "a folded line of white space only"))
        return tuple(found)


def separator(octets: bytes, start: int, end: int) -> Span:
    """Where the empty line after the header stands; ``(end, end)`` if there is none."""
    for blank in (b"\r\n", b"\n"):
        if octets.startswith(blank, start, end):
            return start, start + len(blank)
    crlf, lf = octets.find(b"\n\r\n", start, end), octets.find(b"\n\n", start, end)
    if crlf < 0 and lf < 0:
        return end, end
    if lf < 0 or 0 <= crlf < lf:
        return crlf + 1, crlf + 3
    return lf + 1, lf + 2


def split(octets: bytes, start: int, end: int) -> tuple[tuple[Field, ...], WireProblem | None]:
    """The fields of the header that stands there; what is over the limit is one last nameless field and a problem."""
    fields: list[Field] = []
    at = start
    while at < end:
        if len(fields) == MAX_FIELDS:
            reason = f"more than {MAX_FIELDS} fields in a header, the rest is not read"
            return (*fields, Field("", octets[at:end], at)), WireProblem(Kind.LIMIT, (at, end), reason)
        raw = octets[at : _field_end(octets, at, end)]
        fields.append(Field(_name(raw), raw, at))
        at += len(raw)
    return tuple(fields), None


def _field_end(octets: bytes, at: int, end: int) -> int:
    """Where the field that begins there ends: after the first LF that no blank follows."""
    while at < end:
        feed = octets.find(b"\n", at, end)
        if feed < 0:
            return end
        at = feed + 1
        if octets[at : at + 1] not in _BLANKS:
            return at
    return end


def _name(raw: bytes) -> str:
    name, colon, _ = raw.partition(b":")
    if not colon or b"\n" in name or raw[0] in b" \t":
        return ""
    return name.decode("ascii", "backslashreplace").rstrip(" \t")
