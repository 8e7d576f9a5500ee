"""What others make of our octets and we of theirs: libcups, pyipp's attribute reader, ipptool."""

from __future__ import annotations

import plistlib
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyipp.parser import parse, parse_attribute

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, ValueTag

from . import libcups
from .ipp_strategies import HEADER, INTEGERS, entry

needs_libcups = pytest.mark.skipif(not libcups.available, reason=libcups.MISSING)
needs_ipptool = pytest.mark.skipif(
    shutil.which("ipptool") is None, reason="ipptool is not here; install cups-ipp-utils (Debian) or cups"
)

# What every one of them keeps: one tag and one language in a set, strings of UTF-8 without NUL.
NAMES = st.from_regex(r"x-[a-z0-9-]{0,12}", fullmatch=True)
WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
LANGUAGES = WORDS.filter(lambda word: word != "c")  # libcups makes "en" of the language of nobody
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
DATES = st.builds(
    lambda when, sign, hours, minutes: (
        struct.pack(">H6B", when.year, when.month, when.day, when.hour, when.minute, when.second, 7)
        + bytes((sign, hours, minutes))
    ),
    st.datetimes(),
    st.sampled_from(b"+-"),
    st.integers(0, 11),
    st.integers(0, 59),
)


def some(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=most)


SIMPLE = st.one_of(
    st.builds(lambda n, v: ipp.integer(n, *v), NAMES, some(INTEGERS)),
    st.builds(lambda n, v: ipp.enum(n, *v), NAMES, some(INTEGERS)),
    st.builds(lambda n, v: ipp.boolean(n, *v), NAMES, some(st.booleans())),
    st.builds(lambda n, v: ipp.range_of_integer(n, *v), NAMES, some(st.tuples(INTEGERS, INTEGERS))),
    st.builds(
        lambda n, v, u: ipp.resolution(n, *((x, y, u) for x, y in v)),
        NAMES,
        some(st.tuples(INTEGERS, INTEGERS)),
        st.sampled_from([3, 4]),
    ),
    st.builds(ipp.date_time, NAMES, DATES),
    st.builds(ipp.octet_string, NAMES, st.binary(max_size=63)),
    st.builds(ipp.out_of_band, NAMES, st.sampled_from([0x10, 0x12, 0x13, 0x15, 0x16, 0x17])),
    st.builds(lambda n, v: ipp.keyword(n, *v), NAMES, some(WORDS)),
    st.builds(lambda n, v: ipp.uri(n, *v), NAMES, some(WORDS)),
    st.builds(lambda n, v: ipp.uri_scheme(n, *v), NAMES, some(WORDS)),
    st.builds(lambda n, v: ipp.mime_media_type(n, *v), NAMES, some(WORDS)),
    st.builds(lambda n, v: ipp.name_(n, *v), NAMES, some(TEXTS)),
    st.builds(lambda n, v: ipp.text(n, *v), NAMES, some(TEXTS)),
    st.builds(lambda n, v, lang: ipp.name_with_language(n, *((lang, t) for t in v)), NAMES, some(TEXTS), LANGUAGES),
    st.builds(lambda n, v, lang: ipp.text_with_language(n, *((lang, t) for t in v)), NAMES, some(TEXTS), LANGUAGES),
)
COLLECTIONS = st.recursive(
    SIMPLE,
    lambda a: st.builds(lambda n, v: ipp.collection(n, *map(tuple, v)), NAMES, some(st.lists(a, max_size=3), 2)),
    max_leaves=4,
)
CHARSET = (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en"))
GROUPS = st.builds(
    ipp.Group,
    st.sampled_from([2, 4, 5, 6, 6, 7, 8, 9, 10]),
    st.lists(COLLECTIONS, min_size=1, max_size=3).map(tuple),
)
MESSAGES = st.builds(
    lambda version, code, request_id, groups: ipp.Message(
        code, request_id, (ipp.Group(GroupTag.OPERATION, CHARSET), *groups), version=version
    ),
    st.sampled_from([(1, 0), (1, 1), (2, 0), (2, 2)]),
    st.integers(0, 0x7FFF),
    st.integers(1, 2**31 - 1),
    st.lists(GROUPS, max_size=4),
)


# ---------------------------------------------------------------- libcups


@needs_libcups
@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_libcups_reads_what_we_write(message: ipp.Message) -> None:
    assert libcups.read(ipp.encode(message)) == message


@needs_libcups
@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_libcups_writes_the_octets_we_write(message: ipp.Message) -> None:
    octets = libcups.write(message)
    assert octets == ipp.encode(message)
    assert ipp.decode(octets) == message


@needs_libcups
@pytest.mark.parametrize("tag", [0x20, 0x3F, 0x4B, 0x5F, 0x60, 0x80, 0xFF])
def test_libcups_walks_over_unknown_tags_as_we_do(tag: int) -> None:
    known = ipp.keyword("known", "a")
    message = ipp.Message(0, 1, (ipp.Group(1, (ipp.Attribute("unknown", (ipp.Value(tag, b"abcd"),)), known)),))
    unknown, after = libcups.read(ipp.encode(message)).groups[0]
    assert (unknown.name, unknown.value.tag, after) == ("unknown", tag, known)


COLLECTION = HEADER + b"\1" + entry(ValueTag.BEGIN_COLLECTION, b"c", b"")


@needs_libcups
@pytest.mark.parametrize(
    "octets",
    [
        HEADER + b"\1" + entry(0x44, b"a", b"b"),
        HEADER + b"\1" + entry(0x44, b"", b"b") + b"\3",
        HEADER + b"\1" + entry(0x44, b"a", b"b") + b"\2" + entry(0x44, b"", b"b") + b"\3",
        HEADER + b"\1\x44\0\1a\xff\xfbxy\3",
        HEADER + b"\1\x44\0\1a\0\x09xy\3",
        COLLECTION + b"\3",
        COLLECTION + entry(0x44, b"m", b"v") + entry(0x37, b"", b"") + b"\3",
        COLLECTION + entry(0x44, b"", b"v") + entry(0x37, b"", b"") + b"\3",
    ],
    ids=[
        "no end",
        "value without a name",
        "value without a name in the next group",
        "negative length",
        "length beyond the end",
        "open collection",
        "named member",
        "member value before a member name",
    ],
)
def test_libcups_refuses_what_we_call_a_defect(octets: bytes) -> None:
    assert ipp.decode(octets).problem is not None
    with pytest.raises(libcups.LibcupsRefused):
        libcups.read(octets)


@needs_libcups
@pytest.mark.parametrize(
    "value",
    [ipp.Value(ValueTag.INTEGER, b"\0\1"), ipp.Value(ValueTag.BOOLEAN, b""), ipp.Value(ValueTag.DATE_TIME, b"x")],
)
def test_libcups_refuses_a_size_we_call_a_problem(value: ipp.Value) -> None:
    assert value.problem is not None
    with pytest.raises(libcups.LibcupsRefused):
        libcups.read(ipp.encode(ipp.Message(0, 1, (ipp.Group(1, (ipp.Attribute("a", (value,)),)),))))


# ---------------------------------------------------------------- pyipp


def as_pyipp_sees(value: ipp.Value) -> object:
    """The Python value pyipp 0.17.2 gives for what it does not lose."""
    date = value.date_time
    if isinstance(date, datetime):
        return date
    if value.range is not None:
        return list(value.range)
    return next(
        (r for r in (value.integer, value.boolean, value.resolution, value.text()) if r is not None),
        value.octets.decode("utf-8", "ignore"),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(SIMPLE, min_size=1, max_size=4))
def test_pyipp_reads_each_value_we_write(attributes: list[ipp.Attribute]) -> None:
    octets = ipp.encode(ipp.Message(0, 1, (ipp.Group(2, tuple(attributes)),)))
    for attribute in ipp.decode(octets).groups[0]:
        offset, end = attribute.span
        for k, value in enumerate(attribute.values):
            seen, offset = parse_attribute(octets, offset)
            assert (seen["tag"], seen["name"]) == (value.tag, "" if k else attribute.name)
            assert seen["value"] == as_pyipp_sees(value)
            assert seen.get("language") == value.language
        assert offset == end


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([2, 4, 5]), st.dictionaries(NAMES, INTEGERS, min_size=1)), max_size=4))
def test_pyipp_reads_the_groups_it_knows(drawn: list[tuple[int, dict[str, int]]]) -> None:
    groups = [ipp.Group(tag, tuple(ipp.integer(n, v) for n, v in named.items())) for tag, named in drawn]
    seen = parse(ipp.encode(ipp.Message(0x0400, 9, (ipp.Group(1, CHARSET), *groups), version=(2, 0))))
    assert (seen["version"], seen["status-code"], seen["request-id"]) == ((2, 0), 0x0400, 9)
    assert seen["operation-attributes"]["attributes-charset"] == "utf-8"
    for tag, key in ((2, "jobs"), (4, "printers"), (5, "unsupported-attributes")):
        assert seen[key] == [named for t, named in drawn if t == tag]


