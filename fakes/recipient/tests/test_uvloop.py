"""The recipient on uvloop, which is quicker than asyncio's own loop and tells some things in another way."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.wire.smtp_events import EventKind
from fakes.certificates import Authority
from fakes.mail_security import Auth, MailSecurity, Tls
from fakes.recipient.faults import FaultScript
from fakes.recipient.recipient import RecipientError

from .recipient_bench import RecipientBench, perform

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")


@pytest.fixture(autouse=True)
def on_uvloop() -> Iterator[None]:
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    yield
    asyncio.set_event_loop_policy(before)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def offered(authority: Authority) -> MailSecurity:
    return MailSecurity(Tls.OFFER, authority.issue("recipient.example").server_context(), Auth.OFFER)


def test_a_session_is_recorded_as_on_every_loop(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        assert type(asyncio.get_running_loop()).__module__ == "uvloop"
        client = await bench.connect()
        await client.say(b"EHLO x\r\n")
        assert (await client.mail(b"one\r\n")).startswith(b"250")
        await client.send(b"NOOP\r\n" * 50)
        assert [(await client.reply())[:3] for _ in range(50)] == [b"250"] * 50
        assert (await client.mail(b"x" * 300_000 + b"\r\n")).startswith(b"250")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")
        assert await client.rest() == b""

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"one\r\n", b"x" * 300_000 + b"\r\n"]
    assert evidence.endings == ["quit"]


def test_a_session_sent_in_one_piece_and_half_closed_is_worked_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nfirst\r\n.\r\nNOOP\r\n")
        client.writer.write_eof()
        assert [line[:3] for line in (await client.rest()).splitlines()] == [b"250", b"250", b"354", b"250", b"250"]

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"first\r\n"]
    assert evidence.endings == ["client"]


def test_a_session_under_tls_with_a_login(tmp_path: Path, authority: Authority, offered: MailSecurity) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"EHLO x\r\n")
        await client.start_tls(authority.client_context())
        assert b"AUTH" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH LOGIN\r\n")).startswith(b"334")
        assert (await client.say(b"am9uZXM=\r\n")).startswith(b"334")
        assert (await client.say(b"c2VjcmV0\r\n")).startswith(b"235")
        assert (await client.mail(b"hidden\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act, security=offered)
    assert evidence.bodies == [b"hidden\r\n"]
    (tls,) = evidence.of(EventKind.TLS)
    assert tls.endswith(b" sni=recipient.example")


def test_a_handshake_that_fails_or_never_comes_is_recorded(tmp_path: Path, offered: MailSecurity) -> None:
    async def act(bench: RecipientBench) -> None:
        wrong, silent = await bench.connect(), await bench.connect()
        for client in (wrong, silent):
            assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await wrong.send(b"this is no TLS\r\n" * 10)
        await asyncio.wait_for(bench.recipient.idle(), 10)

    evidence = perform(tmp_path, act, security=offered, timeout=0.3)
    assert [octets.startswith(b"failed") for octets in evidence.of(EventKind.TLS)] == [True, True]
    assert [ending.partition(":")[0] for ending in evidence.endings] == ["tls", "timeout"]


@pytest.mark.parametrize("how", ["drop", "close", "stall"])
def test_an_answer_can_be_left_out(tmp_path: Path, how: str) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"NOOP\r\n")
        if how == "stall":
            client.writer.write_eof()
        if how == "drop":
            with pytest.raises(ConnectionResetError):
                await client.rest()
        else:
            assert await client.rest() == b""

    evidence = perform(tmp_path, act, faults=FaultScript.parse([f"noop: {how}"]))
    assert evidence.endings == [f"fault: noop: {how}"]


def test_a_handshake_cannot_come_first_and_that_is_said(tmp_path: Path, authority: Authority) -> None:
    context: ssl.SSLContext = authority.issue("recipient.example").server_context()

    async def act(_: RecipientBench) -> None:
        raise AssertionError("it listens")

    with pytest.raises(RecipientError, match="event loop"):
        perform(tmp_path, act, security=MailSecurity(Tls.IMPLICIT, context))
