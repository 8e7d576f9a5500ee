"""Fault scripts at work: each line counts for itself, and the first outcome is taken."""

from __future__ import annotations

from conformance.faults import Place
from fakes.recipient.faults import FaultScript


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


def test_a_recipient_is_the_same_however_his_domain_is_written() -> None:
    script = FaultScript.parse(["rcpt to <p7@Printer.Example>: 550"])
    assert script.apply(Place.RCPT, 1, ["p7@printer.example"]) is not None
    assert script.apply(Place.RCPT, 1, ["P7@printer.example"]) is None
