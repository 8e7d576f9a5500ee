"""IPP messages as octets and back (RFC 2910 section 3), without losing or repairing anything.

``decode`` never raises: what cannot be read becomes a ``Defect`` that keeps the octets, and
``encode(decode(octets)) == octets`` holds for every input.  Values stay octets until somebody asks for a
reading; a reading that does not fit the syntax is ``None`` and ``Value.problem`` says why.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from .registry import GroupTag, ValueTag

MAX_DEPTH: Final = 32  # nested collections; the deepest in a published PWG text is 3, Python's own stack ends near 1,000
HEADER: Final = struct.Struct(">BBHi")
END_OF_ATTRIBUTES: Final = 0x03
FIRST_VALUE_TAG: Final = 0x10  # 0x00 to 0x0F are delimiters (RFC 2910 section 3.7.1)


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag and its octets; a collection also has ``members``."""

    tag: int
    octets: bytes = b""
    members: tuple[Attribute, ...] = ()

    @property
    def integer(self) -> int | None:
        """The number of an ``integer`` or ``enum``."""
        if self.tag in (ValueTag.INTEGER, ValueTag.ENUM) and len(self.octets) == 4:
            return int.from_bytes(self.octets, "big", signed=True)
        return None

    @property
    def boolean(self) -> bool | None:
        """``True`` for 0x01, ``False`` for 0x00, ``None`` for anything else."""
        if self.tag == ValueTag.BOOLEAN and self.octets in (b"\0", b"\1"):
            return self.octets == b"\1"
        return None

    @property
    def range(self) -> tuple[int, int] | None:
        """Lower and upper bound of a ``rangeOfInteger``."""
        if self.tag == ValueTag.RANGE_OF_INTEGER and len(self.octets) == 8:
            low, high = struct.unpack(">ii", self.octets)
            return low, high
        return None

    def text(self, charset: str = "utf-8") -> str | None:
        """The characters of any string syntax; ``None`` if the octets are not in ``charset`` or it is no string."""
        octets = self.octets
        if self.tag in (ValueTag.TEXT_WITH_LANGUAGE, ValueTag.NAME_WITH_LANGUAGE):
            parts = self._with_language()
            if parts is None:
                return None
            octets = parts[1]
        elif not (ValueTag.TEXT <= self.tag <= 0x5F):
            return None
        try:
            return octets.decode(charset)
        except (UnicodeDecodeError, LookupError):
            return None

    @property
    def language(self) -> str | None:
        """The natural language of a ``textWithLanguage`` or ``nameWithLanguage``."""
        parts = self._with_language()
        return parts[0].decode("ascii", "backslashreplace") if parts else None

    def _with_language(self) -> tuple[bytes, bytes] | None:
        if self.tag not in (ValueTag.TEXT_WITH_LANGUAGE, ValueTag.NAME_WITH_LANGUAGE):
            return None
        o = self.octets
        if len(o) < 4:
            return None
        n = int.from_bytes(o[:2], "big")
        m = int.from_bytes(o[2 + n : 4 + n], "big")
        if 4 + n + m != len(o):
            return None
        return o[2 : 2 + n], o[4 + n :]

    @property
    def out_of_band(self) -> bool:
        """Whether the tag stands for "no value here" (0x10 to 0x1F)."""
        return 0x10 <= self.tag <= 0x1F

    @property
    def problem(self) -> str | None:
        """What is wrong with the octets for this tag, or ``None``."""
        size = {ValueTag.INTEGER: 4, ValueTag.ENUM: 4, ValueTag.BOOLEAN: 1, ValueTag.DATE_TIME: 11,
                ValueTag.RESOLUTION: 9, ValueTag.RANGE_OF_INTEGER: 8}.get(self.tag)  # fmt: skip
        if size is not None and len(self.octets) != size:
            return f"{tag_name(self.tag)} has {len(self.octets)} octets, not {size}"
        if self.tag == ValueTag.BOOLEAN and self.boolean is None:
            return f"boolean is 0x{self.octets.hex()}, neither 00 nor 01"
        if self.out_of_band and self.octets:
            return f"{tag_name(self.tag)} carries {len(self.octets)} octets, none belong there"
        if self.tag in (ValueTag.TEXT_WITH_LANGUAGE, ValueTag.NAME_WITH_LANGUAGE) and self._with_language() is None:
            return f"{tag_name(self.tag)}: the inner lengths do not add up"
        return None

    def show(self, charset: str = "utf-8") -> str:
        """The value for a human reader, with its syntax where the text alone would mislead; always printable ASCII."""
        if self.out_of_band:
            return tag_name(self.tag)
        if self.tag == ValueTag.BEGIN_COLLECTION:
            return "{" + " ".join(m.show(charset) for m in self.members) + "}"
        reading: object = self.integer
        if reading is None:
            reading = self.boolean
        if reading is None:
            reading = self.range
        if reading is None:
            text = self.text(charset)
            if text is None:
                return f"<{tag_name(self.tag)} 0x{self.octets.hex()}>"
            reading = ascii(text)
            if self.language is not None:
                reading = f"{reading}[{self.language}]"
        return str(reading)


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with its values in order.  ``span`` is where it stood in the message it was decoded from."""

    name: str
    values: tuple[Value, ...]
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    @property
    def value(self) -> Value:
        """The first value."""
        return self.values[0]

    def texts(self, charset: str = "utf-8") -> list[str]:
        """All values that read as strings."""
        return [t for v in self.values if (t := v.text(charset)) is not None]

    def integers(self) -> list[int]:
        """All values that read as numbers."""
        return [i for v in self.values if (i := v.integer) is not None]

    def show(self, charset: str = "utf-8") -> str:
        """``name=value,value`` in printable ASCII."""
        return f"{ascii(self.name)[1:-1]}={','.join(v.show(charset) for v in self.values)}"


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
class Defect:
    """Where reading had to stop, why, and everything from there on."""

    offset: int
    reason: str
    rest: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response.  ``code`` is the operation-id or the status-code; ``data`` follows the attributes."""

    code: int
    request_id: int
    groups: tuple[Group, ...] = ()
    data: bytes = b""
    version: tuple[int, int] = (1, 1)
    defect: Defect | None = None

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


