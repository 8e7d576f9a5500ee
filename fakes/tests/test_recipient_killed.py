"""What was acknowledged with 250 survives a SIGKILL at any moment, octet for octet and once, and is judged.

``IPPMAILTO_KILL_ROUNDS=50`` kills that often; the figures are printed at the end (``pytest -s``).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from fakes.tests.smtp_bench import ROOT, Client, child, read

ROUNDS = int(os.environ.get("IPPMAILTO_KILL_ROUNDS", "5"))
CLIENTS = 8


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
