"""What the printer says of itself, and its life on the network."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
import trustme

from conformance.vocabulary import NTFY_01, RFC3995, Edition, Vocabulary, recognise
from conformance.wire import ipp
from conformance.wire.ipp import Group
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.http.client import connect
from fakes.http.connection import HttpError
from fakes.printer import ReferencePrinter
from fakes.printer.state.clock import date_time

from .printer_bench import STEADY, VOCABULARIES, Notices, PrinterBench, at, speaking

BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))
REQUIRED = (  # RFC 2911 section 4.4
    *("printer-uri-supported", "uri-security-supported", "uri-authentication-supported", "printer-name"),
    *("printer-state", "printer-state-reasons", "ipp-versions-supported", "operations-supported", "charset-configured"),
    *("charset-supported", "natural-language-configured", "generated-natural-language-supported"),
    *("document-format-default", "document-format-supported", "printer-is-accepting-jobs", "queued-job-count"),
    *("pdl-override-supported", "printer-up-time", "compression-supported", "multiple-operation-time-out"),
)


def texts(group: Group, name: str) -> list[str]:
    attribute = group.get(name)
    assert attribute is not None, name
    return attribute.texts()


@BOTH
def test_the_printer_lists_what_it_must_and_is_recognised_by_its_words(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        about = await bench.about()
        assert [n for n in REQUIRED if n not in about] == []
        assert recognise(about) is names
        other = RFC3995 if names is NTFY_01 else NTFY_01
        assert [n for n in (other.max_events, other.lease_supported, other.lease_default) if n in about] == []
        assert texts(about, "notify-schemes-supported") == ["mailto"]
        assert set(texts(about, "notify-events-default")) <= set(texts(about, "notify-events-supported"))
        assert about.get(names.lease_supported) == ipp.range_of_integer(names.lease_supported, (2, 86_400))
        assert texts(about, "notify-format-supported")[0] == "text/plain"
        assert about.get("printer-smtp-mail-service-address") == ipp.text(
            "printer-smtp-mail-service-address", "127.0.0.1"
        )
        assert "notify-format-default" not in about

    at(speaking(names), play, smtp=("127.0.0.1", 2525))


@BOTH
def test_the_later_editions_have_neither_formats_nor_a_relay_to_tell(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        about = await bench.about()
        assert "notify-format-supported" not in about
        assert "printer-smtp-mail-service-address" not in about
        assert [a.name for a in about if "text-only" in a.name] == []

    at(speaking(names, edition=Edition.MAILTO_04), play)


@pytest.mark.parametrize(
    ("wanted", "has", "lacks"),
    [
        (("printer-name",), ("printer-name",), ("printer-state", "notify-schemes-supported")),
        (("job-template",), ("copies-supported",), ("printer-name", "notify-schemes-supported")),
        (("printer-description",), ("printer-name", "printer-smtp-mail-service-address"), ("copies-supported",)),
        (("subscription-template",), ("notify-schemes-supported", "notify-format-supported"), ("printer-name",)),
        (("all",), ("printer-name", "copies-supported", "notify-schemes-supported"), ()),
        (("media-col-database", "printer-state"), ("printer-state",), ("printer-name",)),
    ],
    ids=lambda v: "+".join(v),
)
def test_requested_attributes_are_names_and_groups(
    wanted: tuple[str, ...], has: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.GET_PRINTER_ATTRIBUTES, ipp.keyword("requested-attributes", *wanted))
        assert message.code == Status.SUCCESSFUL_OK
        group = message.first(GroupTag.PRINTER)
        assert group is not None
        assert [n for n in has if n not in group] == []
        assert [n for n in lacks if n in group] == []

    at(STEADY, play)


def test_the_printer_keeps_the_hour_only_if_it_has_a_clock() -> None:
    for has in (True, False):

        async def play(bench: PrinterBench, has: bool = has) -> None:
            hour = (await bench.about()).get("printer-current-time")
            assert (hour is not None) is has
            assert hour is None or hour.value.problem is None

        at(replace(STEADY, current_time=has), play)


@pytest.mark.parametrize(
    ("moment", "octets"),
    [
        (datetime(2000, 3, 9, 13, 5, 59, 700_000, UTC), "07d00309 0d053b07 2b0000"),
        (datetime(2000, 3, 9, 13, 5, 59, 0, timezone(-timedelta(hours=3, minutes=30))), "07d00309 0d053b00 2d031e"),
    ],
)
def test_a_moment_becomes_the_eleven_octets_of_a_date_time(moment: datetime, octets: str) -> None:
    assert date_time(moment) == bytes.fromhex(octets)


# ---------------------------------------------------------------- life on the network


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For the printer and for a client that trusts it."""
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("127.0.0.1").configure_cert(server)
    ca.configure_trust(client)
    return server, client


