"""The recipient when things go wrong: silence, floods, a failing disk."""

from __future__ import annotations

import asyncio
import resource
import socket
from pathlib import Path

import pytest

from fakes.recipient import recipient as recipient_module
from fakes.recipient.journal import JournalError
from fakes.recipient.recipient import MAX_SESSIONS

from .recipient_bench import Client, RecipientBench, perform

# ---------------------------------------------------------------- silence and floods


def test_a_silent_client_is_told_and_cut_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.rest()).startswith(b"421 recipient.example nothing heard for 0.1 seconds")

    assert perform(tmp_path, act, timeout=0.1).endings == ["timeout"]


def test_a_message_that_never_ends_is_cut_off_and_on_record(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"ends like this\n.\n")
        assert (await client.rest()).startswith(b"421")

    evidence = perform(tmp_path, act, timeout=0.1)
    assert evidence.client.endswith(b"ends like this\n.\n")
    assert evidence.messages == []


def test_a_slow_client_is_not_cut_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        for _ in range(12):
            await client.send(b"x")
            await asyncio.sleep(0.05)
        assert (await client.say(b"\r\n.\r\n")).startswith(b"250")

    assert perform(tmp_path, act, timeout=0.3).bodies == [b"x" * 12 + b"\r\n"]


def test_a_client_that_waits_for_a_slow_disk_is_not_cut_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"x" * 1500 + b"\r\n")).startswith(b"552")
        assert (await client.mail(b"x" * 998 + b"\r\n")).startswith(b"250")
        assert (await client.say(b"MAIL FROM:<a@b.example> size=1001\r\n")).startswith(b"552")

    evidence = perform(tmp_path, act, size_limit=1000)
    assert b"x" * 1500 in evidence.client
    assert [len(body) for body in evidence.bodies] == [1000]


def test_a_client_that_sends_without_end_is_cut_off(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"x" * 5000)
        assert (await client.rest()).startswith(b"552")

    evidence = perform(tmp_path, act, size_limit=1000)
    assert evidence.endings == ["limit: size of a message"]


def test_unknown_commands_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.recipient.smtp_session.UNKNOWN_LIMIT", 5)

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        answers = [(await client.say(b"NONSENSE\r\n"))[:3] for _ in range(5)]
        assert answers == [b"500"] * 4 + [b"421"]
        assert await client.rest() == b""

    assert perform(tmp_path, act).endings == ["limit: unknown commands"]


def test_connections_beyond_the_bound_are_told_so_and_recorded(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"first\r\n")).startswith(b"250")
        move(bench.file.path, tmp_path / "aside")
        assert (await client.mail(b"second\r\n")).startswith(b"452")
        move(tmp_path / "aside", bench.file.path)

    evidence = perform(tmp_path, act, failing=True)
    assert evidence.bodies[0] == b"first\r\n"
