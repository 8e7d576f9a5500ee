"""A lie on condition is told where its condition holds, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.printer.conditions import HOLDS, ConditionalLie, Occasion, When, told
from fakes.printer.mail.composed import Composed, differ
from fakes.printer.policy import Policy

LYING = replace(OBEDIENT, from_name="none")
FIRST = Occasion(subscription=1, nth=1)
HOLDING = {
    When.FROM_THE_SECOND_MAIL: replace(FIRST, nth=2),
    When.THIRD_MAIL: replace(FIRST, nth=3),
    When.PER_JOB: replace(FIRST, per_job=True),
    When.PER_PRINTER: FIRST,
    When.PRINTER_EVENTS: replace(FIRST, printer_event=True),
    When.MACHINE: replace(FIRST, machine=True),
    When.BEYOND_ASCII: replace(FIRST, beyond_ascii=True),
    When.BURST: replace(FIRST, waiting=1),
    When.RENEWED: replace(FIRST, renewed=True),
    When.REFUSED: replace(FIRST, refused=True),
    When.EVERY_OTHER: replace(FIRST, subscription=2),
    When.OTHER_LANGUAGE: replace(FIRST, other_language=True),
    When.ONCE: FIRST,
    When.AFTER_A_CANCELLATION: replace(FIRST, cancelled=True),
    When.STOPPED: replace(FIRST, stopped=True),
    When.RENEWED_TWICE: replace(FIRST, renewals=2),
    When.FIRST_IN_TLS: Occasion(in_tls=1),
    When.SECOND_CONNECTION: Occasion(connection=2),
    When.OLDEST_VERSION: Occasion(version=(1, 0)),
    When.GET_JOBS: Occasion(operation=Operation.GET_JOBS),
    When.LAST_URI: Occasion(last_uri=True),
}


def test_every_condition_is_known() -> None:
    assert set(HOLDS) == set(When) == set(HOLDING)


def tell(lie: ConditionalLie, occasion: Occasion, *, differs: bool = True) -> Policy:
    """The policy for an occasion, on which something is done otherwise than honesty would have it, or not."""
    with lie.telling(OBEDIENT, occasion) as telling:
        telling.compare(differs=differs)
    return telling.policy


@pytest.mark.parametrize("when", When)
def test_a_lie_is_told_where_its_condition_holds(when: When) -> None:
    lie = ConditionalLie(LYING, when)
    assert tell(lie, HOLDING[when]).from_name == "none"
    assert lie.shown == 1


@pytest.mark.parametrize("when", [w for w in When if w is not When.ONCE])
def test_and_nowhere_else(when: When) -> None:
    lie = ConditionalLie(LYING, when)
    other = replace(HOLDING[when], per_job=True) if when is When.PER_PRINTER else FIRST
    assert tell(lie, other) is OBEDIENT
    assert lie.shown == 0


def test_once_is_until_it_has_shown() -> None:
    lie = ConditionalLie(LYING, When.ONCE)
    said = [tell(lie, FIRST, differs=differs).from_name for differs in (False, True, True)]
    assert said == ["none", "none", "printer"]
    assert lie.shown == 1


def test_once_is_on_one_occasion_of_several_at_a_time() -> None:
    lie = ConditionalLie(LYING, When.ONCE)
    with lie.telling(OBEDIENT, FIRST) as first, lie.telling(OBEDIENT, FIRST) as second:
        assert (first.policy, second.policy) == (LYING, OBEDIENT)


def test_a_lie_of_which_nothing_comes_leaves_its_turn_to_another_occasion() -> None:
    lie = ConditionalLie(LYING, When.ONCE)
    with lie.telling(OBEDIENT, FIRST) as first:
        first.withdraw(OBEDIENT)
        assert tell(lie, FIRST) is LYING
    assert first.policy is OBEDIENT
    assert lie.shown == 1
    assert tell(lie, FIRST) is OBEDIENT


def test_a_printer_without_a_lie_has_its_own_policy() -> None:
    with told(None, OBEDIENT, lambda: FIRST) as telling:
        assert telling.policy is OBEDIENT


TO_CAROL = Composed("bob@example.com", "carol@example.com", b"Subject: x\r\nMessage-ID: <1.2.%016x@p.example>\r\n" % 1)


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (replace(TO_CAROL, octets=TO_CAROL.octets.replace(b"0001@", b"0002@")), False),
        (replace(TO_CAROL, octets=TO_CAROL.octets.replace(b"Subject", b"subject")), True),
        (replace(TO_CAROL, recipient="bob@example.com"), True),
        (None, True),
    ],
)
def test_two_mails_differ_in_more_than_what_is_drawn(other: Composed | None, differs: bool) -> None:
    assert differ(TO_CAROL, other) is differs
