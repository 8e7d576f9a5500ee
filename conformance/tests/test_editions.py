"""An edition is known by its traits: none takes a branch that nobody gave it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from conformance.editions import TRAITS, ContentChoice, editions_with
from conformance.vocabulary import VOCABULARIES, Edition

ROOT: Final = Path(__file__).parents[2]
COMPARED: Final = re.compile(r"(?:\bis|\bis not|[=!]=|\bin) \(?(?:Edition\.\w|[\"']mailto-0)|edition\.value [!=]=")
SHOWN: Final = {
    "reports/selftest/kill_matrix.py",
    "reports/selftest/client_matrix.py",
    "reports/commands/report_directory.py",
    "reports/commands/again.py",
    "reports/commands/explaining.py",
    "reports/judging/failing_walks.py",
}  # a page, a name and commands say it where it is not the usual one


def test_each_edition_has_its_traits_and_chooses_content_by_one_attribute() -> None:
    assert set(TRAITS) == set(Edition)
    assert sorted(e for content in ContentChoice for e in editions_with(content)) == sorted(Edition)
    assert {traits.vocabulary for traits in TRAITS.values()} <= set(VOCABULARIES)


def test_nothing_asks_which_edition_it_is() -> None:
    sources = [p for room in ("conformance", "fakes", "reports") for p in (ROOT / room).rglob("*.py")]
    request = {str(p.relative_to(ROOT)) for p in sources if "tests" not in p.parts and COMPARED.search(p.read_text())}
    assert request == SHOWN
