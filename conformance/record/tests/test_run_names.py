"""What is of one run gets a name, and nothing else does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.run_names import RunNames
from conformance.record.run_record import RunRecord
from conformance.verdict import CaseResult, Outcome, Sentences


def names(token: str, play: int) -> RunNames:
    """Those of a run with one play, whose subscription is called s."""
    asked = SimpleNamespace(address=f"{token}.{play}.s@recipient.example", other=f"{token}.{play}.sx@recipient.example")
    record = SimpleNamespace(
        row=SimpleNamespace(id=play), scenario="job/omitted", subscriptions={"s": SimpleNamespace(asked=asked)}
    )
    return RunNames(cast(RunRecord, cast(Any, SimpleNamespace(every_play=[record]))))


def result(actual: str, expected: str = "another") -> CaseResult:
    """What a case saw."""
    return CaseResult("table1.x[job/omitted]", ("1-6",), Outcome.VIOLATED, expected, actual)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("RCPT TO:<r50153f.7.s+tag@recipient.example>", "RCPT TO:<{run}.{job/omitted}.s+tag@recipient.example>"),
        ("Bcc:%20r50153f.7.sx@recipient.example", "Bcc:%20{run}.{job/omitted}.sx@recipient.example"),
        ("'R50153F.7.S@RECIPIENT.EXAMPLE'", "'{RUN}.{job/omitted}.S@RECIPIENT.EXAMPLE'"),
        ("bob.7.s@subscriber.example", "bob.{job/omitted}.s@subscriber.example"),
        ("job 31 (job 7j1)", "job {job} (job {job/omitted}j1)"),
        ("Job number: 31\\r\\nJob owner", "Job number: {job}\\r\\nJob owner"),
        ("b'x\\r\\nSubscription: 4\\r\\n'", "b'x\\r\\nSubscription: {subscription}\\r\\n'"),
        ("subscriptions 3, 4 and 5", "subscriptions {subscription}, {subscription 2} and {subscription 3}"),
        ("job-id=31, and job 32", "job-id={job}, and job {job 2}"),
        ("ipp://127.0.0.1:43863/jobs/31", "ipp://127.0.0.1:{port}/jobs/{job}"),
        ("ipp://[::1]:43863/ipp", "ipp://[::1]:{port}/ipp"),
        ("Date: Sun, 29 Nov 2026 07:11:50 +0000", "Date: {Ddd, 00 Mmm 0000 00:00:00} +0000"),
        ("Date: Sun, 9 Nov 2026 07:11 GMT", "Date: {Ddd, 00 Mmm 0000 00:00} GMT"),
        ("at 2026-11-29T07:11:50.25Z", "at {0000-00-00T00:00:00.0}Z"),
        ("Message-ID: <a1.b2@printer.example>", "Message-ID: <{message-id}@printer.example>"),
        ("1.2 to 1.4 s more", "{seconds} to {seconds} s more"),
        ("up time of 90000, up time from 89 to 92", "up time of {up-time}, up time from {up-time} to {up-time}"),
        ("none there (and 7 more of the kind)", "none there (and more of the kind)"),
        ("urn:uuid:4b5a337d-e4f4-43d3-bb13-ab35b08fc57a", "urn:uuid:{uuid}"),
        ("in mail #3", "in mail #{number}"),
    ],
)  # fmt: skip
def test_what_is_of_one_run_has_a_name(text: str, named: str) -> None:
    found = names("r50153f", 7).comparable(result(text))
    assert found.actual == named
    assert found.told == Sentences("another", text, "")
    assert found.as_told.actual == text


@pytest.mark.parametrize(
    "text",
    [
        "22 mails for 23 jobs created",
        "1 of 2 mails came",
        "ipp://printer.example:631/ipp/print",
        "0xfc in its content",
        "a lease from 60 to 600 s",
        "RFC 3995 section 5.4.2, 4.12-2",
        "bob.8.s@subscriber.example",
        "job-k-octets=5",
        "HTTP status 426",
        "",
    ],
)
def test_what_any_run_may_say_stays(text: str) -> None:
    found = names("r50153f", 7).comparable(result(text))
    assert found.actual == text
    assert found.told is None


def test_two_values_of_a_kind_do_not_read_alike() -> None:
    found = names("r50153f", 7).comparable(result("job 12 and port 40001", "job 11 and port 40002"))
    assert (found.expected, found.actual) == ("job {job} and port {port}", "job {job 2} and port {port 2}")


def test_the_same_value_has_the_same_name() -> None:
    found = names("r50153f", 7).comparable(result("job 11 again", "not job 11"))
    assert (found.expected, found.actual) == ("not job {job}", "job {job} again")
