"""Readings, problems and showing of values, syntax by syntax; what the builders build; the registry's words."""

from __future__ import annotations

import encodings.aliases

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation, PrinterState, Status, ValueTag, keyword_of

from .ipp_strategies import ATTRIBUTES, BUILT_ATTRIBUTES, INTEGERS

V = ipp.Value
T = ValueTag
NOON = b"\x07\xd0\x03\x08\x0c\x00\x00\x00+\x00\x00"


def with_language(language: bytes, words: bytes) -> bytes:
    return len(language).to_bytes(2, "big") + language + len(words).to_bytes(2, "big") + words


# ---------------------------------------------------------------- readings


@given(INTEGERS)
def test_numbers_read_back(number: int) -> None:
    assert ipp.integer("i", number, -1).integers() == [number, -1]
    assert ipp.enum("e", number).value.integer == number


@given(INTEGERS, INTEGERS)
def test_ranges_read_back(low: int, high: int) -> None:
    assert ipp.range_of_integer("r", (low, high)).value.range == (low, high)


def test_booleans_read_back() -> None:
    assert [v.boolean for v in ipp.boolean("b", True, False).values] == [True, False]


def test_resolutions_read_back() -> None:
    assert ipp.resolution("r", (300, 600, 3)).value.resolution == (300, 600, 3)


def test_the_largest_and_smallest_number_that_fit_are_built_and_no_others() -> None:
    assert ipp.integer("i", 2**31 - 1, -(2**31)).integers() == [2**31 - 1, -(2**31)]
    for build in (ipp.integer, ipp.enum):
        for number in (2**31, -(2**31) - 1):
            with pytest.raises(ValueError):
                build("i", number)
    with pytest.raises(ValueError):
        ipp.range_of_integer("r", (0, 2**31))
    with pytest.raises(ValueError):
        ipp.resolution("r", (1, 1, 256))
    with pytest.raises(ValueError):
        ipp.text_with_language("t", ("en", b"x" * 0x10000))


@pytest.mark.parametrize(
    ("octets", "moment"),
    [
        (b"\x07\xea\x0b\x16\x0d\x05\x3b\x07+\x05\x1e", "2026-11-22T13:05:59.700000+05:30"),
        (b"\x00\x01\x01\x01\x00\x00\x00\x00-\x0b\x00", "0001-01-01T00:00:00-11:00"),
    ],
)
def test_dates_read_with_their_zone(octets: bytes, moment: str) -> None:
    read = ipp.date_time("d", octets).value.date_time
    assert read is not None
    assert read.isoformat() == moment


@pytest.mark.parametrize("tag", [T.TEXT, T.NAME, 0x40, 0x43, 0x4B, 0x5F])
def test_localized_strings_are_read_in_the_charset_of_the_message(tag: int) -> None:
    assert V(tag, b"M\xfcller").text("iso-8859-1") == "M\u00fcller"
    assert V(tag, b"M\xfcller").text() is None
    assert V(tag, b"M\xc3\xbcller").text() == "M\u00fcller"


@pytest.mark.parametrize(
    "tag", [T.KEYWORD, T.URI, T.URI_SCHEME, T.CHARSET, T.NATURAL_LANGUAGE, T.MIME_MEDIA_TYPE, T.MEMBER_NAME]
)
def test_protocol_strings_are_us_ascii_in_every_charset(tag: int) -> None:
    assert V(tag, b"none").text("utf-16") == "none"
    assert V(tag, b"M\xc3\xbcller").text("utf-8") is None


@pytest.mark.parametrize("tag", [T.TEXT_WITH_LANGUAGE, T.NAME_WITH_LANGUAGE])
def test_a_string_with_language_reads_as_both(tag: int) -> None:
    value = V(tag, with_language(b"de", b"Stra\xdfe"))
    assert (value.language, value.text("iso-8859-1"), value.text()) == ("de", "Stra\u00dfe", None)


