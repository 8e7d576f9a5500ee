"""Rows that come to a journal while it writes: none waits for ever, neither at its end nor behind a slow disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from fakes.recipient.journal import Journal, JournalError

from .journal_bench import Slow, perform, perform_slowly, session, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


def test_what_comes_while_the_last_rows_are_written_is_written_before_the_end(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        journal.add(session(journal))
        closing = asyncio.ensure_future(journal.close())
        await file.begun.wait()
        late = journal.submit(session(journal))
        file.go.set()
        await asyncio.wait_for(asyncio.gather(closing, late), 5)

    perform_slowly(path, act)
    assert len(stored(path)) == 2


def test_rows_that_lingered_while_another_was_written_are_not_left_there(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        first = journal.submit(session(journal))
        await file.begun.wait()
        journal.add(session(journal))
        await asyncio.sleep(0.05)  # longer than they may linger
        file.go.set()
        await first
        await asyncio.sleep(0.05)
        assert file.transactions == [1, 1]

    perform_slowly(path, act, linger=0.01)


def test_no_trouble_on_the_loop_lets_anybody_wait_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = EvidenceFile.prepare

    def once(file: EvidenceFile, rows: list[object]) -> None:
        monkeypatch.setattr(EvidenceFile, "prepare", prepare)
        raise MemoryError

    async def act(journal: Journal) -> None:
        monkeypatch.setattr(EvidenceFile, "prepare", once)
        await asyncio.wait_for(journal.commit(session(journal)), 5)

    perform(path, act)
    assert len(stored(path)) == 1


def test_who_comes_after_the_end_is_told_so_at_once(path: Path) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        await journal.close()
        journal.add(session(journal))
        for late in (journal.submit(session(journal)), journal.commit(), journal.commit(session(journal))):
            with pytest.raises(JournalError, match="the journal is closed"):
                await asyncio.wait_for(late, 5)
        await asyncio.wait_for(journal.close(), 5)
        assert journal.failed is None

    perform(path, act)
    assert len(stored(path)) == 1
