"""The codec keeps everything: proofs by generated messages and by octets that are none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, SupportsIndex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire import ipp
from conformance.wire.registry import FIRST_ERROR, GroupTag, ValueTag

from .ipp_strategies import ATTRIBUTES, HEADER, INTEGERS, MESSAGES, NEAR_MESSAGES, ODD_ATTRIBUTES, entry, mutated


def attributes_of(message: ipp.Message) -> list[ipp.Attribute]:
    return [a for g in message.groups for a in g]


# ---------------------------------------------------------------- there and back


@settings(max_examples=100, deadline=None)
@given(MESSAGES)
def test_a_written_message_reads_back_equal(message: ipp.Message) -> None:
    assert ipp.decode(ipp.encode(message)) == message


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=80), NEAR_MESSAGES, mutated()))
def test_any_octets_are_written_as_they_were_read(octets: bytes) -> None:
    message = ipp.decode(octets)
    assert ipp.encode(message) == octets
    if message.problem is None:
        assert ipp.decode(ipp.encode(message)) == message
    else:
        assert octets.endswith(message.problem.rest)
        assert message.problem.offset + len(message.problem.rest) == len(octets)
        assert message.problem.reason.isprintable()
        assert message.data == b""


@settings(max_examples=150, deadline=None)
@given(st.one_of(NEAR_MESSAGES, mutated()))
def test_every_span_reads_as_the_attribute_it_belongs_to(octets: bytes) -> None:
    end_of_last = len(HEADER)
    for attribute in attributes_of(ipp.decode(octets)):
        begin, end = attribute.span
        assert end_of_last < begin < end  # at least a group tag lies before the first one
        end_of_last = end - 1
        alone = ipp.decode(HEADER + b"\x02" + octets[begin:end] + b"\x03")
        assert alone.groups == (ipp.Group(GroupTag.JOB, (attribute,)),)


def test_the_span_of_a_member_goes_from_its_name_to_its_last_value() -> None:
    member = entry(0x4A, b"", b"x") + entry(0x21, b"", b"\0\0\0\1") + entry(0x21, b"", b"\0\0\0\2")
    octets = HEADER + b"\x04" + entry(0x34, b"c", b"") + member + entry(0x37, b"", b"") + b"\x03"
    begin, end = attributes_of(ipp.decode(octets))[0].value.members[0].span
    assert octets[begin:end] == member


def test_groups_of_one_kind_stay_apart_and_empty_ones_stay() -> None:
    groups = (ipp.Group(6, (ipp.integer("i", 1),)), ipp.Group(6), ipp.Group(6, (ipp.integer("i", 2),)), ipp.Group(0))
    message = ipp.Message(0, 1, groups)
    assert ipp.decode(ipp.encode(message)).groups == groups
    assert [g.attributes[0].integers() for g in message.all(6) if g.attributes] == [[1], [2]]


def test_an_attribute_sent_twice_is_there_twice() -> None:
    octets = HEADER + b"\x04" + entry(0x44, b"a", b"one") + entry(0x44, b"a", b"two") + b"\x03"
    assert [a.texts() for a in attributes_of(ipp.decode(octets))] == [["one"], ["two"]]


def test_each_value_of_a_set_keeps_its_own_tag() -> None:
    octets = HEADER + b"\x04" + entry(0x44, b"a", b"one") + entry(0x42, b"", b"two") + entry(0x13, b"", b"") + b"\x03"
    assert [v.tag for v in attributes_of(ipp.decode(octets))[0].values] == [0x44, 0x42, 0x13]


def test_what_follows_the_end_tag_is_data_even_if_it_looks_like_ipp() -> None:
    octets = HEADER + b"\x01\x03\x03\x01" + entry(0x44, b"a", b"b")
    assert ipp.decode(octets).data == b"\x03\x01" + entry(0x44, b"a", b"b")


@pytest.mark.parametrize("tag", [0x00, 0x0A, 0x0F])
def test_a_group_nobody_has_defined_is_kept(tag: int) -> None:
    octets = HEADER + bytes((tag,)) + entry(0x44, b"a", b"b") + b"\x03"
    assert [g.tag for g in ipp.decode(octets).groups] == [tag]


@pytest.mark.parametrize("tag", [0x10, 0x1F, 0x20, 0x3F, 0x40, 0x4B, 0x5F, 0x60, 0x7F, 0x80, 0xFF])
def test_a_value_tag_nobody_has_defined_is_kept(tag: int) -> None:
    octets = HEADER + b"\x02" + entry(tag, b"a", b"\0\1\2\3xyz") + b"\x03"
    assert attributes_of(ipp.decode(octets)) == [ipp.Attribute("a", (ipp.Value(tag, b"\0\1\2\3xyz"),))]


@pytest.mark.parametrize("size", [0x7FFF, 0x8000, 0xFFFB, 0xFFFF])
def test_a_value_length_that_would_be_negative_if_signed_is_read_as_written(size: int) -> None:
    octets = HEADER + b"\x02" + entry(0x30, b"a", b"x" * size) + b"\x03"
    message = ipp.decode(octets)
    assert message.problem is None
    assert len(attributes_of(message)[0].value.octets) == size


def test_the_deepest_collection_allowed_reads_and_one_deeper_is_a_defect() -> None:
    def nested(depth: int) -> bytes:
        inner = (entry(0x4A, b"", b"m") + entry(0x34, b"", b"")) * (depth - 1)
        return HEADER + b"\x04" + entry(0x34, b"c", b"") + inner + entry(0x37, b"", b"") * depth + b"\x03"

    good, deep = ipp.decode(nested(ipp.MAX_DEPTH)), ipp.decode(nested(ipp.MAX_DEPTH + 1))
    assert good.problem is None
    assert deep.problem is not None
    assert f"deeper than {ipp.MAX_DEPTH}" in deep.problem.reason
    assert ipp.decode(ipp.encode(good)) == good


# ---------------------------------------------------------------- what the writer refuses


VALUES = st.builds(ipp.Value, st.integers(-1, 0x101), st.binary(max_size=4))
WILD_VALUES = st.recursive(
    VALUES,
    lambda inner: st.builds(
        ipp.Value,
        st.sampled_from([0x34, 0x34, 0x37, 0x4A, 0x21]),
        st.binary(max_size=2),
        st.lists(st.builds(ipp.Attribute, st.text(max_size=2), st.lists(inner, max_size=2).map(tuple))).map(tuple),
    ),
    max_leaves=4,
)
WILD = st.builds(
    ipp.Message,
    st.integers(-1, 0x10000),
    st.one_of(INTEGERS, st.just(2**31)),
    st.lists(
        st.builds(
            ipp.Group,
            st.integers(-1, 0x12),
            st.lists(st.builds(ipp.Attribute, st.text(max_size=2), st.lists(WILD_VALUES, max_size=2).map(tuple))).map(
                tuple
            ),
        ),
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(WILD)
def test_the_writer_refuses_or_the_reader_reads_the_same(message: ipp.Message) -> None:
    try:
        octets = ipp.encode(message)
    except ValueError:
        return
    assert ipp.decode(octets) == message


@pytest.mark.parametrize(
    "message",
    [
        ipp.Message(0x10000, 1),
        ipp.Message(0, 2**31),
        ipp.Message(0, 1, version=(1, 256)),
        ipp.Message(0, 1, (ipp.Group(GroupTag.END),)),
        ipp.Message(0, 1, (ipp.Group(0x10),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.keyword("no-values"),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.keyword("", "no-name"),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.keyword("\u20ac", "name outside latin-1"),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.keyword("n" * 0x10000, "v"),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.text("t", "v" * 0x10000),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.out_of_band("below-the-value-tags", 0x0F),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.out_of_band("two-octet-tag", 0x100),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.collection("c", (ipp.out_of_band("m", ValueTag.END_COLLECTION),)),)),)),
        ipp.Message(0, 1, (ipp.Group(1, (ipp.collection("c", (ipp.integer("member-without-value"),)),)),)),
        ipp.Message(
            0, 1, (ipp.Group(1, (ipp.Attribute("i", (ipp.Value(0x21, b"\0\0\0\1", (ipp.integer("m", 1),)),)),)),)
        ),
    ],
    ids=lambda m: ascii(m)[:60],
)
def test_a_message_without_a_wire_form_of_its_own_is_refused(message: ipp.Message) -> None:
    with pytest.raises(ValueError):
        ipp.encode(message)


# ---------------------------------------------------------------- problems say where and why


GOOD = entry(0x44, b"good", b"yes")
PROBLEMS = {
    "no octets at all": (b"", 0, "0 octets are no IPP header"),
    "half a header": (HEADER[:7], 0, "7 octets are no IPP header"),
    "only a header": (HEADER, 8, "no end-of-attributes tag"),
    "no end": (HEADER + b"\x01" + GOOD, 8 + 1 + len(GOOD), "no end-of-attributes tag"),
    "attribute before any group": (HEADER + GOOD + b"\x03", 8, "an attribute before the first group"),
    "additional value first": (
        HEADER + b"\x01" + entry(0x44, b"", b"v") + b"\x03",
        9,
        "a value without a name and without an attribute before it",
    ),
    "additional value after the next group tag": (
        HEADER + b"\x01" + GOOD + b"\x02" + entry(0x44, b"", b"v") + b"\x03",
        8 + 1 + len(GOOD) + 1,
        "a value without a name and without an attribute before it",
    ),
    "name-length lies": (
        HEADER + b"\x01" + GOOD + b"\x44\x00\x09abc",
        9 + len(GOOD),
        f"name-length says 9, 3 octets are left, at octet {10 + len(GOOD)}",
    ),
    "value-length lies": (
        HEADER + b"\x01" + GOOD + b"\x44\x00\x01a\xff\xfbxy",
        9 + len(GOOD),
        f"value-length says 65531, 2 octets are left, at octet {13 + len(GOOD)}",
    ),
    "cut inside a length": (
        HEADER + b"\x01" + GOOD + b"\x44\x00",
        9 + len(GOOD),
        f"the message ends inside a name-length, at octet {10 + len(GOOD)}",
    ),
    "cut after a name": (
        HEADER + b"\x01" + GOOD + b"\x44\x00\x01a",
        9 + len(GOOD),
        f"the message ends inside a value-length, at octet {13 + len(GOOD)}",
    ),
    "collection never ends": (
        HEADER + b"\x01" + GOOD + entry(0x34, b"c", b""),
        9 + len(GOOD),
        f"the message ends inside a collection, at octet {15 + len(GOOD)}",
    ),
    "collection ended by a delimiter": (
        HEADER + b"\x01" + entry(0x34, b"c", b"") + b"\x03",
        9,
        "delimiter 0x03 inside a collection, at octet 15",
    ),
    "collection with a named attribute": (
        HEADER + b"\x01" + entry(0x34, b"c", b"") + GOOD + b"\x03",
        9,
        "a named attribute inside a collection, at octet 15",
    ),
    "collection with a value before a member name": (
        HEADER + b"\x01" + entry(0x34, b"c", b"") + entry(0x44, b"", b"v") + b"\x03",
        9,
        "keyword where a member name belongs, at octet 15",
    ),
    "member without a value": (
        HEADER + b"\x01" + entry(0x34, b"c", b"") + entry(0x4A, b"", b"m\n") + entry(0x37, b"", b"") + b"\x03",
        9,
        "member b'm\\n' has no value, at octet 22",
    ),
    "end of a collection with a value": (
        HEADER + b"\x01" + entry(0x34, b"c", b"") + entry(0x37, b"", b"x") + b"\x03",
        9,
        "endCollection carries a value, at octet 15",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_a_defect_says_where_and_why_and_keeps_the_rest(case: str) -> None:
    octets, offset, reason = PROBLEMS[case]
    message = ipp.decode(octets)
    assert message.problem == ipp.IppProblem(offset, reason, octets[offset:])
    assert ipp.encode(message) == octets


@pytest.mark.parametrize("case", [c for c, (o, _, _) in PROBLEMS.items() if GOOD in o and o.index(GOOD) == 9])
def test_what_stands_before_the_fault_is_read(case: str) -> None:
    message = ipp.decode(PROBLEMS[case][0])
    assert attributes_of(message) == [ipp.keyword("good", "yes")]


def test_the_values_before_a_broken_one_are_read() -> None:
    octets = HEADER + b"\x01" + GOOD + entry(0x44, b"", b"and") + b"\x44\x00\x00\x00\x09so"
    assert attributes_of(ipp.decode(octets)) == [ipp.keyword("good", "yes", "and")]


def test_too_few_octets_for_a_header_are_not_successful_ok() -> None:
    assert ipp.UNREAD_CODE >= FIRST_ERROR
    for n in range(8):
        message = ipp.decode(bytes(n))
        assert (message.code, message.request_id, message.version) == (ipp.UNREAD_CODE, 0, (0, 0))


# ---------------------------------------------------------------- work grows with the octets, not faster


class Weighed(bytes):
    """Octets that count how often they are looked at and how many of them are copied."""

    work = 0

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        got = super().__getitem__(key)
        Weighed.work += 1 + (len(got) if isinstance(got, bytes) else 0)
        return got


def calls_of(what: Callable[[], object]) -> int:
    """How many functions, ours and Python's own, run."""
    count = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        what()
    finally:
        sys.setprofile(before)
    return count


