"""Tags that mean one language, and tags that do not."""

from __future__ import annotations

import pytest

from conformance.languages import same_language, written_language

ONE = [
    ("en", "en-us"),
    ("EN-us", "en-US"),
    ("he", "iw"),
    ("he-il", "iw"),
    ("id", "in"),
    ("yi", "ji"),
    ("no", "nb"),
    ("nb-no", "no"),
    ("zh-cn", "zh-hans"),
    ("zh-hans-cn", "zh-sg"),
    ("zh-tw", "zh-hant-hk"),
    ("zh", "zh-tw"),
    ("sr", "sr-latn"),
    ("de_CH", "de-ch"),
]
OTHERS = [
    ("en", "de"),
    ("en-us", "en-gb"),
    ("zh-cn", "zh-tw"),
    ("zh-hans", "zh-hant"),
    ("sr-latn", "sr-cyrl"),
    ("pt-br", "pt-pt"),
    ("in", "it"),
    ("no", "sv"),
    ("en", "eng"),
    ("", "en"),
    ("fi", "fil"),
    ("nb", "nn"),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_one_language_in_two_tags(one: str, other: str) -> None:
    assert same_language(one, other)
    assert same_language(other, one)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_another_language(one: str, other: str) -> None:
    assert not same_language(one, other)
    assert not same_language(other, one)


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en-US", "en"),
        ("iw", "he"),
        ("zh-TW", "zh-hant"),
        ("zh-Hans-HK", "zh-hans"),
        ("zh", "zh"),
        ("sr-Cyrl-RS", "sr-cyrl"),
    ],
)
def test_what_says_which_words_a_text_has(tag: str, written: str) -> None:
    assert written_language(tag) == written
