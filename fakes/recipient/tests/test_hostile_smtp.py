"""A client that means harm: the recipient keeps its octets, its memory and its other clients.

``IPPMAILTO_IDLE=10000`` opens that many idle connections, ``IPPMAILTO_SMALL=1000000`` sends that many small mails; the
figures are printed at the end (``pytest -s``).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.wire.smtp import dialogue
from fakes.mail_security import Auth, MailSecurity
from fakes.recipient.listener_state import SIZE_LIMIT

from .any_client import as_kept
from .recipient_bench import PATIENCE, Client, RecipientBench, child, perform, read

IDLE = int(os.environ.get("IPPMAILTO_IDLE", "1500"))
SMALL = int(os.environ.get("IPPMAILTO_SMALL", "4000"))
HUGE = 64 * 2**20
MEGABYTE = 1024  # kB, as the kernel counts


def memory(pid: int, what: str = "VmRSS") -> int:
    """Kilobytes of real memory that a process has, or (``VmHWM``) has ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a process is read in /proc"
)


# ---------------------------------------------------------------- size


def test_a_message_of_64_mib_is_refused_twice_and_costs_no_memory(tmp_path: Path) -> None:
    async def attack(pid: int, port: int) -> tuple[int, int]:
        client = await Client.connect(port)
        await client.reply()
        announced = b"MAIL FROM:<a@b.example> SIZE=%d\r\n" % HUGE
        assert (await client.say(announced)).startswith(b"552")
        assert (await client.mail()).startswith(b"250")
        before = memory(pid)
        await client.up_to_data()
        line = (b"x" * 998 + b"\r\n") * 1024
        for _ in range(HUGE // len(line) + 1):
            await client.send(line)
        answer = asyncio.ensure_future(client.say(b".\r\n"))
        assert (await answer).startswith(b"552 more than %d octets" % SIZE_LIMIT)
        assert (await client.mail(b"after\r\n")).startswith(b"250")
        await client.close()
        return before, memory(pid, "VmHWM")

    with child(tmp_path / "run.evidence") as (process, port):
        before, peak = asyncio.run(asyncio.wait_for(attack(process.pid, port), 6 * PATIENCE))
    assert peak - before < 48 * MEGABYTE  # the journal's queue twice, not the message
    evidence = read(tmp_path / "run.evidence")
    assert evidence.bodies == [b"hello\r\n", b"after\r\n"]


# ---------------------------------------------------------------- the end of a message

ENDS = [b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\0\n", b"\r \n", b"\0", b"\x85", b"\x0b", b""]
SMUGGLED = b"MAIL FROM:<smuggled@b.example>\r\nRCPT TO:<jones@acme.example>\r\nDATA\r\nsmuggled\r\n.\r\n"


@pytest.mark.parametrize("dots", [b".", b"..", b". ", b".\0"])
def test_no_other_octets_than_crlf_dot_crlf_end_a_message(tmp_path: Path, dots: bytes) -> None:
    bodies = [
        b"first" + before + dots + after + SMUGGLED.removesuffix(b".\r\n")
        for before, after in itertools.product(ENDS, ENDS)
        if b"\r\n.\r\n" not in before + dots + after
    ]
    assert len(bodies) > len(ENDS) ** 2 - 20

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        for body in bodies:
            assert (await client.mail(body)).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.bodies == bodies
    assert b"250" not in evidence.server.rpartition(b"250 message stored\r\n")[2]
    turns = [turn for turn in dialogue(evidence.events).turns if turn.verb == "DATA"]
    assert [turn.data_span for turn in turns] == [(m.start, m.end) for m in evidence.messages]  # the judge agrees


def test_what_follows_the_end_in_the_same_piece_is_a_transaction_of_its_own(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"first\r\n.\r\n" + SMUGGLED)
        replies = [(await client.reply())[:3] for _ in range(5)]
        assert replies == [b"250", b"250", b"250", b"354", b"250"]

    assert perform(tmp_path, act).bodies == [b"first\r\n", b"smuggled\r\n"]


def test_nul_and_lone_cr_in_commands_are_kept_and_end_nothing(tmp_path: Path) -> None:
    lines = [
        b"NO\0OP\r\n",
        b"NOOP\0\r\n",
        b"NOOP\r NOOP\r\n",
        b"\0\r\n",
        b"\r\r\n",
        b"\r\n",
        b"RSET\x80\r\n",
        b"\xff\xfe\r\n",
    ]

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        for line in lines:
            assert (await client.say(line))[:1] in b"25"
        assert (await client.mail()).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.client.startswith(b"".join(lines))
    assert len(dialogue(evidence.events).turns) == len(lines) + 3


PIECES = [
    b"EHLO x\r\n", b"HELO\r\n", b"MAIL FROM:<a@b>\r\n", b"MAIL FROM:\r\n", b"RCPT TO:<c@d>\r\n", b"DATA\r\n",
    b"DATA x\r\n", b"RSET\r\n", b"NOOP\r\n", b"VRFY c\r\n", b"HELP\r\n", b"EXPN\r\n", b"AUTH PLAIN\r\n",
    b"AUTH PLAIN AGEAYg==\r\n",
    b"STARTTLS\r\n", b"QUIT\r\n", b".\r\n", b"\r\n.\r\n", b"\n.\n", b"\r", b"\n", b"\0", b"\xff", b"text\r\n",
    b"..\r\n", b"BDAT 5 LAST\r\n", b"x" * 70_000 + b"\r\n", b"MAIL FROM:<" + b"a" * 3000 + b"@b> SIZE=1\r\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=25), st.booleans(), st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_on_record_and_what_is_stored_was_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], auth: bool, data: st.DataObject
) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=5)))
    directory = tmp_path_factory.mktemp("any")

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        with suppress(OSError):  # whoever goes on after QUIT may find the connection reset
            for start, end in itertools.pairwise([0, *cuts, len(stream)]):
                await client.send(stream[start:end])
                await asyncio.sleep(0)
            client.writer.write_eof()
            await client.rest()
        other = await bench.connect()
        assert (await other.mail(b"still here\r\n", b"<other@acme.example>")).startswith(b"250")

    try:
        evidence = perform(directory, act, security=MailSecurity(auth=Auth.OFFER if auth else Auth.NONE))
    finally:
        shutil.rmtree(directory)
    kept = as_kept(stream, evidence.client, [row for row in evidence.hidden if row.session == 1])
    assert evidence.client.startswith(kept) or b"QUIT" in stream
    assert evidence.server.count(b"250 message stored\r\n") == len(evidence.messages)
    assert b"451 " not in evidence.server  # nothing of ours broke
    dialogue(evidence.events)


