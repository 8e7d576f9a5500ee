"""What capture takes at least: programs that do less and less of what our recipient does, under its loads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from .capture import LOADS, Capture, in_turns, ratio_of
from .children import Answering, Keeping, KeepingEvidence, Ours, Server, Sink
from .figures import Figure, Result, Table

_KINDS: Final[tuple[type[Server], ...]] = (Sink, Answering, Keeping, KeepingEvidence, Ours)
_HOW: Final = (
    "As under *Capture, durable*, with many mails per connection, in turns: Postfix's `smtp-sink`; the program that "
    "only answers; that program with the octets of each message appended to a plain file, synced by our journal in "
    "groups before the 250, which is about the least that is durable; the same with rows of SQLite, as "
    "evidence has them, in place of the plain file; and our recipient, which also reads commands, keeps their states, "
    "records both sides with times, and looks for credentials."
)
_LIMITS: Final = (
    "each program does all that the one before it does. Where ten clients wait for the disk together, nothing else "
    "goes on meanwhile: of mails of 1 KB already a plain file that is synced keeps two fifths of the rate of "
    "`smtp-sink`, so that half is out of reach, whatever is done besides. With fifty, twice the time of `smtp-sink` "
    "leaves some 25 us a mail beside rows of SQLite for all of SMTP, its states and the record, which take 60."
)


def capture_floor(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure; raises ``BenchmarkError``."""
    figures, rows = [], []
    for load in (load for load in LOADS if load.target_over_sink is not None):
        tell(f"capture-floor: {load}")
        taken = in_turns(load, _KINDS, directory, quick)
        sink, others = taken[0], taken[1:]
        figures.append(Figure(f"{load}: answering and a plain file, over smtp-sink", ratio_of(others[1], sink)))
        figures.append(Figure(f"{load}: ours over smtp-sink", ratio_of(others[-1], sink), "", load.target_over_sink))
        rows.append((str(load), *(f"{cpu(t):,.0f}" for t in taken), *(f"{ratio_of(t, sink):.2f}" for t in others)))
    header = (
        "load", "sink CPU us", "answering", "and a plain file", "and evidence", "ours", "answering over sink",
        "plain file over sink", "evidence over sink", "ours over sink",
    )  # fmt: skip
    title = "What capture takes at least"
    return Result("capture-floor", title, _HOW, tuple(figures), (Table(header, tuple(rows)),), _LIMITS)


def cpu(taken: Capture) -> float:
    """Microseconds a mail."""
    return median(taken.cpu) * 1e6
