"""The first mail that is alike is the one that asking each of them would find, whatever they say."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.received_mail import MailContent, ReceivedMail, alike
from conformance.record.resemblance import Resemblance

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "7", "8"]), max_size=4).map(" ".join)


def mails(texts: list[str]) -> list[ReceivedMail]:
    made = (MailContent(b"\r\n" + text.encode()).words for text in texts)
    return [cast("ReceivedMail", SimpleNamespace(id=i, words=words)) for i, words in enumerate(made)]


@given(st.lists(TEXTS, max_size=12))
def test_it_is_the_first_that_is_alike_and_another(texts: list[str]) -> None:
    told = mails(texts)
    likes, before = Resemblance(told), Resemblance()
    for i, mail in enumerate(told):
        assert likes.first_like(mail) is next((e for e in told if e is not mail and alike(e, mail)), None)
        assert before.first_like(mail) is next((e for e in told[:i] if alike(e, mail)), None)
        before.add(mail)


def test_a_thousand_mails_of_the_same_words_are_compared_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, le = list[int](), Counter.__le__

    def counting(one: Counter[str], other: Counter[str]) -> bool:
        asked.append(1)
        return le(one, other)

    told = mails([f"job {n} is done" for n in range(1_000)])
    likes = Resemblance(told)
    monkeypatch.setattr(Counter, "__le__", counting)
    assert [likes.first_like(mail) for mail in told] == [told[1], *[told[0]] * 999]
    assert len(asked) <= 2 * len(told)
