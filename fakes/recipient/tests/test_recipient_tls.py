"""The recipient under TLS and AUTH, and when the handshake fails."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from conformance.wire.smtp_events import EventKind
from fakes.mail_security import Auth, MailSecurity, Tls
from fakes.recipient.faults import FaultScript

from .recipient_bench import PATIENCE, RecipientBench, perform

# ---------------------------------------------------------------- TLS and AUTH


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("recipient.example").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_session_under_tls_is_recorded_in_clear(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"STARTTLS" in await client.say(b"EHLO x\r\n")
        await client.start_tls(client_tls)
        assert b"STARTTLS" not in await client.say(b"EHLO y\r\n")
        assert (await client.mail(b"secret\r\n")).startswith(b"250")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")
        assert await client.rest() == b""

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls))
    assert evidence.bodies == [b"secret\r\n"]
    (tls,) = evidence.of(EventKind.TLS)
    assert tls.startswith(b"TLSv1.3 TLS_")
    kinds = "".join(event.kind.value for event in evidence.events)
    assert kinds.startswith("SCSCSTCS")
    assert evidence.client.startswith(b"EHLO x\r\nSTARTTLS\r\nEHLO y\r\nMAIL ")
    assert evidence.endings == ["quit"]


def test_a_client_that_leaves_under_tls_right_after_the_dot_loses_nothing(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.start_tls(client_tls)
        await client.up_to_data()
        bench.go.clear()
        await client.send(b"hello\r\n.\r\n")
        client.writer.close()
        await bench.recipient.idle()
        bench.go.set()
        assert await bench.recipient.arrivals.wait("jones@acme.example", 1, 10)

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls))
    assert evidence.bodies == [b"hello\r\n"]
    assert evidence.endings == ["client"]


def test_octets_sent_ahead_of_the_handshake_are_recorded_and_not_obeyed(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\nMAIL FROM:<injected@b.example>\r\n")).startswith(b"220")
        await client.writer.start_tls(client_tls, server_hostname="recipient.example")
        assert (await client.say(b"RCPT TO:<a@b.example>\r\n")).startswith(b"503")

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls))
    assert b"injected" in evidence.client


def test_a_message_after_injected_octets_is_found_at_its_place(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"STARTTLS\r\nNOOP half a line")
        await client.writer.start_tls(client_tls, server_hostname="recipient.example")
        assert (await client.mail(b"body\r\n")).startswith(b"250")

    assert perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls)).bodies == [b"body\r\n"]


def test_a_failed_handshake_is_recorded(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await client.send(b"this is no TLS\r\n" * 10)
        await client.rest()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls))
    (tls,) = evidence.of(EventKind.TLS)
    assert tls.startswith(b"failed: [SSL")
    assert evidence.endings[0].startswith("tls: [SSL")


def test_a_client_that_leaves_in_the_handshake_is_recorded(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await client.close()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls))
    assert evidence.of(EventKind.TLS)[0].startswith(b"failed: ")
    assert evidence.endings[0].startswith("tls")


def test_a_client_that_is_silent_in_the_handshake_is_cut_off(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        assert await client.rest() == b""
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls), timeout=0.1)
    assert evidence.of(EventKind.TLS)[0].startswith(b"failed: ")
    assert evidence.endings[0].startswith("timeout")


def test_a_refused_starttls_leaves_the_connection_in_clear(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"STARTTLS" not in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"454")
        assert (await client.mail()).startswith(b"250")

    faults = FaultScript.parse(["starttls: 454", "ehlo: hide STARTTLS"])
    assert len(perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls), faults=faults).messages) == 1


def test_a_handshake_is_refused_by_the_script_and_the_next_connection_is_in_clear(
    tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"250 STARTTLS\r\n" in await client.say(b"EHLO x\r\n")
        with pytest.raises(ssl.SSLError, match=r"HANDSHAKE_FAILURE|handshake failure"):
            await client.start_tls(client_tls)
        again = await bench.connect()
        assert (await again.mail()).startswith(b"250")

    faults = FaultScript.parse(["ehlo: announce STARTTLS", "starttls: alert x1"])  # needs no certificate
    evidence = perform(tmp_path, act, faults=faults)
    assert len(evidence.messages) == 1
    assert evidence.of(EventKind.FAULT) == [b"ehlo: announce STARTTLS", b"starttls: alert x1"]
    assert evidence.endings == ["fault: starttls: alert x1", "client"]
    assert evidence.of(EventKind.CLIENT)[2].startswith(b"\x16\x03")  # the handshake that was refused is on record


def test_auth_takes_anybody_when_offered(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"AUTH LOGIN PLAIN\r\n" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH PLAIN AGpvbmVzAHNlY3JldA==\r\n")).startswith(b"235")
        other = await bench.connect()
        await other.say(b"EHLO x\r\n")
        assert (await other.say(b"AUTH LOGIN\r\n")).startswith(b"334")
        assert (await other.say(b"am9uZXM=\r\n")).startswith(b"334")
        assert (await other.say(b"c2VjcmV0\r\n")).startswith(b"235")
        assert (await other.mail()).startswith(b"250")
        third = await bench.connect()
        await third.say(b"EHLO x\r\n")
        assert (await third.say(b"AUTH LOGIN\r\n")).startswith(b"334")
        assert (await third.say(b"*\r\n")).startswith(b"501")
        fourth = await bench.connect()
        await fourth.say(b"EHLO x\r\n")
        assert (await fourth.say(b"AUTH LOGIN\r\n")).startswith(b"334")
        await fourth.close()  # in the middle of it

    assert len(perform(tmp_path, act, security=MailSecurity(auth=Auth.OFFER)).messages) == 1


def test_auth_is_offered_under_tls_only_where_there_is_tls(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"AUTH" not in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH PLAIN AGpvbmVzAHNlY3JldA==\r\n")).startswith(b"538")
        await client.start_tls(client_tls)
        assert b"AUTH LOGIN PLAIN" in await client.say(b"EHLO x\r\n")

    perform(tmp_path, act, security=MailSecurity(Tls.OFFER, server_tls, Auth.OFFER))


async def count_is(bench: RecipientBench, count: int) -> None:
    """Nothing tells a client how many there are."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await asyncio.sleep(0.01)
            if bench.recipient._listener.in_tls == count:
                return