def test_a_printer_with_a_certificate_has_a_second_uri(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def play(bench: PrinterBench) -> None:
        about = await bench.about()
        assert texts(about, "printer-uri-supported") == [bench.printer.uri, bench.printer.secure_uri]
        assert texts(about, "uri-security-supported") == ["none", "tls"]
        assert len(texts(about, "uri-authentication-supported")) == 2
        address = urlsplit(bench.printer.secure_uri)
        assert address.scheme == "ipps"
        await bench.connection.close()
        bench.connection = await connect(address.hostname or "", address.port or 0, tls=contexts[1])
        assert (await bench.about()).get("printer-uuid") == about.get("printer-uuid")

    at(STEADY, play, tls=contexts[0])


def test_a_client_may_upgrade_to_tls_in_the_middle(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.about()
        assert bench.last is not None
        headers = [
            *(("Host", "x"), ("Content-Type", "application/ipp")),
            *(("Upgrade", "TLS/1.2"), ("Connection", "Upgrade")),
        ]
        start = (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en"))
        group = Group(GroupTag.OPERATION, (*start, ipp.uri("printer-uri", bench.uri)))
        request = ipp.encode(ipp.Message(Operation.GET_PRINTER_ATTRIBUTES, 3, (group,)))
        switch = await bench.connection.exchange("POST", "/ipp/print", headers, request)
        assert (switch.head.status, switch.head.get("upgrade")) == (101, "TLS/1.2, HTTP/1.1")
        await bench.connection.start_tls(contexts[1], "127.0.0.1")
        assert ipp.decode((await bench.connection.read_answer()).body).code == Status.SUCCESSFUL_OK
        assert "printer-name" in await bench.about()
        assert bench.connection.tls

    at(STEADY, play, tls=contexts[0])


def test_a_printer_without_a_certificate_answers_in_the_clear() -> None:
    async def play(bench: PrinterBench) -> None:
        headers = [("Host", "x"), ("Upgrade", "TLS/1.2"), ("Connection", "Upgrade")]
        answer = await bench.connection.exchange("OPTIONS", "*", headers)
        assert (answer.head.status, answer.head.get("allow")) == (200, "OPTIONS, POST")
        assert "printer-name" in await bench.about()

    at(STEADY, play)


def test_a_stopped_printer_is_gone_and_two_live_side_by_side() -> None:
    async def play() -> None:
        printers = [ReferencePrinter(STEADY, outlet=Notices()) for _ in range(2)]
        for printer in printers:
            await printer.start()
        first, second = (urlsplit(p.uri).port or 0 for p in printers)
        assert first != second
        idle = await connect("127.0.0.1", first)
        await printers[0].stop()
        with pytest.raises(HttpError):
            await idle.exchange("OPTIONS", "*", [("Host", "x")])
        await idle.close()
        with pytest.raises(HttpError):
            await connect("127.0.0.1", first)
        live = await connect("127.0.0.1", second)
        assert (await live.exchange("OPTIONS", "*", [("Host", "x")])).head.status == 200
        await live.close()
        await printers[1].stop()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(play())


def test_a_port_that_is_taken_is_an_error() -> None:
    async def play(bench: PrinterBench) -> None:
        other = ReferencePrinter(STEADY, port=urlsplit(bench.uri).port or 0, outlet=Notices())
        with pytest.raises(OSError, match="in use"):
            await other.start()
        await other.stop()

    at(STEADY, play)
