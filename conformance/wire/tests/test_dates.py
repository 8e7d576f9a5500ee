"""Dates as RFC 822 and RFC 5322 write them; the email package of Python gives a second opinion on the instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.dates import date_time

SUNDAY = "22 Nov 2026 12:00:30 +0000"


@given(seconds=st.integers(-(2**29), 2**31), minutes_east=st.integers(-14 * 60, 14 * 60))
def test_what_python_writes_is_read(seconds: int, minutes_east: int) -> None:
    text = format_datetime(datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes_east))))
    told = date_time(text.encode())
    assert told is not None
    assert told.problem is None
    assert told.first == parsedate_to_datetime(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"Sun, {SUNDAY}", None),
        (f"sun,{SUNDAY}", None),
        (SUNDAY, None),
        ("22 Nov 26 12:00 GMT", None),
        ("22 Nov 2026 12:00:60 A", None),
        (f"Mon, {SUNDAY}", "that day was no Mon, but a Sun"),
        (f"Sunday, {SUNDAY}", "Sunday is no day of the week"),
        ("22 Nov 2026 12:00:30 CET", "CET is no time zone of the grammar"),
        ("22 Nov 2026 12:00:30 J", "J is no time zone of the grammar"),
    ],
)
def test_grammar_and_calendar_are_looked_at(text: str, problem: str | None) -> None:
    told = date_time(text.encode())
    assert told is not None
    assert told.problem == problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22T12:00:30Z",
        "Sun Nov 22 12:00:30 2026",
        "22 November 2026 12:00:30 +0000",
        "31 Nov 2026 12:00:30 +0000",
        "22 Nov 2026 24:00:00 +0000",
        "22 Nov 2026 12:00:61 +0000",
        "22 Nov 2026 12:00:30",
        "22 Nov 2026 12:00:30 +00",
        "22 Nov 2026 12:00:30 +0060",
        "22 Nov 2026 12:00:30+0000",
        "22 Nov 126 12:00:30 +0000",
        "22 Nov 2026 1:00:30 +0000",
        "Sun, 22 Nov 2026 12:00:30 +0000 (open",
        "Sun, 22 Nov 2026 12:00:30 +0000 UTC",
        "=?utf-8?q?22_Nov_2026?= 12:00:30 +0000",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert date_time(text.encode()) is None
