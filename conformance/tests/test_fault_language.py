"""Fault scripts: what they say, and what they refuse to understand."""

from __future__ import annotations

import pytest

from conformance import faults
from conformance.faults import ADDRESS, Action, Effect, Fault, FaultError, Place, recorded, script
from conformance.scenarios import SCENARIOS
from conformance.scenarios.steps import Refuse

# ---------------------------------------------------------------- the script


def test_every_line_of_the_documentation_is_understood() -> None:
    lines = [line for line in str(faults.__doc__).splitlines() if line.startswith("    ")]
    found = script("\n".join(lines))
    assert len(found) == 10
    assert {fault.place for fault in found} > {Place.GREETING, Place.DATA_END, Place.ANY, Place.SIZE}


def test_a_line_is_read_in_all_its_parts() -> None:
    (fault,) = script("  rcpt to <p7@Printer.Example> session 3: 451 greylisted, wait x2  ")
    assert fault.place is Place.RCPT
    assert fault.action is Action.REPLY
    assert (fault.number, fault.text, fault.times, fault.session) == (451, "greylisted, wait", 2, 3)
    assert fault.recipient == "<p7@Printer.Example>"
    assert fault.reply == "451 greylisted, wait"


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2.0), ("150ms", 0.15), ("0.5s", 0.5)])
def test_times_are_read(text: str, seconds: float) -> None:
    (fault,) = script(f"mail: delay {text}")
    assert fault.seconds == seconds


def test_an_address_may_hold_a_colon() -> None:
    (fault,) = script("rcpt to jones@[IPv6:::1]: 550")
    assert fault.recipient == "jones@[IPv6:::1]"


def test_blank_lines_and_remarks_are_skipped() -> None:
    assert script("\n  \n# nothing\n  # nothing\n") == ()


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
        script(f"greeting: 421\n{line}")
    assert says in caught.value.message
    assert caught.value.line == line


# ---------------------------------------------------------------- templates and records


def test_a_line_for_an_address_yet_to_be_made_is_read_and_filled_in() -> None:
    refused, delayed = script("rcpt to {address}: 451 busy x2\nany: delay 1s")
    assert refused.recipient == ADDRESS
    filled = refused.about("p7@printer.example")
    assert filled == script("rcpt to p7@printer.example: 451 busy x2")[0]
    assert delayed.about("p7@printer.example") is delayed


def test_a_line_that_another_version_recorded_is_no_crash() -> None:
    assert recorded("rcpt: 451 x2") == script("rcpt: 451 x2")[0]
    assert recorded("rcpt: evaporate 3") is None
    assert recorded("") is None


def test_scripts_of_scenarios_are_read_when_their_rows_are() -> None:
    with pytest.raises(FaultError, match="evaporate"):
        Refuse(script("rcpt to {address}: evaporate"))
    faults = [f for scenario in SCENARIOS for step in scenario.steps if isinstance(step, Refuse) for f in step.faults]
    assert {type(fault) for fault in faults} == {Fault}


# ---------------------------------------------------------------- what a client sees of it


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("rcpt: 550 sorry: close the door", {"refuses"}),
        ("rcpt: 451 : stall here, x2 or so", {"refuses"}),
        ("rcpt to drop@close.example: 550", {"refuses"}),
        ("ehlo: announce X: multiline 3", set()),
        ("mail: 421", {"refuses", "closes"}),
        ("any: drop", {"silences", "closes"}),
        ("any: close", {"silences", "closes"}),
        ("any: stall", {"silences", "delays"}),
        ("starttls: alert", {"closes"}),
        ("data: drop-after 10", {"silences", "closes"}),
        ("any: delay 1s", {"delays"}),
        ("any: trickle", {"delays"}),
        ("any: multiline 2", {"spreads"}),
        ("ehlo: hide SIZE", set()),
        ("size: 10", {"refuses"}),
    ],
)
def test_a_fault_tells_what_it_does(line: str, does: set[str]) -> None:
    (fault,) = script(line)
    properties = ("refuses", "silences", "closes", "delays", "spreads")
    assert {name for name in properties if getattr(fault, name)} == does


def test_every_action_says_what_a_client_sees_of_it() -> None:
    assert [action for action in Action if not action.does] == []
    assert {effect for action in Action for effect in action.does} == set(Effect)