@pytest.mark.parametrize(
    "octets", [b"", b"\0\2de", b"\0\2de\0\3", b"\0\2de\0\2x", b"\0\2de\0\1xy", b"\xff\xffde\0\1x", b"\0\0\0\0x"]
)
def test_inner_lengths_that_do_not_add_up_read_as_nothing(octets: bytes) -> None:
    value = V(T.NAME_WITH_LANGUAGE, octets)
    assert (value.language, value.text()) == (None, None)
    assert value.problem == "nameWithLanguage: the inner lengths do not add up"


def test_the_builders_with_language_read_back() -> None:
    for build in (ipp.name_with_language, ipp.text_with_language):
        attribute = build("n", ("fr", "\u00c9t\u00e9"), ("en", b"\xff"))
        assert [(v.language, v.text()) for v in attribute.values] == [("fr", "\u00c9t\u00e9"), ("en", None)]


def test_the_out_of_band_tags_are_0x10_to_0x1f() -> None:
    assert [tag for tag in range(0x100) if V(tag).out_of_band] == list(range(0x10, 0x20))


@pytest.mark.parametrize("tag", [0x10, 0x13, 0x21, 0x22, 0x30, 0x31, 0x32, 0x33, 0x34, 0x3F, 0x60, 0x7F, 0xFF])
def test_what_is_no_string_reads_as_no_text(tag: int) -> None:
    assert V(tag, b"abc").text() is None


@pytest.mark.parametrize("tag", [tag for tag in range(0x10, 0x100) if tag not in (T.INTEGER, T.ENUM)])
def test_only_integer_and_enum_read_as_numbers(tag: int) -> None:
    assert V(tag, b"\0\0\0\1").integer is None


@given(st.integers(0, 255), st.binary(max_size=12))
def test_a_reading_is_there_only_if_nothing_is_wrong_with_the_size(tag: int, octets: bytes) -> None:
    value = V(tag, octets)
    readings = (value.integer, value.boolean, value.range, value.resolution, value.date_time)
    if any(r is not None for r in readings):
        assert value.problem is None or not any(f" {unit}, not" in value.problem for unit in ("octet", "octets"))


@settings(max_examples=60)
@given(st.sampled_from(sorted(set(encodings.aliases.aliases.values()))), st.binary(max_size=8))
def test_no_charset_that_python_knows_makes_reading_raise(charset: str, octets: bytes) -> None:
    for spelling in (charset, charset.replace("_", "-").upper()):
        V(T.TEXT, octets).text(spelling)


@given(st.one_of(st.text(max_size=70), st.sampled_from(["undefined", "unicode_escape", "idna", "punycode", "hex"])))
@example("utf-8\0")
@example("\ud800")
@example("a" * 5000)
@example("..")
@example("../../etc/passwd")
@example("aliases")
@example("undefined")
def test_no_charset_name_makes_reading_raise(charset: str) -> None:
    V(T.TEXT, b"\\q\xff").text(charset)


@pytest.mark.parametrize("charset", ["undefined", "unicode_escape", "raw-unicode-escape", "idna", "punycode", "hex"])
def test_codecs_that_are_no_charsets_read_nothing(charset: str) -> None:
    assert V(T.TEXT, b"abc").text(charset) is None


@pytest.mark.parametrize(
    ("attributes", "charset"),
    [
        ((ipp.charset("attributes-charset", "us-ascii"),), "us-ascii"),
        ((), "utf-8"),
        ((ipp.integer("attributes-charset", 1),), "utf-8"),
        ((ipp.charset("attributes-charset", b"\xff"),), "utf-8"),
    ],
)
def test_the_charset_of_a_message_is_its_own_or_utf_8(attributes: tuple[ipp.Attribute, ...], charset: str) -> None:
    assert ipp.Message(0, 1, (ipp.Group(1, attributes),)).charset == charset


# ---------------------------------------------------------------- problems


