"""The application/ipp content: table by table, in every charset, as our codec and libcups read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from conformance.wire import imf as judge
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, PrinterState, ValueTag
from conformance.wire.tests import libcups
from fakes.printer.mail.compose import Uncomposable, compose
from fakes.printer.mail.machine_consumable import content, date_and_time
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT

from .notices import JOB_EVENT, PRINTER_EVENT, changed

HEAD = ["attributes-charset", "attributes-natural-language", "printer-uri"]
COMMON = [
    "trigger-event", "trigger-time", "trigger-date-time", "subscription-id", "subscriber-user-name",
    "subscriber-user-data", "notify-printer-up-time",
]  # fmt: skip
JOB = ["job-state", "job-state-reasons"]
COUNTS = ["job-impressions-completed", "job-media-sheets-completed"]
PRINTER = ["printer-state", "printer-state-reasons", "printer-is-accepting-jobs"]


def attached(notice: Notice) -> ipp.Message:
    """The content as it comes out of the mail."""
    octets = compose(changed(notice, format="application/ipp"), OBEDIENT).octets
    _, part = judge.read(octets).leaves
    assert part.type == "application/ipp"
    message = ipp.decode(part.content)
    assert message.problem is None
    return message


def names(group: ipp.Group) -> list[str]:
    return [attribute.name for attribute in group]


def one(message: ipp.Message, name: str) -> ipp.Value:
    (found,) = [a for group in message.groups for a in group if a.name == name]
    (value,) = found.values
    return value


def test_a_job_event_looks_like_an_answer_to_get_job_attributes() -> None:
    message = attached(JOB_EVENT)
    assert (message.code, message.request_id, message.version) == (0x0600, 3, (1, 1))
    operation, job = message.groups
    assert (operation.tag, job.tag) == (GroupTag.OPERATION, GroupTag.JOB)
    assert names(operation) == HEAD
    assert names(job) == ["printer-name", "job-id", "job-name", *COMMON, *JOB, *COUNTS]


def test_a_printer_event_looks_like_an_answer_to_get_printer_attributes() -> None:
    message = attached(PRINTER_EVENT)
    assert (message.code, message.request_id) == (0x0601, 3)
    operation, printer = message.groups
    assert (operation.tag, printer.tag) == (GroupTag.OPERATION, GroupTag.PRINTER)
    assert names(operation) == HEAD
    assert names(printer) == ["printer-name", *COMMON, *PRINTER]


def test_a_printer_event_of_a_per_job_subscription_names_the_job() -> None:
    message = attached(changed(PRINTER_EVENT, job=JOB_EVENT.job, job_id=17))
    assert names(message.groups[1]) == ["printer-name", "job-id", "job-name", *COMMON, *PRINTER]
    assert one(message, "job-id").integer == 17


def test_only_a_completed_job_is_counted() -> None:
    message = attached(changed(event="job-created", job_state=JobState.PENDING))
    assert names(message.groups[1]) == ["printer-name", "job-id", "job-name", *COMMON, *JOB]


def test_the_values_are_those_of_the_notice() -> None:
    message = attached(JOB_EVENT)
    assert [one(message, n).text() for n in HEAD] == ["utf-8", "en", "ipp://printer.example/ipp/print"]
    for name, text in {
        "printer-name": "George Washington",
        "job-name": "financials",
        "trigger-event": "job-completed",
        "subscriber-user-name": "Bob Jones",
        "job-state-reasons": "job-completed-successfully",
    }.items():
        assert one(message, name).text() == text
    for name, number in {
        "job-id": 17,
        "trigger-time": 4711,
        "notify-printer-up-time": 4711,
        "subscription-id": 5,
        "job-state": JobState.COMPLETED,
        "job-impressions-completed": 33,
        "job-media-sheets-completed": 22,
    }.items():
        assert one(message, name).integer == number
    assert one(message, "subscriber-user-data") == ipp.Value(ValueTag.OCTET_STRING, b"jones@acme.com")
    assert one(message, "trigger-date-time").octets == bytes.fromhex("07d003090c1e2d062b0000")


def test_the_printers_state_has_its_syntaxes() -> None:
    message = attached(PRINTER_EVENT)
    assert one(message, "printer-state") == ipp.Value(ValueTag.ENUM, bytes((0, 0, 0, PrinterState.STOPPED)))
    assert one(message, "printer-state-reasons") == ipp.Value(ValueTag.KEYWORD, b"paused")
    assert one(message, "printer-is-accepting-jobs").boolean is False


def test_several_reasons_are_one_attribute_and_no_reason_is_none() -> None:
    (attribute,) = [
        a for a in attached(changed(job_state_reasons=("a", "b"))).groups[1] if a.name == "job-state-reasons"
    ]
    assert attribute.texts() == ["a", "b"]
    assert one(attached(changed(job_state_reasons=())), "job-state-reasons").text() == "none"


def test_what_nobody_knows_is_unknown() -> None:
    unknown = ipp.Value(ValueTag.UNKNOWN)
    message = attached(replace(changed(user_data=None), job=None))
    for name in ("subscriber-user-data", "job-id", "job-name", *JOB, *COUNTS):
        assert one(message, name) == unknown


def test_a_printer_without_a_clock_gives_no_date() -> None:
    assert b"trigger-date-time" not in content(JOB_EVENT, replace(OBEDIENT, current_time=False))


@pytest.mark.parametrize(
    ("charset", "stated", "octets"),
    [
        ("utf-8", b"utf-8", "Größe 打".encode()),
        ("iso-8859-1", b"iso-8859-1", "Größe ?".encode("latin-1")),
        ("us-ascii", b"us-ascii", b"Groesse ?"),
        ("x-nobody-knows", b"utf-8", "Größe 打".encode()),
    ],
)
def test_charset_and_language_are_the_subscriptions(charset: str, stated: bytes, octets: bytes) -> None:
    message = attached(changed(charset=charset, language="de", job_name="Größe 打"))
    assert one(message, "attributes-charset").octets == stated
    assert one(message, "attributes-natural-language").octets == b"de"
    assert one(message, "job-name").octets == octets


def test_a_name_keeps_its_line_breaks_where_they_do_no_harm() -> None:
    assert one(attached(changed(job_name="a\r\nBcc: b")), "job-name").octets == b"a\r\nBcc: b"


def test_values_that_do_not_fit_ipp_make_no_mail() -> None:
    with pytest.raises(Uncomposable, match="no application/ipp"):
        compose(changed(format="application/ipp", job_name="x" * 70_000), OBEDIENT)


@pytest.mark.parametrize(
    ("zone", "tail"),
    [(UTC, b"+\0\0"), (timezone(timedelta(minutes=330)), b"+\5\x1e"), (timezone(timedelta(minutes=-210)), b"-\3\x1e")],
)
def test_a_date_carries_its_zone(zone: timezone, tail: bytes) -> None:
    assert date_and_time(datetime(2000, 3, 9, 12, 30, 45, tzinfo=zone)) == b"\7\xd0\3\x09\x0c\x1e\x2d\0" + tail


@pytest.mark.skipif(not libcups.available, reason=libcups.MISSING)
@pytest.mark.parametrize("notice", [JOB_EVENT, PRINTER_EVENT, changed(user_data=None), changed(job_name="Größe 打")])
@pytest.mark.parametrize("changes", [{}, {"charset": "iso-8859-1"}, {"user_data": b"\xff\0\r\n"}])
def test_libcups_reads_the_same(notice: Notice, changes: dict[str, Any]) -> None:
    octets = content(changed(notice, **changes), OBEDIENT)
    assert libcups.read(octets) == ipp.decode(octets)
