"""Attributes from Python values, one function for each syntax of RFC 2911 section 4.1.

Strings become UTF-8; give ``bytes`` for another charset or for octets that are none.  ``ValueError`` for a number that
does not fit its four octets.  No builder judges: a keyword with a space or a text of 5,000 octets is built as asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from .registry import ValueTag
from .value import Attribute, Value


def _attribute(tag: int, name: str, octets: Iterable[bytes]) -> Attribute:
    return Attribute(name, tuple(Value(tag, o) for o in octets))


def _octets(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _four(number: int) -> bytes:
    try:
        return int(number).to_bytes(4, "big", signed=True)
    except OverflowError:
        raise ValueError(f"{number} does not fit four octets") from None


def _counted(octets: bytes) -> bytes:
    try:
        return len(octets).to_bytes(2, "big") + octets
    except OverflowError:
        raise ValueError(f"{len(octets)} octets do not fit a two-octet length") from None


def integer(name: str, *values: int) -> Attribute:
    """integer(MIN:MAX)"""
    return _attribute(ValueTag.INTEGER, name, map(_four, values))


def enum(name: str, *values: int) -> Attribute:
    """type1 to type3 enum"""
    return _attribute(ValueTag.ENUM, name, map(_four, values))


def boolean(name: str, *values: bool) -> Attribute:
    """boolean"""
    return _attribute(ValueTag.BOOLEAN, name, (b"\1" if v else b"\0" for v in values))


def range_of_integer(name: str, *values: tuple[int, int]) -> Attribute:
    """rangeOfInteger: (lower bound, upper bound)"""
    return _attribute(ValueTag.RANGE_OF_INTEGER, name, (_four(low) + _four(high) for low, high in values))


def resolution(name: str, *values: tuple[int, int, int]) -> Attribute:
    """resolution: (cross-feed, feed, 3 for dots per inch or 4 for dots per centimetre)"""
    return _attribute(ValueTag.RESOLUTION, name, (_four(x) + _four(y) + bytes((units,)) for x, y, units in values))


def keyword(name: str, *values: str | bytes) -> Attribute:
    """type2 or type3 keyword"""
    return _attribute(ValueTag.KEYWORD, name, map(_octets, values))


def name_(name: str, *values: str | bytes) -> Attribute:
    """nameWithoutLanguage"""
    return _attribute(ValueTag.NAME, name, map(_octets, values))


def name_with_language(name: str, *values: tuple[str, str | bytes]) -> Attribute:
    """nameWithLanguage: (natural language, name)"""
    octets = (_counted(_octets(language)) + _counted(_octets(n)) for language, n in values)
    return _attribute(ValueTag.NAME_WITH_LANGUAGE, name, octets)


def text(name: str, *values: str | bytes) -> Attribute:
    """textWithoutLanguage"""
    return _attribute(ValueTag.TEXT, name, map(_octets, values))


def text_with_language(name: str, *values: tuple[str, str | bytes]) -> Attribute:
    """textWithLanguage: (natural language, text)"""
    octets = (_counted(_octets(language)) + _counted(_octets(t)) for language, t in values)
    return _attribute(ValueTag.TEXT_WITH_LANGUAGE, name, octets)


def uri(name: str, *values: str | bytes) -> Attribute:
    """uri"""
    return _attribute(ValueTag.URI, name, map(_octets, values))


def uri_scheme(name: str, *values: str | bytes) -> Attribute:
    """uriScheme"""
    return _attribute(ValueTag.URI_SCHEME, name, map(_octets, values))


def charset(name: str, *values: str | bytes) -> Attribute:
    """charset"""
    return _attribute(ValueTag.CHARSET, name, map(_octets, values))


def natural_language(name: str, *values: str | bytes) -> Attribute:
    """naturalLanguage"""
    return _attribute(ValueTag.NATURAL_LANGUAGE, name, map(_octets, values))


def mime_media_type(name: str, *values: str | bytes) -> Attribute:
    """mimeMediaType"""
    return _attribute(ValueTag.MIME_MEDIA_TYPE, name, map(_octets, values))


def octet_string(name: str, *values: bytes) -> Attribute:
    """octetString"""
    return _attribute(ValueTag.OCTET_STRING, name, values)


def date_time(name: str, octets: bytes) -> Attribute:
    """dateTime: the eleven octets of RFC 2579"""
    return _attribute(ValueTag.DATE_TIME, name, (octets,))


def out_of_band(name: str, tag: int) -> Attribute:
    """unsupported, unknown, no-value and their kind"""
    return Attribute(name, (Value(tag),))


def collection(name: str, *values: tuple[Attribute, ...]) -> Attribute:
    """collection: each value is a tuple of members"""
    return Attribute(name, tuple(Value(ValueTag.BEGIN_COLLECTION, b"", v) for v in values))
