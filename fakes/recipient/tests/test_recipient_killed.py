"""What was acknowledged with 250 survives a SIGKILL at any moment, octet for octet and once, and is judged.

The load comes from our own clients, whose messages have all that could be repaired on the way, and from Postfix's
``smtp-source``.  ``IPPMAILTO_KILL_ROUNDS=50`` kills that often under each; the figures are shown by ``pytest -s``.

A kill comes when so many messages have been acknowledged, and up to 50 milliseconds later: on a busy machine as on a
quiet one, some come before the first message is in, and most in the midst of work.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .recipient_bench import ROOT, Client, child, read

pytestmark = pytest.mark.takes(10)

ROUNDS = int(os.environ.get("IPPMAILTO_KILL_ROUNDS", "5"))
CLIENTS = 8
SOURCE = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MOMENTS = (60, 0, 200, 1, 8)  # kill when so many were acknowledged, in one round after the other
SECONDS = 60.0  # for what takes one on a quiet machine


class Taken:
    """The messages that were acknowledged, and when they have come to so many."""

    def __init__(self) -> None:
        self.number = 0
        self._enough: tuple[int, asyncio.Event] | None = None

    def more(self, number: int = 1) -> None:
        """So many more."""
        self.number += number
        if self._enough is not None and self.number >= self._enough[0]:
            self._enough[1].set()

    async def killing_moment(self, round_number: int, dice: random.Random) -> None:
        """Wait until it is time to kill."""
        wanted, enough = self.number + MOMENTS[round_number % len(MOMENTS)], asyncio.Event()
        if wanted > self.number:
            self._enough = wanted, enough
            await asyncio.wait_for(enough.wait(), SECONDS)
        await asyncio.sleep(dice.uniform(0.0, 0.05))


def body_of(round_number: int, client: int, n: int, dice: random.Random) -> bytes:
    """A message like no other, with all that could be repaired on its way."""
    noise = dice.randbytes(dice.choice([10, 1000, 30_000])).replace(b"\r", b"").replace(b"\n", b"\r\n..")
    return b"Subject: %d %d %d\r\n\r\n..dot\nbare\x00\xff\r\nx%s\r\n" % (round_number, client, n, noise)


@dataclass
class Mails:
    """What our own clients sent, and what of it was acknowledged."""

    sent: list[bytes] = field(default_factory=list)
    acknowledged: list[bytes] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)


async def load(port: int, round_number: int, i: int, seed: int, mails: Mails) -> None:
    """Send messages until the connection breaks; a new one for some of them, as printers do."""
    dice = random.Random(seed)
    client = None
    try:
        for n in range(100_000):
            if client is None:
                client = await Client.connect(port)
                await client.reply()
            body = body_of(round_number, i, n, dice)
            mails.sent.append(body)
            if (await client.mail(body)).startswith(b"250"):
                mails.acknowledged.append(body)
                mails.taken.more()
            if dice.random() < 0.3:
                await client.close()
                client = None
    except (OSError, AssertionError):
        return  # killed in the middle of the dialogue
    finally:
        if client is not None:
            client.writer.close()


def judged(evidence: Path, reports: Path) -> dict[str, Any]:
    """The verdict that ``ippmailto judge`` gives on the file as the kill left it."""
    done = subprocess.run(
        [sys.executable, "-m", "reports", "judge", evidence, "--report-dir", reports, "--select", "message.*", "-q"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode in (1, 3), done.stderr  # these mails have no Date; but nothing of ours broke
    verdict: dict[str, Any] = json.loads((reports / "verdict.json").read_text())
    return verdict


async def one_round(evidence: Path, number: int, dice: random.Random, mails: Mails) -> None:
    with child(evidence) as (process, port):
        loads = [asyncio.ensure_future(load(port, number, i, dice.randrange(2**32), mails)) for i in range(CLIENTS)]
        await mails.taken.killing_moment(number, dice)
        process.kill()
        await asyncio.wait(loads, timeout=SECONDS)
        assert all(task.done() for task in loads)


def test_every_acknowledged_message_survives_a_kill_once_and_unchanged(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    evidence = tmp_path / "run.evidence"
    mails = Mails()
    stored: Counter[bytes] = Counter()
    for number in range(ROUNDS):
        asyncio.run(one_round(evidence, number, dice, mails))
        assert judged(evidence, tmp_path / "report")["cut-short"] is True  # the first to open what the kill left
        stored = Counter(read(evidence).bodies)  # and the file can be read after each kill
        doubled = [body[:30] for body, times in stored.items() if times > 1]
        assert doubled == [], f"seed {seed}"
        lost = [body[:30] for body in mails.acknowledged if body not in stored]
        assert lost == [], f"seed {seed}, round {number}"
        assert set(stored) <= set(mails.sent), f"seed {seed}"
    acknowledged, begun = len(mails.acknowledged), len(mails.sent)
    print(f"{ROUNDS} kills: {acknowledged} acknowledged, {len(stored)} stored, {begun} begun, seed {seed}")


class Tap:
    """Stands between a client and the recipient, and keeps what passes, so that it is known what was acknowledged.

    smtp-source counts messages by their 354.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._passed: list[tuple[bytearray, bytearray]] = []
        self.taken = Taken()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side has closed it."""
        try:
            inner, outer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionRefusedError:  # killed before this one came
            writer.close()
            return
        said, answered = bytearray(), bytearray()
        self._passed.append((said, answered))
        ways = [
            asyncio.ensure_future(self._pass_on(reader, outer, said)),
            asyncio.ensure_future(self._pass_on(inner, writer, answered)),
        ]
        await asyncio.wait(ways, return_when=asyncio.ALL_COMPLETED)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray) -> None:
        try:
            while octets := await source.read(2**16):
                kept += octets
                self.taken.more(octets.count(b"250 message stored\r\n"))
                sink.write(octets)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    def acknowledged(self) -> list[bytes]:
        """The messages whose final dot was answered 250."""
        found = []
        for said, answered in self._passed:
            messages = re.findall(rb"DATA\r\n(.*?\r\n)\.\r\n", said, re.DOTALL)
            found += messages[: answered.count(b"250 message stored\r\n")]
        return found


async def kill_under_smtp_source(evidence: Path, number: int, dice: random.Random) -> list[bytes]:
    """Kill a recipient at a random moment; the messages that smtp-source had been told of that they were taken."""
    assert SOURCE is not None
    with child(evidence) as (process, port):
        tap = Tap(port)
        server = await asyncio.start_server(tap.carry, "127.0.0.1", 0)
        command = [SOURCE, "-s", "8", "-m", "1000000", "-l", str(dice.choice([500, 5_000, 50_000]))]
        if dice.random() < 0.5:
            command.append("-d")  # many messages on a connection
        source = await asyncio.create_subprocess_exec(
            *command, "-f", "printer@acme.example", "-t", "jones@acme.example",
            f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
            stderr=subprocess.PIPE,
        )  # fmt: skip
        await tap.taken.killing_moment(number, dice)
        process.kill()
        _, complaint = await asyncio.wait_for(source.communicate(), SECONDS)
        server.close()
        await server.wait_closed()
    assert b"fatal: " in complaint  # it was cut off, and did not come to its end
    return tap.acknowledged()


@pytest.mark.skipif(SOURCE is None, reason="smtp-source is not here; apt-get install postfix")
def test_what_smtp_source_was_told_of_survives_a_kill(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    told = in_all = 0
    for number in range(ROUNDS):
        evidence = tmp_path / f"{number}.evidence"
        acknowledged = asyncio.run(kill_under_smtp_source(evidence, number, dice))
        assert judged(evidence, tmp_path / "report")["cut-short"] is True
        stored = Counter(read(evidence).bodies)
        assert [body for body in acknowledged if stored[body] != 1] == [], f"seed {seed}, round {number}"
        assert set(stored.values()) <= {1}, f"seed {seed}, round {number}: a message is stored twice"
        told, in_all = told + len(acknowledged), in_all + len(stored)
    print(f"{ROUNDS} kills under smtp-source: {told} acknowledged, {in_all} stored, seed {seed}")
