"""Lines come out as they went in, in whatever pieces; of one that is too long nothing is kept."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.recipient.lines import TOO_LONG, Lines

LIMIT = 12


def model(stream: bytes) -> tuple[list[bytes], bytes]:
    """What a reader of the whole stream would make of it: the lines, and what follows the last."""
    *lines, rest = stream.split(b"\n")
    return [line + b"\n" if len(line) < LIMIT else TOO_LONG for line in lines], rest


@settings(deadline=None)  # a busy machine may hold any example up
@given(st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"bcd", b"x" * 7, b"y" * 40]), max_size=25), st.data())
def test_lines_are_the_same_in_whatever_pieces_they_come(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    lines, found = Lines(), list[bytes]()
    for start, end in itertools.pairwise([0, *cuts, len(stream)]):
        lines.feed(stream[start:end])
        while (line := lines.next(LIMIT)) is not None:
            found.append(line)
        assert len(lines) <= LIMIT
    expected, rest = model(stream)
    assert found == expected
    if len(rest) <= LIMIT:  # one octet more, and it is dropped
        assert lines.take() == rest
    assert len(lines) == 0


def test_what_is_taken_is_not_given_again() -> None:
    lines = Lines()
    lines.feed(b"one\ntwo\nthr")
    assert lines.next(LIMIT) == b"one\n"
    assert lines.take() == b"two\nthr"
    lines.feed(b"ee\n")
    assert lines.next(LIMIT) == b"ee\n"
    assert lines.next(LIMIT) is None


def test_a_limit_that_falls_meanwhile_counts_at_once() -> None:
    lines = Lines()
    lines.feed(b"x" * 10)
    assert lines.next(LIMIT) is None
    assert len(lines) == 10
    assert lines.next(5) is None
    assert len(lines) == 0
    lines.feed(b"yy\nnext\n")
    assert lines.next(LIMIT) is TOO_LONG
    assert lines.next(LIMIT) == b"next\n"