# ---------------------------------------------------------------- ipptool


@contextmanager
def answering(response: ipp.Message) -> Iterator[tuple[str, list[ipp.Message]]]:
    """Its URI and its requests: an HTTP server that answers one POST, ``response`` under the request's id."""
    requests: list[ipp.Message] = []

    class Once(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            requests.append(ipp.decode(self.rfile.read(int(self.headers["Content-Length"]))))
            octets = ipp.encode(replace(response, request_id=requests[-1].request_id))
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Once) as server:
        server.timeout = 10
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        try:
            yield f"ipp://127.0.0.1:{server.server_port}/ipp/print", requests
        finally:
            thread.join()


def ask(tmp_path: Path, response: ipp.Message, *expectations: str) -> tuple[dict[str, Any], ipp.Message]:
    """What ipptool tells of ``response``, and the request it sent."""
    test = tmp_path / "ask.test"
    test.write_text(
        "\n".join(
            (
                "{ NAME ask OPERATION Create-Printer-Subscriptions",
                "GROUP operation-attributes-tag",
                "ATTR charset attributes-charset utf-8",
                "ATTR naturalLanguage attributes-natural-language en",
                "ATTR uri printer-uri $uri",
                "GROUP subscription-attributes-tag",
                "ATTR uri notify-recipient-uri mailto:jones@example.com",
                "ATTR keyword notify-events job-completed,job-created",
                "ATTR integer notify-lease-duration 3600",
                *expectations,
                "}",
            )
        )
    )
    with answering(response) as (uri, requests):
        done = subprocess.run(
            ["ipptool", "-T", "5", "-X", uri, str(test)], capture_output=True, timeout=20, check=False
        )
    told = plistlib.loads(done.stdout)["Tests"][0]
    return told, requests[0]


