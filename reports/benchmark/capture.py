"""Capture: our recipient, which has each mail on the disk before its 250, beside two that throw mail away."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from .children import Answering, Bare, BenchmarkError, Ours, Server, Sink, cpu_seconds, tool
from .figures import Figure, Result, Table

SECONDS: Final = 0.6  # of one repetition at one server: hundreds of mails, and a whole table in five minutes
WARM: Final = 200  # mails before anything is measured
SYNCS: Final = 200
MOST: Final = 40_000  # mails of one repetition, whatever the speed
_HOW: Final = (
    "`smtp-source` sends mails of 1 KB and 30 KB over 1, 10 and 50 connections at a time, one mail on each or many, "
    "to servers in turns: our recipient (each mail synced to the disk before its 250, group commit), aiosmtpd "
    "with a handler that throws mail away, Postfix's `smtp-sink` (C, throws mail away), and a program in Python that "
    "gives the answers of SMTP on our loop and does nothing else (*answering alone*). Rates are mails per "
    "second, medians of the repetitions; the ratio is the median of the ratios of neighbouring repetitions; CPU is "
    "the server's own. Every server's count was compared with what was sent."
)
_LIMITS: Final = (
    "one connection at a time waits for the disk: each mail has a sync and two changes of thread to itself, where "
    "the others share them; on a disk whose sync takes longer than a mail takes bare aiosmtpd, no recipient that is "
    "durable reaches it. Ten clients that have waited for the same sync come with their next mails together: they are "
    "gathered, so that nearly all share the next one (*ours mails a sync*); what is in the log is moved into the file "
    "while they say them. Then it is processor time, of which a mail of 1 KB takes us some four times what it takes "
    "`smtp-sink`, and one of 30 KB less than twice as much: that is C, keeps nothing and waits for no disk. Half of "
    "ours is the interpreter, a fifth the sending, a tenth the disk's system calls, and of a mail of 30 KB a quarter "
    "the writing of it to log and file. Half the rate of `smtp-sink` leaves a mail twice the time that it takes "
    "`smtp-sink`. Of that *answering alone* takes two fifths for a mail of 1 KB, and keeping it in a plain file most "
    "of the rest (*What capture takes at least*): what is left for reading and recording it in Python is too little. "
    "`ippmailto[uvloop]`, which is used where it is installed, saves a tenth for many mails on a connection, a fifth "
    "for one."
)


@dataclass(frozen=True, slots=True)
class Load:
    """A way to send: octets of a mail's body, connections at a time, and whether each carries one mail or many."""

    octets: int
    connections: int
    many: bool

    def __str__(self) -> str:
        return (
            f"{self.octets // 1000} KB, {'many' if self.many else 'one'} per connection, {self.connections} at a time"
        )

    @property
    def target(self) -> float:
        """The least our rate over that of bare aiosmtpd should be."""
        if self.connections == 1:
            return 0.6
        return 2.0 if self.octets >= 30_000 else 1.0

    @property
    def target_over_sink(self) -> float | None:
        """The least it should be over that of smtp-sink; ``None`` where nothing is asked."""
        return 0.5 if self.many and self.connections > 1 else None


@dataclass(slots=True)
class Capture:
    """What was measured of one server under one load."""

    sent: int = 0
    each: int = 0  # mails in a repetition
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # seconds a mail
    at_once: float = 0.0  # mails that were synced to the disk together, of a server that does so

    def send(self, server: Server, load: Load, mails: int) -> float:
        """Send that many; returns the seconds it took."""
        self.sent += mails
        command = [tool("smtp-source"), "-s", str(load.connections), "-m", str(mails), "-l", str(load.octets)]
        command += ["-d"] if load.many else []
        command += ["-f", "printer@printer.example", "-t", "jones@recipient.example", f"127.0.0.1:{server.port}"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchmarkError(f"smtp-source failed at {server.name}: {done.stderr.strip()[-200:]}")
        return time.perf_counter() - start

    def repeat(self, server: Server, load: Load) -> None:
        """One repetition."""
        before = cpu_seconds(server.process.pid)
        seconds = self.send(server, load, self.each)
        self.rates.append(self.each / seconds)
        self.cpu.append((cpu_seconds(server.process.pid) - before) / self.each)


LOADS: Final = tuple(Load(o, c, m) for o in (1_000, 30_000) for m in (False, True) for c in (1, 10, 50))
QUICK_LOADS: Final = tuple(Load(o, c, False) for o in (1_000, 30_000) for c in (1, 10))


def capture(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure all loads; raises ``BenchmarkError``."""
    figures = [Figure("one sync of the disk, before", _sync(directory) * 1e6, "us")]
    rows = []
    for load in QUICK_LOADS if quick else LOADS:
        tell(f"capture: {load}")
        taken = in_turns(load, (Ours, Bare, Sink, Answering), directory, quick)
        ours, bare, sink, _ = taken
        figures.append(Figure(f"{load}: over bare aiosmtpd", ratio_of(ours, bare), "", load.target))
        if load.target_over_sink is not None:
            figures.append(Figure(f"{load}: over smtp-sink", ratio_of(ours, sink), "", load.target_over_sink))
        rows.append((
            str(load),
            *(f"{median(t.rates):,.0f}" for t in (ours, bare, sink)),
            *(f"{median(t.cpu) * 1e6:,.0f}" for t in taken),
            f"{median(bare.cpu) / median(ours.cpu):.2f}",
            f"{ratio_of(ours, sink):.2f}",
            f"{ours.at_once:.1f}",
        ))  # fmt: skip
    header = (
        "load", "ours /s", "bare /s", "sink /s", "ours CPU us", "bare CPU us", "sink CPU us", "answering alone CPU us",
        "bare CPU over ours", "ours over sink", "ours mails a sync",
    )  # fmt: skip
    return Result("capture", "Capture, durable", _HOW, tuple(figures), (Table(header, tuple(rows)),), _LIMITS)


def _sync(directory: Path) -> float:
    """Seconds that a few kilobytes take to the disk, with nobody else of ours there."""
    took = []
    with (directory / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    (directory / "sync").unlink()
    return median(took)


def ratio_of(ours: Capture, other: Capture) -> float:
    """The median of the ratios of neighbouring repetitions."""
    return median(a / b for a, b in zip(ours.rates, other.rates, strict=True))


def in_turns(load: Load, kinds: Sequence[type[Server]], directory: Path, quick: bool) -> list[Capture]:
    """One load at servers of these kinds, in turns; raises ``BenchmarkError``."""
    repetitions, seconds = (2, 0.2) if quick else (5, SECONDS)
    taken = [Capture() for _ in kinds]
    with ExitStack() as stack:
        servers = [stack.enter_context(kind(directory)) for kind in kinds]
        for server, t in zip(servers, taken, strict=True):
            t.send(server, load, WARM)
            t.each = max(WARM, min(MOST, int(seconds * WARM / t.send(server, load, WARM))))
        for _ in range(repetitions):
            for server, t in zip(servers, taken, strict=True):
                t.repeat(server, load)
    for server, t in zip(servers, taken, strict=True):
        if server.counted != t.sent:
            raise BenchmarkError(f"{server.name} counted {server.counted} of {t.sent} mails")
        if isinstance(server, Ours):
            t.at_once = server.counted / server.transactions
    return taken
