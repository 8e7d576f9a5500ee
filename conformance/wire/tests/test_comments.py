"""Comments are taken out of a field, and nothing else."""

from __future__ import annotations

import pytest

from conformance.wire.comments import without_comments


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (b"a b", b"a b"),
        (b"a (b) c", b"a   c"),
        (b"a(b)c", b"a c"),
        (b"(UTC (Zulu))", b" "),
        (rb"(a \) b)c", b" c"),
        (b"(a \\\\)c", b" c"),
        (b'"(a)" b', b'"(a)" b'),
        (b'(5" wide) "x"', b'  "x"'),
        (b'"a\\"(" (b)', b'"a\\"("  '),
        (b")", b")"),
    ],
)
def test_comments_become_a_blank(value: bytes, left: bytes) -> None:
    assert without_comments(value) == (left, True)


@pytest.mark.parametrize(("value", "left"), [(b"a (b", b"a "), (b"a ((b)", b"a "), (rb"a (b\)", b"a ")])
def test_an_open_comment_takes_the_rest(value: bytes, left: bytes) -> None:
    assert without_comments(value) == (left, False)


@pytest.mark.parametrize("value", [b'"\\' * 500_000 + b"(", b"(x) " + b'"\\' * 500_000], ids=["before", "behind"])
def test_quotes_that_are_never_closed_are_looked_at_once(value: bytes) -> None:
    """To look for the end of each would take minutes."""
    left, closed = without_comments(value)
    assert (len(left) >= 1_000_000, closed) == (True, value.endswith(b"\\"))
