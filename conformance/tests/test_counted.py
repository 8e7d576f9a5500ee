"""What is counted in a message is singular where there is one of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from conformance.counted import counted

COUNTED = re.compile(r"\{len\([^{}]*\)\} (?:[a-z-]+ )?[a-z]+s\b")  # in a pattern of a message


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 mails came"), (1, "1 mail came"), (2, "2 mails came")], ids=["none", "one", "two"]
)
def test_one_is_singular(number: int, told: str) -> None:
    assert f"{counted(number, 'mail')} came" == told


def test_what_has_no_s() -> None:
    assert [counted(n, "copy is", "copies are") for n in (1, 2)] == ["1 copy is", "2 copies are"]


@pytest.mark.parametrize("room", ["cases", "record"])
def test_no_message_counts_by_itself(room: str) -> None:
    modules = sorted((Path(conformance.__file__).parent / room).glob("*.py"))
    found = [f"{m.name}: {told}" for m in modules for told in COUNTED.findall(m.read_text(encoding="utf-8"))]
    assert modules
    assert not found
