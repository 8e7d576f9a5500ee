"""The matrix of lies and conditions: what is played, what is kept, and what the page says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT
from fakes.printer.conditions import OF_REQUESTS, ON_WALKS, ConditionalLie, When
from reports.selftest import condition_matrix
from reports.selftest.condition_matrix import attempt, main
from reports.selftest.condition_page import WHOLE, Pair, PairFate, is_whole, markdown, share, summary
from reports.selftest.trial import try_printer

LIES = ("subject-empty", "subject-missing")
CAUGHT = Pair(LIES[0], When.ONCE, PairFate.CAUGHT, ("T1-Subject-3",), 1)
SURVIVED = Pair(LIES[1], When.BURST, PairFate.SURVIVED, (), 3)
HIDDEN = Pair(LIES[1], When.MACHINE, PairFate.NOT_SHOWN)


@pytest.fixture(name="played")
def played_pairs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, When]]:
    """No printer is tried: subject-missing never shows, and everything else is caught."""
    seen: list[tuple[str, When]] = []

    def attempts(wanted: Sequence[tuple[str, When]], _jobs: int) -> Iterator[Pair]:
        for pair in wanted:
            seen.append(pair)
            yield Pair(*pair, PairFate.NOT_SHOWN if pair[0] == LIES[1] else PairFate.CAUGHT, told=1)

    monkeypatch.setattr(condition_matrix, "attempts", attempts)
    return seen


def two() -> list[str]:
    return [word for lie in LIES for word in ("--defect", lie)]


def test_a_lie_that_never_shows_is_played_once(played: list[tuple[str, When]]) -> None:
    assert main(two()) == 0
    assert [when for lie, when in played if lie == LIES[1]] == [When.ONCE]
    assert {when for lie, when in played if lie == LIES[0]} == set(When) - ON_WALKS - OF_REQUESTS


def test_a_sitting_goes_on_where_another_ended(played: list[tuple[str, When]], tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text(json.dumps(asdict(CAUGHT)) + "\n")
    assert main([*two(), "--results", str(kept), "--minutes", "0"]) == 3
    assert played == [(LIES[1], When.ONCE)]
    assert main([*two(), "--results", str(kept)]) == 0
    assert len(played) == len(set(played)) == len(When) - len(ON_WALKS | OF_REQUESTS)


def test_a_page_about_all_pairs_is_not_replaced_by_one_about_some(
    played: list[tuple[str, When]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    assert main([*two(), "--markdown", str(page)]) == 0
    assert not is_whole(page)
    page.write_text(markdown([CAUGHT], "all"))
    before = len(played)
    assert main([*two(), "--markdown", str(page)]) == 2
    assert str(page) in capsys.readouterr().err
    assert len(played) == before
    assert WHOLE in page.read_text()


def test_the_page_counts_by_condition_and_names_who_survived() -> None:
    page = markdown([CAUGHT, SURVIVED, HIDDEN], "3 of 4 pairs")
    assert "Played so far: 3 of 4 pairs." in page
    assert "| once-in-a-run | 1 | 1 | 1 |" in page
    assert "| machine-consumable | 1 | 0 | 0 |" in page
    assert "| all | 3 | 2 | 1 |" in page
    assert "| `subject-missing` | burst | not explained yet |" in page


def test_a_survivor_that_is_known_has_its_reason() -> None:
    known = Pair("reads-one-line-of-an-answer", When.ONCE, PairFate.SURVIVED, (), 1)
    assert "not explained" not in markdown([known], "all")


def test_what_broke_counts_as_shown() -> None:
    broken = Pair(LIES[0], When.BURST, PairFate.BROKEN, problem="the trial broke:\nsomewhere")
    assert share([CAUGHT, broken, HIDDEN]) == 50.0
    assert any("broken: subject-empty burst" in line for line in summary([broken]))


@pytest.mark.parametrize(
    ("liar", "when", "scenario"),
    [
        # the first mail of the run is a sentinel's, and so is what is wrong once
        ("subject-says-nothing", When.ONCE, "job/isolation"),
        ("number-of-another-job", When.ONCE, "job/isolation"),
        ("time-of-another-year", When.ONCE, "job/isolation"),
        ("date-of-another-year", When.ONCE, "job/isolation"),
        # a name that may be respelt is no reason to believe the number beside it
        ("number-of-another-job", When.BEYOND_ASCII, "awkward/names-two-octets"),
        # a play that was made for something else, and a subscription that hears of one job and of no other
        ("no-mail-for-printed-jobs", When.ONCE, "job/isolation"),
        ("no-mail-for-printed-jobs", When.FROM_THE_SECOND_MAIL, "printer/every-job"),
        # mails about one printer, told from each other by their words
        ("one-message-id", When.PRINTER_EVENTS, "printer/event-printer-state-changed"),
    ],
)
def test_what_is_wrong_in_one_place_is_seen_there(liar: str, when: When, scenario: str, tmp_path: Path) -> None:
    row = next(d for d in DEFECTS if d.id == liar)
    lie = ConditionalLie(row.applied_to(OBEDIENT), when)
    plays = [BY_ID[scenario], BY_ID["printer/description"]]  # some rules about all mails are asked there
    trial = try_printer(OBEDIENT, plays, tmp_path, lie=lie, about=row.breaks)
    assert lie.shown
    assert set(trial.missed()) == set(row.breaks)


@pytest.mark.parametrize(
    ("lie", "when"),
    [
        ("security-of-the-other-uri", When.FIRST_IN_TLS),
        ("proof-untold", When.LAST_URI),
        ("tls-demanded-and-unlisted", When.SECOND_CONNECTION),
        ("switch-only-said", When.SECOND_CONNECTION),
        ("tls-listed-and-not-spoken", When.SECOND_CONNECTION),
        ("another-queue-in-tls", When.GET_JOBS),
        ("refusal-forbidden", When.GET_JOBS),
        ("old-version-in-the-clear", When.OLDEST_VERSION),
    ],
)
def test_a_lie_about_security_is_caught_though_one_request_alone_meets_it(tmp_path: Path, lie: str, when: When) -> None:
    pair = attempt((lie, when), tmp_path)
    assert (pair.fate, pair.problem) == (PairFate.CAUGHT, "")


def test_lies_about_security_are_told_to_requests_and_all_others_are_not() -> None:
    told = condition_matrix.pairs((), ())
    about = {d.id for d in DEFECTS if condition_matrix.about_security(d)}
    assert {lie in about for lie, when in told if when in OF_REQUESTS} == {True}
    assert {lie in about for lie, when in told if when not in OF_REQUESTS} == {False}
    assert not [lie for lie, _ in told if lie.startswith("directory-")]
