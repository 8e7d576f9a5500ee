"""Memory of the recipient: idle, and while mails come in by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from .capture import Capture, Load
from .children import BenchmarkError, Ours, cpu_seconds, memory
from .figures import Figure, Result, Table

MAILS: Final = 1_000_000
QUICK_MAILS: Final = 50_000
STEPS: Final = 10
LOAD: Final = Load(200, 10, many=True)
_HOW: Final = (
    "`smtp-source` sends mails of 200 octets, ten connections at a time and many mails on each, to a recipient of "
    "its own process, in ten parts; after each the resident memory is read. Every mail is in the evidence at the "
    "end. Growth is from the end of the first part, when all that is ever needed is there, to the end of the last."
)
_LIMITS: Final = (
    "nothing is kept of a mail that is on the disk but its time and the count of mails for each address; the queue "
    "to the disk and the transcripts of open connections have bounds of their own."
)


def footprint(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure memory; raises ``BenchmarkError``."""
    mails, taken, samples = QUICK_MAILS if quick else MAILS, Capture(), []
    with Ours(directory) as server:
        pid = server.process.pid
        idle, before, seconds = memory(pid), cpu_seconds(pid), 0.0
        for step in range(STEPS):
            tell(f"memory: {mails * step // STEPS:,} mails sent")
            seconds += taken.send(server, LOAD, mails // STEPS)
            samples.append((taken.sent, memory(pid)))
        most, cpu = memory(pid, "VmHWM"), cpu_seconds(pid) - before
        size = sum(path.stat().st_size for path in directory.iterdir())
    if server.counted != taken.sent:
        raise BenchmarkError(f"{server.counted} of {taken.sent} mails are in the evidence")
    first, last = samples[0], samples[-1]
    figures = (
        Figure("recipient, idle", idle, "MB"),
        Figure(f"at most, {mails:,} mails", most, "MB"),
        Figure("growth a mail", (last[1] - first[1]) * 2**20 / (last[0] - first[0]), "octets"),
        Figure("mails a second", mails / seconds, "/s"),
        Figure("CPU a mail", cpu / mails * 1e6, "us"),
        Figure("evidence a mail", size / mails, "octets"),
    )
    table = Table(("mails", "memory MB"), tuple((f"{n:,}", f"{m:.1f}") for n, m in samples))
    return Result("memory", "Memory of the recipient", _HOW, figures, (table,), _LIMITS)
