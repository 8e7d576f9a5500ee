"""A journal in trouble: what is not on the disk is never acknowledged, and who waits is told."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceLostError, Row, Session
from fakes.recipient.journal import Journal, JournalError

from .journal_bench import Slow, perform, perform_slowly, session, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


# ---------------------------------------------------------------- in trouble


async def fill_until_it_fails(journal: Journal, octets: int = 5000) -> tuple[int, JournalError]:
    """How many rows were acknowledged before the journal failed, and how."""
    for acknowledged in range(10_000):
        try:
            await journal.commit(session(journal, "x" * octets))
        except JournalError as error:
            return acknowledged, error
    raise AssertionError("the disk never filled")


def test_a_full_disk_ends_it_and_loses_nothing_acknowledged(path: Path) -> None:
    acknowledged = 0

    async def act(journal: Journal) -> None:
        nonlocal acknowledged
        journal._file._db.execute("PRAGMA max_page_count = 60")
        watching = asyncio.ensure_future(journal.failure())
        acknowledged, error = await fill_until_it_fails(journal)
        assert "full" in error.message
        assert "room" in error.hint
        assert await asyncio.wait_for(watching, 5) is error
        assert journal.failed is error
        # Room comes back, but what was lost is lost: it stays failed.
        journal._file._db.execute("PRAGMA max_page_count = 6000")
        with pytest.raises(JournalError) as again:
            await journal.commit(session(journal))
        assert again.value is error
        journal.add(session(journal))
        assert not journal.congested
        with pytest.raises(JournalError):
            await journal.close()

    perform(path, act)
    assert len(stored(path)) == acknowledged > 0


_FILE_SIZE_LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Session
from fakes.recipient.journal import Journal, JournalError

async def main():
    with EvidenceFile.create(Path(sys.argv[1])) as file:
        journal = Journal(file)
        limit = 400_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for done in range(10_000):
            try:
                await journal.commit(Session(journal.id(Session), journal.now(), "", "x" * 5000))
            except JournalError as error:
                print(done, error, sep="|")
                return

asyncio.run(main())
"""


