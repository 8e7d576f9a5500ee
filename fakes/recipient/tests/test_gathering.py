"""A transaction takes along what comes in while it could begin, and waits neither long for it nor for nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Row, Session
from fakes.recipient import journal as module
from fakes.recipient.journal import Journal

HOUR = 3600 * 10**9


class Counting(EvidenceFile):
    """Remembers how many rows each transaction had, and how many of them were prepared on the loop."""

    transactions: list[int]
    prepared: list[int]

    def prepare(self, rows: Sequence[Row]) -> None:
        super().prepare(rows)
        if threading.current_thread() is threading.main_thread():
            self.prepared.append(len(rows))

    def insert(self, rows: Sequence[Row]) -> None:
        super().insert(rows)
        self.transactions.append(len(rows))


def perform(path: Path, act: Callable[[Journal, Counting], Awaitable[None]]) -> list[int]:
    """How many rows each transaction had."""

    async def run() -> list[int]:
        with Counting.create(path / "run.evidence") as file:
            assert isinstance(file, Counting)
            file.transactions, file.prepared = [], []
            async with Journal(file) as journal:
                await asyncio.wait_for(act(journal, file), 10)
            return file.transactions

    return asyncio.run(run())


def session(journal: Journal, peer: str = "peer") -> Session:
    return Session(journal.id(Session), journal.now(), "listener", peer)


async def stir(journal: Journal) -> None:
    """A client says something in each turn of the loop."""
    while True:
        journal.stir()
        await asyncio.sleep(0)


def test_mails_that_come_in_one_turn_after_the_other_share_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GATHER", HOUR)

    async def act(journal: Journal, _: Counting) -> None:
        stored = []
        for _turn in range(20):
            journal.stir()
            stored.append(journal.submit(session(journal)))
            await asyncio.sleep(0)
        await asyncio.gather(*stored)

    assert perform(tmp_path, act) == [20]


def test_a_commit_does_not_wait_where_nobody_says_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER", HOUR)

    async def act(journal: Journal, _: Counting) -> None:
        journal.stir()
        await journal.commit(session(journal))
        await journal.commit(session(journal))

    assert perform(tmp_path, act) == [1, 1]


def test_a_commit_waits_for_a_bounded_time_though_somebody_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(journal: Journal, file: Counting) -> None:
        stirring = asyncio.ensure_future(stir(journal))
        await journal.commit(session(journal))
        assert file.transactions == [1]
        monkeypatch.setattr(module, "GATHER", HOUR)
        waiting = journal.submit(session(journal))
        for _turn in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        assert file.transactions == [1]  # so it was the time that ended the first
        stirring.cancel()
        await waiting

    assert perform(tmp_path, act) == [1, 1]


def test_much_does_not_wait_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER", HOUR)

    async def act(journal: Journal, _: Counting) -> None:
        stirring = asyncio.ensure_future(stir(journal))
        await journal.commit(session(journal, "x" * module.GATHERED))
        stirring.cancel()

    assert perform(tmp_path, act) == [1]


def test_the_loop_prepares_what_is_soon_copied_and_leaves_much_to_the_writer(tmp_path: Path) -> None:
    async def act(journal: Journal, file: Counting) -> None:
        await journal.commit(session(journal))
        await journal.commit(session(journal, "x" * 100_000))
        assert file.prepared == [1, 1]
        await journal.commit(session(journal, "x" * (module.QUEUE_LIMIT // 4)))
        assert file.prepared == [1, 1]

    assert perform(tmp_path, act) == [1, 1, 1]
