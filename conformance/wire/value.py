"""Values and attributes of IPP: octets first, readings on demand (RFC 2910 section 3.9, RFC 2911 section 4.1).

A reading that does not fit the syntax is ``None`` and ``Value.problem`` says why; the octets stay what they were.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from conformance.counted import counted

from .registry import ValueTag

LARGEST_LENGTH: Final = 0x7FFF  # lengths are signed two-octet numbers (RFC 2910 section 3.8)
LARGEST_LANGUAGE: Final = 63  # RFC 2911 section 4.1.8
LARGEST_CHARSET: Final = 63  # RFC 2911 section 4.1.7

_SIZES: Final[Mapping[int, int]] = {
    ValueTag.INTEGER: 4,
    ValueTag.ENUM: 4,
    ValueTag.BOOLEAN: 1,
    ValueTag.DATE_TIME: 11,
    ValueTag.RESOLUTION: 9,
    ValueTag.RANGE_OF_INTEGER: 8,
    ValueTag.BEGIN_COLLECTION: 0,  # members follow as entries of their own
}
# MAX of each syntax in octets (RFC 2911 sections 4.1.1 to 4.1.10); an attribute may set a smaller one
_LARGEST: Final[Mapping[int, int]] = {
    ValueTag.OCTET_STRING: 1023,
    ValueTag.TEXT_WITH_LANGUAGE: 1023,
    ValueTag.NAME_WITH_LANGUAGE: 1023,  # section 4.1.2.2; section 4.1.2 says 255: the looser one binds
    ValueTag.TEXT: 1023,
    ValueTag.NAME: 255,
    ValueTag.KEYWORD: 255,
    ValueTag.URI: 1023,
    ValueTag.URI_SCHEME: 63,
    ValueTag.CHARSET: LARGEST_CHARSET,
    ValueTag.NATURAL_LANGUAGE: LARGEST_LANGUAGE,
    ValueTag.MIME_MEDIA_TYPE: 255,
}
_ASCII: Final = frozenset(  # US-ASCII whatever attributes-charset says, and never empty
    (
        ValueTag.KEYWORD,
        ValueTag.URI,
        ValueTag.URI_SCHEME,
        ValueTag.CHARSET,
        ValueTag.NATURAL_LANGUAGE,
        ValueTag.MIME_MEDIA_TYPE,
        ValueTag.MEMBER_NAME,
    )
)
_WITH_LANGUAGE: Final = (ValueTag.TEXT_WITH_LANGUAGE, ValueTag.NAME_WITH_LANGUAGE)
# Python codecs that are no charsets; some of them warn or take quadratic time on hostile octets.
_NO_CHARSET: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


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
        """Lower and upper bound of a ``rangeOfInteger``, as written, even the wrong way round."""
        if self.tag == ValueTag.RANGE_OF_INTEGER and len(self.octets) == 8:
            low, high = struct.unpack(">ii", self.octets)
            return low, high
        return None

    @property
    def resolution(self) -> tuple[int, int, int] | None:
        """Cross-feed and feed resolution and the units (3 dots per inch, 4 dots per centimetre)."""
        if self.tag == ValueTag.RESOLUTION and len(self.octets) == 9:
            cross, feed, units = struct.unpack(">iib", self.octets)
            return cross, feed, units
        return None

    @property
    def date_time(self) -> datetime | None:
        """The moment a ``dateTime`` names (RFC 2579 DateAndTime); ``None`` too for a leap second, Python has none."""
        if self.tag != ValueTag.DATE_TIME or len(self.octets) != 11:
            return None
        year, month, day, hour, minute, second, tenth, sign, off_hours, off_minutes = struct.unpack(">H9B", self.octets)
        offset = timedelta(hours=off_hours, minutes=off_minutes)
        if sign not in b"+-" or tenth > 9 or off_minutes > 59:
            return None
        try:
            zone = timezone(offset if sign == ord("+") else -offset)
            return datetime(year, month, day, hour, minute, second, tenth * 100_000, zone)
        except ValueError:
            return None

    def text(self, charset: str = "utf-8") -> str | None:
        """The characters of any string syntax; ``None`` if the octets are not in its charset or it is no string.

        ``charset`` is attributes-charset.  It rules text and name (and string syntaxes still to be invented); the
        others are US-ASCII in every message (RFC 2910 section 3.9).
        """
        octets = self.octets
        if self.tag in _WITH_LANGUAGE:
            parts = self._with_language()
            if parts is None:
                return None
            octets = parts[1]
        elif self.tag in _ASCII:
            charset = "ascii"
        elif not 0x40 <= self.tag <= 0x5F:
            return None
        codec = _codec(charset)
        if codec is None:
            return None
        try:
            return octets.decode(codec)
        except (UnicodeError, LookupError):  # LookupError: a codec from octets to octets
            return None

    @property
    def language(self) -> str | None:
        """The natural language of a ``textWithLanguage`` or ``nameWithLanguage``."""
        parts = self._with_language()
        return parts[0].decode("ascii") if parts and parts[0].isascii() else None

    def _with_language(self) -> tuple[bytes, bytes] | None:
        if self.tag not in _WITH_LANGUAGE:
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
        """What is wrong with the octets for this tag, or ``None``.

        Limits that belong to one attribute, and text that is not in attributes-charset, are not judged here.
        """
        name, size = tag_name(self.tag), len(self.octets)
        fixed = 0 if self.out_of_band else _SIZES.get(self.tag)
        if fixed is not None and size != fixed:
            return f"{name} has {counted(size, 'octet')}, not {fixed}"
        if size > LARGEST_LENGTH:
            return f"{name} has {size} octets, a value-length ends at {LARGEST_LENGTH}"
        if self.tag in _ASCII:
            if not self.octets.isascii():
                return f"{name} has an octet above 0x7F, it is US-ASCII"
            if not size:
                return f"{name} is empty"
        check = _CHECKS.get(self.tag)
        if check is not None and (said := check(self)) is not None:
            return said
        if self.too_long:
            return f"{name} has {self._length} octets, at most {_LARGEST[self.tag]} are allowed"
        return None

    @property
    def too_long(self) -> bool:
        """Whether there are more octets than the MAX of the syntax, which an error of its own answers (RFC 2911
        section 13.1.4.10, client-error-request-value-too-long).  ``problem`` says so too, unless there is a worse one.
        """
        return self._length > _LARGEST.get(self.tag, self._length)

    @property
    def _length(self) -> int:
        """The octets that the MAX of the syntax counts; a language has a limit of its own."""
        parts = self._with_language()
        return len(self.octets if parts is None else parts[1])

    def show(self, charset: str = "utf-8") -> str:
        """The value for a human reader, with its syntax where the text alone would mislead; always printable ASCII."""
        if self.out_of_band and not self.octets:
            return tag_name(self.tag)
        if self.tag == ValueTag.BEGIN_COLLECTION and not self.octets:
            return "{" + " ".join(m.show(charset) for m in self.members) + "}"
        for reading in (self.integer, self.boolean, self.range):
            if reading is not None:
                return str(reading)
        moment, resolution, text = self.date_time, self.resolution, self.text(charset)
        if moment is not None:
            return moment.isoformat(timespec="milliseconds")
        if resolution is not None:
            cross, feed, units = resolution
            return f"{cross}x{feed}" + {3: "dpi", 4: "dpcm"}.get(units, f" in units {units}")
        if text is None:
            return " ".join((f"<{tag_name(self.tag)} 0x{self.octets.hex()}>", *(m.show(charset) for m in self.members)))
        parts = self._with_language()
        return ascii(text) + (f"[{_ascii(parts[0])}]" if parts else "")


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


def tag_name(tag: int) -> str:
    """The field's word for a value tag, or its number."""
    try:
        return ValueTag(tag).keyword
    except ValueError:
        return f"tag-0x{tag:02x}"


