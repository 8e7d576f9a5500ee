"""The recipient's beginning, the waiting for arrivals, and its end."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from fakes.recipient import recipient as recipient_module
from fakes.recipient import reply_stream
from fakes.recipient.faults import FaultScript
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient, RecipientError

from .recipient_bench import Client, RecipientBench, perform, read

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
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
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
    async def act(bench: RecipientBench) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        assert not await bench.recipient.arrivals.wait("jones@acme.example", 1, 0.1)
        assert 0.09 <= loop.time() - start < 5
        assert bench.recipient.arrivals._waiting == {}

    perform(tmp_path, act)


def test_a_mail_that_names_a_recipient_twice_arrives_once(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
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

    async def act(bench: RecipientBench) -> None:
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
    monkeypatch.setattr(reply_stream, "GRACE", 0.1)

    async def act(bench: RecipientBench) -> None:
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


def test_in_a_hurry_closing_waits_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_module, "GRACE", 10_000.0)
    monkeypatch.setattr(reply_stream, "GRACE", 10_000.0)

    async def close() -> None:
        with EvidenceFile.create(tmp_path / "run.evidence") as file:
            hurry = asyncio.Event()
            async with Journal(file) as journal:
                recipient = Recipient(journal, faults=FaultScript.parse(["noop: stall"]), hurry=hurry)
                await recipient.start()
                client = await Client.connect(recipient.port)
                await client.reply()
                await client.send(b"NOOP\r\n")
                closing = asyncio.create_task(recipient.close())
                await asyncio.sleep(0)
                hurry.set()
                await closing

    asyncio.run(asyncio.wait_for(close(), 10))
    (ending,) = read(tmp_path / "run.evidence").endings
    assert ending.startswith("stopped")


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
