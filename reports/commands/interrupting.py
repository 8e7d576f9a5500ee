"""Ctrl-C, SIGTERM and SIGHUP while a run is played: what each of them ends.

The first ends the plays in order: what they took from the printer is given back, and the evidence is closed.  From the
second on nobody is waited for any more: what is not given back yet is told, connections are dropped.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ALWAYS: Final = (signal.SIGINT, signal.SIGTERM)


def numbers() -> tuple[signal.Signals, ...]:
    """The signals that end us in order: also that the terminal is gone, unless under nohup."""
    return ALWAYS if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*ALWAYS, signal.SIGHUP)


@contextmanager
def heard_later() -> Iterator[None]:
    """What interrupts this block is heard at its end, for code in which it could be lost; it has to be quick."""
    heard = list[int]()
    before = {number: signal.signal(number, lambda which, _: heard.append(which)) for number in numbers()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for which in heard:
        signal.raise_signal(which)


class Interruption:
    """Whether somebody wants the run to end, and how soon."""

    def __init__(self) -> None:
        self.hurry = asyncio.Event()  # set: nobody is waited for any more
        self._to_cancel: asyncio.Task[object] | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """From here on it is ours to deal with; raises ``KeyboardInterrupt`` where that came before the plays."""
        loop, self._to_cancel = asyncio.get_running_loop(), asyncio.current_task()
        before = {number: signal.getsignal(number) for number in numbers()}
        try:
            for number in before:
                loop.add_signal_handler(number, self._hear)
        except NotImplementedError:  # on Windows, where Ctrl-C still cancels the task once
            yield
            return
        try:
            yield
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def too_late(self) -> None:
        """The plays are over: there is nothing left to be ended in order, and whoever interrupts wants to be off."""
        self._to_cancel = None

    def _hear(self) -> None:
        task, self._to_cancel = self._to_cancel, None
        if task is not None:
            task.cancel()
        else:
            self.hurry.set()
