"""What was acknowledged with 250 survives a SIGKILL at any moment, octet for octet and once, and is judged.

The load comes from our own clients, whose messages have all that could be repaired on the way, and from Postfix's
``smtp-source``.  ``IPPMAILTO_KILL_ROUNDS=50`` kills under our own clients that often, too; the figures are shown by
``pytest -s``.
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
from pathlib import Path
from typing import Any

import pytest

from .recipient_bench import ROOT, Client, child, read

ROUNDS = int(os.environ.get("IPPMAILTO_KILL_ROUNDS", "5"))
CLIENTS = 8
SOURCE = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SOURCE_ROUNDS = 50


def body_of(round_number: int, client: int, n: int, dice: random.Random) -> bytes:
    """A message like no other, with all that could be repaired on its way."""
    noise = dice.randbytes(dice.choice([10, 1000, 30_000])).replace(b"\r", b"").replace(b"\n", b"\r\n..")
    return b"Subject: %d %d %d\r\n\r\n..dot\nbare\x00\xff\r\n%s\r\n" % (round_number, client, n, noise)


async def load(port: int, round_number: int, i: int, seed: int, sent: list[bytes], acknowledged: list[bytes]) -> None:
    """Send messages until the connection breaks; a new one for some of them, as printers do."""
    dice = random.Random(seed)
    client = None
    try:
        for n in range(100_000):
            if client is None:
                client = await Client.connect(port)
                await client.reply()
            body = body_of(round_number, i, n, dice)
            sent.append(body)
            if (await client.mail(body)).startswith(b"250"):
                acknowledged.append(body)
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


async def one_round(evidence: Path, number: int, dice: random.Random, sent: list[bytes], acked: list[bytes]) -> None:
    with child(evidence) as (process, port):
        loads = [
            asyncio.ensure_future(load(port, number, i, dice.randrange(2**32), sent, acked)) for i in range(CLIENTS)
        ]
        await asyncio.sleep(dice.uniform(0.02, 0.5))
        process.kill()
        await asyncio.wait(loads, timeout=30)
        assert all(task.done() for task in loads)


def test_every_acknowledged_message_survives_a_kill_once_and_unchanged(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    evidence = tmp_path / "run.evidence"
    sent: list[bytes] = []
    acknowledged: list[bytes] = []
    stored: Counter[bytes] = Counter()
    for number in range(ROUNDS):
        asyncio.run(one_round(evidence, number, dice, sent, acknowledged))
        assert judged(evidence, tmp_path / "report")["cut-short"] is True  # the first to open what the kill left
        stored = Counter(read(evidence).bodies)  # and the file can be read after each kill
        doubled = [body[:30] for body, times in stored.items() if times > 1]
        assert doubled == [], f"seed {seed}"
        lost = [body[:30] for body in acknowledged if body not in stored]
        assert lost == [], f"seed {seed}, round {number}"
        assert set(stored) <= set(sent), f"seed {seed}"
    assert len(acknowledged) > ROUNDS  # it was under load
    print(f"{ROUNDS} kills: {len(acknowledged)} acknowledged, {len(stored)} stored, {len(sent)} begun, seed {seed}")


class Tap:
    """Stands between a client and the recipient, and keeps what passes, so that it is known what was acknowledged.

    smtp-source counts messages by their 354.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._passed: list[tuple[bytearray, bytearray]] = []

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


async def kill_under_smtp_source(evidence: Path, dice: random.Random) -> list[bytes]:
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
        await asyncio.sleep(dice.uniform(0.02, 0.5))
        process.kill()
        _, complaint = await asyncio.wait_for(source.communicate(), 30)
        server.close()
        await server.wait_closed()
    assert b"fatal: " in complaint  # it was cut off, and did not come to its end
    return tap.acknowledged()


@pytest.mark.skipif(SOURCE is None, reason="smtp-source is not here; apt-get install postfix")
def test_what_smtp_source_was_told_of_survives_fifty_kills(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    told = in_all = 0
    for number in range(SOURCE_ROUNDS):
        evidence = tmp_path / f"{number}.evidence"
        acknowledged = asyncio.run(kill_under_smtp_source(evidence, dice))
        assert judged(evidence, tmp_path / "report")["cut-short"] is True
        stored = Counter(read(evidence).bodies)
        assert [body for body in acknowledged if stored[body] != 1] == [], f"seed {seed}, round {number}"
        assert set(stored.values()) <= {1}, f"seed {seed}, round {number}: a message is stored twice"
        told, in_all = told + len(acknowledged), in_all + len(stored)
    assert told > SOURCE_ROUNDS  # it was under load
    print(f"{SOURCE_ROUNDS} kills under smtp-source: {told} acknowledged, {in_all} stored, seed {seed}")
