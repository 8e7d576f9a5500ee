"""IPP messages as octets and back (RFC 2910 section 3), without losing or repairing anything.

``decode`` never raises: what cannot be read becomes a ``IppProblem`` that keeps the octets, and
``encode(decode(octets)) == octets`` holds for every input.  ``encode`` refuses what ``decode`` would read as something
else, so ``decode(encode(message)) == message`` holds for every message without a problem.  Octets that are wrong on
purpose are written by hand, or as a ``IppProblem``.

Values and their readings are in ``value``, the functions that build attributes in ``builders``; both are offered here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.counted import counted

from .builders import (
    boolean,
    charset,
    collection,
    date_time,
    enum,
    integer,
    keyword,
    mime_media_type,
    name_,
    name_with_language,
    natural_language,
    octet_string,
    out_of_band,
    range_of_integer,
    resolution,
    text,
    text_with_language,
    uri,
    uri_scheme,
)
from .registry import GroupTag, ValueTag
from .value import Attribute, Value, tag_name

__all__ = [
    "END_OF_ATTRIBUTES",
    "FIRST_VALUE_TAG",
    "HEADER",
    "MAX_DEPTH",
    "MOST_ENTRIES",
    "UNREAD_CODE",
    "Attribute",
    "Group",
    "IppProblem",
    "Message",
    "Skipped",
    "Value",
    "boolean",
    "charset",
    "collection",
    "date_time",
    "decode",
    "decode_on",
    "encode",
    "entries_in",
    "enum",
    "integer",
    "keyword",
    "mime_media_type",
    "name_",
    "name_with_language",
    "natural_language",
    "octet_string",
    "out_of_band",
    "range_of_integer",
    "resolution",
    "tag_name",
    "text",
    "text_with_language",
    "uri",
    "uri_scheme",
]

MOST_ENTRIES: Final = 200_000
"""Attributes, values, members and groups that are read of a message.  A printer that tells all it knows has some ten
thousand; of 64 MiB in the smallest of them reading would take a minute and gigabytes, and of these half a second."""

MAX_DEPTH: Final = 32  # nested collections: PWG texts stop at 3, Python's own stack near 1,000
HEADER: Final = struct.Struct(">BBHi")
END_OF_ATTRIBUTES: Final = 0x03
FIRST_VALUE_TAG: Final = 0x10  # 0x00 to 0x0F are delimiters (RFC 2910 section 3.5.1)
UNREAD_CODE: Final = 0xFFFF  # of a message shorter than its header: no operation, and no success as 0 would be


@dataclass(frozen=True, slots=True)
class Group:
    """A delimiter tag and the attributes after it, in order, repeated names and all."""

    tag: int
    attributes: tuple[Attribute, ...] = ()

    def get(self, name: str) -> Attribute | None:
        """The first attribute of that name."""
        return next((a for a in self.attributes if a.name == name), None)

    def __contains__(self, name: object) -> bool:
        return any(a.name == name for a in self.attributes)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.attributes)


@dataclass(frozen=True, slots=True)
class IppProblem:
    """Where reading had to stop, why, and everything from there on.

    ``offset`` is where the first entry begins that is not in the message's groups.  When the fault itself lies deeper
    (in a length field, inside a collection), ``reason`` names that octet.  ``passable``: ``decode_on`` may get past it.
    """

    offset: int
    reason: str
    rest: bytes
    passable: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response.  ``code`` is the operation-id or the status-code; ``data`` follows the attributes."""

    code: int
    request_id: int
    groups: tuple[Group, ...] = ()
    data: bytes = b""
    version: tuple[int, int] = (1, 1)
    problem: IppProblem | None = None

    def all(self, tag: int) -> list[Group]:
        """Every group with that delimiter, in order."""
        return [g for g in self.groups if g.tag == tag]

    def first(self, tag: int) -> Group | None:
        """The first group with that delimiter."""
        return next((g for g in self.groups if g.tag == tag), None)

    def find(self, name: str, *tags: int) -> Attribute | None:
        """The first attribute of that name, in the groups with these delimiters (or in any)."""
        for g in self.groups:
            if (not tags or g.tag in tags) and (a := g.get(name)) is not None:
                return a
        return None

    @property
    def charset(self) -> str:
        """attributes-charset, or utf-8 where it is missing or unreadable."""
        a = self.find("attributes-charset", GroupTag.OPERATION)
        return (a.value.text("ascii") if a else None) or "utf-8"


# ---------------------------------------------------------------- octets out


