"""Fault scripts: what they say, and what they refuse to understand."""

from __future__ import annotations

import pytest

from fakes import faults
from fakes.faults import Action, FaultError, FaultScript, Place

# ---------------------------------------------------------------- the script


def test_every_line_of_the_documentation_is_understood() -> None:
    lines = [line for line in str(faults.__doc__).splitlines() if line.startswith("    ")]
    script = FaultScript.parse(lines)
    assert len(script.faults) == 10
    assert {fault.place for fault in script.faults} > {Place.GREETING, Place.DATA_END, Place.ANY, Place.SIZE}


def test_a_line_is_read_in_all_its_parts() -> None:
    (fault,) = FaultScript.parse(["  rcpt to <p7@Printer.Example> session 3: 451 greylisted, wait x2  "]).faults
    assert fault.place is Place.RCPT
    assert fault.action is Action.REPLY
    assert (fault.number, fault.text, fault.times, fault.session) == (451, "greylisted, wait", 2, 3)
    assert fault.recipient == "p7@printer.example"
    assert fault.reply == "451 greylisted, wait"


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2.0), ("150ms", 0.15), ("0.5s", 0.5)])
def test_times_are_read(text: str, seconds: float) -> None:
    (fault,) = FaultScript.parse([f"mail: delay {text}"]).faults
    assert fault.seconds == seconds


def test_an_address_may_hold_a_colon() -> None:
    (fault,) = FaultScript.parse(["rcpt to jones@[IPv6:::1]: 550"]).faults
    assert fault.recipient == "jones@[ipv6:::1]"


def test_blank_lines_and_remarks_are_skipped() -> None:
    assert FaultScript.parse(["", "  ", "# nothing", "  # nothing"]).faults == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rcpt 451", "PLACE"),
        (": 451", "PLACE"),
        ("bdat: 451", "there are greeting"),
        ("rcpt: explode", "drop-after"),
        ("rcpt: CODE", "drop-after"),
        ("rcpt:", "drop-after"),
        ("rcpt: 250", "400 to 599"),
        ("rcpt: 4511", "400 to 599"),
        ("rcpt: 451 caf\u00e9", "ASCII"),
        ("rcpt: 451 a\tb", "ASCII"),
        ("mail to jones@acme.example: 451", "rcpt, data, data-end"),
        ("rcpt to: 451", "PLACE"),
        ("rcpt to a@b to c@d: 451", "PLACE"),
        ("rcpt session x: 451", "session"),
        ("rcpt session 0: 451", "session"),
        ("rcpt: drop now", "takes no"),
        ("rcpt: drop-after 10", "data only"),
        ("data: drop-after", "octets"),
        ("data: drop-after -1", "octets"),
        ("mail: delay", "2s"),
        ("mail: delay 2", "2s"),
        ("mail: delay 0s", "2s"),
        ("mail: delay 99999s", "3600s"),
        ("any: trickle slowly", "2s"),
        ("greeting: multiline", "lines"),
        ("greeting: multiline 1", "2 to 100"),
        ("greeting: multiline 101", "2 to 100"),
        ("mail: hide SIZE", "ehlo only"),
        ("ehlo: hide", "keyword"),
        ("ehlo: announce", "keyword"),
        ("size: big", "octets"),
        ("size: 0", "octets"),
        ("size to a@b: 1000", "rcpt, data, data-end"),
        ("size: 1000 x2", "octets"),
    ],
)
def test_a_line_that_cannot_be_understood_says_what_is_allowed(line: str, says: str) -> None:
    with pytest.raises(FaultError) as caught:
        FaultScript.parse(["greeting: 421", line])
    assert says in caught.value.message
    assert caught.value.line == line


def test_each_line_counts_for_itself_and_the_first_outcome_is_taken() -> None:
    script = FaultScript.parse(["rcpt: 451 x1", "rcpt: 550 x1", "any: trickle x1", "rcpt session 2: 452"])
    seen = []
    for session in (1, 1, 1, 2):
        applied = script.apply(Place.RCPT, session)
        seen.append([f.line for f in applied.faults] if applied else [])
    assert seen == [["any: trickle x1", "rcpt: 451 x1"], ["rcpt: 550 x1"], [], ["rcpt session 2: 452"]]


def test_the_manner_of_an_answer_that_is_not_given_is_not_used_up() -> None:
    script = FaultScript.parse(["data: drop x1", "any: trickle x1", "any: delay 1s x1"])
    applied = script.apply(Place.DATA, 1)
    assert applied is not None
    assert [f.line for f in applied.faults] == ["any: delay 1s x1", "data: drop x1"]
    later = script.apply(Place.DATA, 1)
    assert later is not None
    assert [f.line for f in later.faults] == ["any: trickle x1"]
