"""A second opinion on IPP: CUPS' own reader and writer, libcups.so.2, called through ctypes.

``read`` and ``write`` speak our nouns, so that what libcups understood can be compared with ``==``.  What libcups does
not keep, and a comparison therefore cannot ask for: empty groups at the end, groups that are empty between others of
another kind, the data, more than one tag in a 1setOf, octets behind a NUL in a string.
"""

from __future__ import annotations

import ctypes as c
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from conformance.wire import ipp
from conformance.wire.registry import ValueTag

MISSING: Final = "libcups.so.2 is not here; install libcups2 (Debian) or cups-libs"
STATE_ERROR: Final = -1  # ipp_state_t
STATE_IDLE: Final = 0
STATE_DATA: Final = 3  # every attribute has been read or written
TAG_MASK: Final = 0x7FFFFFFF  # the highest bit is libcups' own, "constant string"
NO_GROUP: Final = 0
# ippReadIO answers with STATE_ATTRIBUTE after each step when it may not block; we let it, so once is enough.
BLOCKING: Final = 1

_Callback = c.CFUNCTYPE(c.c_ssize_t, c.c_void_p, c.POINTER(c.c_ubyte), c.c_size_t)
_text, _int, _ptr = c.c_char_p, c.c_int, c.c_void_p


class LibcupsRefused(Exception):
    """libcups does not take it; the message is its own."""


def _load() -> Any:
    try:
        return c.CDLL("libcups.so.2")
    except OSError:
        return None


_LIBRARY: Final = _load()
available: Final = _LIBRARY is not None

_SIGNATURES: Final[dict[str, tuple[Any, ...]]] = {  # name: (result, arguments ...)
    "ippNew": (_ptr,),
    "ippDelete": (None, _ptr),
    "ippReadIO": (_int, _ptr, _Callback, _int, _ptr, _ptr),
    "ippWriteIO": (_int, _ptr, _Callback, _int, _ptr, _ptr),
    "ippSetState": (_int, _ptr, _int),
    "ippSetVersion": (_int, _ptr, _int, _int),
    "ippSetOperation": (_int, _ptr, _int),
    "ippSetRequestId": (_int, _ptr, _int),
    "ippGetVersion": (_int, _ptr, c.POINTER(_int)),
    "ippGetOperation": (_int, _ptr),
    "ippGetRequestId": (_int, _ptr),
    "ippFirstAttribute": (_ptr, _ptr),
    "ippNextAttribute": (_ptr, _ptr),
    "ippGetGroupTag": (_int, _ptr),
    "ippGetValueTag": (_int, _ptr),
    "ippGetName": (_text, _ptr),
    "ippGetCount": (_int, _ptr),
    "ippGetInteger": (_int, _ptr, _int),
    "ippGetBoolean": (_int, _ptr, _int),
    "ippGetString": (_text, _ptr, _int, c.POINTER(_text)),
    "ippGetDate": (_ptr, _ptr, _int),
    "ippGetOctetString": (_ptr, _ptr, _int, c.POINTER(_int)),
    "ippGetRange": (_int, _ptr, _int, c.POINTER(_int)),
    "ippGetResolution": (_int, _ptr, _int, c.POINTER(_int), c.POINTER(_int)),
    "ippGetCollection": (_ptr, _ptr, _int),
    "ippAddSeparator": (_ptr, _ptr),
    "ippAddIntegers": (_ptr, _ptr, _int, _int, _text, _int, c.POINTER(_int)),
    "ippAddBooleans": (_ptr, _ptr, _int, _text, _int, c.POINTER(c.c_char)),
    "ippAddRanges": (_ptr, _ptr, _int, _text, _int, c.POINTER(_int), c.POINTER(_int)),
    "ippAddResolutions": (_ptr, _ptr, _int, _text, _int, _int, c.POINTER(_int), c.POINTER(_int)),
    "ippAddDate": (_ptr, _ptr, _int, _text, _text),
    "ippAddOctetString": (_ptr, _ptr, _int, _text, _ptr, _int),
    "ippAddOutOfBand": (_ptr, _ptr, _int, _int, _text),
    "ippAddStrings": (_ptr, _ptr, _int, _int, _text, _int, _text, c.POINTER(_text)),
    "ippAddCollections": (_ptr, _ptr, _int, _text, _int, c.POINTER(_ptr)),
    "cupsLastErrorString": (_text,),
}


