"""Clients that are not ours talk to the printer: ipptool with CUPS' own test file, and pyipp."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyipp import IPP
from pyipp.enums import IppOperation

from conformance.vocabulary import RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.ipp import Group, Message
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.tests.ipptool_request import HEAD

from .printer_bench import VOCABULARIES, PrinterBench, at, speaking

CUPS_TESTS = Path("/usr/share/cups/ipptool")
BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))
needs_ipptool = pytest.mark.skipif(
    shutil.which("ipptool") is None or not CUPS_TESTS.is_dir(), reason="install cups-ipp-utils"
)
NOTIFICATIONS = Path(__file__).with_name("notifications.test")


async def ipptool(uri: str, test: Path, *options: str) -> str:
    """What ipptool reports; it must find nothing wrong."""
    process = await asyncio.create_subprocess_exec(
        *("ipptool", "-tv", *options, uri, str(test)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    report = output.decode()
    assert process.returncode == 0, report
    assert "[FAIL]" not in report
    assert "[PASS]" in report
    return report


@needs_ipptool
@BOTH
def test_the_ipp_1_1_tests_of_cups_pass(names: Vocabulary, tmp_path: Path) -> None:
    document, test = tmp_path / "document.txt", tmp_path / "ipp-1.1.test"
    document.write_text("nothing\n")
    # between two looks at a job ipptool waits five seconds unless it is told otherwise
    text = (CUPS_TESTS / "ipp-1.1.test").read_text()
    test.write_text(text.replace('NAME "Get-Job-Attributes Until', 'DELAY 0.05\n\tNAME "Get-Job-Attributes Until'))

    async def play(bench: PrinterBench) -> None:
        report = await ipptool(bench.uri, test, "-f", str(document))
        # what asks for printing by reference is skipped, as ipptool itself has it: the printer fetches no documents
        assert (report.count("[PASS]"), report.count("[SKIP]")) == (30, 7)

    at(speaking(names, job_seconds=0.3), play)


@needs_ipptool
def test_what_is_said_of_notification_by_those_who_pull_holds(tmp_path: Path) -> None:
    document = tmp_path / "document.txt"
    document.write_text("nothing\n")

    async def play(bench: PrinterBench) -> None:
        report = await ipptool(bench.uri, NOTIFICATIONS, "-f", str(document), "-d", "user=jones")
        assert "[SKIP]" not in report
        assert report.count("[PASS]") == NOTIFICATIONS.read_text().count('\tNAME "')

    at(speaking(RFC3995), play)


SUBSCRIBE = """
{
    NAME "two groups in one request"
    OPERATION Create-Printer-Subscriptions
    {head}
    ATTR name requesting-user-name jones
    GROUP subscription-attributes-tag
    ATTR uri {recipient} mailto:one@recipient.example
    ATTR octetString {user_data} jones@acme.com
    ATTR keyword notify-events job-created,job-completed
    GROUP subscription-attributes-tag
    ATTR uri {recipient} mailto:two@recipient.example
    ATTR octetString {user_data} jones@acme.com
    ATTR integer {lease} 60
    STATUS successful-ok
    EXPECT {id} OF-TYPE integer IN-GROUP subscription-attributes-tag WITH-VALUE >0
}
{
    NAME "the first of them"
    OPERATION Get-Subscription-Attributes
    {head}
    ATTR integer {id} 1
    STATUS successful-ok
    EXPECT {recipient} OF-TYPE uri IN-GROUP subscription-attributes-tag WITH-VALUE "mailto:one@recipient.example"
    EXPECT {user_data} OF-TYPE octetString COUNT 1
    EXPECT notify-events OF-TYPE keyword COUNT 2
    EXPECT notify-format OF-TYPE mimeMediaType COUNT 1
    EXPECT {sequence} OF-TYPE integer WITH-VALUE 0
    EXPECT {up_time} OF-TYPE integer WITH-VALUE >0
    EXPECT {user_name} OF-TYPE name WITH-VALUE "jones"
    EXPECT {printer_uri} OF-TYPE uri WITH-VALUE "$uri"
    EXPECT {expiration} OF-TYPE integer WITH-VALUE >0
}
{
    NAME "both are listed"
    OPERATION Get-Subscriptions
    {head}
    STATUS successful-ok
    EXPECT {id} OF-TYPE integer IN-GROUP subscription-attributes-tag
}
{
    NAME "the printer says what it supports"
    OPERATION Get-Printer-Attributes
    {head}
    STATUS successful-ok
    EXPECT notify-schemes-supported OF-TYPE uriScheme IN-GROUP printer-attributes-tag WITH-VALUE mailto
    EXPECT notify-events-supported OF-TYPE keyword WITH-VALUE "job-completed"
    EXPECT notify-format-supported OF-TYPE mimeMediaType
    EXPECT {max_events} OF-TYPE integer WITH-VALUE >4
    EXPECT {lease_supported} OF-TYPE rangeOfInteger
    EXPECT {lease_default} OF-TYPE integer
    EXPECT printer-smtp-mail-service-address OF-TYPE text
    EXPECT !notify-format-default
    EXPECT !notify-default
}
"""


@needs_ipptool
@BOTH
def test_ipptool_subscribes_twice_in_one_request_and_reads_the_answers(names: Vocabulary, tmp_path: Path) -> None:
    v, text = names, SUBSCRIBE
    words = {
        "head": HEAD,
        "recipient": v.recipient,
        "user_data": v.user_data,
        "lease": v.lease_requested,
        "id": v.subscription_id,
        "sequence": v.sequence,
        "up_time": v.up_time,
        "user_name": v.user_name,
        "printer_uri": v.printer_uri,
        "expiration": v.lease_expiration,
        "max_events": v.max_events,
        "lease_supported": v.lease_supported,
        "lease_default": v.lease_default,
    }
    for word, name in words.items():
        text = text.replace("{" + word + "}", name)
    test = tmp_path / "subscribe.test"
    test.write_text(text)

    async def play(bench: PrinterBench) -> None:
        report = await ipptool(bench.uri, test)
        assert f"{v.subscription_id} (integer) = 1" in report
        assert f"{v.subscription_id} (integer) = 2" in report

    at(speaking(names), play)


@BOTH
def test_pyipp_reads_the_printer(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        address = urlsplit(bench.uri)
        async with IPP(address.hostname or "", port=address.port or 0, base_path="/ipp/print") as client:
            printer = await client.printer()
            assert printer.info.name == "ippmailto reference printer"
            assert printer.info.printer_name == "George Washington" or printer.info.printer_info == "George Washington"
            assert printer.state.printer_state == "idle"
            answer = await client.execute(
                IppOperation.GET_PRINTER_ATTRIBUTES,
                {"operation-attributes-tag": {"requested-attributes": ["printer-name", names.lease_supported]}},
            )
        low_and_high = answer["printers"][0][names.lease_supported]
        assert answer["printers"][0]["printer-name"] == "George Washington"
        assert tuple(low_and_high) == (2, 86_400)

    at(speaking(names), play)


@BOTH
def test_pyipp_carries_our_octets(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        address = urlsplit(bench.uri)
        head = Group(
            GroupTag.OPERATION,
            (
                ipp.charset("attributes-charset", "utf-8"),
                ipp.natural_language("attributes-natural-language", "en"),
                ipp.uri("printer-uri", bench.uri),
                ipp.name_("requesting-user-name", "jones"),
            ),
        )
        request = Message(Operation.CREATE_PRINTER_SUBSCRIPTIONS, 5, (head, bench.wish(), bench.wish(user_data=None)))
        async with IPP(address.hostname or "", port=address.port or 0, base_path="/ipp/print") as client:
            octets = await client.raw(IppOperation.CREATE_PRINTER_SUBSCRIPTIONS, ipp.encode(request))  # type: ignore[arg-type]
        answer = ipp.decode(octets)
        assert answer.request_id == 5
        assert answer.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert bench.id_of(answer) == 1
        assert len(answer.all(GroupTag.SUBSCRIPTION)) == 2

    at(speaking(names), play)