def test_a_file_size_limit_ends_it_and_loses_nothing_acknowledged(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FILE_SIZE_LIMITED, str(path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    acknowledged, _, message = done.stdout.partition("|")
    assert str(path) in message
    assert len(stored(path)) == int(acknowledged) > 0


def test_a_file_opened_to_read_cannot_be_written(path: Path) -> None:
    EvidenceFile.create(path).close()

    async def run() -> None:
        with EvidenceFile.open(path) as file:
            journal = Journal(file)
            with pytest.raises(JournalError) as caught:
                await journal.commit(session(journal))
            assert "readonly" in caught.value.message
            assert "writable" in caught.value.hint

    asyncio.run(run())


def remove(path: str) -> None:
    Path(path).unlink()


def replace(path: Path) -> None:
    path.rename(path.with_name("aside"))
    path.write_bytes(b"something else")


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_removed_under_us_is_noticed_before_anything_is_acknowledged(path: Path, suffix: str) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        remove(f"{path}{suffix}")
        with pytest.raises(JournalError, match="removed"):
            await journal.commit(session(journal))

    perform(path, act)


def test_a_file_replaced_under_us_is_noticed_before_anything_is_acknowledged(path: Path) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        replace(path)
        with pytest.raises(JournalError, match="replaced"):
            await journal.commit(session(journal))

    perform(path, act)


def test_a_log_removed_from_under_a_continued_file_is_noticed(path: Path) -> None:
    EvidenceFile.create(path).close()  # closing moves the log into the file and removes it

    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        remove(f"{path}-wal")
        with pytest.raises(JournalError, match="removed"):
            await journal.commit(session(journal))

    perform(path, act)


def cut(path: str, octets: int) -> None:
    os.truncate(path, octets)


def contents(path: Path) -> list[bytes]:
    return [Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal")]


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("octets", [0, 5000, 20_000])
def test_a_file_cut_under_us_is_noticed_before_anything_is_acknowledged(path: Path, suffix: str, octets: int) -> None:
    left: list[bytes] = []

    async def act(journal: Journal) -> None:
        for _ in range(20):
            await journal.commit(session(journal, "x" * 3000))
        journal._file._db.execute("PRAGMA wal_checkpoint").fetchall()
        await journal.commit(session(journal))
        cut(f"{path}{suffix}", octets)
        left.extend(contents(path))
        with pytest.raises(JournalError, match=f"{path.name}{suffix} was cut short"):
            await journal.commit(session(journal))

    perform(path, act)
    assert contents(path) == left  # nothing that was there was written over


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_cut_after_the_last_commit_is_noticed_at_the_end(path: Path, suffix: str) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        cut(f"{path}{suffix}", 1000)

    with pytest.raises(JournalError, match="cut short"):
        perform(path, act)


def length(path: Path) -> int:
    """Octets of the log."""
    return Path(f"{path}-wal").stat().st_size


class Meddled(EvidenceFile):
    """An evidence file whose log is cut while a transaction is under way, in which SQLite makes it longer again."""

    octets: int | None = None

    def insert(self, rows: Sequence[Row]) -> None:
        if self.octets is not None:
            cut(f"{self.path}-wal", self.octets if self.octets >= 0 else length(self.path) + self.octets)
        super().insert(rows)


@pytest.mark.parametrize("octets", [0, 32, 5000, 20_000, -1, -8200, -8216])
@pytest.mark.parametrize("before", [1, 20])
def test_a_log_cut_within_a_commit_is_noticed_though_it_grew_again(path: Path, before: int, octets: int) -> None:
    async def run() -> None:
        with Meddled.create(path) as file:
            assert isinstance(file, Meddled)
            journal = Journal(file)
            for _ in range(before):
                await journal.commit(session(journal, "x" * 3000))
            was = length(path)
            file.octets = octets
            with pytest.raises(JournalError, match=r"run\.evidence-wal was cut short"):
                await journal.commit(session(journal, "x" * 30_000))
            assert length(path) > was  # its length alone tells nothing
            with pytest.raises(JournalError):
                await journal.close()

    asyncio.run(run())


def test_a_log_that_is_begun_anew_and_grows_over_its_end_is_not_taken_for_a_cut_one(path: Path) -> None:
    async def act(journal: Journal) -> None:
        sizes = set[int]()
        for size in (100, 9000, 30_000, 300_000):
            for _ in range(8):
                await journal.commit(session(journal, "x" * size))
                await journal.commit(session(journal, "\0" * size))
                sizes.add(length(path))
            journal._file._db.execute("PRAGMA wal_checkpoint").fetchall()
        assert len(sizes) > 4  # it was written over, and has grown again

    perform(path, act)
    assert len(stored(path)) == 64


def spoil(path: Path) -> None:
    for suffix in ("", "-wal"):
        file = Path(f"{path}{suffix}")
        file.write_bytes(b"\0" * file.stat().st_size)


def test_a_file_spoilt_after_the_journal_was_closed_is_told(path: Path) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        await journal.close()
        spoil(path)

    with pytest.raises(EvidenceLostError, match="changed by something else"):
        perform(path, act)


def test_everyone_waiting_is_told_of_the_failure(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        commits = [asyncio.ensure_future(journal.commit(session(journal, "x" * 900))) for _ in range(10)]
        await file.begun.wait()
        commits += [asyncio.ensure_future(journal.commit(session(journal))) for _ in range(10)]
        remove(str(path))
        file.go.set()
        results = await asyncio.gather(*commits, return_exceptions=True)
        assert {type(r) for r in results} == {JournalError}

    with pytest.raises(JournalError):  # closing says so, too
        perform_slowly(path, act, queue_limit=4000)


def test_a_row_the_file_cannot_hold_does_not_hang_the_commit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    async def act(journal: Journal) -> None:
        with pytest.raises(JournalError, match="broke down"):
            await asyncio.wait_for(journal.commit(Session(1, 2**70, "", "")), 5)
        with pytest.raises(JournalError):
            await asyncio.wait_for(journal.close(), 5)

    perform(path, act)
    assert [args.exc_type for args in seen] == [OverflowError]
