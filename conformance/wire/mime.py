"""The parts of a mail (RFC 2045, 2046, 2183, 2231), read without repairing: the tree, its types, its contents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from .content import decode_content
from .fields import Field, separator, split
from .parameters import HeaderValue, header_value
from .problem import Kind, Span, WireProblem
from .words import codec, decode

MAX_DEPTH: Final = (
    32  # multiparts within multiparts; forwarded mail nests below ten, Python's own stack ends near 1,000
)
MAX_PARTS: Final = 1_000  # of one mail; a notification has one or two
_TAIL: Final = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_TYPE: Final = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+/[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")  # RFC 2046 section 5.1.1
_UNENCODED: Final = ("7bit", "8bit", "binary")


@dataclass(frozen=True)  # no slots: what is read on demand is kept in the instance
class Part:
    """One part of a mail, or the mail itself as the root of its parts.

    ``span`` is where the part stands in the mail with its header, ``body_start`` where its body begins.  What is
    decoded is decoded on demand and kept.
    """

    mail: bytes = field(repr=False)
    fields: tuple[Field, ...]
    span: Span
    body_start: int
    parts: tuple[Part, ...] = ()
    default_type: str = "text/plain"
    structure: tuple[WireProblem, ...] = ()

    def one(self, name: str) -> Field | None:
        """The first field of that name, in whatever case."""
        name = name.lower()
        return next((f for f in self.fields if f.name.lower() == name), None)

    @cached_property
    def _content_type(self) -> HeaderValue:
        found = self.one("content-type")
        return header_value(found.value if found else self.default_type.encode())

    @cached_property
    def _disposition(self) -> HeaderValue | None:
        found = self.one("content-disposition")
        return header_value(found.value) if found else None

    @property
    def declared(self) -> bool:
        """Whether a Content-Type field is there."""
        return self.one("content-type") is not None

    @property
    def type(self) -> str:
        """The media type in lower case, as it stands even if it is none; without a field the default (RFC 2045 5.2)."""
        return self._content_type.token

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the Content-Type, names in lower case."""
        return self._content_type.parameters

    @property
    def charset(self) -> str | None:
        """The charset parameter, as it stands."""
        return self.parameters.get("charset")

    @cached_property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding in lower case, ``7bit`` without a field."""
        found = self.one("content-transfer-encoding")
        return header_value(found.value).token if found else "7bit"

    @property
    def disposition(self) -> str | None:
        """The Content-Disposition in lower case, without its parameters."""
        return self._disposition.token if self._disposition else None

    @property
    def filename(self) -> str | None:
        """The file name: of the Content-Disposition, else the ``name`` of the Content-Type."""
        named = self._disposition.parameters.get("filename") if self._disposition else None
        return self.parameters.get("name") if named is None else named

    @property
    def octets(self) -> bytes:
        """The body as it stands, still encoded."""
        return self.mail[self.body_start : self.span[1]]

    @cached_property
    def _decoded(self) -> tuple[bytes, tuple[WireProblem, ...]]:
        multipart = self.type.startswith("multipart/")
        content, found = decode_content(self.octets, "binary" if multipart else self.encoding, self.body_start)
        return content, tuple(found)

    @property
    def content(self) -> bytes:
        """The body after base64 or quoted-printable; of a multipart, and of an unknown encoding, as it stands."""
        return self._decoded[0]

    @cached_property
    def string(self) -> str | None:
        """The content of a text, or of what declares a charset, as characters; ``None`` if it is not in its charset.

        Text without a charset is US-ASCII (RFC 2045 section 5.2).
        """
        if not (self.type.startswith("text/") or self.charset is not None):
            return None
        return decode(self.content, "us-ascii" if self.charset is None else self.charset)

    @cached_property
    def problems(self) -> tuple[WireProblem, ...]:
        """What is wrong with this part: its own MIME fields, its division, its content.

        Of the root the header is told by ``Mail.problems``; parts below tell of theirs here.
        """
        found = [*self.structure, *self._field_defects()]
        if self.span[0] > 0:
            found += [d for f in self.fields for d in f.problems]
        found += self._decoded[1]
        if self.string is None and self.type.startswith("text/"):
            charset = self.charset or "us-ascii"
            reason = "unknown here" if codec(charset) is None else "not what the content is in"
            found.append(
                WireProblem(Kind.BAD_CHARSET, (self.body_start, self.span[1]), f"charset {charset!a} is {reason}")
            )
        return tuple(found)

    def _field_defects(self) -> Iterator[WireProblem]:
        for name in ("content-type", "content-disposition", "content-transfer-encoding"):
            all_of = [f for f in self.fields if f.name.lower() == name]
            for again in all_of[1:]:
                yield WireProblem(Kind.DUPLICATE_FIELD, again.span, f"{again.name} is there {len(all_of)} times")
            if all_of:
                for problem in header_value(all_of[0].value).problems:
                    yield WireProblem(Kind.BAD_PARAMETER, all_of[0].span, problem)
        declared = self.one("content-type")
        if declared and not _TYPE.fullmatch(self.type):
            yield WireProblem(Kind.BAD_CONTENT_TYPE, declared.span, f"{self.type!a} is no media type")
        encoding = self.one("content-transfer-encoding")
        if encoding and self.encoding not in (*_UNENCODED, "base64", "quoted-printable"):
            yield WireProblem(Kind.BAD_ENCODING, encoding.span, f"the encoding {self.encoding!a} is not defined")
        elif encoding and self.type.startswith("multipart/") and self.encoding not in _UNENCODED:
            yield WireProblem(Kind.BAD_ENCODING, encoding.span, f"a multipart with the encoding {self.encoding}")

    def walk(self) -> Iterator[Part]:
        """This part and all below, in the order of the mail."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def leaves(self) -> list[Part]:
        """The parts that have no parts, in the order of the mail."""
        return [part for part in self.walk() if not part.parts] if self.parts else [self]


