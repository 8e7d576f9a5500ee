"""Addresses that are made of one endless word are looked at once, wherever those of the stage are looked for."""

from __future__ import annotations

import re

import pytest

from conformance.cases import every_mail, mail_lookup
from conformance.record import run_names, strays

ENDLESS = ("a" * 1_000_000, "0" * 1_000_000, "a1" * 500_000, "a-" * 500_000)


@pytest.mark.parametrize(
    "pattern",
    [every_mail._MARK, mail_lookup._MARK, strays._OWN, run_names._OWN_ADDRESS],
    ids=["of every mail", "of a mail", "of a stray", "in what is told"],
)
@pytest.mark.parametrize("word", ENDLESS, ids=["letters", "digits", "both", "hyphens"])
def test_an_endless_word_is_looked_at_once(pattern: re.Pattern[str] | re.Pattern[bytes], word: str) -> None:
    """To begin anew at each of its characters would take hours."""
    text = f"{word}! 0b-x.3.p {word}"
    found = pattern.findall(text.encode() if isinstance(pattern.pattern, bytes) else text)  # type: ignore[arg-type]
    assert len(found) == 1