def tag_name(tag: int) -> str:
    """The field's word for a value tag, or its number."""
    try:
        return ValueTag(tag).keyword
    except ValueError:
        return f"tag-0x{tag:02x}"


# ---------------------------------------------------------------- octets out


def encode(message: Message) -> bytes:
    """The octets of a message.

    Raises ``ValueError`` when a name or value is longer than its length field can say (65,535 octets).
    """
    if message.defect is not None and message.defect.offset < HEADER.size:
        return message.defect.rest
    out = bytearray(HEADER.pack(*message.version, message.code, message.request_id))
    for group in message.groups:
        out.append(group.tag)
        for attribute in group.attributes:
            _put_attribute(out, attribute.name.encode("latin-1"), attribute)
    if message.defect is not None:
        return bytes(out) + message.defect.rest
    out.append(END_OF_ATTRIBUTES)
    return bytes(out) + message.data


def _put_attribute(out: bytearray, name: bytes, attribute: Attribute) -> None:
    for value in attribute.values:
        _put_value(out, name, value)
        name = b""  # further values of a 1setOf have an empty name (RFC 2910 section 3.1.4)


def _put_value(out: bytearray, name: bytes, value: Value) -> None:
    _put(out, value.tag, name, value.octets)
    if value.tag != ValueTag.BEGIN_COLLECTION:
        return
    for member in value.members:
        _put(out, ValueTag.MEMBER_NAME, b"", member.name.encode("latin-1"))
        _put_attribute(out, b"", member)
    _put(out, ValueTag.END_COLLECTION, b"", b"")


