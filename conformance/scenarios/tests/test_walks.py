"""Walks are the same for the same seed, say all of themselves in their names, and never do what cannot be done."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.scenarios.steps import (
    Ask,
    AwaitMail,
    Describe,
    OnJob,
    OnPrinter,
    Print,
    QueryJob,
    Refuse,
    Renew,
    SendDocument,
    Subscribe,
    Unsubscribe,
)
from conformance.scenarios.walk_moves import SHEETS, Walker, WalkError, WalkMove, moves_of
from conformance.scenarios.walks import MOVES, PREFIX, TAG, draw_walks, is_walk, readable, walk_of
from conformance.vocabulary import Edition

MANY = 12


@pytest.mark.parametrize("edition", Edition)
def test_the_same_seed_draws_the_same_walks(edition: Edition) -> None:
    drawn = draw_walks(4, 7, edition)
    assert drawn == draw_walks(4, 7, edition)
    assert drawn != draw_walks(4, 8, edition)
    assert draw_walks(0, 7, edition) == ()


def test_the_same_seed_draws_the_same_walks_in_another_program() -> None:
    program = (
        "from conformance.scenarios.walks import draw_walks; from conformance.vocabulary import Edition; "
        "print([s.id for s in draw_walks(6, 7, Edition.MAILTO_00)])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([s.id for s in draw_walks(6, 7, Edition.MAILTO_00)])


@pytest.mark.parametrize("edition", Edition)
def test_the_name_of_a_walk_is_all_of_it(edition: Edition) -> None:
    drawn = draw_walks(MANY, 1, edition)
    assert len({s.id for s in drawn}) == MANY
    for scenario in drawn:
        assert walk_of(scenario.id).scenario == scenario
        assert scenario.tags == {TAG}
        assert edition in scenario.editions
        assert is_walk(scenario.id)
    assert not is_walk("job/omitted")


def test_every_beginning_of_a_walk_is_a_walk() -> None:
    for scenario in draw_walks(MANY, 2, Edition.MAILTO_00):
        walk = walk_of(scenario.id)
        for moves in range(1, len(walk.moves) + 1):
            beginning = walk_of(walk.beginning(moves))
            steps = walk.walker.ends[moves - 1]
            assert beginning.walker.steps[:steps] == walk.walker.steps[:steps]
            assert str(beginning.moves[-1]) == "w"


def test_walks_keep_to_their_sheets_and_their_length() -> None:
    for scenario in draw_walks(MANY, 3, Edition.MAILTO_00):
        printed = [s for s in scenario.steps if isinstance(s, SendDocument) or (isinstance(s, Print) and s.paper)]
        cancelled = [s for s in scenario.steps if isinstance(s, OnJob) and s.operation == "Cancel-Job"]
        assert len(printed) - len(cancelled) <= SHEETS
        assert MOVES <= len(walk_of(scenario.id).moves) <= MOVES + 1


def test_walks_do_all_that_operators_and_users_do() -> None:
    steps = [step for s in draw_walks(MANY, 0, Edition.MAILTO_00) for step in s.steps]
    kinds = {Subscribe, Print, SendDocument, OnJob, OnPrinter, Renew, Unsubscribe, Refuse, AwaitMail, QueryJob}
    assert kinds <= {type(step) for step in steps}
    assert {s.operation for s in steps if isinstance(s, OnJob)} == {"Hold-Job", "Release-Job", "Cancel-Job"}
    assert {s.lease for s in steps if isinstance(s, Renew)} == {None, 0}
    assert any(s.ask.same_address_as and s.user == "Alice Smith" for s in steps if isinstance(s, Subscribe))


def test_who_pauses_the_printer_or_listens_to_all_of_it_is_alone_there() -> None:
    drawn = draw_walks(MANY, 4, Edition.MAILTO_00)
    for scenario in drawn:
        printer = [s for s in scenario.steps if isinstance(s, OnPrinter) or (isinstance(s, Subscribe) and not s.job)]
        assert scenario.alone or not printer
    assert {s.alone for s in drawn} == {True, False}


def test_the_letters_mean_what_they_meant() -> None:
    """Old evidence and old command lines have such names: letters may be added, and none may change."""
    walk = walk_of("walk/sci.t1nh.jb.a1s.h1.l1.d1.r1.z2.u2.x1.q.p.c2.g.kp.w")
    s1 = Ask("s1", events=("job-completed",), format="application/ipp")
    s2 = Ask("s2", events=("job-created",), format="text/html", same_address_as="s1")
    s3 = Ask("s3", events=("job-created", "job-completed"))
    assert walk.walker.steps[:12] == [
        Subscribe(s1, user="Bob Jones"),
        Subscribe(s2, user="Alice Smith"),
        Print("j1", (s3,), via="Create-Job"),
        Subscribe(Ask("s4", events=("job-state-changed",)), job="j1"),
        OnJob("Hold-Job", "j1"),
        QueryJob("j1"),
        OnJob("Release-Job", "j1"),
        QueryJob("j1"),
        SendDocument("j1", paper=True),
        Renew("s1"),
        Renew("s2", lease=0, user="Alice Smith"),
        Unsubscribe("s2", user="Alice Smith"),
    ]
    assert [type(step) for step in walk.walker.steps[12:17]] == [Refuse, Describe, OnPrinter, Describe, Print]
    assert walk.scenario.needs[:3] == ("Create-Job", "Send-Document", "Cancel-Job")
    assert {"event:job-completed", "Pause-Printer", "attribute:notify-format"} <= set(walk.scenario.needs)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is no move"),
        ("walk/S", "is no move"),
        ("walk/e", "no such letter"),
        ("walk/s", "does not say what is subscribed"),
        ("walk/sy", "no such shape"),
        ("walk/wc", "no such shape"),
        ("walk/c1", "no job 1"),
        ("walk/j.c1.c1", "move 3, c1, is not possible: there is no job 1"),
        ("walk/p.d1", "no job 1"),
        ("walk/q.q", "the printer is paused"),
        ("walk/g", "the printer is not paused"),
        ("walk/jc.r1", "hangs on a job"),
        ("walk/sc.u1.r1", "no subscription 1"),
        ("walk/h", "it is about nothing"),
        ("walk/p.p.p", "a walk has 2 sheets"),
        ("walk/" + ".".join("w" * 41), "41 moves"),
    ],
)
def test_what_is_no_walk_is_told(name: str, why: str) -> None:
    with pytest.raises(WalkError, match=why):
        walk_of(name)
    assert readable(name) is None


@given(st.lists(st.tuples(st.sampled_from("stajkphldcrzuxwqg"), st.integers(0, 7), st.sampled_from(["", "c", "ti"]))))
def test_a_walker_takes_a_move_or_says_why_not(moves: list[tuple[str, int, str]]) -> None:
    walker = Walker()
    for move in moves:
        before = len(walker.steps)
        try:
            walker.take(WalkMove(*move))
        except WalkError:
            assert len(walker.steps) == before
    assert len(walker.ends) <= len(moves)
    assert walker.sheets >= 0


@given(st.text(max_size=30))
def test_any_text_is_a_walk_or_an_error(text: str) -> None:
    with suppress(WalkError):
        assert PREFIX + ".".join(map(str, moves_of(text))) == PREFIX + text
