"""Hypothesis draws awkward data for a run: the same for the same seed, and never what a request cannot hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.scenarios import selected
from conformance.scenarios.drawn import PREFIX, TAGS, draw, recorded
from conformance.scenarios.steps import Ask, Print

WORDS = {
    "local": "r123abc.1234.s",
    "other": "r123abc.1234.sx@recipient.example",
    "job": "job 1234j",
    "user": "bob@x.example",
    "prefix": "",
    "user63": "u@x.example",
    "user64": "u@x.example",
}


def prints(seed: int, count: int = 50) -> list[Print]:
    return [step for row in draw(count, seed) for step in row.steps if isinstance(step, Print)]


def test_the_same_seed_draws_the_same_rows() -> None:
    assert draw(20, 7) == draw(20, 7)


def test_the_same_seed_draws_the_same_rows_in_another_program() -> None:
    program = "from conformance.scenarios.drawn import draw; print(ascii([row.steps for row in draw(20, 7)]))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii([row.steps for row in draw(20, 7)])


def test_another_seed_draws_other_rows() -> None:
    assert draw(20, 7) != draw(20, 8)


def test_as_many_rows_are_drawn_as_asked_for_and_none_twice() -> None:
    rows = draw(40, 1)
    assert [row.id for row in rows] == [f"{PREFIX}{n}" for n in range(1, 41)]
    assert len({row.steps for row in rows}) == 40
    assert draw(0, 1) == ()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_name_can_be_filled_in_and_sent(seed: int) -> None:
    for step in prints(seed):
        assert step.user is not None
        for template in (step.name, step.user):
            assert 0 < len(template.format_map(WORDS).encode()) <= 255
        (ask,) = step.asks
        assert isinstance(ask, Ask)
        assert ask.user_data is not None
        ask.user_data.format_map(WORDS).encode("latin-1")


def test_the_draws_try_line_breaks_specials_and_all_planes() -> None:
    names = "".join(step.name for step in prints(0, 200))
    assert all(fragment in names for fragment in ("\r\n", "\0", '"', "{other}", "=?"))
    assert {len(c.encode()) for c in names} == {1, 2, 3, 4}


def test_the_cases_find_the_drawn_rows_of_a_run_again() -> None:
    rows = recorded(["job/omitted", f"{PREFIX}1", f"{PREFIX}2"])
    assert [row.id for row in rows] == [f"{PREFIX}1", f"{PREFIX}2"]
    assert selected("drawn", rows) == rows
    assert all(row.tags == TAGS for row in rows)
    assert selected(f"{PREFIX}2", rows) == [rows[1]]
