"""Which of two mails went out first is told only where that can be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.cases.order_lookup import expect_in_order
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .written_run import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, STEP, WrittenRun, session_of

ONE = [*MAIL, *RCPT, *DATA]
WHOLE = [*PLAIN_HEAD, *ONE, *QUIT]
LASTS = (len(WHOLE) + 2) * STEP


def judge(bench: WrittenRun, *numbers: int, begin: int = 0) -> None:
    """Look at the order of the last mails, which have these numbers as they came, in a play from that time on."""
    play = bench.run()
    play.row = replace(play.row, t=begin)
    mails = play.run_record.mails[-len(numbers) :]
    expect_in_order(play, list(zip(numbers, mails, strict=True)), binding=False)


@pytest.mark.parametrize(("numbers", "right"), [((1, 2), True), ((2, 1), False), ((1, 1), True)])
@pytest.mark.parametrize("sessions", ["one", "two"])
def test_a_mail_that_was_begun_after_a_later_one_had_come_is_out_of_order(
    bench: WrittenRun, numbers: tuple[int, int], right: bool, sessions: str
) -> None:
    if sessions == "one":
        bench.session([*PLAIN_HEAD, *ONE, *ONE, *QUIT])
    else:
        bench.session(WHOLE)
        bench.session(WHOLE, begin=LASTS)
    if right:
        return judge(bench, *numbers)
    with pytest.raises(Violation, match="event 2 had wholly come before that of event 1") as caught:
        judge(bench, *numbers)
    assert caught.value.binding is False
    return None


def test_what_is_under_way_at_once_has_no_order(bench: WrittenRun) -> None:
    bench.session(WHOLE)
    bench.session(WHOLE, begin=LASTS // 2)  # accepted before the first was taken
    judge(bench, 2, 1)


def test_a_connection_that_serves_a_whole_run_was_in_trouble_at_a_time_only() -> None:
    refused = [*PLAIN_HEAD, *MAIL, "C: RCPT TO:<r1.1.s@here.example>", "S: 451 busy"]
    session, at = session_of([*refused, *ONE, *ONE, *QUIT]), len(refused) * STEP
    assert session.in_trouble
    assert session.in_trouble_between(0, at)
    assert not session.in_trouble_between(0, at - 1)
    assert not session.in_trouble_between(at + 1, session.ended)


def test_after_a_refusal_the_order_is_not_the_printers_own(bench: WrittenRun) -> None:
    bench.session([*PLAIN_HEAD, *MAIL, "C: RCPT TO:<r1.1.s@here.example>", "S: 451 busy", *QUIT])
    bench.session(WHOLE, begin=LASTS)
    bench.session(WHOLE, begin=2 * LASTS)
    with pytest.raises(Inconclusive, match="refused"):
        judge(bench, 2, 1)


REFUSED = [*MAIL, "C: RCPT TO:<r1.0.s@here.example>", "S: 451 busy"]
OF_BEFORE = [*MAIL, "C: RCPT TO:<r1.0.s@here.example>", "S: 250 ok", *DATA]


def two_mails_behind(bench: WrittenRun, *before: list[str]) -> None:
    """In sessions of their own, from ``2 * LASTS`` on."""
    for place, script in enumerate((*before, WHOLE, WHOLE), 2 - len(before)):
        bench.session(script, begin=place * LASTS)


def test_what_was_refused_before_and_comes_now_may_have_others_wait(bench: WrittenRun) -> None:
    two_mails_behind(bench, [*PLAIN_HEAD, *REFUSED, *QUIT])
    bench.session([*PLAIN_HEAD, *OF_BEFORE, *QUIT], begin=4 * LASTS)
    play = bench.run()
    play.row = replace(play.row, t=2 * LASTS)
    with pytest.raises(Inconclusive, match="refused"):
        expect_in_order(play, list(zip((2, 1), play.run_record.mails, strict=False)), binding=False)


def test_what_was_refused_before_and_is_over_is_no_excuse(bench: WrittenRun) -> None:
    two_mails_behind(bench, [*PLAIN_HEAD, *REFUSED, *OF_BEFORE, *QUIT])
    with pytest.raises(Violation, match="event 2 had wholly come before"):
        judge(bench, 2, 1, begin=2 * LASTS)


@pytest.mark.parametrize("reaches", [True, False])
def test_a_fault_is_at_work_until_something_else_happens(reaches: bool) -> None:
    delayed = [*PLAIN_HEAD, "C: MAIL FROM:<bob@x.example>", "F: mail: delay 2s", "S: 250 ok", *RCPT, *DATA, *QUIT]
    session, at = session_of(delayed), (len(PLAIN_HEAD) + 2) * STEP
    assert session.faults
    assert session.in_trouble_between(at + (STEP if reaches else STEP + 1), session.ended) is reaches


def test_what_a_relay_brought_has_no_order(bench: WrittenRun) -> None:
    bench.facts["relay"] = "yes"
    bench.session(WHOLE)
    bench.session(WHOLE, begin=LASTS)
    with pytest.raises(NotApplicable, match="relay"):
        judge(bench, 2, 1)


def test_one_mail_has_no_order(bench: WrittenRun) -> None:
    bench.session(WHOLE)
    with pytest.raises(Inconclusive, match="fewer than two"):
        judge(bench, 1)