def _put(out: bytearray, tag: int, name: bytes, octets: bytes) -> None:
    if len(name) > 0xFFFF or len(octets) > 0xFFFF:
        raise ValueError(f"{name[:40]!r}: {len(octets)} octets do not fit a two-octet length")
    out += struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(octets)) + octets


# ---------------------------------------------------------------- octets in


class _Stop(Exception):
    """Reading ends at ``offset``; becomes a Defect, never leaves this module."""

    def __init__(self, offset: int, reason: str) -> None:
        self.offset, self.reason = offset, reason


@dataclass(slots=True)
class _Reader:
    octets: bytes
    at: int = HEADER.size

    def header(self) -> tuple[int, bytes, bytes, int]:
        """Tag, name and value octets of the entry at ``at``, and where the next one starts."""
        o, at = self.octets, self.at
        tag = o[at]
        name, after = self._counted(at + 1, "name")
        value, after = self._counted(after, "value")
        return tag, name, value, after

    def _counted(self, at: int, what: str) -> tuple[bytes, int]:
        if at + 2 > len(self.octets):
            raise _Stop(self.at, f"the message ends inside a {what}-length")
        n = int.from_bytes(self.octets[at : at + 2], "big")
        if at + 2 + n > len(self.octets):
            raise _Stop(self.at, f"{what}-length says {n}, {len(self.octets) - at - 2} octets are left")
        return self.octets[at + 2 : at + 2 + n], at + 2 + n

    def value(self, depth: int) -> Value:
        """The value at ``at``, with all that belongs to it when it is a collection."""
        tag, _, octets, after = self.header()
        start, self.at = self.at, after
        if tag != ValueTag.BEGIN_COLLECTION:
            return Value(tag, octets)
        if depth >= MAX_DEPTH:
            raise _Stop(start, f"collections nested deeper than {MAX_DEPTH}")
        members: list[Attribute] = []
        while True:
            if self.at >= len(self.octets):
                raise _Stop(start, "the message ends inside a collection")
            at = self.at
            tag, name, octets_, after = self.header()
            if name:
                raise _Stop(start, "a named attribute inside a collection")
            if tag == ValueTag.END_COLLECTION:
                if octets_:
                    raise _Stop(start, "endCollection carries a value")
                self.at = after
                return Value(ValueTag.BEGIN_COLLECTION, octets, tuple(members))
            if tag != ValueTag.MEMBER_NAME:
                raise _Stop(start, f"{tag_name(tag)} where a member name belongs")
            self.at = after
            values = self.more(depth + 1, within=True)
            if not values:
                raise _Stop(start, f"member {octets_!r} has no value")
            members.append(Attribute(octets_.decode("latin-1"), tuple(values), (at, self.at)))

    def more(self, depth: int, *, within: bool = False) -> list[Value]:
        """Further values without a name: the rest of a 1setOf, or the values of a collection member."""
        values: list[Value] = []
        o = self.octets
        while self.at < len(o) and o[self.at] >= FIRST_VALUE_TAG:
            if within and o[self.at] in (ValueTag.MEMBER_NAME, ValueTag.END_COLLECTION):
                break
            _, name, _, _ = self.header()
            if name:
                break
            values.append(self.value(depth))
        return values

    def attribute(self) -> Attribute:
        start = self.at
        _, name, _, _ = self.header()
        if not name:
            raise _Stop(start, "a value without a name and without an attribute before it")
        try:
            values = (self.value(0), *self.more(0))
        except _Stop as stop:  # whatever went wrong deep inside, the whole attribute stays octets
            raise _Stop(start, stop.reason) from stop
        return Attribute(name.decode("latin-1"), values, (start, self.at))


