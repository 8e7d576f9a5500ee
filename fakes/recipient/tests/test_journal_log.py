"""The log beside an evidence file is moved into it between two commits, while nobody waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from fakes.recipient import journal as module
from fakes.recipient.journal import Journal, JournalError

from .journal_bench import session, stored

PATIENCE = 10.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


class Moving(EvidenceFile):
    """Tells when its log is to be moved, and does so when it may, if it can."""

    loop: asyncio.AbstractEventLoop
    begun: asyncio.Event
    go: threading.Event
    moved: int = 0
    trouble: sqlite3.Error | None = None

    def move_log(self) -> None:
        self.loop.call_soon_threadsafe(self.begun.set)
        assert self.go.wait(PATIENCE)
        self.moved += 1
        if self.trouble is not None:
            raise self.trouble
        super().move_log()


def made(path: Path) -> Moving:
    file = Moving.create(path)
    assert isinstance(file, Moving)
    file.loop, file.begun, file.go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    return file


async def long_log(journal: Journal) -> None:
    """Commit as much as is moved."""
    await asyncio.wait_for(journal.commit(session(journal, "x" * module.LOG)), PATIENCE)


def test_who_waits_is_told_before_the_log_is_moved_and_the_next_one_after_it(path: Path) -> None:
    async def run() -> None:
        file = made(path)
        with file:
            journal = Journal(file)
            await long_log(journal)
            await asyncio.wait_for(file.begun.wait(), PATIENCE)
            later = journal.submit(session(journal, "later"))
            journal.add(session(journal, "nobody waits"))
            await asyncio.sleep(2 * module.LINGER)  # whoever is not held back would have been written
            assert not later.done()
            assert file.moved == 0
            file.go.set()
            await asyncio.wait_for(later, PATIENCE)
            assert file.moved == 1
            await journal.close()

    asyncio.run(run())
    assert [row.peer for row in stored(path)][1:] == ["later", "nobody waits"]


def test_closing_waits_until_the_log_is_moved(path: Path) -> None:
    async def run() -> None:
        file = made(path)
        with file:
            journal = Journal(file)
            await long_log(journal)
            await asyncio.wait_for(file.begun.wait(), PATIENCE)
            closing = asyncio.ensure_future(journal.close())
            await asyncio.sleep(0)
            assert not closing.done()
            file.go.set()
            await asyncio.wait_for(closing, PATIENCE)
            assert file.moved == 1

    asyncio.run(run())
    assert len(stored(path)) == 1


def test_a_log_that_cannot_be_moved_ends_the_journal_and_keeps_what_was_acknowledged(path: Path) -> None:
    async def run() -> None:
        file = made(path)
        with file:
            file.trouble = sqlite3.OperationalError("disk I/O error")
            journal = Journal(file)
            await long_log(journal)
            await asyncio.wait_for(file.begun.wait(), PATIENCE)
            later = journal.submit(session(journal, "later"))
            file.go.set()
            with pytest.raises(JournalError, match="disk I/O error"):
                await asyncio.wait_for(later, PATIENCE)
            with pytest.raises(JournalError):
                await journal.close()

    asyncio.run(run())
    assert len(stored(path)) == 1


def test_the_log_stays_short_however_much_is_written(path: Path) -> None:
    async def run() -> int:
        with EvidenceFile.create(path) as file:
            async with Journal(file) as journal:
                for _ in range(60):
                    await journal.commit(session(journal, "x" * (module.LOG // 10)))
                return path.with_name(f"{path.name}-wal").stat().st_size

    assert asyncio.run(run()) < 2 * module.LOG
