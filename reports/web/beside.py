"""The live page as its recipient has it: a process beside this one, told of news, asked for nothing.

What it is told is a flag and a few figures, and they wait in no queue: as long as it has not read the last line, the
next one is not written.  Mails stand in the evidence, where it reads them.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reports.exits import UsageError
from reports.listening import written

from .messages import Said, read_line
from .page_process import END_SECONDS, PageProcess

EXTRA: Final = ("fastapi", "uvicorn")
LACKING: Final = "--web needs what the extra brings along: pip install 'ippmailto[web]'"
START_SECONDS: Final = 30.0  # it is there in a second; a machine under load may need many times that
LETS_GO_WITHIN: Final = 20.0  # seconds for a last look at the evidence; a look takes one or two
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
    stays: bool = False  # whether it goes on when the evidence is closed


class LivePage:
    """The process that serves; to be started on a loop, and ended on it or, where it was left, without one.

    ``faults`` is asked where somebody sets faults at the page; without it nobody can.
    """

    def __init__(self, plan: PagePlan, faults: Faults | None = None, figures: Figures | None = None) -> None:
        self._plan, self._faults, self._figures = plan, faults, figures
        self._process: PageProcess | None = None
        self._listening: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.address = ""  # http://HOST:PORT/

    async def start(self, faults: Sequence[str] = ()) -> str:
        """Its address; raises ``UsageError`` where it cannot be served there, or the extra is not installed."""
        see_that_it_can()
        self._process = process = PageProcess()
        await process.connect()
        plan = self._plan
        process.say(
            Said.BEGIN, host=plan.host, port=plan.port, evidence=str(plan.evidence.absolute()), token=plan.token,
            edition=plan.edition, readings=list(plan.readings), live=plan.live, run=plan.run, smtp=plan.smtp,
            stays=plan.stays, faults=list(faults) if self._faults is not None else None,
        )  # fmt: skip
        said, what = await self._first(process)
        if said is not Said.READY:
            await self.stop()
            raise UsageError(f"the page cannot be served: {what.get('why', 'it did not start')}")
        self.address = f"http://{written(what['host'], what['port'])}/"
        self._listening = asyncio.ensure_future(self._listen(process))
        return self.address

    async def _first(self, process: PageProcess) -> tuple[Said, Mapping[str, Any]]:
        line = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                line = await process.says.readline()
        return read_line(line) if line else (Said.FAILED, {"why": "it did not start; the lines above say why"})

    async def _listen(self, process: PageProcess) -> None:
        """Hear what comes from the page, to its end."""
        while line := await process.says.readline():
            said, what = read_line(line)
            if said is Said.FAULTS and self._faults is not None:
                process.say(Said.FAULTS, lines=list(self._faults(what["lines"])))
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
        if process is None or not process.is_there:
            return
        if not process.has_read_all:  # it has not taken the last one
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)
            return
        process.say(Said.MORE, **(self._figures() if self._figures is not None else {}))

    async def let_go(self) -> None:
        """Have it close the evidence, before that is closed here."""
        if self._process is None or self._listening is None or self._listening.done():
            return
        self._process.say(Said.LET_GO)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), LETS_GO_WITHIN if self._plan.run else END_SECONDS)

    async def leave(self) -> None:
        """Let it go on when this loop ends."""
        await self._hear_no_more()
        if self._process is not None:
            self._process.disconnect()

    def open_again(self) -> None:
        """Have one that was left show the evidence that it let go of: it is closed now."""
        if self._process is not None:
            self._process.say(Said.OPEN)

    @property
    def is_served(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.is_there

    async def ended(self) -> None:
        """Return when one that was started, or left, has ended."""
        if self._process is None:
            return
        if self._listening is None:
            await self._process.connect()
            self._listening = asyncio.ensure_future(self._listen(self._process))
        await asyncio.wait({self._listening})

    async def _hear_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait({listening})

    async def stop(self) -> None:
        """End it; one that will not end is killed."""
        await self.leave()
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """The same without a loop."""
        process, self._process = self._process, None
        if process is not None:
            process.end()


def see_that_it_can() -> None:
    """Raise ``UsageError`` where the extra is not installed."""
    if any(importlib.util.find_spec(name) is None for name in EXTRA):
        raise UsageError(LACKING)
