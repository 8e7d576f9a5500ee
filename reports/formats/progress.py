"""Progress of a run, on standard error: on a terminal two lines that move, in a log a line a minute or one for each
play, none when quiet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from conformance.verdict import numbered
from reports.judging.judging import JudgingProgress
from reports.writing import remark

if TYPE_CHECKING:  # judging needs no stage, whose import takes as long as a hundred mails
    from rich.console import Console, RenderableType

    from fakes.stage.forecast import Forecast
    from fakes.stage.glance import Glance

EVERY_SECONDS: Final = 60.0
MOVES_EVERY: Final = 0.2


class PlayProgress:
    """What is known of the plays; this one keeps it to itself."""

    def __init__(self, total: int, glance: Callable[[], Glance]) -> None:
        self.total, self.done, self.cut_short = total, 0, 0
        self.glance = glance
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._until: float | None = None

    def count(self, scenario: str, outcome: str, done: int, of: int) -> None:
        """A play has ended."""
        self.done, self.cut_short = done, self.cut_short + (outcome == "cut-short")

    def expect(self, forecast: Forecast) -> None:
        """So long it will take from now on."""
        self._until = self._loop.time() + forecast.seconds

    def start(self) -> None:
        """Begin to tell."""

    def stop(self) -> None:
        """Say nothing any more."""

    @property
    def seconds(self) -> float:
        """Since the plays began."""
        return self._loop.time() - self._began

    @property
    def to_go(self) -> str:
        """How long still, as far as that was forecast; empty where nothing was."""
        if self._until is None:
            return ""
        left = self._until - self._loop.time()
        return f"about {duration(left)} to go" if left > 0 else "longer than forecast"

    def told(self) -> str:
        """What came, what went wrong, and what is waited for."""
        now = self.glance()
        lost = f", {self.cut_short} play{'' if self.cut_short == 1 else 's'} cut short" if self.cut_short else ""
        return f"{now.mails} mail{'' if now.mails == 1 else 's'}{lost}{f'; waits: {now.waits}' if now.waits else ''}"


def duration(seconds: float) -> str:
    """In the unit that one would say it in."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(1.0, seconds):.0f} s"


class _EachPlay(PlayProgress):
    """A line for each play."""

    def __init__(self, stream: TextIO, total: int, glance: Callable[[], Glance]) -> None:
        super().__init__(total, glance)
        self._stream = stream

    def count(self, scenario: str, outcome: str, done: int, of: int) -> None:
        print(f"[{done}/{of}] {scenario}: {outcome}", file=self._stream, flush=True)

    def expect(self, forecast: Forecast) -> None:
        remark(forecast, self._stream)


class _Minutes(PlayProgress):
    """A line a minute, so that a log shows that the run goes on; one play may take minutes itself."""

    def __init__(self, stream: TextIO, total: int, glance: Callable[[], Glance]) -> None:
        super().__init__(total, glance)
        self._stream = stream

    def start(self) -> None:
        self._timer = self._loop.call_later(EVERY_SECONDS, self._tell)

    def stop(self) -> None:
        self._timer.cancel()

    def expect(self, forecast: Forecast) -> None:
        super().expect(forecast)
        remark(forecast, self._stream)

    def _tell(self) -> None:
        left = f", {self.to_go}" if self.to_go else ""
        line = f"{self.done} of {self.total} plays in {self.seconds / 60:.0f} min{left}; {self.told()}"
        remark(line, self._stream)
        self._timer = self._loop.call_later(EVERY_SECONDS, self._tell)


class _Moving(PlayProgress):
    """Two lines of a terminal, drawn anew from the loop that plays: no thread looks at what it changes."""

    def __init__(self, console: Console, total: int, glance: Callable[[], Glance]) -> None:
        from rich.live import Live

        super().__init__(total, glance)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def start(self) -> None:
        self._live.start()
        self._move()

    def stop(self) -> None:
        self._timer.cancel()
        self._live.stop()

    def _move(self) -> None:
        minutes, seconds = divmod(int(self.seconds), 60)
        clock = f"{minutes}:{seconds:02} {self.to_go}".strip()
        self._live.update(_drawn("playing", self.done, self.total, clock, self.told()), refresh=True)
        self._timer = self._loop.call_later(MOVES_EVERY, self._move)


def _drawn(phase: str, done: int, total: int, clock: str, told: str) -> RenderableType:
    """A bar between what is done and the time, and below it what there is to tell, no line longer than the terminal."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    first = Table.grid(padding=(0, 1), expand=False)
    first.add_row(f"{phase} {done} of {total}", ProgressBar(total=max(1, total), completed=done, width=20), Text(clock))
    return Group(first, Text(told, no_wrap=True, overflow="ellipsis"))


def _console(stream: TextIO, *, colour: bool) -> Console | None:
    """A terminal on which lines can move, if it is one."""
    if not stream.isatty():
        return None
    from rich.console import Console

    console = Console(file=stream, no_color=not colour, highlight=False)
    return None if console.is_dumb_terminal else console


@contextmanager
def progress_on(
    stream: TextIO, *, quiet: bool, verbose: bool, total: int, glance: Callable[[], Glance], colour: bool = True
) -> Iterator[PlayProgress]:
    """What is to be told of each play that ends, and of forecasts."""
    progress = PlayProgress(total, glance)
    if not quiet:
        if verbose:
            progress = _EachPlay(stream, total, glance)
        elif console := _console(stream, colour=colour):
            progress = _Moving(console, total, glance)
        else:
            progress = _Minutes(stream, total, glance)
    progress.start()
    try:
        yield progress
    finally:
        progress.stop()


@contextmanager
def judging_on(stream: TextIO, *, quiet: bool, colour: bool = True) -> Iterator[JudgingProgress | None]:
    """The same while cases are judged, which takes seconds: on a terminal only."""
    if quiet or not stream.isatty():
        yield None
        return
    with os.fdopen(os.dup(stream.fileno()), "w") as own:  # pytest takes the other one away meanwhile
        console = _console(own, colour=colour)
        if console is None:
            yield None
            return
        from rich.live import Live

        began = last = time.monotonic()
        with Live(console=console, auto_refresh=False, transient=True) as live:

            def move(done: int, of: int, violated: int) -> None:
                nonlocal last
                if (now := time.monotonic()) - last >= MOVES_EVERY:
                    last = now
                    told = f"{numbered(violated, 'finding') if violated else 'no finding'} so far"
                    live.update(_drawn("judging", done, of, duration(now - began), told), refresh=True)

            yield move
