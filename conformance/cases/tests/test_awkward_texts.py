"""What a text tells in ways of its own, by which nobody can say that it is wrong."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.language_words import _Learnt, _Said
from conformance.cases.mailto_04 import clock_reading
from conformance.cases.text_facts import KnownMail, _moment, clock_is_steady
from conformance.verdict import NotApplicable
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

SECOND = 1_000_000_000
SIGNATURE = "acme laserwriter pro lp office example com printing systems rome support"


@pytest.mark.parametrize(
    ("value", "has_zone"),
    [
        ("Sun, 29 Nov 2026 15:39:19 +0100", True),
        ("Sun, 29 Nov 2026 15:39:19 GMT", True),
        ("2026-11-29 15:39:19 UTC", True),
        ("Sun, 29 Nov 2026 15:39:19 -0000", False),
        ("Sun, 29 Nov 2026 23:39:19 CST", False),  # in Shanghai as well as in Chicago
        ("Sun, 29 Nov 2026 23:39:19 PST", False),  # in Manila
        ("Nov 29, 2026 03:39:19 PM", False),
    ],
)
def test_a_zone_counts_where_it_is_one_alone(value: str, has_zone: bool) -> None:
    told = _moment(value)
    assert told is not None
    assert (told.tzinfo is not None) is has_zone


@pytest.mark.parametrize("value", ["1 Jan 99999999999 10:00:00", "1 Jan 2026 10:00:00 +99999999999999999999", "2026"])
def test_what_is_no_time_is_none(value: str) -> None:
    assert _moment(value) is None


def said(language: str, *texts: str) -> list[_Said]:
    known = cast(Any, SimpleNamespace())
    return [_Said(known, language, frozenset(f"{SIGNATURE} {text}".split())) for text in texts]


ENGLISH = said("en", "your job is completed", "your job was canceled", "your job is held", "your job has been created")


def test_a_signature_makes_the_only_mail_of_its_language_no_foreign_one() -> None:
    (german,) = said("de", "der auftrag ist fertig")
    assert _Learnt([*ENGLISH, german]).language_of(german) != "en"


def test_the_only_mail_of_its_language_in_another_is_found() -> None:
    (german,) = said("de", "your job is completed")
    assert _Learnt([*ENGLISH, german]).language_of(german) == "en"


def play_of(*told: tuple[int, int, int]) -> Any:
    """A play of a printer that told its clock after so many seconds: the year, and the minute of its first hour."""

    def answer(after: int, year: int, minute: int) -> SimpleNamespace:
        octets = struct.pack(">H9B", year, 1, 1, 0, minute, 0, 0, ord("+"), 1, 0)
        group = ipp.Group(GroupTag.PRINTER, (ipp.date_time("printer-current-time", octets),))
        row = SimpleNamespace(t_start=after * SECOND, t_end=after * SECOND + 1)
        return SimpleNamespace(row=row, message=ipp.Message(0, 1, (group,)), where=lambda: None)

    run = SimpleNamespace(descriptions=[answer(*one) for one in told])
    run.once = lambda look: look(run)
    return SimpleNamespace(run_record=run)


@pytest.mark.parametrize(
    ("told", "steady"),
    [
        (((0, 2026, 0), (120, 2026, 2)), True),
        (((0, 2000, 0), (120, 2026, 0)), False),  # the network told it what year it is
        (((0, 2026, 0), (120, 2026, 2), (600, 2026, 50)), True),  # that was later
        (((0, 2026, 0),), True),
    ],
)
def test_a_clock_that_was_set_says_nothing_of_what_a_text_tells(
    told: tuple[tuple[int, int, int], ...], steady: bool
) -> None:
    play = play_of(*told)
    creation = SimpleNamespace(row=SimpleNamespace(t_start=10 * SECOND))
    known = KnownMail(
        play, cast(Any, SimpleNamespace(creation=creation)), cast(Any, SimpleNamespace(t=60 * SECOND)), None
    )
    assert clock_is_steady(known, clock_reading(play, known.mail.t)[0]) is steady


@pytest.mark.parametrize("year", [1, 9999])
def test_a_clock_at_the_end_of_all_years_is_none(year: int) -> None:
    with pytest.raises(NotApplicable):
        clock_reading(play_of((0, year, 0)), SECOND)
