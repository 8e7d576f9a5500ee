"""Generated IPP messages: legal ones, odd ones that still have a wire form, and octets that only begin like one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag

HEADER: Final = b"\x01\x01\x00\x0b\x00\x00\x00\x01"


def entry(tag: int, name: bytes, value: bytes) -> bytes:
    """One value on the wire, by hand."""
    return bytes((tag,)) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


NAMES: Final = st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True)
LATIN1: Final = st.text(st.characters(max_codepoint=255))
ODD_NAMES: Final = st.one_of(NAMES, LATIN1.filter(bool))  # an attribute without a name has no wire form
GROUP_TAGS: Final = st.integers(0, 0x0F).filter(lambda t: t != GroupTag.END)
OCTETS: Final = st.one_of(st.binary(max_size=24), st.sampled_from([0x7FFF, 0x8000, 0xFFFF]).map(bytes))
INTEGERS: Final = st.integers(-(2**31), 2**31 - 1)
STRUCTURAL: Final = (ValueTag.BEGIN_COLLECTION, ValueTag.MEMBER_NAME, ValueTag.END_COLLECTION)
VALUE_TAGS: Final = st.integers(0x10, 0xFF).filter(lambda t: t not in STRUCTURAL)


def _collections(values: st.SearchStrategy[ipp.Value]) -> st.SearchStrategy[ipp.Value]:
    members = st.builds(ipp.Attribute, st.one_of(NAMES, LATIN1), st.lists(values, min_size=1, max_size=3).map(tuple))
    return st.builds(
        ipp.Value,
        st.just(int(ValueTag.BEGIN_COLLECTION)),
        st.one_of(st.just(b""), st.binary(max_size=4)),  # octets there are wrong, and still have to survive
        st.lists(members, max_size=3).map(tuple),
    )


ODD_VALUES: Final = st.recursive(st.builds(ipp.Value, VALUE_TAGS, OCTETS), _collections, max_leaves=6)
ODD_ATTRIBUTES: Final = st.builds(ipp.Attribute, ODD_NAMES, st.lists(ODD_VALUES, min_size=1, max_size=4).map(tuple))

_TEXTS: Final = st.text(max_size=12)
_ASCII: Final = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
_TAGGED: Final = st.tuples(_ASCII, _TEXTS)


def _many(build: Callable[..., ipp.Attribute], values: st.SearchStrategy[object]) -> st.SearchStrategy[ipp.Attribute]:
    return st.builds(lambda name, given: build(name, *given), NAMES, st.lists(values, min_size=1, max_size=4))


SIMPLE_ATTRIBUTES: Final = st.one_of(
    _many(ipp.integer, INTEGERS),
    _many(ipp.enum, st.integers(1, 2**31 - 1)),
    _many(ipp.boolean, st.booleans()),
    _many(ipp.range_of_integer, st.tuples(INTEGERS, INTEGERS).map(sorted)),
    _many(ipp.resolution, st.tuples(st.integers(1, 9600), st.integers(1, 9600), st.sampled_from([3, 4]))),
    _many(ipp.keyword, _ASCII),
    _many(ipp.name_, st.one_of(_TEXTS, st.binary(max_size=12))),
    _many(ipp.name_with_language, _TAGGED),
    _many(ipp.text, st.one_of(_TEXTS, st.binary(max_size=12))),
    _many(ipp.text_with_language, _TAGGED),
    _many(ipp.uri, _ASCII),
    _many(ipp.uri_scheme, _ASCII),
    _many(ipp.charset, _ASCII),
    _many(ipp.natural_language, _ASCII),
    _many(ipp.mime_media_type, _ASCII),
    _many(ipp.octet_string, st.binary(max_size=63)),
    st.builds(ipp.date_time, NAMES, st.just(b"\x07\xd0\x03\x08\x0c\x1e\x3b\x05+\x01\x00")),
    st.builds(ipp.out_of_band, NAMES, st.integers(0x10, 0x1F)),
)
BUILT_ATTRIBUTES: Final = st.one_of(
    SIMPLE_ATTRIBUTES, _many(ipp.collection, st.lists(SIMPLE_ATTRIBUTES, max_size=3).map(tuple))
)
ATTRIBUTES: Final = st.one_of(BUILT_ATTRIBUTES, ODD_ATTRIBUTES)
GROUPS: Final = st.builds(ipp.Group, GROUP_TAGS, st.lists(ATTRIBUTES, max_size=4).map(tuple))


def _repeated(message: ipp.Message, again: bool) -> ipp.Message:
    """The same message with its last group, and the last attribute in it, twice."""
    if not again or not message.groups:
        return message
    last = message.groups[-1]
    twice = ipp.Group(last.tag, last.attributes + last.attributes[-1:])
    return ipp.Message(
        message.code, message.request_id, (*message.groups, twice, ipp.Group(0x06)), message.data, message.version
    )


MESSAGES: Final = st.builds(
    _repeated,
    st.builds(
        ipp.Message,
        st.integers(0, 0xFFFF),
        INTEGERS,
        st.lists(GROUPS, max_size=4).map(tuple),
        st.binary(max_size=20),
        st.tuples(st.integers(0, 255), st.integers(0, 255)),
    ),
    st.booleans(),
)

# Nearly every drawn octet means something to a reader, so that random octets get deep into it.
_MEANINGFUL: Final = st.sampled_from(b"\0\0\0\x01\x01\x02\x03\x04\x06\x07\x13\x21\x34\x34\x37\x4a\x4a\x44\x7f\xffaz")
NEAR_MESSAGES: Final = st.builds(
    lambda header, body: header + bytes(body),
    st.sampled_from([b"\1\1\0\x0b\0\0\0\1", b"\2\0\0\0\0\0\0\1\1", b"\1\0\x04\x00\0\0\0\x07\x06", b"\1\1\0"]),
    st.lists(_MEANINGFUL, max_size=80),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The octets of a message, then cut, overwritten or grown in up to four places."""
    octets = bytearray(ipp.encode(draw(MESSAGES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(octets) - 1)))
        match draw(st.sampled_from(("cut", "overwrite", "insert", "drop"))):
            case "cut":
                del octets[at:]
            case "overwrite" if octets:
                octets[at] = draw(st.one_of(_MEANINGFUL, st.integers(0, 255)))
            case "insert":
                octets[at:at] = draw(st.binary(max_size=6))
            case _:
                del octets[at : at + 1]
    return bytes(octets)