def tree(mail: bytes, fields: tuple[Field, ...], body_start: int) -> Part:
    """The root part of a mail with that header; never raises."""
    return _grow(Part(mail, fields, (0, len(mail)), body_start), 0, [MAX_PARTS])


def _grow(part: Part, depth: int, left: list[int]) -> Part:
    """The part with its parts; ``left`` holds how many more the mail may have."""
    if not part.type.startswith("multipart/"):
        return part
    span = (part.body_start, part.span[1])
    if depth == MAX_DEPTH:
        return replace(
            part, structure=(*part.structure, WireProblem(Kind.LIMIT, span, f"more than {MAX_DEPTH} levels deep"))
        )
    found = list(part.structure)
    boundary = part.parameters.get("boundary", "")
    if not boundary:
        found.append(WireProblem(Kind.NO_BOUNDARY, span, "a multipart without a boundary"))
        return replace(part, structure=tuple(found))
    if not _BOUNDARY.fullmatch(boundary):
        found.append(WireProblem(Kind.BAD_PARAMETER, span, f"{boundary[:80]!a} is no boundary by the grammar"))
    places, closed = _divide(part.mail, span, boundary.encode("utf-8", "backslashreplace"), left[0])
    if not places:
        found.append(WireProblem(Kind.NO_PARTS, span, "nothing in the multipart lies between its boundaries"))
    elif not closed and len(places) > left[0]:
        found.append(WireProblem(Kind.LIMIT, (places[-1][0], span[1]), f"a mail of more than {MAX_PARTS} parts"))
        places.pop()
    elif not closed:
        found.append(WireProblem(Kind.NOT_CLOSED, (span[1], span[1]), "a multipart without its closing boundary"))
    left[0] -= len(places)
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    parts = tuple(_grow(_read(part.mail, place, default), depth + 1, left) for place in places)
    return replace(part, parts=parts, structure=tuple(found))


def _read(mail: bytes, span: Span, default: str) -> Part:
    start, end = span
    header_end, body_start = separator(mail, start, end)
    fields, problem = split(mail, start, header_end)
    return Part(mail, fields, span, body_start, (), default, (problem,) if problem else ())


def _divide(mail: bytes, span: Span, boundary: bytes, most: int) -> tuple[list[Span], bool]:
    """Where the parts of a multipart stand, and whether its closing boundary came; stops one over ``most``.

    The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
    """
    start, end = span
    mark = b"--" + boundary
    places: list[Span] = []
    begun = -1
    at = mail.find(mark, start, end)
    while at >= 0:
        tail = _TAIL.match(mail, at + len(mark), end) if at == start or mail[at - 1] == 0x0A else None
        if tail:
            if begun >= 0:
                stop = max(begun, at - (2 if mail[at - 2 : at] == b"\r\n" else 1))
                places.append((begun, stop))
            if tail[1]:
                return places, begun >= 0
            if len(places) > most:
                return places, False
            begun = tail.end()
        at = mail.find(mark, at + len(mark), end)
    if begun >= 0:
        places.append((begun, end))
    return places, False