PROBLEMS = [
    (T.INTEGER, b"\0\1", "integer has 2 octets, not 4"),
    (T.ENUM, b"\0\0\0\0\1", "enum has 5 octets, not 4"),
    (T.ENUM, b"\0\0\0\0", "enum is 0, its numbers begin at 1"),
    (T.ENUM, b"\xff\xff\xff\xff", "enum is -1, its numbers begin at 1"),
    (T.BOOLEAN, b"", "boolean has 0 octets, not 1"),
    (T.BOOLEAN, b"\7", "boolean is 0x07, neither 00 nor 01"),
    (T.RANGE_OF_INTEGER, b"\0" * 7, "rangeOfInteger has 7 octets, not 8"),
    (T.RANGE_OF_INTEGER, b"\0\0\0\5\0\0\0\3", "rangeOfInteger runs from 5 down to 3"),
    (T.RESOLUTION, b"\0" * 8, "resolution has 8 octets, not 9"),
    (T.RESOLUTION, b"\0\0\0\1\0\0\0\1\5", "resolution has units 5, neither 3 nor 4"),
    (T.RESOLUTION, b"\0\0\0\0\0\0\0\1\3", "resolution is 0 by 1, both must be positive"),
    (T.DATE_TIME, NOON[:8], "dateTime has 8 octets, not 11"),
    (T.DATE_TIME, b"\x07\xd0\x02\x1e" + NOON[4:], "dateTime 0x07d0021e0c0000002b0000 is in no calendar"),
    (T.DATE_TIME, NOON[:8] + b"*\0\0", "dateTime 0x07d003080c0000002a0000 is in no calendar"),
    (T.DATE_TIME, NOON[:7] + b"\x0a" + NOON[8:], "dateTime 0x07d003080c00000a2b0000 is in no calendar"),
    (T.DATE_TIME, NOON[:9] + b"\x63\0", "dateTime 0x07d003080c0000002b6300 is in no calendar"),
    (T.DATE_TIME, NOON[:9] + b"\0\x3c", "dateTime 0x07d003080c0000002b003c is in no calendar"),
    (T.NO_VALUE, b"x", "no-value has 1 octet, not 0"),
    (0x1F, b"xy", "tag-0x1f has 2 octets, not 0"),
    (T.KEYWORD, b"", "keyword is empty"),
    (T.KEYWORD, b"k" * 256, "keyword has 256 octets, at most 255 are allowed"),
    (T.URI, b"mailto:\xc3\xbc", "uri has an octet above 0x7F, it is US-ASCII"),
    (T.URI, b"u" * 1024, "uri has 1024 octets, at most 1023 are allowed"),
    (T.URI_SCHEME, b"s" * 64, "uriScheme has 64 octets, at most 63 are allowed"),
    (T.CHARSET, b"c" * 64, "charset has 64 octets, at most 63 are allowed"),
    (T.NATURAL_LANGUAGE, b"l" * 64, "naturalLanguage has 64 octets, at most 63 are allowed"),
    (T.MIME_MEDIA_TYPE, b"m" * 256, "mimeMediaType has 256 octets, at most 255 are allowed"),
    (T.TEXT, b"t" * 1024, "textWithoutLanguage has 1024 octets, at most 1023 are allowed"),
    (T.NAME, b"n" * 256, "nameWithoutLanguage has 256 octets, at most 255 are allowed"),
    (T.OCTET_STRING, b"o" * 1024, "octetString has 1024 octets, at most 1023 are allowed"),
    (T.TEXT, b"t" * 0x8000, "textWithoutLanguage has 32768 octets, a value-length ends at 32767"),
    (0x5F, b"t" * 0x8000, "tag-0x5f has 32768 octets, a value-length ends at 32767"),
    (
        T.TEXT_WITH_LANGUAGE,
        with_language(b"e\xff", b"x"),
        "textWithLanguage: the language has an octet above 0x7F, it is US-ASCII",
    ),
    (T.TEXT_WITH_LANGUAGE, with_language(b"", b"x"), "textWithLanguage: the language has 0 octets, not 1 to 63"),
    (T.NAME_WITH_LANGUAGE, with_language(b"l" * 64, b""), "nameWithLanguage: the language has 64 octets, not 1 to 63"),
    (
        T.TEXT_WITH_LANGUAGE,
        with_language(b"en", b"x" * 1024),
        "textWithLanguage has 1024 octets, at most 1023 are allowed",
    ),
    (T.BEGIN_COLLECTION, b"x", "collection has 1 octet, not 0"),
    (T.MEMBER_NAME, b"x", "memberAttrName outside a collection"),
    (T.END_COLLECTION, b"", "endCollection outside a collection"),
    (T.EXTENSION, b"\0\0\1", "extension tag: its first four octets name the syntax, there are fewer"),
]


