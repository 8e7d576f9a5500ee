"""Requests that are not as they should be get the answer that is due, in the order of the checks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message, Value
from conformance.wire.registry import GroupTag, Operation, Status, ValueTag
from fakes.printer.ipp.operations import OPERATIONS, answer
from fakes.printer.ipp.requests import MOST_ASKED
from fakes.printer.ipp.responses import merged
from fakes.printer.state.clock import Clock
from fakes.printer.state.jobs import MAX_WAITING
from fakes.printer.state.printer import Printer

from .printer_bench import STEADY, VOCABULARIES, Notices, PrinterBench, at, speaking
from .written_requests import CHARSET, GPA, LANGUAGE, TARGET, URI, operation_group, request

GOOD = request(CHARSET, LANGUAGE, TARGET)


def ask(octets: bytes, path: str = "/ipp/print") -> Message | None:
    """The answer of a printer without a network."""

    async def perform() -> bytes | None:
        loop = asyncio.get_running_loop()
        printer = Printer(STEADY, Clock(loop), Notices(), (URI,), "127.0.0.1")
        try:
            return answer(printer, octets, path)
        finally:
            printer.stop()

    reply = asyncio.run(perform())
    return None if reply is None else ipp.decode(reply)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (GOOD, Status.SUCCESSFUL_OK),
        (replace(GOOD, version=(1, 0)), Status.SUCCESSFUL_OK),
        (replace(GOOD, version=(2, 2)), Status.SUCCESSFUL_OK),
        (replace(GOOD, version=(3, 0), code=0x7777), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED),
        (replace(GOOD, version=(0, 0)), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED),
        (request(code=Operation.PRINT_URI), Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED),
        (request(code=0x4001), Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED),
        (replace(GOOD, groups=()), Status.CLIENT_ERROR_BAD_REQUEST),
        (replace(GOOD, request_id=0), Status.CLIENT_ERROR_BAD_REQUEST),
        (replace(GOOD, groups=(Group(GroupTag.JOB), *GOOD.groups)), Status.CLIENT_ERROR_BAD_REQUEST),
        (replace(GOOD, groups=GOOD.groups * 2), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(LANGUAGE, CHARSET, TARGET), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, TARGET), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(ipp.keyword("attributes-charset", "utf-8"), LANGUAGE, TARGET), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE, TARGET, TARGET), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE, ipp.text("printer-uri", URI)), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE, ipp.uri("printer-uri", "ipp://[::1/ipp/print")), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE, ipp.uri("printer-uri", URI + "2")), Status.CLIENT_ERROR_NOT_FOUND),
        (request(CHARSET, LANGUAGE, TARGET, code=Operation.CANCEL_JOB), Status.CLIENT_ERROR_BAD_REQUEST),
        (request(CHARSET, LANGUAGE, ipp.uri("job-uri", URI + "/1")), Status.CLIENT_ERROR_BAD_REQUEST),
        (
            request(CHARSET, LANGUAGE, ipp.uri("job-uri", URI + "/" + "9" * 900), code=Operation.CANCEL_JOB),
            Status.CLIENT_ERROR_NOT_FOUND,
        ),
        (
            request(ipp.charset("attributes-charset", "shift_jis"), LANGUAGE, TARGET),
            Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED,
        ),
        (
            request(CHARSET, LANGUAGE, TARGET, ipp.name_("requesting-user-name", b"M\xfcller")),
            Status.CLIENT_ERROR_BAD_REQUEST,
        ),
        (
            request(CHARSET, LANGUAGE, TARGET, ipp.name_("requesting-user-name", "x" * 256)),
            Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG,
        ),
        (
            request(CHARSET, LANGUAGE, ipp.uri("printer-uri", URI + "x" * 1023)),
            Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG,
        ),
        (
            request(CHARSET, LANGUAGE, TARGET, Attribute("limit", (Value(ValueTag.INTEGER, b"\0\1"),))),
            Status.CLIENT_ERROR_BAD_REQUEST,
        ),
        (
            request(CHARSET, LANGUAGE, TARGET, ipp.mime_media_type("document-format", "image/tiff")),
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
        ),
        (request(CHARSET, LANGUAGE, TARGET, ipp.keyword("colour", "red")), 0x0001),
    ],
)
def test_a_request_gets_the_status_of_its_first_fault(message: Message, status: int) -> None:
    reply = ask(ipp.encode(message))
    assert reply is not None
    assert (reply.code, reply.request_id) == (status, message.request_id)
    first, second = reply.groups[0].attributes[:2]
    assert (first.name, second.name) == ("attributes-charset", "attributes-natural-language")


@pytest.mark.parametrize(
    ("asked", "answered"), [((1, 0), (1, 0)), ((1, 1), (1, 1)), ((1, 9), (1, 1)), ((2, 2), (2, 0)), ((0, 5), (1, 0))]
)
def test_the_answer_is_in_the_closest_version(asked: tuple[int, int], answered: tuple[int, int]) -> None:
    reply = ask(ipp.encode(replace(GOOD, version=asked)))
    assert reply is not None
    assert reply.version == answered


def test_a_message_that_breaks_off_is_a_bad_request_and_less_than_a_header_none() -> None:
    octets = ipp.encode(GOOD)
    for end in range(8, len(octets)):
        reply = ask(octets[:end])
        assert reply is not None
        assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST
    assert ask(octets[:7]) is None


@pytest.mark.parametrize(
    ("path", "status"),
    [("/ipp/print", 0), ("/ipp/print/", 0), ("/ipp/print?x=1", 0), ("/ipp/printer", 0x0406), ("/", 0x0406)],
)
def test_another_http_path_is_another_printer(path: str, status: int) -> None:
    reply = ask(ipp.encode(GOOD), path)
    assert reply is not None
    assert reply.code == status


def test_the_answer_is_in_the_charset_and_language_of_the_request() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True, name=b"Pr\xfcfung".decode("latin-1"))
        for charset, octets in (("utf-8", "Prüfung".encode()), ("iso-8859-1", b"Pr\xfcfung"), ("us-ascii", b"Pr?fung")):
            message = await bench.on_job(Operation.GET_JOB_ATTRIBUTES, job, charset=charset, language="de")
            assert message.charset == charset
            name = message.find("job-name")
            assert name is not None
            assert name.value.octets == octets
            language = message.find("attributes-natural-language")
            assert language is not None
            assert language.texts() == ["de"]
        klingon = await bench.ask(GPA, language="tlh")
        assert klingon.find("attributes-natural-language") == LANGUAGE

    at(STEADY, play)


def test_every_listed_operation_is_there_and_no_other() -> None:
    assert set(OPERATIONS) == set(STEADY.operations)


def test_a_request_of_very_many_values_is_refused_unread() -> None:
    values = Attribute("requested-attributes", (Value(ValueTag.KEYWORD, b"all"),) * MOST_ASKED)
    reply = ask(ipp.encode(request(CHARSET, LANGUAGE, TARGET, values)))
    assert reply is not None
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST
    fewer = Attribute("requested-attributes", values.values[:-100])
    reply = ask(ipp.encode(request(CHARSET, LANGUAGE, TARGET, fewer)))
    assert reply is not None
    assert reply.code == Status.SUCCESSFUL_OK


# ---------------------------------------------------------------- anything at all

NAMES = st.sampled_from(
    sorted(
        {
            *(
                "job-id",
                "job-uri",
                "limit",
                "requested-attributes",
                "which-jobs",
                "my-jobs",
                "last-document",
                "job-name",
            ),
            *("job-notify", "notify-events", "notify-format", "notify-charset", "notify-natural-language", "copies"),
            *("my-subscriptions", "job-hold-until", "compression", "document-format", "notify-pull-method"),
            *(
                getattr(v, n)
                for v in VOCABULARIES
                for n in ("recipient", "user_data", "subscription_id", "lease_requested")
            ),
            *("requesting-user-name", "printer-uri", "notify-job-id", "notify-mailto-text-only", "strange"),
        }
    )
)
NUMBERS = st.sampled_from([0, 1, 2, -1, 2**31 - 1, -(2**31)]).map(
    lambda n: Value(ValueTag.INTEGER, n.to_bytes(4, "big", signed=True))
)
WORDS = st.builds(
    Value,
    st.sampled_from(
        [
            ValueTag.KEYWORD,
            ValueTag.URI,
            ValueTag.NAME,
            ValueTag.OCTET_STRING,
            ValueTag.MIME_MEDIA_TYPE,
            ValueTag.CHARSET,
        ]
    ),
    st.sampled_from(
        [b"mailto:a@b.example", b"all", b"none", b"job-completed", b"text/plain; charset=", b"\xff\xfe", b""]
    ),
)
ODD = st.builds(Value, st.integers(0x10, 0x49).filter(lambda t: t not in (0x34, 0x37)), st.binary(max_size=12))
PLAIN = st.one_of(NUMBERS, WORDS, ODD, st.sampled_from([Value(ValueTag.BOOLEAN, b"\1"), Value(ValueTag.NO_VALUE)]))
ATTRIBUTES = st.builds(Attribute, NAMES, st.lists(PLAIN, min_size=1, max_size=3).map(tuple))
COLLECTIONS = st.builds(
    lambda members: Attribute("job-notify", (Value(ValueTag.BEGIN_COLLECTION, b"", tuple(members)),)),
    st.lists(ATTRIBUTES, max_size=4),
)
GROUPS = st.builds(Group, st.sampled_from([2, 4, 6, 9]), st.lists(ATTRIBUTES, max_size=5).map(tuple))


@settings(max_examples=150, deadline=None)
@given(
    names=st.sampled_from(VOCABULARIES),
    code=st.sampled_from(STEADY.operations),
    more=st.lists(st.one_of(ATTRIBUTES, COLLECTIONS), max_size=5),
    groups=st.lists(GROUPS, max_size=3),
)
def test_any_well_formed_request_is_answered_in_form(
    names: object, code: int, more: list[Attribute], groups: list[Group]
) -> None:
    async def perform() -> bytes | None:
        policy = speaking(names)  # type: ignore[arg-type]
        printer = Printer(policy, Clock(asyncio.get_running_loop()), Notices(), (URI,), "127.0.0.1")
        try:
            for each in (GOOD, replace(GOOD, code=Operation.CREATE_JOB)):
                assert answer(printer, ipp.encode(each), "/ipp/print") is not None
            message = Message(code, 9, (operation_group(CHARSET, LANGUAGE, TARGET, *more), *groups))
            return answer(printer, ipp.encode(message), "/ipp/print")
        finally:
            printer.stop()

    reply = asyncio.run(perform())
    assert reply is not None
    message = ipp.decode(reply)
    assert message.problem is None
    assert message.request_id == 9
    for group in message.groups:
        names_ = [a.name for a in group]
        assert len(names_) == len(set(names_))


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=8, max_size=80))
def test_any_octets_are_answered(octets: bytes) -> None:
    reply = ask(b"\1\1" + octets)
    assert reply is not None
    assert reply.problem is None


def test_what_is_not_supported_is_told_once_each_and_gone_through_once() -> None:
    """To look for each value among those before would take a minute."""
    many = Attribute("x", tuple(Value(ValueTag.INTEGER, number.to_bytes(4, "big")) for number in range(50_000)))
    assert merged([many, many, CHARSET]) == (many, CHARSET)


def test_of_a_flood_of_jobs_no_more_are_taken_than_can_be_told_of_at_once() -> None:
    async def perform() -> None:
        printer = Printer(STEADY, Clock(asyncio.get_running_loop()), Notices(), (URI,), "127.0.0.1")

        def ask(code: int) -> Message:
            octets = answer(printer, ipp.encode(request(CHARSET, LANGUAGE, TARGET, code=code)), "/ipp/print")
            assert octets is not None
            return ipp.decode(octets)

        try:
            ask(Operation.PAUSE_PRINTER)
            taken = [ask(Operation.CREATE_JOB).code for _ in range(MAX_WAITING + 2)]
            assert len(ask(Operation.GET_JOBS).all(GroupTag.JOB)) == MAX_WAITING <= 1_000
        finally:
            printer.stop()
        assert taken == [Status.SUCCESSFUL_OK] * MAX_WAITING + [Status.SERVER_ERROR_BUSY] * 2

    asyncio.run(perform())
