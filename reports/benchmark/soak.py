"""A soak in small: SMTP sessions by the ten thousand, with faults of both sides drawn by a seed, at one recipient.

As a program (``python -m reports.benchmark.soak --sessions 100000 --seed 1``) it prints what came of it, and ends in 1
where a mail that was acknowledged is missing, stands there twice or has changed, or one is there that was refused.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Session

from .children import BenchmarkError, Ours, cpu_seconds, memory
from .figures import Figure, Result, Table, as_text, machine, write

SESSIONS: Final = 100_000
QUICK_SESSIONS: Final = 500
SEED: Final = 1
CLIENTS: Final = 16  # at a time
STATIONS: Final = 10  # at which memory is read
MAILS: Final = 3  # of a session, at most
SECONDS: Final = 60.0  # for an answer; more than a busy machine takes
_BUSY, _REFUSED, _CLOSED, _RESET, _CUT, _SLOW, _WORDY = (
    f"{name}@soak.example" for name in ("busy", "refused", "closed", "reset", "cut", "slow", "wordy")
)
FAULTS: Final = (
    f"rcpt to {_BUSY}: 451 mailbox busy", f"data-end to {_REFUSED}: 554 not this one", f"data-end to {_CLOSED}: close",
    f"rcpt to {_RESET}: drop", f"data to {_CUT}: drop-after 40", f"data-end to {_SLOW}: delay 3ms",
    f"rcpt to {_WORDY}: multiline 4",
)  # fmt: skip
_ADDRESSES: Final = (
    *["jones@soak.example"] * 12, _BUSY, _REFUSED, _CLOSED, _RESET, _CUT, _SLOW, _WORDY,
)  # fmt: skip
_WAYS: Final = (*["polite"] * 8, "chatty", "undecided", "in-one-piece", "in-a-hurry", "breaks-off", "without-quit")
_HOW: Final = (
    "Sessions with one to three mails each, sixteen at a time, to a recipient of its own process. By a seed is drawn "
    "what a client does (waits for its answers, sends all in one piece, leaves without an answer or within a message, "
    "chatters, begins anew) and what the recipient does to it (refuses at RCPT or after the dot, closes, resets, cuts "
    "a message off, answers late or in several lines). In the end the evidence is compared with what each client was "
    "told, octet for octet. Growth is from the first tenth to the last."
)
_LIMITS: Final = "as under load: what is kept of a mail that is on the disk is its time."


class _Came(IntEnum):
    """What its client knows of a mail."""

    NOTHING = 0  # not sent to its end, or refused: it must not be there
    ACKNOWLEDGED = 1  # it must be there, once
    UNKNOWN = 2  # sent, and nobody waited for the answer: it may be there, once


class _Soak:
    """The sessions of one soak, and what came of their mails, by number."""

    def __init__(self, sessions: int, seed: int, port: int) -> None:
        self.sessions, self.seed, self._port = sessions, seed, port
        self.came = bytearray(sessions * MAILS)

    async def play(self, first: int, last: int) -> None:
        """These sessions, so many at a time."""
        numbers = iter(range(first, last))

        async def client() -> None:
            for number in numbers:
                await self._session(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(client())

    async def _session(self, number: int) -> None:
        dice = random.Random(f"{self.seed} {number}")
        way, mails = dice.choice(_WAYS), dice.randint(1, MAILS)
        async with asyncio.timeout(SECONDS):
            client = await _Client.connect(self._port)
            try:
                await self._talk(client, way, [number * MAILS + i for i in range(mails)], dice)
            except (ConnectionError, asyncio.IncompleteReadError):  # the recipient's fault, which was drawn
                return
            finally:
                await client.close(abruptly=way in ("in-a-hurry", "breaks-off"))

    async def _talk(self, client: _Client, way: str, mails: Sequence[int], dice: random.Random) -> None:
        await client.reply()
        await client.say(b"EHLO soak.example\r\n")
        if way == "chatty":
            for line in dice.choices((b"NOOP\r\n", b"HELP\r\n", b"XYZZY\r\n", b"VRFY a\r\n", b"\xff\0\r\n"), k=4):
                await client.say(line)
        if way in ("in-one-piece", "in-a-hurry"):
            await self._in_one_piece(client, mails[0], wait=way == "in-one-piece")
            return
        for mail in mails:
            if way == "undecided":
                await client.say(b"MAIL FROM:<a@soak.example>\r\n")
                await client.say(b"RSET\r\n")
            await self._mail(client, mail, dice.choice(_ADDRESSES), break_off=way == "breaks-off")
        if way != "without-quit":
            await client.say(b"QUIT\r\n")

    async def _in_one_piece(self, client: _Client, mail: int, *, wait: bool) -> None:
        self.came[mail] = _Came.UNKNOWN
        envelope = b"MAIL FROM:<a@soak.example>\r\nRCPT TO:<jones@soak.example>\r\nDATA\r\n"
        await client.send(envelope + body_of(self.seed, mail) + b".\r\n")
        if wait:
            client.writer.write_eof()
            codes = [await client.reply() for _ in range(4)]
            self.came[mail] = _Came.ACKNOWLEDGED if codes[3] == 250 else _Came.NOTHING

    async def _mail(self, client: _Client, mail: int, address: str, *, break_off: bool) -> None:
        await client.say(b"MAIL FROM:<a@soak.example>\r\n")
        if await client.say(b"RCPT TO:<%s>\r\n" % address.encode()) != 250:
            await client.say(b"RSET\r\n")
            return
        await client.say(b"DATA\r\n")
        body = body_of(self.seed, mail)
        if break_off:
            await client.send(body[: len(body) // 2])
            raise ConnectionAbortedError("as was drawn")
        if await client.say(body + b".\r\n") == 250:
            self.came[mail] = _Came.ACKNOWLEDGED

    def compare(self, evidence: Path) -> int:
        """How many mails are stored; raises ``BenchmarkError`` where that is not what the clients were told."""
        stored = bytearray(len(self.came))
        with EvidenceFile.open(evidence) as file:
            for row in file.rows(MailRow):
                body = file.client_octets(row.session, row.start, row.end)
                mail = number_of(body)
                if not 0 <= mail < len(stored) or body != body_of(self.seed, mail):
                    raise BenchmarkError(f"mail {row.id} is none that was sent")
                stored[mail] += 1
            sessions = sum(1 for _ in file.rows(Session))
        if sessions != self.sessions:
            raise BenchmarkError(f"{sessions} of {self.sessions} sessions are in the evidence")
        for mail, (there, came) in enumerate(zip(stored, self.came, strict=True)):
            least, most = int(came == _Came.ACKNOWLEDGED), int(came != _Came.NOTHING)
            if not least <= there <= most:
                told = _Came(came).name.lower()
                raise BenchmarkError(f"mail {mail} of seed {self.seed} is there {there} times; told its client: {told}")
        return sum(stored)


class _Client:
    """A connection to the recipient."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> _Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def reply(self) -> int:
        """The code of the next reply; raises ``IncompleteReadError`` when the connection ends before."""
        line = b"   -"
        while line[3:4] == b"-":
            line = await self._reader.readuntil(b"\n")
        return int(line[:3])

    async def say(self, octets: bytes) -> int:
        await self.send(octets)
        return await self.reply()

    async def close(self, *, abruptly: bool) -> None:
        if abruptly:
            self.writer.transport.abort()
        else:
            self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:  # it was reset, as was drawn
            return


