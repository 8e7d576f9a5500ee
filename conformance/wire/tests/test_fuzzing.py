"""The fuzzers' checks hold for every fixture, crashes found earlier among them, and for octets by chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .any_octets import any_ipp, any_mail, any_session

FIXTURES = Path(__file__).parents[3] / "fixtures"
CHECKS = pytest.mark.parametrize("check", [any_ipp, any_mail, any_session])


@CHECKS
def test_the_checks_hold_for_every_fixture(check: Callable[[bytes], None]) -> None:
    files = [*FIXTURES.rglob("*.bin"), *FIXTURES.rglob("*.eml")]
    assert len(files) > 20
    for file in files:
        check(file.read_bytes())


@CHECKS
@given(st.binary(max_size=300))
def test_the_checks_hold_for_octets_by_chance(check: Callable[[bytes], None], octets: bytes) -> None:
    check(octets)


SAID = [
    b"AUTH PLAIN AGEAYg==\r\n", b"AUTH LOGIN\n", b"YQ==\r\n", b"MAIL FROM:<a@b>\r\n", b"DATA\r\n", b".\r\n", b"\r\n",
    b"AUTH", b"STARTTLS\r\n", b"QUIT\r\n", b"x", b"334 x\r\n",
    b"235 x\r\n", b"354 x\r\n", b"250 x\r\n", b"502-", b"220 x\r\n",
]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SAID)), max_size=20))
def test_the_checks_hold_for_sessions_by_chance(stretches: list[tuple[int, bytes]]) -> None:
    any_session(b"".join(bytes([kind, len(octets)]) + octets for kind, octets in stretches))
