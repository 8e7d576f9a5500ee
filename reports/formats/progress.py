"""Progress of a run: one moving line on a terminal, in a log a line a minute or one for each play, none when quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from fakes.stage.stage import Progress

EVERY_SECONDS: Final = 60.0


@contextmanager
def progress_on(stream: TextIO, *, quiet: bool, verbose: bool, total: int) -> Iterator[Progress]:
    """A function to call at the end of each play."""
    if quiet:
        yield lambda scenario, outcome, done, of: None
    elif stream.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("playing"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        with Bar(*columns, console=Console(file=stream), transient=True) as bar:
            task = bar.add_task("", total=total)

            def move(scenario: str, outcome: str, done: int, of: int) -> None:
                bar.update(task, completed=done, description=f"{scenario}: {outcome}")

            yield move
    elif verbose:

        def line(scenario: str, outcome: str, done: int, of: int) -> None:
            print(f"[{done}/{of}] {scenario}: {outcome}", file=stream, flush=True)

        yield line
    else:
        minutes = _Minutes(stream, total)
        try:
            yield minutes.count
        finally:
            minutes.stop()


class _Minutes:
    """A line a minute, so that a log shows that the run goes on; one play may take minutes itself."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream, self._total, self._done = stream, total, 0
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer = self._loop.call_later(EVERY_SECONDS, self._tell)

    def count(self, scenario: str, outcome: str, done: int, of: int) -> None:
        """A play has ended."""
        self._done = done

    def stop(self) -> None:
        """Say nothing any more."""
        self._timer.cancel()

    def _tell(self) -> None:
        minutes = (self._loop.time() - self._began) / 60
        print(f"ippmailto: {self._done} of {self._total} plays in {minutes:.0f} min", file=self._stream, flush=True)
        self._timer = self._loop.call_later(EVERY_SECONDS, self._tell)
