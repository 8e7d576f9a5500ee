"""A lie on condition is told where its condition holds, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.printer import OBEDIENT
from fakes.printer.conditions import HOLDS, ConditionalLie, Occasion, When

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
}


def test_every_condition_is_known() -> None:
    assert set(HOLDS) == set(When) == set(HOLDING)


@pytest.mark.parametrize("when", When)
def test_a_lie_is_told_where_its_condition_holds(when: When) -> None:
    lie = ConditionalLie(LYING, when)
    assert lie.at(OBEDIENT, HOLDING[when]).from_name == "none"
    assert lie.told == 1


@pytest.mark.parametrize("when", [w for w in When if w is not When.ONCE])
def test_and_nowhere_else(when: When) -> None:
    lie = ConditionalLie(LYING, when)
    other = replace(HOLDING[when], per_job=True) if when is When.PER_PRINTER else FIRST
    assert lie.at(OBEDIENT, other) is OBEDIENT
    assert lie.told == 0


def test_once_is_once() -> None:
    lie = ConditionalLie(LYING, When.ONCE)
    assert [lie.at(OBEDIENT, FIRST).from_name for _ in range(3)] == ["none", "printer", "printer"]


def test_what_the_lie_is_not_about_tells_nothing() -> None:
    lie = ConditionalLie(LYING, When.ONCE)
    assert lie.at(OBEDIENT, FIRST).subject == OBEDIENT.subject
    assert lie.told == 0
