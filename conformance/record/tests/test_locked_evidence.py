"""Evidence that another program holds is refused in one line, after a bounded time, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from conformance.record import opening
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Run
from fakes.recipient.journal import Journal, JournalError


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LOCKED_SECONDS", 0.1)
    monkeypatch.setattr("conformance.record.evidence._PATIENCE", "PRAGMA busy_timeout=100")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([Run(1, 1, "2026-01-01T00:00:00.000+00:00", "a test", "")])
    return path


@contextmanager
def held(path: Path, how: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        yield


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_what_another_program_holds_is_not_gone_on_with_and_not_called_damaged(path: Path, how: str) -> None:
    with held(path, how), pytest.raises(EvidenceError, match=r"another program holds .* locked \(end it"):
        EvidenceFile.open(path, append=True)
    with EvidenceFile.open(path, append=True) as file:
        assert len(list(file.rows(Run))) == 1


def test_who_holds_a_file_from_before_its_marks_are_read_is_told_of(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_: EvidenceFile) -> None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorname = "SQLITE_BUSY"
        raise error

    monkeypatch.setattr(EvidenceFile, "_last_mark", locked)
    with pytest.raises(EvidenceError, match="another program holds"):
        EvidenceFile.open(path, append=True)
    assert not path.with_name("run.evidence-lock").exists()


def test_it_is_judged_all_the_same(path: Path) -> None:
    with held(path, "EXCLUSIVE"), EvidenceFile.open(path) as file:
        assert len(list(file.rows(Run))) == 1


def run(journal: Journal) -> Run:
    return Run(journal.id(Run), journal.now(), "2026-01-01T00:00:00.000+00:00", "a test", "")


def test_the_loop_does_not_wait_with_a_row_for_a_file_that_is_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.record.evidence._PATIENCE", "PRAGMA busy_timeout=20000")

    async def act() -> None:
        with EvidenceFile.open(path, append=True) as file:
            async with Journal(file) as journal:
                with held(path, "IMMEDIATE"):
                    begun = asyncio.get_running_loop().time()
                    waiting = journal.submit(run(journal))
                    await asyncio.sleep(0.05)
                    assert asyncio.get_running_loop().time() - begun < 10
                    assert not waiting.done()
                await asyncio.wait_for(waiting, 20)

    asyncio.run(act())
    with EvidenceFile.open(path) as file:
        assert len(list(file.rows(Run))) == 2


def test_a_journal_whose_file_stays_held_ends_in_one_error(path: Path) -> None:
    async def act() -> None:
        with EvidenceFile.open(path, append=True) as file:
            journal = Journal(file)
            with held(path, "IMMEDIATE"), pytest.raises(JournalError, match="another program is writing to the file;"):
                await asyncio.wait_for(journal.commit(run(journal)), 20)
            with pytest.raises(JournalError):
                await journal.close()

    asyncio.run(act())
