"""When a long-running command is told to stop."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from .interrupting import numbers


class _EndOfInput(asyncio.Protocol):
    """Sets an event when standard input ends."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, error: Exception | None) -> None:
        self._stop.set()


async def stopping(hurry: asyncio.Event | None = None, *, at_eof: bool = False) -> asyncio.Event:
    """Set at the first signal to end, and at the end of standard input if that is wanted; ``hurry`` at the second.

    To be made before anything says that it is ready: whoever reads that may stop us at once.
    """
    stop = asyncio.Event()

    def hear() -> None:
        (hurry if stop.is_set() and hurry is not None else stop).set()

    loop = asyncio.get_running_loop()
    if at_eof:
        await loop.connect_read_pipe(lambda: _EndOfInput(stop), sys.stdin)
    for number in numbers():
        with suppress(NotImplementedError):  # Windows has no such handlers; there Ctrl-C still ends the program
            loop.add_signal_handler(number, hear)
    return stop
