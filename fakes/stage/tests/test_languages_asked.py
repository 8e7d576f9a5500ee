"""A scenario names the languages of a printer by their place in its list."""

from __future__ import annotations

import pytest

from conformance.wire import ipp
from conformance.wire.registry import GroupTag
from fakes.stage.live_subscription import NotPlayable
from fakes.stage.requests import language_of


def printer(*languages: str) -> ipp.Group:
    listed = [ipp.natural_language("generated-natural-language-supported", *languages)] if languages else []
    return ipp.Group(GroupTag.PRINTER, tuple(listed))


def test_a_place_in_the_list_is_the_language_that_stands_there() -> None:
    assert language_of(printer("en", "de-ch", "fr"), "{language2}") == "de-ch"


@pytest.mark.parametrize(
    ("listed", "second"),
    [
        (("en", "en-us", "fr"), "fr"),
        (("iw", "he", "en"), "en"),
        (("no", "nb-no", "sv"), "sv"),
        (("zh-cn", "zh-hans", "zh-tw"), "zh-tw"),
    ],
)
def test_a_second_language_has_other_words(listed: tuple[str, ...], second: str) -> None:
    assert language_of(printer(*listed), "{language2}") == second


def test_a_language_by_its_own_name_is_itself() -> None:
    assert language_of(printer("en"), "de") == "de"
    assert language_of(printer("en"), None) is None


@pytest.mark.parametrize("listed", [("en",), ("en", "en-gb"), ()])
def test_a_place_beyond_the_list_cannot_be_played(listed: tuple[str, ...]) -> None:
    with pytest.raises(NotPlayable, match=f"lists {min(1, len(listed))} languages"):
        language_of(printer(*listed), "{language2}")
