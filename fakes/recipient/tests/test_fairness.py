"""Each client has its turn, whatever the others do; what they make the recipient keep is bounded, and given back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from conformance.record.rows import unpack_events
from conformance.wire.smtp_events import EventKind
from fakes.recipient.arrivals import PATH_LIMIT, Arrivals
from fakes.recipient.listener_state import (
    COMMANDS_A_TURN,
    COMMANDS_AT_ONCE,
    NAME_LIMIT,
    SHORT_LIMIT,
    UNSENT_LIMIT,
    ListenerState,
)
from fakes.recipient.smtp_session import SmtpSession
from fakes.recipient.transcript import TRANSCRIPT_LIMIT

from . import hostile_clients
from .hostile_clients import COMERS, KINDS
from .recipient_bench import PATIENCE, Client, RecipientBench, child, perform
from .test_hostile_smtp import MEGABYTE, memory

HOSTILE: Final = 8
TIMES: Final = 10  # a mail may take so many times as long as without them
SOON: Final = 0.05  # seconds that it may take in any case: without turns it takes several, and an idle machine is quick
ATTEMPTS: Final = 3  # a busy machine lets a busy process wait; where turns are not given, none is anywhere near


@contextmanager
def hostile(port: int, kind: str, count: int = HOSTILE) -> Iterator[None]:
    command = [sys.executable, hostile_clients.__file__, str(port), kind, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"connected\n"
            yield
        finally:
            process.kill()


async def one_mail(port: int) -> tuple[float, float]:
    """Seconds until the greeting, and for the whole of it."""
    start = time.perf_counter()
    client = await Client.connect(port)
    assert (await client.reply()).startswith(b"220")
    greeted = time.perf_counter()
    await client.say(b"EHLO well.behaved.example\r\n")
    assert (await client.mail()).startswith(b"250")
    assert (await client.say(b"QUIT\r\n")).startswith(b"221")
    await client.close()
    return greeted - start, time.perf_counter() - start


@dataclass(frozen=True)
class Times:
    """Medians, in seconds: of a mail at a recipient that is left alone, and at one that is not, and of its greeting."""

    quiet: float
    attacked: float
    greeted: float


def times(path: Path, kind: str, count: int, mails: int) -> Times:
    """Of mails in turns at two recipients, so that whatever else the machine has to do slows both down alike."""

    async def turns(quiet: int, attacked: int) -> Times:
        taken = [(await one_mail(quiet), await one_mail(attacked)) for _ in range(mails + 3)][3:]
        return Times(
            median(whole for (_, whole), _ in taken),
            median(whole for _, (_, whole) in taken),
            median(greeted for _, (greeted, _) in taken),
        )

    path.mkdir()
    with (
        child(path / "quiet.evidence") as (_, quiet),
        child(path / "attacked.evidence", offers="tls" if kind in COMERS else "login") as (_, attacked),
        hostile(attacked, kind, count),
    ):
        measured = asyncio.run(turns(quiet, attacked))
    print(f"{kind}: {measured}, {measured.attacked / measured.quiet:.1f} times")
    return measured


# ---------------------------------------------------------------- turns


@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_a_mail_among_hostile_clients_takes_at_most_ten_times_as_long(tmp_path: Path, kind: str) -> None:
    for attempt in range(ATTEMPTS):
        measured = times(tmp_path / str(attempt), kind, HOSTILE, 31)
        if measured.attacked < max(SOON, TIMES * measured.quiet):
            return
    raise AssertionError(f"{measured.attacked / measured.quiet:.1f} times as long, and no better before")


def test_others_have_their_turn_between_the_commands_of_a_group(tmp_path: Path) -> None:
    """Seen in the record, not by the clock: how much one client is told while another waits for an answer."""
    many = 3000

    async def act(bench: RecipientBench) -> None:
        greedy, modest = await bench.connect(), await bench.connect()
        reading = asyncio.ensure_future(greedy.reader.readexactly(many * len(b"250 OK\r\n")))
        await greedy.send(b"NOOP\r\n" * many)
        while not reading.done():
            await modest.say(b"NOOP\r\n")
        await reading

    evidence = perform(tmp_path, act)
    events = {row.id: list[tuple[int, EventKind]]() for row in evidence.sessions}
    for row in evidence.transcripts:
        events[row.session] += [(event.t, event.kind) for event in unpack_events(row.events)]
    greedy = [t for t, kind in events[1] if kind is EventKind.SERVER]
    asked = [t for t, kind in events[2] if kind is EventKind.CLIENT and t < greedy[-1]]
    told = [t for t, kind in events[2] if kind is EventKind.SERVER][1:]
    meanwhile = [sum(a < t < b for t in greedy) for a, b in zip(asked, told, strict=False)]
    assert len(meanwhile) > 20
    assert max(meanwhile) <= 2 * COMMANDS_A_TURN


def test_a_client_is_greeted_soon_among_three_hundred_that_do_not_read(tmp_path: Path) -> None:
    """As soon as a whole mail may take among others: turn by turn it would be seconds."""
    measured = times(tmp_path / "both", "commands-deaf", 300, 11)
    assert measured.greeted < TIMES * measured.quiet


def test_three_hundred_clients_that_do_not_read_cost_little(tmp_path: Path) -> None:
    with child(tmp_path / "run.evidence") as (process, port):
        asyncio.run(one_mail(port))
        before = memory(process.pid)
        with hostile(port, "commands-deaf", 300):
            for _ in range(5):
                asyncio.run(one_mail(port))
            grown = memory(process.pid) - before
    print(f"{grown / MEGABYTE:.1f} MB more")
    assert grown < 300 * 60  # kB: what goes to the disk next, and what the system did not take


# ---------------------------------------------------------------- bounds


def sessions(bench: RecipientBench) -> list[SmtpSession]:
    return [session for session in printer_bench(bench).open if isinstance(session, SmtpSession)]


def printer_bench(bench: RecipientBench) -> ListenerState:
    return bench.recipient._listener


async def settled(bench: RecipientBench) -> None:
    """Until the recipient has nothing to do any more: what it holds is then what it will hold."""
    while any(session._queues or not session._room.is_set() for session in sessions(bench)):
        await asyncio.sleep(0.01)
        if all(not session._room.is_set() for session in sessions(bench)):
            return


def test_of_clients_that_do_not_read_little_is_kept(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        clients = [await bench.connect() for _ in range(20)]
        for client in clients:
            client.reader._limit = 0  # type: ignore[attr-defined]  # so that it leaves all with the system
            client.writer.write(b"HELP\r\n" * 500_000)
        await asyncio.wait_for(settled(bench), PATIENCE)
        for session in sessions(bench):
            assert len(session._lines) <= COMMANDS_AT_ONCE
            assert session.transport.get_write_buffer_size() < UNSENT_LIMIT + COMMANDS_A_TURN * 512
            assert session._record.events.size <= TRANSCRIPT_LIMIT + COMMANDS_AT_ONCE
        assert printer_bench(bench).lines == sum(len(session._lines) for session in sessions(bench)) > 0
        for client in clients:
            client.reset()
        await asyncio.wait_for(bench.recipient.idle(), PATIENCE)
        assert printer_bench(bench).lines == 0

    perform(tmp_path, act)


def test_little_is_kept_of_a_long_name_and_nothing_of_a_long_command(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        for verb in (b"EHLO", b"HELO", b"XCLIENT", b"VRFY"):
            client = await bench.connect()
            await client.say(verb + b" " + b"x" * 60_000 + b"\r\n")
            (session,) = (each for each in sessions(bench) if each._record.session == len(bench.clients))
            assert len(session._line) == 0
            engine = session._engine.session
            assert engine is not None
            assert len(engine.host_name or "") == (NAME_LIMIT if b"LO" in verb else 0)
            assert (await client.say(b"NOOP\r\n")).startswith(b"250")

    perform(tmp_path, act)


def test_envelopes_are_bounded_together_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.recipient.transaction.ENVELOPES_LIMIT", 20_000)
    line = b"RCPT TO:<%d" + b"x" * 60 + b"@b.example>\r\n"

    async def fill(client: Client) -> int:
        """How many recipients are taken."""
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        await client.send(b"".join(line % i for i in range(1000, 1500)))
        return sum([(await client.reply()).startswith(b"250") for _ in range(500)])

    async def act(bench: RecipientBench) -> None:
        clients = [await bench.connect() for _ in range(4)]
        taken = [await fill(client) for client in clients]
        assert taken[0] > 200 > taken[1] > 40  # the first takes what all have; the rest have their share
        assert 19_900 < printer_bench(bench).envelopes <= 20_000
        assert (await clients[3].say(b"DATA\r\n")).startswith(b"354")
        assert (await clients[3].say(b"x\r\n.\r\n")).startswith(b"250")
        assert bench.recipient.arrivals.count("1001" + "x" * 60 + "@b.example") == 1
        await clients[0].say(b"RSET\r\n")
        assert printer_bench(bench).envelopes < 500
        assert await fill(clients[0]) == taken[0]
        for client in clients[1:]:
            await client.say(b"EHLO x\r\n")
        assert printer_bench(bench).envelopes > 19_900
        clients[0].reset()
        await bench.leave()
        assert printer_bench(bench).envelopes == 0

    perform(tmp_path, act)


def test_long_lines_are_refused_while_all_together_have_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.recipient.listener_state.LINES_LIMIT", 200_000)

    async def act(bench: RecipientBench) -> None:
        clients = [await bench.connect() for _ in range(10)]
        for client in clients:
            await client.send(b"NOOP " + b"x" * 50_000)
        for _ in range(100):  # nothing tells the client that they are in
            await asyncio.sleep(0.01)
            assert printer_bench(bench).lines <= 200_000 + len(clients) * (SHORT_LIMIT + COMMANDS_AT_ONCE)
        answers = [(await client.say(b"\r\n"))[:3] for client in clients]
        assert 1 < answers.count(b"250") < len(answers) == answers.count(b"250") + answers.count(b"500")
        assert printer_bench(bench).lines == 0
        assert (await clients[0].say(b"NOOP " + b"x" * 50_000 + b"\r\n")).startswith(b"250")

    perform(tmp_path, act)


# ---------------------------------------------------------------- the index of arrivals


def test_of_an_address_beyond_the_limit_no_more_is_kept_than_of_others(tmp_path: Path) -> None:
    long = "a" * 60_000 + "@b.example"

    async def act(bench: RecipientBench) -> None:
        arrivals = bench.recipient.arrivals
        waiting = asyncio.ensure_future(arrivals.wait(f"<{long}>", 2, PATIENCE))
        client = await bench.connect()
        for _ in range(2):
            assert (await client.mail(to=b"<" + long.encode() + b">")).startswith(b"250")
        assert (await client.mail(to=b"<b" + long.encode() + b">")).startswith(b"250")
        assert await waiting
        assert (arrivals.count(long), arrivals.count("b" + long), len(arrivals)) == (2, 1, 2)
        assert max(map(len, arrivals._times)) <= PATH_LIMIT

    perform(tmp_path, act)


def test_those_are_forgotten_that_have_got_no_mail_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.recipient.arrivals.ADDRESSES_LIMIT", 3)

    async def run() -> None:
        arrivals = Arrivals()
        arrivals.note(["first@b.example"], 1)
        waiting = asyncio.ensure_future(arrivals.wait("first@b.example", 2, PATIENCE))
        await asyncio.sleep(0)
        for t, name in enumerate("abacd", 2):
            arrivals.note([f"{name}@b.example"], t)
        assert [arrivals.count(f"{name}@b.example") for name in "abcd"] == [0, 0, 1, 1]
        arrivals.note(["first@b.example"], 9)
        assert await waiting
        assert arrivals.times("first@b.example") == [1, 9]

    asyncio.run(run())
