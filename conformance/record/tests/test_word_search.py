"""A search in all octets at once finds what a look at each finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.word_search import WordSearch

FEW = st.binary(max_size=6).map(lambda octets: bytes(b"ab\n"[octet % 3] for octet in octets))


@given(st.lists(FEW, max_size=8), st.lists(FEW, max_size=3))
def test_it_finds_what_a_look_at_each_finds(all_octets: list[bytes], words: list[bytes]) -> None:
    found = WordSearch((octets, number) for number, octets in enumerate(all_octets)).having(words)
    assert found == [n for n, octets in enumerate(all_octets) if any(word in octets for word in words)]


@pytest.mark.parametrize(
    ("word", "found"),
    [(b"run.1.s", [0, 2]), (b"run.11.s", [3]), (b"b\nc", []), (b"", [0, 1, 2, 3])],
    ids=["in two", "not merely its beginning", "across two", "none"],
)
def test_a_word_is_found_in_each_by_itself(word: bytes, found: list[int]) -> None:
    things = enumerate((b"RCPT TO:<run.1.s@a.example>\r\nb", b"c", b"run.1.sx run.1.s", b"run.11.s"))
    assert WordSearch((octets, n) for n, octets in things).having([word]) == found