@pytest.mark.parametrize(("tag", "octets", "problem"), PROBLEMS, ids=[p for _, _, p in PROBLEMS])
def test_a_problem_is_named(tag: int, octets: bytes, problem: str) -> None:
    assert V(tag, octets).problem == problem


@pytest.mark.parametrize(("tag", "octets", "problem"), PROBLEMS, ids=[p for _, _, p in PROBLEMS])
def test_too_long_is_told_from_other_problems(tag: int, octets: bytes, problem: str) -> None:
    too_long = "at most" in problem or (tag == T.TEXT and "ends at" in problem)
    assert V(tag, octets).too_long == too_long


def test_the_problem_of_a_member_is_a_problem_of_the_collection() -> None:
    inner = ipp.collection("\u00e9", (ipp.Attribute("deep\n", (V(T.BOOLEAN, b"\2"),)),))
    problem = ipp.collection("c", (ipp.integer("good", 1), inner)).value.problem
    assert problem == "member \\xe9: member deep\\n: boolean is 0x02, neither 00 nor 01"


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (T.INTEGER, b"\xff\xff\xff\xff"),
        (T.RANGE_OF_INTEGER, b"\0\0\0\3\0\0\0\3"),
        (T.DATE_TIME, NOON),
        (T.DATE_TIME, NOON[:6] + b"\x3c" + NOON[7:]),  # a leap second is in the calendar, though Python has none
        (T.TEXT, b""),
        (T.TEXT, b"t" * 1023),
        (T.NAME, b""),
        (T.NAME, b"\xff" * 255),
        (T.NAME_WITH_LANGUAGE, with_language(b"l" * 63, b"")),
        (T.TEXT_WITH_LANGUAGE, with_language(b"l" * 63, b"t" * 1023)),
        (T.OCTET_STRING, b"\0" * 1023),
        (T.NO_VALUE, b""),
        (T.EXTENSION, b"\x40\0\0\1"),
        (0x20, b"odd"),
        (0x4B, b"\xff"),
        (0xFE, b""),
    ],
)
def test_what_is_allowed_has_no_problem(tag: int, octets: bytes) -> None:
    assert V(tag, octets).problem is None


@settings(deadline=None)
@given(BUILT_ATTRIBUTES)
def test_what_the_builders_build_has_no_problem(attribute: ipp.Attribute) -> None:
    assert [v.problem for v in attribute.values] == [None] * len(attribute.values)


# ---------------------------------------------------------------- shown to people


