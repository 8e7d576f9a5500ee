"""Our quoted-printable against the library's reader of it."""

from __future__ import annotations

import binascii

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.printer.mail.mime import quoted_printable

LINES = st.lists(st.one_of(st.binary(max_size=90), st.text("a =é.", max_size=90).map(str.encode)), max_size=5)


@given(LINES.map(lambda lines: b"".join(line.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n" for line in lines)))
@example(b"x" * 74 + b"\xe9\r\n")
@example(b"x" * 76 + b" \r\n")
@settings(max_examples=300, deadline=None)
def test_quoted_printable_reads_back_and_keeps_to_76_columns(octets: bytes) -> None:
    encoded = quoted_printable(octets)
    assert binascii.a2b_qp(encoded) == octets
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.endswith(b" ")
        assert line.isascii()
