"""What filters on the way put into a header, wherever they put it, is held against no printer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.cases import test_fields, test_message, test_octets
from conformance.cases.tests.written_run import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, WrittenRun
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, Violation

PRINTER = "127.0.0.1:4711"
TRACE = "Received: from a (a [127.0.0.1]) by mail.example; now\\r\\n"
EIGHT_BITS = test_octets.test_octets_above_127_are_declared_and_wanted
TWICE = test_fields.test_no_field_is_there_twice_that_may_be_there_once
WORDS = test_fields.test_encoded_words_can_be_read
LINES = test_message.test_each_header_line_is_a_field
Case = Callable[[PlayRecord], None]
NOTES = [
    pytest.param(EIGHT_BITS, "X-Spam-Report: \\xfcble Sache\\r\\n", id="octets"),
    pytest.param(WORDS, "X-Spam-Report: =?utf-8?q?=FF?=\\r\\n", id="words"),
    pytest.param(LINES, "X-Spam-Report: a\\r\\n \\t\\r\\n", id="fold"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()


def noted(before: str, behind: str = "") -> list[str]:
    """A session whose mail has something before its own fields, and behind them."""
    script = [*PLAIN_HEAD, *MAIL, *RCPT, *DATA, *QUIT]
    script = [line.replace("C: From:", f"C: {before}From:") for line in script]
    return [line.replace("Subject: job 1j\\r\\n", f"Subject: job 1j\\r\\n{behind}") for line in script]


@pytest.mark.parametrize(("case", "note"), NOTES)
def test_a_note_behind_the_printers_fields_may_be_a_relays(bench: WrittenRun, case: Case, note: str) -> None:
    bench.facts["relay"] = "yes"
    bench.session(noted(TRACE, note))
    case(bench.run())


@pytest.mark.parametrize(("case", "note"), NOTES)
def test_where_nobody_knows_of_a_relay_the_ixit_is_asked(bench: WrittenRun, case: Case, note: str) -> None:
    bench.session(noted(note + TRACE))
    with pytest.raises(Inconclusive, match="say relay = true in the IXIT, else relay = false"):
        case(bench.run())


@pytest.mark.parametrize(("case", "note"), NOTES)
def test_without_a_relay_it_is_the_printers(bench: WrittenRun, case: Case, note: str) -> None:
    bench.session(noted("", note))
    with pytest.raises(Violation):
        case(bench.run())


@pytest.mark.parametrize(
    ("case", "field"),
    [
        (EIGHT_BITS, "Comments: \\xfc\\r\\n"),
        (TWICE, "Subject: once more\\r\\n"),
        (WORDS, "Comments: =?utf-8?q?=FF?=\\r\\n"),
        (LINES, "no colon at all\\r\\n"),
    ],
)
def test_what_tells_of_the_message_is_the_printers_through_a_relay_as_well(
    bench: WrittenRun, case: Case, field: str
) -> None:
    bench.facts["relay"] = "yes"
    bench.session(noted(TRACE, field))
    with pytest.raises(Violation):
        case(bench.run())


def test_a_session_that_brought_no_mail_is_whose_the_others_from_there_are(bench: WrittenRun) -> None:
    note = "X-Spam-Report: \\xfcble Sache\\r\\n"
    refused = [line.replace("S: 250 taken", "S: 451 later") for line in noted(note + TRACE)]
    bench.session(noted(TRACE))
    bench.session(refused)
    with pytest.raises(Inconclusive, match="say relay = true"):
        EIGHT_BITS(bench.run())


def test_where_no_mail_from_there_has_a_trace_it_is_the_printers(bench: WrittenRun) -> None:
    refused = [line.replace("S: 250 taken", "S: 451 later") for line in noted("X-Note: \\xfc\\r\\n")]
    bench.session(noted(""))
    bench.session(refused)
    with pytest.raises(Violation):
        EIGHT_BITS(bench.run())