def decode(octets: bytes) -> Message:
    """A message from octets.  Never raises; see ``Message.defect``."""
    if len(octets) < HEADER.size:
        return Message(0, 0, version=(0, 0), defect=Defect(0, f"{len(octets)} octets are no IPP header", octets))
    major, minor, code, request_id = HEADER.unpack_from(octets)
    reader, groups = _Reader(octets), list[Group]()
    tag: int | None = None
    attributes: list[Attribute] = []
    defect: Defect | None = None
    data = b""

    def close() -> None:
        if tag is not None:
            groups.append(Group(tag, tuple(attributes)))
            attributes.clear()

    try:
        while True:
            if reader.at >= len(octets):
                raise _Stop(reader.at, "no end-of-attributes tag")
            here = octets[reader.at]
            if here >= FIRST_VALUE_TAG:
                if tag is None:
                    raise _Stop(reader.at, "an attribute before the first group")
                attributes.append(reader.attribute())
                continue
            close()
            reader.at += 1
            if here == END_OF_ATTRIBUTES:
                tag, data = None, octets[reader.at :]
                break
            tag = here
    except _Stop as stop:
        close()
        defect = Defect(stop.offset, stop.reason, octets[stop.offset :])
    return Message(code, request_id, tuple(groups), data, (major, minor), defect)


# ---------------------------------------------------------------- builders


def _string(tag: int, name: str, values: tuple[str | bytes, ...]) -> Attribute:
    return Attribute(name, tuple(Value(tag, v.encode() if isinstance(v, str) else v) for v in values))


def integer(name: str, *values: int) -> Attribute:
    """integer(MIN:MAX)"""
    return Attribute(name, tuple(Value(ValueTag.INTEGER, struct.pack(">i", v)) for v in values))


def enum(name: str, *values: int) -> Attribute:
    """type1 to type3 enum"""
    return Attribute(name, tuple(Value(ValueTag.ENUM, struct.pack(">i", v)) for v in values))


def boolean(name: str, *values: bool) -> Attribute:
    """boolean"""
    return Attribute(name, tuple(Value(ValueTag.BOOLEAN, b"\1" if v else b"\0") for v in values))


def range_of_integer(name: str, *values: tuple[int, int]) -> Attribute:
    """rangeOfInteger"""
    return Attribute(name, tuple(Value(ValueTag.RANGE_OF_INTEGER, struct.pack(">ii", *v)) for v in values))


def keyword(name: str, *values: str) -> Attribute:
    """type2 or type3 keyword"""
    return _string(ValueTag.KEYWORD, name, values)


def name_(name: str, *values: str | bytes) -> Attribute:
    """nameWithoutLanguage"""
    return _string(ValueTag.NAME, name, values)


def text(name: str, *values: str | bytes) -> Attribute:
    """textWithoutLanguage"""
    return _string(ValueTag.TEXT, name, values)


def uri(name: str, *values: str | bytes) -> Attribute:
    """uri"""
    return _string(ValueTag.URI, name, values)


def uri_scheme(name: str, *values: str) -> Attribute:
    """uriScheme"""
    return _string(ValueTag.URI_SCHEME, name, values)


def charset(name: str, *values: str) -> Attribute:
    """charset"""
    return _string(ValueTag.CHARSET, name, values)


def natural_language(name: str, *values: str) -> Attribute:
    """naturalLanguage"""
    return _string(ValueTag.NATURAL_LANGUAGE, name, values)


def mime_media_type(name: str, *values: str) -> Attribute:
    """mimeMediaType"""
    return _string(ValueTag.MIME_MEDIA_TYPE, name, values)


def octet_string(name: str, *values: bytes) -> Attribute:
    """octetString"""
    return _string(ValueTag.OCTET_STRING, name, values)


def date_time(name: str, octets: bytes) -> Attribute:
    """dateTime: the eleven octets of RFC 2579"""
    return Attribute(name, (Value(ValueTag.DATE_TIME, octets),))


def out_of_band(name: str, tag: int) -> Attribute:
    """unsupported, unknown, no-value and their kind"""
    return Attribute(name, (Value(tag),))


def collection(name: str, *values: tuple[Attribute, ...]) -> Attribute:
    """collection: each value is a tuple of members"""
    return Attribute(name, tuple(Value(ValueTag.BEGIN_COLLECTION, b"", v) for v in values))
