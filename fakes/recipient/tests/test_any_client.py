"""The recipient keeps every octet and its own order, whatever a client says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.record.rows import MailRow, Transcript, pack_event
from conformance.wire.smtp_events import Event, EventKind
from fakes.mail_security import Auth, Credentials, MailSecurity

from .any_client import UP_TO_DATA, AnyClient, check

SAID = [
    b"EHLO x\r\n", b"HELO x\n", b"MAIL FROM:<a@b>\r\n", b"MAIL FROM:a@b SIZE=9\r\n", b"RCPT TO:<c@d>\r\n",
    b"RCPT TO:\xff\r\n", b"DATA\r\n", b"DATA x\r\n", b".\r\n", b".\n", b"\r.\r", b"..\r\n", b"\r\n", b"\n", b"\r",
    b"\0", b"RSET\r\n", b"VRFY x\r\n", b"HELP\r\n", b"NOOP\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"AUTH LOGIN\r\n",
    b"YQ==\r\n", b"*\r\n", b"auth\tlogin c2VjcmV0\r\n",
    b"AUTH XOAUTH2 ", b"AUTH Login\r\n", b"AGEAc2VjcmV0\r\n", b"STARTTLS\r\n", b"BDAT 3 LAST\r\n", b"QUIT\r\n",
    b"QUIT x\r\n", b"xyz", b" ", b"x" * 70_000,
]  # fmt: skip


@pytest.fixture(scope="module", params=list(Auth))
def any_client(request: pytest.FixtureRequest) -> Iterator[AnyClient]:
    known = None if request.param is Auth.OFFER else Credentials(b"a", b"b")
    with AnyClient(MailSecurity(auth=request.param, credentials=known)) as client:
        yield client


@given(st.integers(0, 255), st.lists(st.integers(0, len(SAID) - 1), max_size=25))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_a_client_says_breaks_or_bends_the_recipient(any_client: AnyClient, how: int, said: list[int]) -> None:
    any_client(bytes([how]) + b"".join(SAID[i] for i in said))  # by number: one is too long to be shown


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=200)
def test_nor_do_octets_by_chance(any_client: AnyClient, octets: bytes) -> None:
    any_client(octets)


SESSION = [
    Event(1, EventKind.CLIENT, UP_TO_DATA + b"Subject: x\r\n.\r\n"),
    Event(2, EventKind.SERVER, b"250 message stored\r\n"),
    Event(3, EventKind.LOST, b"client"),
]
START, STREAM = len(UP_TO_DATA), UP_TO_DATA + b"Subject: x\r\n.\r\n"
GOOD = MailRow(1, 1, 1, START, START + 12, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n")


def _rows(events: list[Event], message: MailRow) -> list[Transcript | MailRow]:
    return [Transcript(1, 1, 0, b"".join(pack_event(e.t, e.kind, e.octets) for e in events)), message]


def test_the_check_sees_what_is_lost_added_or_misplaced() -> None:
    heard = b"250 message stored\r\n"
    check([*_rows(SESSION, GOOD)], STREAM, heard)
    wrong = [
        (SESSION, GOOD, STREAM + b"x", heard),
        (SESSION, GOOD, STREAM, heard + b"x"),
        (SESSION, MailRow(1, 1, 1, START, START + 11, GOOD.envelope), STREAM, heard),
        (SESSION, MailRow(1, 1, 1, START, START + 12, b"MAIL FROM:<x@b>\r\n"), STREAM, heard),
    ]
    for events, message, said, told in wrong:
        with pytest.raises(AssertionError):
            check([*_rows(events, message)], said, told)
