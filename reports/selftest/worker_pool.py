"""A pool of processes for trials; none of them is left behind, be it at Ctrl-C, at SIGTERM, or when we are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread
from types import FrameType


@contextmanager
def worker_pool(workers: int, ready: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """Processes that begin with ``ready``; what they are at when the block is left by an exception is given up."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")  # a fork would take our threads' locks with it
    pool = ProcessPoolExecutor(workers, context, _begin, (ready,))
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
        pool.shutdown(cancel_futures=True)


def _begin(ready: Callable[[], None]) -> None:
    """What each process of the pool does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent deals with it
    Thread(target=_end_with_parent, daemon=True).start()
    ready()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)  # nobody is left to be told


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM raises ``KeyboardInterrupt`` as long as the block lasts, so that what was begun is ended in order."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