RESPONSE = ipp.Message(
    0,
    1,
    (
        ipp.Group(GroupTag.OPERATION, CHARSET),
        ipp.Group(
            GroupTag.SUBSCRIPTION,
            (
                ipp.integer("notify-subscription-id", 7),
                ipp.octet_string("notify-user-data", b"\xff\0j"),
                ipp.out_of_band("notify-job-id", ValueTag.NO_VALUE),
                ipp.boolean("x-boolean", True, False),
            ),
        ),
        ipp.Group(
            GroupTag.SUBSCRIPTION,
            (
                ipp.enum("notify-status-code", 0x040B),
                ipp.collection("x-collection", (ipp.integer("x", 1, 2), ipp.text("t", "\u00fc"))),
                ipp.range_of_integer("x-range", (1, 9)),
            ),
        ),
    ),
)


@needs_ipptool
def test_ipptool_reads_our_response_group_by_group(tmp_path: Path) -> None:
    told, _ = ask(
        tmp_path, RESPONSE, *expect("notify-subscription-id", "integer"), *expect("notify-status-code", "enum")
    )
    assert told.get("Errors", []) == []
    assert told["Successful"]
    assert told["ResponseAttributes"] == [
        {"attributes-charset": "utf-8", "attributes-natural-language": "en"},
        {
            "notify-subscription-id": 7,
            "notify-user-data": b"\xff\0j",
            "notify-job-id": "<<no-value>>",
            "x-boolean": [True, False],
        },
        {
            "notify-status-code": 0x040B,
            "x-collection": {"x": [1, 2], "t": "\u00fc"},
            "x-range": {"lower": 1, "upper": 9},
        },
    ]


def expect(name: str, syntax: str) -> Sequence[str]:
    return (f"EXPECT {name} OF-TYPE {syntax} IN-GROUP subscription-attributes-tag COUNT 1",)


@needs_ipptool
def test_ipptool_misses_what_we_left_out(tmp_path: Path) -> None:
    told, _ = ask(tmp_path, replace(RESPONSE, groups=RESPONSE.groups[:1]), *expect("notify-subscription-id", "integer"))
    assert not told["Successful"]


@needs_ipptool
def test_we_read_the_request_of_ipptool(tmp_path: Path) -> None:
    _, request = ask(tmp_path, RESPONSE)
    assert (request.problem, request.code) == (None, Operation.CREATE_PRINTER_SUBSCRIPTIONS)
    (subscription,) = request.all(GroupTag.SUBSCRIPTION)
    assert list(subscription) == [
        ipp.uri("notify-recipient-uri", "mailto:jones@example.com"),
        ipp.keyword("notify-events", "job-completed", "job-created"),
        ipp.integer("notify-lease-duration", 3600),
    ]
