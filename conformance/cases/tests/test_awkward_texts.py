"""What a text tells in ways of its own, by which nobody can say that it is wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.language_words import _Learnt, _Said
from conformance.cases.text_facts import _moment

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