# ---------------------------------------------------------------- crowds


def test_idle_connections_are_held_up_to_the_bound_and_cost_little(tmp_path: Path) -> None:
    async def crowd(pid: int, port: int) -> int:
        before, clients = memory(pid), list[Client]()
        for _ in range(IDLE // 50):
            some = await asyncio.gather(*(Client.connect(port) for _ in range(50)))
            for client in some:
                assert (await client.reply()).startswith(b"220")
            clients += some
        assert (await clients[0].mail()).startswith(b"250")  # nobody is kept from working
        cost = memory(pid) - before
        for client in clients:
            client.writer.transport.abort()
        await asyncio.sleep(0)
        return cost

    with child(tmp_path / "run.evidence") as (process, port):
        cost = asyncio.run(asyncio.wait_for(crowd(process.pid, port), 120))
    print(f"{IDLE} idle connections: {cost / MEGABYTE:.1f} MB")
    assert cost < IDLE * 25


def test_where_files_run_short_more_connections_are_refused_and_mail_still_taken(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def crowd(port: int) -> list[bytes]:
        clients = [await Client.connect(port) for _ in range(300)]
        greetings = [await client.reply() for client in clients]
        assert (await clients[0].mail()).startswith(b"250")
        for client in clients:
            client.writer.close()
        return greetings

    with child(tmp_path / "run.evidence", "prlimit", "--nofile=200:200") as (process, port):
        greetings = asyncio.run(asyncio.wait_for(crowd(port), 60))
        assert process.poll() is None
    assert sum(line.startswith(b"220 ") for line in greetings) == 200 - 64
    refused = {line for line in greetings if not line.startswith(b"220 ")}
    assert refused == {b"421 recipient.example has 136 connections, which is its limit; try again later\r\n"}
    assert capfd.readouterr().err == ""  # nothing ran out while they were turned away


def test_many_small_mails_leave_the_memory_flat(tmp_path: Path) -> None:
    async def load(port: int, mails: int) -> None:
        client = await Client.connect(port)
        await client.reply()
        whole = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<jones@acme.example>\r\nDATA\r\nsmall\r\n.\r\n" * 50
        for _ in range(mails // 50):
            await client.send(whole)
            replies = [await client.reply() for _ in range(200)]
            assert sum(line == b"250 message stored\r\n" for line in replies) == 50
        await client.close()

    async def phases(pid: int, port: int) -> tuple[int, int]:
        await asyncio.gather(*(load(port, SMALL // 8) for _ in range(4)))
        before = memory(pid)
        await asyncio.gather(*(load(port, SMALL // 8) for _ in range(4)))
        return before, memory(pid)

    with child(tmp_path / "run.evidence") as (process, port):
        before, after = asyncio.run(phases(process.pid, port))
    print(f"{SMALL} small mails: {before / MEGABYTE:.1f} MB after half of them, {after / MEGABYTE:.1f} MB in the end")
    assert after - before < 4 * MEGABYTE + SMALL * 16 // 1024  # eight octets for each mail's time, doubled as it grows


def test_what_all_connections_have_waiting_in_memory_is_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.recipient.transcript.GATHER_LIMIT", 100_000)

    async def act(bench: RecipientBench) -> None:
        clients = [await bench.connect() for _ in range(50)]
        for client in clients:
            await client.up_to_data()
            await client.send(b"x" * 5000)
        for client in clients:
            assert (await client.say(b"\r\n.\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert len(evidence.bodies) == 50
    written = [row for row in evidence.transcripts if row.start == 0]
    assert max(len(row.events) for row in written) < 100_000 // 50 + 5200  # with the piece that passed it
    assert len(evidence.transcripts) > 2 * 50