@settings(deadline=None)
@given(ATTRIBUTES, st.sampled_from(["utf-8", "iso-8859-1", "utf-16", "no-such-charset"]))
def test_what_is_shown_is_printable_ascii(attribute: ipp.Attribute, charset: str) -> None:
    shown = attribute.show(charset)
    assert shown.isascii()
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("attribute", "shown"),
    [
        (ipp.integer("i", 1, -2), "i=1,-2"),
        (ipp.boolean("b", True), "b=True"),
        (ipp.range_of_integer("r", (1, 9)), "r=(1, 9)"),
        (ipp.resolution("r", (600, 300, 3)), "r=600x300dpi"),
        (ipp.resolution("r", (600, 300, 4)), "r=600x300dpcm"),
        (ipp.resolution("r", (6, 3, 7)), "r=6x3 in units 7"),
        (ipp.date_time("d", NOON), "d=2000-03-08T12:00:00.000+00:00"),
        (ipp.date_time("d", b"\xff" * 11), "d=<dateTime 0xffffffffffffffffffffff>"),
        (ipp.keyword("k", "none"), "k='none'"),
        (ipp.out_of_band("o", T.NO_VALUE), "o=no-value"),
        (ipp.Attribute("o", (V(T.NO_VALUE, b"x"),)), "o=<no-value 0x78>"),
        (ipp.Attribute("o", (V(0x1E),)), "o=tag-0x1e"),
        (ipp.octet_string("o", b"\xffx"), "o=<octetString 0xff78>"),
        (ipp.text("t", "\u20ac\n", b"\xff"), "t='\\u20ac\\n',<textWithoutLanguage 0xff>"),
        (ipp.name_with_language("n", ("de", "\u00fc")), "n='\\xfc'[de]"),
        (ipp.name_with_language("n", ("e\n\u00e9", "x")), "n='x'[e\\n\\xc3\\xa9]"),
        (ipp.collection("c", (ipp.integer("x", 1), ipp.keyword("y", "a", "b"))), "c={x=1 y='a','b'}"),
        (ipp.Attribute("c", (V(T.BEGIN_COLLECTION, b"z", (ipp.integer("x", 1),)),)), "c=<collection 0x7a> x=1"),
        (ipp.integer("\u00fc\x1b[2J", 1), "\\xfc\\x1b[2J=1"),
        (ipp.Attribute("i", (V(T.INTEGER, b"\0"),)), "i=<integer 0x00>"),
    ],
    ids=lambda a: a if isinstance(a, str) else "",
)
def test_a_value_is_shown_as_its_syntax_reads(attribute: ipp.Attribute, shown: str) -> None:
    assert attribute.show() == shown


# ---------------------------------------------------------------- the builders and the registry


def test_builders_write_str_as_utf_8_and_bytes_as_they_are() -> None:
    for build in (ipp.name_, ipp.text, ipp.uri, ipp.keyword, ipp.charset, ipp.mime_media_type, ipp.natural_language):
        assert [v.octets for v in build("n", "\u00fc", b"\xfc").values] == [b"\xc3\xbc", b"\xfc"]


def test_a_group_finds_the_first_of_a_name_and_knows_what_it_has() -> None:
    group = ipp.Group(1, (ipp.integer("a", 1), ipp.integer("a", 2)))
    first = group.get("a")
    assert first is not None
    assert (first.integers(), group.get("b"), "a" in group, "b" in group, len(list(group))) == (
        [1],
        None,
        True,
        False,
        2,
    )


def test_a_message_finds_a_name_in_the_groups_asked_for() -> None:
    message = ipp.Message(
        0, 1, (ipp.Group(1, (ipp.integer("a", 1),)), ipp.Group(6, (ipp.integer("a", 2), ipp.integer("b", 3))))
    )
    assert message.find("a") == ipp.integer("a", 1)
    assert message.find("a", GroupTag.SUBSCRIPTION) == ipp.integer("a", 2)
    assert message.find("b", GroupTag.OPERATION, GroupTag.JOB) is None
    assert message.first(GroupTag.JOB) is None


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        (GroupTag, 6, "subscription-attributes-tag"),
        (GroupTag, 3, "end-of-attributes-tag"),
        (ValueTag, 0x13, "no-value"),
        (ValueTag, 0x33, "rangeOfInteger"),
        (ValueTag, 0x36, "nameWithLanguage"),
        (Operation, 0x0016, "Create-Printer-Subscriptions"),
        (Operation, 0x0003, "Print-URI"),
        (Operation, 0x4001, "0x4001"),
        (Status, 0x0414, "client-error-ignored-all-subscriptions"),
        (Status, 0x0002, "successful-ok-conflicting-attributes"),
        (Status, 0xFFFF, "0xffff"),
        (JobState, 4, "pending-held"),
        (PrinterState, 5, "stopped"),
    ],
)
def test_numbers_have_the_words_of_the_texts(kind: type[GroupTag], number: int, words: str) -> None:
    assert keyword_of(kind, number) == words