def _ascii(octets: bytes) -> str:
    return ascii(octets.decode("latin-1"))[1:-1]


@lru_cache(maxsize=64)  # a printer speaks one charset or two; a hostile one must not fill the memory
def _codec(charset: str) -> str | None:
    """Python's name for a charset; ``None`` if it knows none of that name."""
    if len(charset) > LARGEST_CHARSET or not charset.isascii():
        return None
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # a NUL in the name is a ValueError
        return None
    return None if name in _NO_CHARSET else name


# ---------------------------------------------------------------- what a syntax asks beyond its size


def _boolean_problem(value: Value) -> str | None:
    return f"boolean is 0x{value.octets.hex()}, neither 00 nor 01" if value.boolean is None else None


def _enum_problem(value: Value) -> str | None:
    return f"enum is {value.integer}, its numbers begin at 1" if (value.integer or 0) < 1 else None


def _range_problem(value: Value) -> str | None:
    low, high = value.range or (0, 0)
    return f"rangeOfInteger runs from {low} down to {high}" if low > high else None


def _resolution_problem(value: Value) -> str | None:
    cross, feed, units = value.resolution or (0, 0, 0)
    if cross < 1 or feed < 1:
        return f"resolution is {cross} by {feed}, both must be positive"
    return f"resolution has units {units}, neither 3 nor 4" if units not in (3, 4) else None


def _date_problem(value: Value) -> str | None:
    leap = value.octets[6] == 60  # RFC 2579 allows it, Python's calendar does not
    unleapt = Value(value.tag, value.octets[:6] + b"\x3b" + value.octets[7:]) if leap else value
    return f"dateTime 0x{value.octets.hex()} is in no calendar" if unleapt.date_time is None else None


def _language_problem(value: Value) -> str | None:
    name, parts = tag_name(value.tag), value._with_language()
    if parts is None:
        return f"{name}: the inner lengths do not add up"
    if not parts[0].isascii():
        return f"{name}: the language has an octet above 0x7F, it is US-ASCII"
    if not 1 <= len(parts[0]) <= LARGEST_LANGUAGE:
        return f"{name}: the language has {counted(len(parts[0]), 'octet')}, not 1 to {LARGEST_LANGUAGE}"
    return None


def _collection_problem(value: Value) -> str | None:
    for member in value.members:
        for inner in member.values:
            if (said := inner.problem) is not None:
                return f"member {_ascii(member.name.encode('latin-1', 'replace'))}: {said}"
    return None


def _misplaced_problem(value: Value) -> str | None:
    return f"{tag_name(value.tag)} outside a collection"


def _extension_problem(value: Value) -> str | None:
    return "extension tag: its first four octets name the syntax, there are fewer" if len(value.octets) < 4 else None


_CHECKS: Final[Mapping[int, Callable[[Value], str | None]]] = {
    ValueTag.BOOLEAN: _boolean_problem,
    ValueTag.ENUM: _enum_problem,
    ValueTag.RANGE_OF_INTEGER: _range_problem,
    ValueTag.RESOLUTION: _resolution_problem,
    ValueTag.DATE_TIME: _date_problem,
    ValueTag.TEXT_WITH_LANGUAGE: _language_problem,
    ValueTag.NAME_WITH_LANGUAGE: _language_problem,
    ValueTag.BEGIN_COLLECTION: _collection_problem,
    ValueTag.END_COLLECTION: _misplaced_problem,
    ValueTag.MEMBER_NAME: _misplaced_problem,
    ValueTag.EXTENSION: _extension_problem,
}
