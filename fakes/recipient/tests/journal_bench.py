"""A journal on a file that a test looks into, and one that is slow to write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Row, Session
from fakes.recipient.journal import Journal

Act = Callable[[Journal], Awaitable[None]]


def perform(path: Path, act: Act, **options: float | int) -> None:
    """Let ``act`` use a journal on the file at ``path``, made if need be."""

    async def run() -> None:
        with opened(path) as file:
            journal = Journal(file, **options)  # type: ignore[arg-type]  # the caller's own names and numbers
            try:
                await act(journal)
            finally:
                if journal.failed is None:
                    await journal.close()

    asyncio.run(run())


def opened(path: Path) -> EvidenceFile:
    return EvidenceFile.open(path, append=True) if path.exists() else EvidenceFile.create(path)


def session(journal: Journal, peer: str = "peer") -> Session:
    return Session(journal.id(Session), journal.now(), "listener", peer)


def stored(path: Path) -> list[Session]:
    with EvidenceFile.open(path) as file:
        return list(file.rows(Session))


class Slow(EvidenceFile):
    """Counts transactions, tells when one begins, and holds each until it may go."""

    transactions: list[int]
    begun: asyncio.Event
    loop: asyncio.AbstractEventLoop
    go: threading.Event

    def insert(self, rows: Sequence[Row]) -> None:
        self.transactions.append(len(rows))
        self.loop.call_soon_threadsafe(self.begun.set)
        self.go.wait(10)
        super().insert(rows)


def perform_slowly(path: Path, act: Callable[[Journal, Slow], Awaitable[None]], **options: float | int) -> None:
    async def run() -> None:
        with Slow.create(path) as file:
            assert isinstance(file, Slow)
            file.transactions, file.go = [], threading.Event()
            file.begun, file.loop = asyncio.Event(), asyncio.get_running_loop()
            journal = Journal(file, **options)  # type: ignore[arg-type]  # the caller's own names and numbers
            try:
                await act(journal, file)
            finally:
                file.go.set()
                await journal.close()

    asyncio.run(run())