def _call(name: str, *arguments: Any) -> Any:
    function = getattr(_LIBRARY, name)
    function.restype, *function.argtypes = _SIGNATURES[name]
    return function(*arguments)


# ---------------------------------------------------------------- reading


def read(octets: bytes) -> ipp.Message:
    """What libcups makes of the octets.  ``LibcupsRefused`` if it takes them for no IPP message."""
    at = 0

    def more(_: object, buffer: Any, size: int) -> int:
        nonlocal at
        chunk = octets[at : at + size]
        at += len(chunk)
        c.memmove(buffer, chunk, len(chunk))
        return len(chunk)

    message = _call("ippNew")
    try:
        state = _call("ippReadIO", 1, _Callback(more), BLOCKING, None, message)  # the context must not be NULL
        if state != STATE_DATA:
            raise LibcupsRefused(f"state {state}: {(_call('cupsLastErrorString') or b'').decode()}")
        minor = _int()
        major = _call("ippGetVersion", message, c.byref(minor))
        return ipp.Message(
            _call("ippGetOperation", message) & 0xFFFF,
            _call("ippGetRequestId", message),
            tuple(_groups(message)),
            version=(major, minor.value),
        )
    finally:
        _call("ippDelete", message)


def _handles(message: Any) -> Iterator[Any]:
    handle = _call("ippFirstAttribute", message)
    while handle:
        yield handle
        handle = _call("ippNextAttribute", message)


def _groups(message: Any) -> Iterator[ipp.Group]:
    tag, attributes = NO_GROUP, list[ipp.Attribute]()
    for handle in _handles(message):
        here = NO_GROUP if _call("ippGetName", handle) is None else _call("ippGetGroupTag", handle)
        if here != tag:
            if attributes:
                yield ipp.Group(tag, tuple(attributes))
            tag, attributes = here, []
        if here != NO_GROUP:  # a separator between two groups of one kind is an attribute without a name
            attributes.append(_attribute(handle))
    if attributes:
        yield ipp.Group(tag, tuple(attributes))


def _attribute(handle: Any) -> ipp.Attribute:
    tag = _call("ippGetValueTag", handle) & TAG_MASK
    values = (_value(handle, tag, k) for k in range(max(1, _call("ippGetCount", handle))))
    return ipp.Attribute(_call("ippGetName", handle).decode("latin-1"), tuple(values))


def _value(handle: Any, tag: int, k: int) -> ipp.Value:
    if tag == ValueTag.BEGIN_COLLECTION:
        inner = _call("ippGetCollection", handle, k)
        return ipp.Value(tag, b"", tuple(_attribute(member) for member in _handles(inner)))
    return ipp.Value(tag, _octets(handle, tag, k))


def _octets(handle: Any, tag: int, k: int) -> bytes:
    one, two, language = _int(), _int(), _text()
    match tag:
        case ValueTag.INTEGER | ValueTag.ENUM:
            return struct.pack(">i", _call("ippGetInteger", handle, k))
        case ValueTag.BOOLEAN:
            return struct.pack(">?", _call("ippGetBoolean", handle, k))
        case ValueTag.DATE_TIME:
            return c.string_at(_call("ippGetDate", handle, k), 11)
        case ValueTag.RESOLUTION:
            return struct.pack(
                ">iib", _call("ippGetResolution", handle, k, c.byref(one), c.byref(two)), one.value, two.value
            )
        case ValueTag.RANGE_OF_INTEGER:
            return struct.pack(">ii", _call("ippGetRange", handle, k, c.byref(one)), one.value)
        case ValueTag.TEXT_WITH_LANGUAGE | ValueTag.NAME_WITH_LANGUAGE:
            words: bytes = _call("ippGetString", handle, k, c.byref(language))
            spoken = language.value or b""
            return struct.pack(">H", len(spoken)) + spoken + struct.pack(">H", len(words)) + words
        case _ if tag < ValueTag.INTEGER:
            return b""
        case _ if ValueTag.TEXT <= tag <= ValueTag.MIME_MEDIA_TYPE:
            return _call("ippGetString", handle, k, None) or b""
        case _:
            data = _call("ippGetOctetString", handle, k, c.byref(one))
            return c.string_at(data, one.value) if data else b""


# ---------------------------------------------------------------- writing


