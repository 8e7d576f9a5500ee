"""The recipient when things go wrong: TLS, silence, floods, a failing disk, its own end."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from conformance.evidence import EventKind, EvidenceFile
from fakes import recipient as recipient_module
from fakes import smtp_connection
from fakes.faults import FaultScript
from fakes.journal import Journal, JournalError
from fakes.recipient import MAX_SESSIONS, Recipient, RecipientError
from fakes.tests.smtp_bench import Bench, Client, perform, read

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
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert b"STARTTLS" in await client.say(b"EHLO x\r\n")
        await client.start_tls(client_tls)
        assert b"STARTTLS" not in await client.say(b"EHLO y\r\n")
        assert (await client.mail(b"secret\r\n")).startswith(b"250")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")
        assert await client.rest() == b""

    evidence = perform(tmp_path, act, tls=server_tls)
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
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.start_tls(client_tls)
        await client.up_to_data()
        bench.go.clear()
        await client.send(b"hello\r\n.\r\n")
        client.writer.close()
        await bench.recipient.idle()
        bench.go.set()
        assert await bench.recipient.arrivals.wait("jones@acme.example", 1, 10)

    evidence = perform(tmp_path, act, tls=server_tls)
    assert evidence.bodies == [b"hello\r\n"]
    assert evidence.endings == ["client"]


def test_octets_sent_ahead_of_the_handshake_are_recorded_and_not_obeyed(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\nMAIL FROM:<injected@b.example>\r\n")).startswith(b"220")
        await client.writer.start_tls(client_tls, server_hostname="recipient.example")
        assert (await client.say(b"RCPT TO:<a@b.example>\r\n")).startswith(b"503")

    evidence = perform(tmp_path, act, tls=server_tls)
    assert b"injected" in evidence.client


def test_a_message_after_injected_octets_is_found_at_its_place(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.say(b"STARTTLS\r\nNOOP half a line")
        await client.writer.start_tls(client_tls, server_hostname="recipient.example")
        assert (await client.mail(b"body\r\n")).startswith(b"250")

    assert perform(tmp_path, act, tls=server_tls).bodies == [b"body\r\n"]


def test_a_failed_handshake_is_recorded(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await client.send(b"this is no TLS\r\n" * 10)
        await client.rest()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, tls=server_tls)
    (tls,) = evidence.of(EventKind.TLS)
    assert tls.startswith(b"failed: [SSL")
    assert evidence.endings[0].startswith("tls: [SSL")


def test_a_client_that_leaves_in_the_handshake_is_recorded(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await client.close()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, tls=server_tls)
    assert evidence.of(EventKind.TLS)[0].startswith(b"failed: ")
    assert evidence.endings[0].startswith("tls")


def test_a_client_that_is_silent_in_the_handshake_is_cut_off(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        assert await client.rest() == b""
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, tls=server_tls, timeout=0.1)
    assert evidence.of(EventKind.TLS)[0].startswith(b"failed: ")
    assert evidence.endings[0].startswith("timeout")


def test_a_refused_starttls_leaves_the_connection_in_clear(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert b"STARTTLS" not in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"454")
        assert (await client.mail()).startswith(b"250")

    faults = FaultScript.parse(["starttls: 454", "ehlo: hide STARTTLS"])
    assert len(perform(tmp_path, act, tls=server_tls, faults=faults).messages) == 1


def test_auth_takes_anybody_when_offered(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
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

    assert len(perform(tmp_path, act, auth=True).messages) == 1


def test_auth_is_offered_under_tls_only_where_there_is_tls(
    tmp_path: Path, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert b"AUTH" not in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH PLAIN AGpvbmVzAHNlY3JldA==\r\n")).startswith(b"538")
        await client.start_tls(client_tls)
        assert b"AUTH LOGIN PLAIN" in await client.say(b"EHLO x\r\n")

    perform(tmp_path, act, tls=server_tls, auth=True)


# ---------------------------------------------------------------- silence and floods


def test_a_silent_client_is_told_and_cut_off(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.rest()).startswith(b"421 recipient.example nothing heard for 0.1 seconds")

    assert perform(tmp_path, act, timeout=0.1).endings == ["timeout"]


def test_a_message_that_never_ends_is_cut_off_and_on_record(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"ends like this\n.\n")
        assert (await client.rest()).startswith(b"421")

    evidence = perform(tmp_path, act, timeout=0.1)
    assert evidence.client.endswith(b"ends like this\n.\n")
    assert evidence.messages == []


def test_a_slow_client_is_not_cut_off(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        for _ in range(12):
            await client.send(b"x")
            await asyncio.sleep(0.05)
        assert (await client.say(b"\r\n.\r\n")).startswith(b"250")

    assert perform(tmp_path, act, timeout=0.3).bodies == [b"x" * 12 + b"\r\n"]


def test_a_client_that_waits_for_a_slow_disk_is_not_cut_off(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        bench.go.clear()
        await client.send(b"hello\r\n.\r\n")
        answer = asyncio.ensure_future(client.reply())
        assert not (await asyncio.wait([answer], timeout=0.5))[0]
        bench.go.set()
        assert (await answer).startswith(b"250")

    perform(tmp_path, act, timeout=0.2)


def test_a_message_above_the_limit_is_refused_in_order_and_on_record(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"x" * 1500 + b"\r\n")).startswith(b"552")
        assert (await client.mail(b"x" * 998 + b"\r\n")).startswith(b"250")
        assert (await client.say(b"MAIL FROM:<a@b.example> size=1001\r\n")).startswith(b"552")

    evidence = perform(tmp_path, act, size_limit=1000)
    assert b"x" * 1500 in evidence.client
    assert [len(body) for body in evidence.bodies] == [1000]


def test_a_client_that_sends_without_end_is_cut_off(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"x" * 5000)
        assert (await client.rest()).startswith(b"552")

    evidence = perform(tmp_path, act, size_limit=1000)
    assert evidence.endings == ["limit: size of a message"]


def test_unknown_commands_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.smtp_session.UNKNOWN_LIMIT", 5)

    async def act(bench: Bench) -> None:
        client = await bench.connect()
        answers = [(await client.say(b"NONSENSE\r\n"))[:3] for _ in range(5)]
        assert answers == [b"500"] * 4 + [b"421"]
        assert await client.rest() == b""

    assert perform(tmp_path, act).endings == ["limit: unknown commands"]


def test_connections_beyond_the_bound_are_told_so_and_recorded(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        first, second = await bench.connect(), await bench.connect()
        third = await bench.connect(greeted=False)
        assert (await third.rest()).startswith(b"421 recipient.example has 2 connections, which is its limit")
        await third.close()
        assert (await first.mail()).startswith(b"250")
        await second.say(b"QUIT\r\n")
        await second.rest()
        fourth = await bench.connect()
        assert (await fourth.mail()).startswith(b"250")

    evidence = perform(tmp_path, act, max_sessions=2)
    assert len(evidence.sessions) == 4
    assert "limit: connections" in evidence.endings


def test_connections_that_come_at_once_are_turned_away_from_the_bound_on(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        clients = await asyncio.gather(*(bench.connect(greeted=False) for _ in range(5)))
        greetings = [(await client.reply())[:3] for client in clients]
        assert sorted(greetings) == [b"220"] * 2 + [b"421"] * 3

    perform(tmp_path, act, max_sessions=2)


def test_the_bound_on_connections_leaves_files_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    assert recipient_module._most_sessions() == 192
    monkeypatch.setattr(resource, "getrlimit", lambda _: (16, 4096))
    assert recipient_module._most_sessions() == 1
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert recipient_module._most_sessions() == MAX_SESSIONS


def test_a_client_that_reads_no_answers_does_not_fill_the_memory(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that it is full soon
        connection.connect(("127.0.0.1", bench.recipient.port))
        client = Client(*await asyncio.open_connection(sock=connection))
        other = await bench.connect()
        flood = asyncio.ensure_future(client.send(b"HELP\r\n" * 3_000_000))
        done, _ = await asyncio.wait([flood], timeout=0.5)
        assert not done
        assert (await other.mail()).startswith(b"250")  # and it hinders nobody else
        flood.cancel()
        client.reset()
        await asyncio.wait([flood])

    evidence = perform(tmp_path, act)
    assert len(evidence.messages) == 1
    assert len(evidence.client) < 10_000_000


# ---------------------------------------------------------------- a failing disk


def test_a_message_that_cannot_be_stored_gets_452_and_the_session_goes_on(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"first\r\n")).startswith(b"250")
        bench.file._db.execute("PRAGMA max_page_count = 1")
        answer = await client.mail(b"second " * 5000 + b"\r\n")
        assert answer.startswith(b"452 not stored: cannot write to ")
        assert b"full" in answer
        assert isinstance(bench.journal.failed, JournalError)
        assert (await client.mail(b"third\r\n")).startswith(b"452")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")
        assert bench.recipient.arrivals.count("jones@acme.example") == 1

    evidence = perform(tmp_path, act, failing=True)
    assert evidence.bodies == [b"first\r\n"]


def move(path: Path, to: Path) -> None:
    for suffix in ("", "-wal"):
        Path(f"{path}{suffix}").rename(f"{to}{suffix}")


def test_a_file_removed_under_the_recipient_gets_452(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"first\r\n")).startswith(b"250")
        move(bench.file.path, tmp_path / "aside")
        assert (await client.mail(b"second\r\n")).startswith(b"452")
        move(tmp_path / "aside", bench.file.path)

    evidence = perform(tmp_path, act, failing=True)
    assert evidence.bodies[0] == b"first\r\n"


# ---------------------------------------------------------------- listening


def attempt(path: Path, host: str, port: int) -> RecipientError:
    async def run() -> RecipientError:
        with EvidenceFile.create(path / "run.evidence") as file:
            async with Journal(file) as journal:
                with pytest.raises(RecipientError) as caught:
                    await Recipient(journal, host, port).start()
                return caught.value

    return asyncio.run(run())


def test_a_port_in_use_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = attempt(tmp_path, "127.0.0.1", port)
    assert f"127.0.0.1:{port}" in error.message
    assert "in use" in error.message
    assert "another port" in error.hint


def test_a_port_without_rights_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run with all rights, so the system's answer is played.
    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "permission denied")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_server", refuse)
    error = attempt(tmp_path, "127.0.0.1", 25)
    assert "127.0.0.1:25" in error.message
    assert "1024" in error.hint


@pytest.mark.parametrize("port", [0, 2525])
def test_an_unknown_host_is_one_clear_error(tmp_path: Path, port: int) -> None:
    assert "no.such.host.invalid" in attempt(tmp_path, "no.such.host.invalid", port).message


def test_an_address_of_another_machine_is_one_clear_error(tmp_path: Path) -> None:
    assert "0.0.0.0" in attempt(tmp_path, "192.0.2.1", 2525).hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_one_clear_error(tmp_path: Path, port: int) -> None:
    assert str(port) in attempt(tmp_path, "127.0.0.1", port).message


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", ""])
def test_port_0_takes_a_free_one(tmp_path: Path, host: str) -> None:
    async def act(bench: Bench) -> None:
        recipient = bench.recipient
        assert recipient.port > 0
        assert recipient.address.endswith(f":{recipient.port}")

    perform(tmp_path, act, host=host)


def test_a_recipient_that_does_not_listen_has_no_port(tmp_path: Path) -> None:
    async def run() -> None:
        with EvidenceFile.create(tmp_path / "run.evidence") as file:
            async with Journal(file) as journal:
                recipient = Recipient(journal)
                with pytest.raises(RecipientError):
                    _ = recipient.port
                await recipient.close()  # nothing to close is fine

    asyncio.run(run())


# ---------------------------------------------------------------- arrivals


def test_waiting_ends_with_the_mail_that_completes_the_count(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        arrivals = bench.recipient.arrivals
        waiting = [
            asyncio.ensure_future(arrivals.wait("<Jones@ACME.example>", 2, 10)),
            asyncio.ensure_future(arrivals.wait("Jones@acme.example", 1, 10)),
        ]
        client = await bench.connect()
        await client.mail(to=b"jones@acme.example")  # another local part: its case counts
        await client.mail(to=b"<Jones@Acme.Example>")
        done, _ = await asyncio.wait(waiting, timeout=0.05)
        assert done == {waiting[1]}
        await client.mail(to=b"Jones@acme.example")
        assert await asyncio.gather(*waiting) == [True, True]
        assert arrivals.count("Jones@acme.example") == 2
        times = arrivals.times("Jones@acme.example")
        assert times == sorted(times)
        assert 0 < times[0] < times[1] < bench.journal.now()
        assert arrivals.times("nobody@acme.example") == []
        assert await arrivals.wait("Jones@acme.example", 2, 0)

    evidence = perform(tmp_path, act)
    assert len(evidence.messages) == 3


def test_waiting_in_vain_says_so_in_time(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        assert not await bench.recipient.arrivals.wait("jones@acme.example", 1, 0.1)
        assert 0.09 <= loop.time() - start < 5
        assert bench.recipient.arrivals._waiting == {}

    perform(tmp_path, act)


def test_a_mail_that_names_a_recipient_twice_arrives_once(tmp_path: Path) -> None:
    async def act(bench: Bench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<>\r\n")
        for line in (b"RCPT TO:<jones@acme.example>\r\n", b"RCPT TO:jones@ACME.EXAMPLE\r\n"):
            await client.say(line)
        await client.say(b"DATA\r\n")
        await client.say(b".\r\n")
        assert bench.recipient.arrivals.count("jones@acme.example") == 1

    perform(tmp_path, act)


# ---------------------------------------------------------------- its own end


def test_closing_answers_what_is_in_hand_and_records_every_session(tmp_path: Path) -> None:
    clients: list[Client] = []

    async def act(bench: Bench) -> None:
        idle, sending, waiting = [await bench.connect() for _ in range(3)]
        clients.extend((idle, sending, waiting))
        await sending.up_to_data()
        await sending.send(b"half\r\n")
        await waiting.up_to_data()
        bench.go.clear()
        await waiting.send(b"whole\r\n.\r\n")
        await asyncio.sleep(0.05)  # until it is in; nothing tells the client so
        closing = asyncio.ensure_future(bench.recipient.close())
        await asyncio.sleep(0.05)
        bench.go.set()
        await closing
        assert (await idle.rest()).startswith(b"421")
        assert (await sending.rest()).startswith(b"421")
        assert (await waiting.rest()).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.bodies == [b"whole\r\n"]
    assert evidence.endings == ["stopped"] * 3


def test_closing_does_not_wait_for_a_stalled_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_module, "GRACE", 0.1)
    monkeypatch.setattr(smtp_connection, "GRACE", 0.1)

    async def act(bench: Bench) -> None:
        stalled, delayed = await bench.connect(), await bench.connect()
        await stalled.send(b"NOOP\r\n")
        await delayed.up_to_data()
        await delayed.send(b"x\r\n.\r\n")
        assert await bench.recipient.arrivals.wait("jones@acme.example", 1, 5)
        await asyncio.wait_for(bench.recipient.close(), 5)

    faults = FaultScript.parse(["noop: stall", "data-end: delay 60s"])
    evidence = perform(tmp_path, act, faults=faults)
    assert [ending.split(":")[0] for ending in evidence.endings] == ["stopped"] * 2
    assert evidence.bodies == [b"x\r\n"]


def test_an_evidence_file_can_be_continued(tmp_path: Path) -> None:
    async def one(path: Path, body: bytes) -> None:
        with EvidenceFile.open(path, append=True) as file:
            async with Journal(file) as journal, Recipient(journal) as recipient:
                client = await Client.connect(recipient.port)
                await client.reply()
                assert (await client.mail(body)).startswith(b"250")
                await client.close()
                await recipient.idle()

    path = tmp_path / "run.evidence"
    EvidenceFile.create(path).close()
    for body in (b"first\r\n", b"second\r\n"):
        asyncio.run(one(path, body))
    evidence = read(path)
    assert evidence.bodies == [b"first\r\n", b"second\r\n"]
    assert evidence.messages[0].t < evidence.messages[1].t
    assert [session.id for session in evidence.sessions] == [1, 2]
