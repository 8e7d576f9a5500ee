"""The live page as its recipient has it: a process beside this one, told of news, asked for nothing.

What it is told is a flag and a few figures, and they wait in no queue: as long as it has not read the last line, the
next one is not written.  Mails stand in the evidence, where it reads them.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reports.exits import UsageError
from reports.listening import written

from .messages import LONGEST, Said, line_of, read_line

EXTRA: Final = ("fastapi", "uvicorn")
LACKING: Final = "--web needs what the extra brings along: pip install 'ippmailto[web]'"
START_SECONDS: Final = 30.0  # it is there in a second; a machine under load may need many times that
LETS_GO_WITHIN: Final = 20.0  # seconds for a last look at the evidence; a look takes one or two
END_SECONDS: Final = 5.0  # for ending, before it is killed
EVERY: Final = 0.1  # seconds between two lines at least

Faults = Callable[[Sequence[str]], Sequence[str]]  # sets these lines; which are in force then
Figures = Callable[[], Mapping[str, Any]]  # how the plays go


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What is served, and where.  ``token`` is empty where nobody has to show one."""

    host: str
    port: int
    evidence: Path
    token: str = field(default="", repr=False)
    edition: str = "mailto-00"
    readings: tuple[str, ...] = ()  # those that are not the suite's own
    live: bool = True  # whether the evidence is still written to
    run: bool = False  # whether plays are played into it
    smtp: str = ""  # where the recipient listens


class LivePage:
    """The process that serves; to be started and ended on one loop.

    ``faults`` is asked where somebody sets faults at the page; without it nobody can.
    """

    def __init__(self, plan: PagePlan, faults: Faults | None = None, figures: Figures | None = None) -> None:
        self._plan, self._faults, self._figures = plan, faults, figures
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.address = ""  # http://HOST:PORT/

    async def start(self, faults: Sequence[str] = ()) -> str:
        """Its address; raises ``UsageError`` where it cannot be served there, or the extra is not installed."""
        see_that_it_can()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "reports.web",
            stdin=asyncio.subprocess.PIPE,  # closed when we end, however we end
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours
            limit=LONGEST,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        plan = self._plan
        self._say(
            Said.BEGIN, host=plan.host, port=plan.port, evidence=str(plan.evidence.absolute()), token=plan.token,
            edition=plan.edition, readings=list(plan.readings), live=plan.live, run=plan.run, smtp=plan.smtp,
            faults=list(faults) if self._faults is not None else None,
        )  # fmt: skip
        said, what = await self._first(process)
        if said is not Said.READY:
            await self.stop()
            raise UsageError(f"the live page cannot be served: {what.get('why', 'it did not start')}")
        self.address = f"http://{written(what['host'], what['port'])}/"
        self._listening = asyncio.ensure_future(self._listen(process))
        return self.address

    async def _first(self, process: asyncio.subprocess.Process) -> tuple[Said, Mapping[str, Any]]:
        assert process.stdout is not None
        line = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                line = await process.stdout.readline()
        return read_line(line) if line else (Said.FAILED, {"why": "it did not start; the lines above say why"})

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Hear what comes from the page, to its end."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            said, what = read_line(line)
            if said is Said.FAULTS and self._faults is not None:
                self._say(Said.FAULTS, lines=list(self._faults(what["lines"])))
            elif said is Said.GONE:
                self._gone.set()
        self._gone.set()

    def more(self) -> None:
        """More is on the disk; costs nothing here."""
        if self._timer is None and self._process is not None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)

    def _tell(self) -> None:
        self._timer = None
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return
        if process.stdin.transport.get_write_buffer_size():  # it has not taken the last one
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)
            return
        self._say(Said.MORE, **(self._figures() if self._figures is not None else {}))

    def _say(self, said: Said, **what: Any) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line_of(said, **what))

    async def let_go(self) -> None:
        """Have it close the evidence, before that is closed here."""
        if self._listening is None or self._listening.done():
            return
        self._say(Said.LET_GO)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), LETS_GO_WITHIN if self._plan.run else END_SECONDS)

    async def stop(self) -> None:
        """End it; one that will not end is killed."""
        process, self._process = self._process, None
        if self._timer is not None:
            self._timer.cancel()
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        if self._listening is not None:
            await asyncio.wait({self._listening})


def see_that_it_can() -> None:
    """Raise ``UsageError`` where the extra is not installed."""
    if any(importlib.util.find_spec(name) is None for name in EXTRA):
        raise UsageError(LACKING)