def write(message: ipp.Message) -> bytes:
    """The octets libcups writes for a message, built with libcups' own functions."""
    out = bytearray()

    def more(_: object, buffer: Any, size: int) -> int:
        out.extend(c.string_at(buffer, size))
        return size

    handle = _call("ippNew")
    try:
        _call("ippSetVersion", handle, *message.version)
        _call("ippSetOperation", handle, message.code)
        _call("ippSetRequestId", handle, message.request_id)
        before = None
        for group in message.groups:
            if group.tag == before:
                _call("ippAddSeparator", handle)
            before = group.tag
            _add_all(handle, group.tag, group.attributes)
        _call("ippSetState", handle, STATE_IDLE)
        state = _call("ippWriteIO", 1, _Callback(more), BLOCKING, None, handle)
        if state != STATE_DATA:
            raise LibcupsRefused(f"state {state}: {(_call('cupsLastErrorString') or b'').decode()}")
        return bytes(out)
    finally:
        _call("ippDelete", handle)


def _add_all(message: Any, group: int, attributes: Sequence[ipp.Attribute]) -> None:
    for attribute in attributes:
        tags = {v.tag for v in attribute.values}
        if len(tags) != 1:
            raise LibcupsRefused(f"{attribute.name}: libcups keeps one tag for all values")
        (tag,) = tags
        if not _ADDERS.get(tag, _add_strings)(message, group, tag, attribute.name.encode(), attribute.values):
            raise LibcupsRefused(f"{attribute.show()}: {(_call('cupsLastErrorString') or b'').decode()}")


def _ints(numbers: Sequence[int]) -> Any:
    return (_int * len(numbers))(*numbers)


def _add_numbers(message: Any, group: int, tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    numbers = [v.integer or 0 for v in values]
    return _call("ippAddIntegers", message, group, tag, name, len(values), _ints(numbers))


def _add_booleans(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    octets = c.create_string_buffer(b"".join(v.octets for v in values), len(values))
    return _call("ippAddBooleans", message, group, name, len(values), octets)


def _add_ranges(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    lows, highs = zip(*(v.range or (0, 0) for v in values), strict=True)
    return _call("ippAddRanges", message, group, name, len(values), _ints(lows), _ints(highs))


def _add_resolutions(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    xs, ys, units = zip(*(v.resolution or (0, 0, 0) for v in values), strict=True)
    if len(set(units)) != 1:
        raise LibcupsRefused("libcups writes one unit for all resolutions")
    return _call("ippAddResolutions", message, group, name, len(values), units[0], _ints(xs), _ints(ys))


def _add_date(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    (value,) = values
    return _call("ippAddDate", message, group, name, value.octets)


def _add_octet_string(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    (value,) = values
    return _call("ippAddOctetString", message, group, name, value.octets, len(value.octets))


def _add_strings(message: Any, group: int, tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    if tag < ValueTag.INTEGER:
        return _call("ippAddOutOfBand", message, group, tag, name)
    languages = {v.language for v in values}
    if len(languages) != 1:
        raise LibcupsRefused("libcups writes one language for all values")
    (language,) = languages
    octets = [v.octets if language is None else (v.text("latin-1") or "").encode("latin-1") for v in values]
    spoken = None if language is None else language.encode()
    return _call("ippAddStrings", message, group, tag, name, len(values), spoken, (_text * len(values))(*octets))


def _add_collections(message: Any, group: int, _tag: int, name: bytes, values: Sequence[ipp.Value]) -> Any:
    inner = [_call("ippNew") for _ in values]
    try:
        for handle, value in zip(inner, values, strict=True):
            _add_all(handle, NO_GROUP, value.members)
        return _call("ippAddCollections", message, group, name, len(inner), (_ptr * len(inner))(*inner))
    finally:
        for handle in inner:  # libcups counts references, the attribute holds its own
            _call("ippDelete", handle)


_ADDERS: Final[dict[int, Callable[[Any, int, int, bytes, Sequence[ipp.Value]], Any]]] = {
    ValueTag.INTEGER: _add_numbers,
    ValueTag.ENUM: _add_numbers,
    ValueTag.BOOLEAN: _add_booleans,
    ValueTag.RANGE_OF_INTEGER: _add_ranges,
    ValueTag.RESOLUTION: _add_resolutions,
    ValueTag.DATE_TIME: _add_date,
    ValueTag.OCTET_STRING: _add_octet_string,
    ValueTag.BEGIN_COLLECTION: _add_collections,
}