def encode(message: Message) -> bytes:
    """The octets of a message.

    A message with a problem is written as it was read.  ``ValueError`` for any other that ``decode`` would not read
    back the same: a number or length that does not fit its field, an attribute without a name or without a value
    (RFC 2911 section 4.1.16), a group tag that is a value tag or the end, members of what is no collection.
    """
    if message.problem is not None and message.problem.offset < HEADER.size:
        return message.problem.rest
    try:
        out = bytearray(HEADER.pack(*message.version, message.code, message.request_id))
    except struct.error as error:
        raise ValueError(f"version {message.version}, code or request-id out of range: {error}") from None
    for group in message.groups:
        if not 0 <= group.tag < FIRST_VALUE_TAG or group.tag == END_OF_ATTRIBUTES:
            raise ValueError(f"0x{group.tag:02x} begins no group")
        out.append(group.tag)
        for attribute in group.attributes:
            if not attribute.name:
                raise ValueError(f"attribute without a name: {attribute.show()}")
            _put_values(out, attribute.name.encode("latin-1"), attribute, 0)
    if message.problem is not None:
        return bytes(out) + message.problem.rest
    out.append(END_OF_ATTRIBUTES)
    return bytes(out) + message.data


def _put_values(out: bytearray, name: bytes, attribute: Attribute, depth: int) -> None:
    if not attribute.values:
        raise ValueError(f"{attribute.name!r} has no value")
    for value in attribute.values:
        if value.tag < FIRST_VALUE_TAG or (depth and value.tag in (ValueTag.MEMBER_NAME, ValueTag.END_COLLECTION)):
            raise ValueError(f"{attribute.name!r}: {tag_name(value.tag)} cannot be a value there")
        _put(out, value.tag, name, value.octets)
        name = b""  # further values of a 1setOf have an empty name (RFC 2910 section 3.1.5)
        if value.tag == ValueTag.BEGIN_COLLECTION:
            _put_members(out, value, depth + 1)
        elif value.members:
            raise ValueError(f"{attribute.name!r}: {tag_name(value.tag)} has no members")


def _put_members(out: bytearray, value: Value, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"collections nested deeper than {MAX_DEPTH}")
    for member in value.members:
        _put(out, ValueTag.MEMBER_NAME, b"", member.name.encode("latin-1"))
        _put_values(out, b"", member, depth)
    _put(out, ValueTag.END_COLLECTION, b"", b"")


def _put(out: bytearray, tag: int, name: bytes, octets: bytes) -> None:
    try:
        out += struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(octets)) + octets
    except struct.error:
        raise ValueError(f"tag 0x{tag:x}, {name[:40]!r}: {len(octets)} octets: a field is too small") from None


# ---------------------------------------------------------------- octets in


@dataclass(frozen=True, slots=True)
class Skipped:
    """An attribute that was left out because a collection in it is broken; ``offset`` is where it begins."""

    offset: int
    name: str
    reason: str


class _Stop(Exception):
    """Reading ends because of the octet at ``offset``; becomes a Defect, never leaves this module.

    ``resume`` is where the next entry begins, if that is known in spite of it.
    """

    def __init__(self, offset: int, reason: str, resume: int | None = None) -> None:
        self.offset, self.reason, self.resume = offset, reason, resume


class _Attributes:
    """The attributes of one group or collection while they are being read."""

    def __init__(self) -> None:
        self.done: list[Attribute] = []
        self.values: list[Value] = []
        self.name: bytes | None = None
        self.start = self.end = 0

    def open(self, name: bytes, start: int) -> None:
        """Begin an attribute; the one before it is finished."""
        self._finish()
        self.name, self.start = name, start

    def add(self, value: Value, end: int) -> None:
        """One more value for the attribute begun last."""
        self.values.append(value)
        self.end = end

    def forget(self) -> str:
        """Drop the attribute begun last; its name."""
        name, self.name, self.values = (self.name or b"").decode("latin-1"), None, []
        return name

    def close(self) -> tuple[Attribute, ...]:
        """All of them, but for one that got no value."""
        self._finish()
        return tuple(self.done)

    def _finish(self) -> None:
        if self.name is not None and self.values:
            self.done.append(Attribute(self.name.decode("latin-1"), tuple(self.values), (self.start, self.end)))
        self.name, self.values = None, []


