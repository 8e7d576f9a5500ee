"""A picture of the run: its plays side by side over time, with what happened in each; lines and dots in SVG.

Time is stretched to the width there is, and nothing else is: places are whole numbers on a scale of ``WIDE``, a row is
some pixels high, and a dot is a line without length, with round ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conformance.record.run_record import CUT_SHORT, PLAYED
from reports.viewing.course import UNFINISHED, Course, PlayCourse

WIDE: Final = 4_000  # more than the pixels of a window: what falls together there cannot be told apart
ROW: Final = 14  # pixels
TICKS: Final = 8
_CLASSES: Final = {PLAYED: "played", CUT_SHORT: "cut-short", UNFINISHED: "cut-short"}
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Strip:
    """A play in its row: a bar, and for each kind of event the path that has all of them."""

    name: str
    told: str
    x: int
    width: int
    y: int
    outcome: str
    subscriptions: str
    jobs: str
    mails: str
    ends: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it; ``ticks`` are places in hundredths of a percent, with their seconds."""

    strips: tuple[Strip, ...]
    height: int
    ticks: tuple[tuple[str, str], ...]
    others: str  # mails that belong to no play
    lanes: int
    wide: int = WIDE


def picture_of(course: Course) -> Picture:
    """Plays in as few rows as they fit into without covering one another."""
    free: list[int] = []  # of each row, from when on
    strips = []
    for play in course.plays:
        row = next((i for i, until in enumerate(free) if until <= play.begun), len(free))
        if row == len(free):
            free.append(0)
        free[row] = max(play.ended, play.begun + course.length // 200)
        strips.append(_strip(play, course.length, row * ROW))
    height = max(1, len(free)) * ROW
    others = _marks(course.other_mails, course.length, 0, height) if course.other_mails else ""
    return Picture(tuple(strips), height, _ticks(course.length), others, len(free))


def _strip(play: PlayCourse, length: int, y: int) -> Strip:
    x, end = _at(play.begun, length), _at(play.ended, length)
    ends = [*play.leases_ended, *play.cancelled]
    counts = {
        "subscription": len(play.subscribed), "job": len(play.jobs), "mail": len(play.mails), "end": len(ends),
    }  # fmt: skip
    told = ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n)
    outcome = _CLASSES.get(play.outcome, "set-aside")
    return Strip(
        play.scenario,
        f"{play.scenario}: {play.outcome}, {play.begun / 1e9:.1f} s to {play.ended / 1e9:.1f} s; {told or 'nothing'}",
        x,
        max(end - x, 4),
        y,
        outcome,
        _marks(play.subscribed, length, y + ROW // 2, 0),
        _marks(play.jobs, length, y + ROW - 3, 0),
        _marks(play.mails, length, y + 2, ROW // 2 - 2),
        _marks(ends, length, y + 1, ROW - 2),
    )


def _at(t: int, length: int) -> int:
    return min(WIDE, max(0, t * WIDE // length))


def _marks(times: Iterable[int], length: int, y: int, high: int) -> str:
    """A line of that height at each time, those once that fall together."""
    line = f"v{high}" if high else "h0"
    return "".join(f"M{x} {y}{line}" for x in sorted({_at(t, length) for t in times}))


def _ticks(length: int) -> tuple[tuple[str, str], ...]:
    seconds = length / 1e9
    step = next((s for s in _STEPS if seconds / s <= TICKS), seconds)
    count = int(seconds / step) + 1
    return tuple((f"{100 * i * step / seconds:.2f}%", f"{i * step:g} s") for i in range(count) if i * step <= seconds)