BEGIN, MEMBER, END = entry(0x34, b"", b""), entry(0x4A, b"", b"m"), entry(0x37, b"", b"")
HOSTILE: dict[str, Callable[[int], bytes]] = {
    "empty groups": lambda n: HEADER + b"\x01" * n + b"\x03",
    "attributes": lambda n: HEADER + b"\x01" + entry(0x13, b"a", b"") * (n // 6) + b"\x03",
    "additional values": lambda n: HEADER + b"\x01" + GOOD + entry(0x13, b"", b"") * (n // 5) + b"\x03",
    "members": lambda n: HEADER + b"\x01" + entry(0x34, b"c", b"") + (MEMBER + BEGIN + END) * (n // 16) + END,
    "collections one in another": lambda n: HEADER + b"\x01" + entry(0x34, b"c", b"") + (MEMBER + BEGIN) * (n // 11),
    "collections as deep as allowed": lambda n: (
        HEADER + b"\x01" + (entry(0x34, b"c", b"") + (MEMBER + BEGIN) * 31 + END * 32) * (n // 507) + b"\x03"
    ),
    "collections in a set, the last one broken": lambda n: (
        HEADER + b"\x01" + GOOD + (BEGIN + MEMBER + BEGIN + END + END) * (n // 26) + BEGIN
    ),
    "a long value cut short": lambda n: HEADER + b"\x01" + GOOD * (n // 12) + b"\x44\x00\x01a\xff\xff" + b"x" * 9,
    "long names and values": lambda n: HEADER + b"\x01" + entry(0x44, b"n" * 4000, b"v" * 4000) * (n // 8005) + b"\x03",
    "data": lambda n: HEADER + b"\x03" + b"\x01" * n,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_reading_touches_each_octet_a_bounded_number_of_times(case: str) -> None:
    octets = Weighed(HOSTILE[case](100_000))
    Weighed.work = 0
    ipp.decode(octets)
    assert Weighed.work <= 4 * len(octets) + 100


@pytest.mark.parametrize("case", HOSTILE)
def test_reading_and_writing_call_functions_in_proportion_to_the_octets(case: str) -> None:
    octets = HOSTILE[case](20_000)
    message = ipp.decode(octets)
    assert calls_of(lambda: ipp.decode(octets)) <= 6 * len(octets) + 100
    assert calls_of(lambda: ipp.encode(message)) <= 6 * len(octets) + 100


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ATTRIBUTES, ODD_ATTRIBUTES), min_size=1, max_size=3))
def test_showing_an_attribute_is_linear_in_its_octets(attributes: list[ipp.Attribute]) -> None:
    size = len(ipp.encode(ipp.Message(0, 1, (ipp.Group(1, tuple(attributes)),))))
    assert sum(len(a.show()) for a in attributes) <= 40 * size


# ---------------------------------------------------------------- read on behind what is broken

NEVER_CLOSED = b"\x34\x00\x01c\x00\x00\x4a\x00\x00\x00\x01m"
ONE, TWO = b"\x44\x00\x01a\x00\x01x", b"\x44\x00\x01b\x00\x01y"


@pytest.mark.parametrize(
    ("octets", "names"),
    [
        (b"\x04" + ONE + NEVER_CLOSED + TWO + b"\x03", ["a", "b"]),
        (b"\x04" + NEVER_CLOSED + ONE + NEVER_CLOSED + TWO + b"\x03", ["a", "b"]),
        (b"\x04" + ONE + NEVER_CLOSED + b"\x04" + TWO + b"\x03", ["a", "b"]),
        (b"\x04" + ONE + NEVER_CLOSED + b"\x03", ["a"]),
        (b"\x04" + ONE + b"\x34\x00\x00\x00\x00" + TWO + b"\x03", ["b"]),  # a further value of the attribute before
    ],
)
def test_a_collection_that_is_never_closed_costs_its_own_attribute_alone(octets: bytes, names: list[str]) -> None:
    message, skipped = ipp.decode_on(HEADER + octets)
    assert message.problem is None
    assert [a.name for g in message.groups for a in g] == names
    assert skipped
    assert ipp.decode(HEADER + octets).problem is not None


@given(st.binary())
def test_reading_on_finds_what_reading_finds(octets: bytes) -> None:
    strict, (message, skipped) = ipp.decode(octets), ipp.decode_on(octets)
    if not skipped:
        assert message == strict
    if skipped:
        assert strict.problem is not None
        assert strict.problem.passable
    assert [g.tag for g in message.groups][: len(strict.groups)] == [g.tag for g in strict.groups]


def test_reading_on_takes_a_moment_whatever_comes() -> None:
    began = time.process_time()
    _, skipped = ipp.decode_on(HEADER + b"\x04" + NEVER_CLOSED * 50_000)
    assert len(skipped) == 49_999
    assert time.process_time() - began < 10


@pytest.mark.parametrize("again", [b"\x44\x00\x00\x00\x00", b"\x44\x00\x01b\x00\x00", b"\x02\x04"])
def test_of_more_than_there_may_be_no_more_is_read_and_all_is_kept(again: bytes) -> None:
    octets = HEADER + b"\x04\x44\x00\x01a\x00\x00" + again * 1000 + b"\x03"
    message = ipp.decode(octets, 100)
    assert message.problem is not None
    assert "more than 100 values" in message.problem.reason
    assert message.problem.offset <= len(HEADER) + 7 + 100 * len(again)
    assert ipp.encode(message) == octets
    assert ipp.decode(octets, 3000).problem is None


def test_members_count_too() -> None:
    member = b"\x4a\x00\x00\x00\x01a\x44\x00\x00\x00\x00"
    octets = HEADER + b"\x04\x34\x00\x01a\x00\x00" + member * 1000 + b"\x37\x00\x00\x00\x00\x03"
    message = ipp.decode(octets, 100)
    assert message.problem is not None
    assert message.problem.offset == len(HEADER) + 1  # where the attribute begins: none of it is among the groups
    assert ipp.encode(message) == octets


@pytest.mark.parametrize("read", [ipp.decode, lambda octets: ipp.decode_on(octets)[0]])
def test_who_gives_no_bound_has_one(read: Callable[[bytes], ipp.Message]) -> None:
    message = read(HEADER + b"\x04" * (ipp.MOST_ENTRIES + 10) + b"\x03")
    assert message.problem is not None
    assert len(message.groups) == ipp.MOST_ENTRIES