def body_of(seed: int, mail: int) -> bytes:
    """A mail like no other, with all that could be repaired on its way."""
    dice = random.Random(f"{seed} {mail} body")
    noise = dice.randbytes(dice.choice((10, 300, 300, 1000, 20_000))).replace(b"\r", b"").replace(b"\n", b"\r\n..")
    return b"Subject: %d\r\n\r\n..dot\nbare\0\xff\r\nx%s\r\n" % (mail, noise)


def number_of(body: bytes) -> int:
    """Which mail that is; -1 for none of ours."""
    word = body.partition(b"\r\n")[0].removeprefix(b"Subject: ")
    return int(word) if word.isdigit() else -1


class _Recipient(Ours):
    """The recipient, with faults."""

    def command(self) -> list[str]:
        return [*super().command(), *(word for line in FAULTS for word in ("--fault", line))]

    def count(self) -> int:
        if self.process.returncode != 0:
            raise BenchmarkError("the recipient did not end in order")
        return self.soak.compare(self.evidence)

    soak: _Soak


def soak(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """The soak as a part of the benchmark; raises ``BenchmarkError``."""
    return sessions(directory, QUICK_SESSIONS if quick else SESSIONS, SEED, tell)


def sessions(directory: Path, number: int, seed: int, tell: Callable[[str], None]) -> Result:
    """So many sessions; raises ``BenchmarkError``."""
    samples = []
    with _Recipient(directory) as server:
        pid = server.process.pid
        server.soak = it = _Soak(number, seed, server.port)
        idle, before, began = memory(pid), cpu_seconds(pid), time.perf_counter()
        for station in range(STATIONS):
            tell(f"soak: {number * station // STATIONS:,} sessions")
            asyncio.run(it.play(number * station // STATIONS, number * (station + 1) // STATIONS))
            samples.append((number * (station + 1) // STATIONS, memory(pid)))
        seconds, cpu, most = time.perf_counter() - began, cpu_seconds(pid) - before, memory(pid, "VmHWM")
    first, last = samples[0], samples[-1]
    figures = (
        Figure(f"sessions, by the seed {seed}", number),
        Figure("mails acknowledged, all of them stored once and unchanged", it.came.count(_Came.ACKNOWLEDGED)),
        Figure("mails stored, with those whose clients did not wait", server.counted),
        Figure("recipient, idle", idle, "MB"),
        Figure("at most", most, "MB"),
        Figure("growth a session", (last[1] - first[1]) * 2**20 / max(1, last[0] - first[0]), "octets"),
        Figure("sessions a second", number / seconds, "/s"),
        Figure("CPU a session", cpu / number * 1e6, "us"),
    )
    table = Table(("sessions", "memory MB"), tuple((f"{n:,}", f"{m:.1f}") for n, m in samples))
    return Result("soak", "Soak", _HOW, figures, (table,), _LIMITS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m reports.benchmark.soak", description="Many sessions, with faults.")
    parser.add_argument("--sessions", type=int, default=SESSIONS, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="the same seed draws the same faults")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the figures into a document")
    parser.add_argument("--work-dir", type=Path, metavar="DIR", help="where evidence is written, on a real disk")
    options = parser.parse_args(arguments)
    if options.sessions < STATIONS:
        parser.error(f"--sessions takes {STATIONS} or more")
    about = machine()
    try:
        with tempfile.TemporaryDirectory(dir=options.work_dir) as directory:
            result = sessions(
                Path(directory), options.sessions, options.seed, lambda text: print(text, file=sys.stderr, flush=True)
            )
    except BenchmarkError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    print("\n".join(as_text(result)), flush=True)
    if options.markdown is not None:
        command = f"python -m reports.benchmark.soak --sessions {options.sessions} --seed {options.seed}"
        write(options.markdown, result, about, command)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