@dataclass(slots=True)
class _MessageReader:
    octets: bytes
    most: int
    at: int = HEADER.size
    read: int = 0

    def too_many(self) -> _Stop:
        """Why no more is read."""
        return _Stop(self.at, f"more than {self.most:,} values and groups, of which no more are read")

    def entry(self) -> tuple[int, bytes, bytes]:
        """Tag, name and value octets of the entry at ``at``; goes on to the next one."""
        self.read += 1
        if self.read > self.most:
            raise self.too_many()
        tag = self.octets[self.at]
        name, after = self._counted(self.at + 1, "name")
        value, self.at = self._counted(after, "value")
        return tag, name, value

    def _counted(self, at: int, what: str) -> tuple[bytes, int]:
        o, begin = self.octets, at + 2
        if begin > len(o):
            raise _Stop(at, f"the message ends inside a {what}-length")
        end = begin + (o[at] << 8 | o[at + 1])
        if end > len(o):
            raise _Stop(
                at, f"{what}-length says {end - begin}, {counted(len(o) - begin, 'octet is', 'octets are')} left"
            )
        return o[begin:end], end

    def value(self, tag: int, octets: bytes, start: int, depth: int) -> Value:
        """The value whose entry at ``start`` has just been read, with its members when it is a collection."""
        if tag != ValueTag.BEGIN_COLLECTION:
            return Value(tag, octets)
        if depth >= MAX_DEPTH:
            raise _Stop(start, f"collections nested deeper than {MAX_DEPTH}")
        members = _Attributes()
        while True:
            start = self.at
            if start >= len(self.octets):
                raise _Stop(start, "the message ends inside a collection")
            if self.octets[start] < FIRST_VALUE_TAG:
                raise _Stop(start, f"delimiter 0x{self.octets[start]:02x} inside a collection", resume=start)
            inner, name, inner_octets = self.entry()
            if name:
                raise _Stop(start, "a named attribute inside a collection", resume=start)
            if inner in (ValueTag.MEMBER_NAME, ValueTag.END_COLLECTION):
                if members.name is not None and not members.values:
                    raise _Stop(start, f"member {members.name[:40]!r} has no value")
                if inner == ValueTag.MEMBER_NAME:
                    members.open(inner_octets, start)
                    continue
                if inner_octets:
                    raise _Stop(start, "endCollection carries a value")
                return Value(ValueTag.BEGIN_COLLECTION, octets, members.close())
            if members.name is None:
                raise _Stop(start, f"{tag_name(inner)} where a member name belongs")
            members.add(self.value(inner, inner_octets, start, depth + 1), self.at)


def decode(octets: bytes, most: int = MOST_ENTRIES) -> Message:
    """A message from octets.  Never raises; see ``Message.problem``, which also tells of more than so many entries.

    Lengths are read as unsigned, so that octets behind a "negative" length are seen; ``Value.problem`` objects.
    """
    if len(octets) < HEADER.size:
        problem = IppProblem(0, f"{counted(len(octets), 'octet is', 'octets are')} no IPP header", octets)
        return Message(UNREAD_CODE, 0, version=(0, 0), problem=problem)
    major, minor, code, request_id = HEADER.unpack_from(octets)
    groups, data, stopped = _groups(_MessageReader(octets, most))
    return Message(code, request_id, groups, data, (major, minor), stopped)


def entries_in(octets: bytes) -> int:
    """How many groups, attributes, values and members ``decode`` reads of a message at most, without reading them."""
    at, found = HEADER.size, 0
    while at < len(octets) and found < MOST_ENTRIES:
        tag = octets[at]
        found += 1
        at += 1
        if tag == END_OF_ATTRIBUTES:
            break
        if tag < FIRST_VALUE_TAG:
            continue
        for _ in ("name", "value"):
            at += 2 + int.from_bytes(octets[at : at + 2], "big")
    return found


def decode_on(octets: bytes) -> tuple[Message, tuple[Skipped, ...]]:
    """The same, read on behind attributes whose collections are never closed; these are left out.

    A printer in the field forgot to close one.  What stands behind it is known, since a collection holds no entry with
    a name of its own.
    """
    if len(octets) < HEADER.size:
        return decode(octets), ()
    skipped = list[Skipped]()
    major, minor, code, request_id = HEADER.unpack_from(octets)
    groups, data, stopped = _groups(_MessageReader(octets, MOST_ENTRIES), skipped)
    return Message(code, request_id, groups, data, (major, minor), stopped), tuple(skipped)


def _groups(
    reader: _MessageReader, skipped: list[Skipped] | None = None
) -> tuple[tuple[Group, ...], bytes, IppProblem | None]:
    octets, groups = reader.octets, list[Group]()
    tag: int | None = None
    attributes = _Attributes()
    start = reader.at
    try:
        while start < len(octets):
            here = octets[start]
            if here >= FIRST_VALUE_TAG:
                if tag is None:
                    raise _Stop(start, "an attribute before the first group")
                value_tag, name, value_octets = reader.entry()
                if name:
                    attributes.open(name, start)
                elif attributes.name is None:
                    raise _Stop(start, "a value without a name and without an attribute before it")
                try:
                    attributes.add(reader.value(value_tag, value_octets, start, 0), reader.at)
                except _Stop as stop:
                    if skipped is None or stop.resume is None:
                        raise
                    skipped.append(Skipped(start, attributes.forget(), stop.reason))
                    reader.at = stop.resume
            else:
                reader.read += 1
                if reader.read > reader.most:
                    raise reader.too_many()
                if tag is not None:
                    groups.append(Group(tag, attributes.close()))
                tag, attributes = here, _Attributes()
                reader.at = start + 1
                if here == END_OF_ATTRIBUTES:
                    return tuple(groups), octets[reader.at :], None
            start = reader.at
        raise _Stop(start, "no end-of-attributes tag")
    except _Stop as stop:
        if tag is not None:
            groups.append(Group(tag, attributes.close()))
        deeper = "" if stop.offset == start else f", at octet {stop.offset}"
        problem = IppProblem(start, stop.reason + deeper, octets[start:], stop.resume is not None)
        return tuple(groups), b"", problem
