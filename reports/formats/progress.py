"""Progress of a run: one moving line on a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from fakes.stage.stage import Progress


@contextmanager
def progress_on(stream: TextIO, *, quiet: bool, total: int) -> Iterator[Progress]:
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
    else:

        def line(scenario: str, outcome: str, done: int, of: int) -> None:
            print(f"[{done}/{of}] {scenario}: {outcome}", file=stream, flush=True)

        yield line