@pytest.mark.parametrize("tls", [Tls.OFFER, Tls.REQUIRE, Tls.IMPLICIT])
def test_of_connections_in_tls_there_are_so_many_and_no_more(
    tmp_path: Path,
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
    tls: Tls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs half a megabyte, a handshake that is never finished among them."""
    monkeypatch.setattr("fakes.recipient.smtp_session.TLS_LIMIT", 2)

    async def act(bench: RecipientBench) -> None:
        implicit = tls is Tls.IMPLICIT
        first, second = [await bench.connect(greeted=not implicit) for _ in range(2)]
        if implicit:
            await first.writer.start_tls(client_tls, server_hostname="recipient.example")
            assert (await first.reply()).startswith(b"220")
        else:
            await first.start_tls(client_tls)
            assert (await second.say(b"STARTTLS\r\n")).startswith(b"220")
        await second.send(b"\x16\x03\x01")
        await count_is(bench, 2)
        third = await bench.connect(greeted=not implicit)
        if implicit:
            assert await third.rest() == b"\x15\x03\x03\x00\x02\x02\x28"
        elif tls is Tls.REQUIRE:  # in the clear it could say nothing that is taken
            assert (await third.say(b"STARTTLS\r\n")).startswith(b"421 ")
            assert await third.rest() == b""
        else:
            assert (await third.say(b"STARTTLS\r\n")).startswith(b"454 ")
            assert (await third.mail()).startswith(b"250")
            await third.close()
        assert (await first.mail()).startswith(b"250")
        second.reset()
        await count_is(bench, 1)
        fourth = await bench.connect(greeted=not implicit)
        if implicit:
            await fourth.writer.start_tls(client_tls, server_hostname="recipient.example")
            await fourth.reply()
        else:
            await fourth.start_tls(client_tls)
        assert (await fourth.mail()).startswith(b"250")
        await bench.leave()
        assert bench.recipient._listener.in_tls == 0

    evidence = perform(tmp_path, act, security=MailSecurity(tls, server_tls))
    assert ("limit: connections in TLS" in evidence.endings) is (tls is not Tls.OFFER)
    assert len(evidence.bodies) == (3 if tls is Tls.OFFER else 2)
