"""The journal: what is acknowledged is on the disk, and what is not on the disk is never acknowledged."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceLostError, Exchange, Fact, Row, Run, Session, Transcript, pack_events
from conformance.wire.smtp_events import Event, EventKind
from fakes.recipient.journal import Journal, JournalError

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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


# ---------------------------------------------------------------- in good order


def test_a_committed_row_is_in_the_file_before_the_journal_is_closed(path: Path) -> None:
    async def act(journal: Journal) -> None:
        await journal.commit(session(journal))
        assert [s.id for s in stored(path)] == [1]

    perform(path, act)


def test_a_commit_covers_rows_queued_before_it(path: Path) -> None:
    async def act(journal: Journal) -> None:
        journal.add(session(journal, "a"), session(journal, "b"))
        await journal.commit(session(journal, "c"))
        assert [s.peer for s in stored(path)] == ["a", "b", "c"]

    perform(path, act, linger=60)


def test_an_empty_commit_waits_for_rows_queued_before_it(path: Path) -> None:
    async def act(journal: Journal) -> None:
        journal.add(session(journal))
        await journal.commit()
        assert len(stored(path)) == 1
        await journal.commit()  # and with nothing to do it returns

    perform(path, act, linger=60)


def test_closing_writes_what_is_queued(path: Path) -> None:
    async def act(journal: Journal) -> None:
        journal.add(session(journal))

    perform(path, act, linger=60)
    assert len(stored(path)) == 1


def test_closing_twice_is_fine(path: Path) -> None:
    async def act(journal: Journal) -> None:
        await journal.close()

    perform(path, act)


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


def test_what_is_queued_while_a_transaction_runs_shares_the_next_one(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        first = asyncio.ensure_future(journal.commit(session(journal)))
        await file.begun.wait()
        others = [asyncio.ensure_future(journal.commit(session(journal))) for _ in range(20)]
        await asyncio.sleep(0)
        file.go.set()
        await asyncio.gather(first, *others)
        assert file.transactions == [1, 20]

    perform_slowly(path, act)


def test_a_row_nobody_waits_for_is_written_soon(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        journal.add(session(journal))
        journal.add(session(journal))
        await asyncio.wait_for(file.begun.wait(), 5)
        assert file.transactions == [2]

    perform_slowly(path, act, linger=0.01)


def test_commits_of_one_turn_of_the_loop_share_a_transaction(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        file.go.set()
        await asyncio.gather(*(journal.commit(session(journal)) for _ in range(5)))
        assert file.transactions == [5]

    perform_slowly(path, act)


def test_a_cancelled_commit_is_stored_all_the_same(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        task = asyncio.ensure_future(journal.commit(session(journal)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    perform_slowly(path, act)
    assert len(stored(path)) == 1


def test_a_commit_waits_while_too_many_octets_are_queued(path: Path) -> None:
    async def act(journal: Journal, file: Slow) -> None:
        big = [asyncio.ensure_future(journal.commit(session(journal, "x" * 3000))) for _ in range(2)]
        await asyncio.sleep(0)
        assert journal.congested
        late = asyncio.ensure_future(journal.commit(session(journal, "late")))
        roomy = asyncio.Event()
        journal.when_room(roomy.set)
        for _ in range(5):
            await asyncio.sleep(0)
        assert journal._octets < 7000  # the late one is not queued yet
        assert not roomy.is_set()
        file.go.set()
        await asyncio.gather(*big, late)
        assert roomy.is_set()
        assert not journal.congested

    perform_slowly(path, act, queue_limit=4000)
    assert [len(s.peer) for s in stored(path)] == [3000, 3000, 4]


# ---------------------------------------------------------------- numbers and times


def test_ids_and_times_go_on_where_the_file_ends(path: Path) -> None:
    late = 10**15

    async def first(journal: Journal) -> None:
        assert [journal.id(Session), journal.id(Session), journal.id(Transcript)] == [1, 2, 1]
        assert journal.now() < late
        events = [Event(1, EventKind.CLIENT, b"x"), Event(late, EventKind.LOST, b"quit")]
        await journal.commit(Session(2, 5, "", ""), Transcript(1, 2, 0, pack_events(events)))

    async def second(journal: Journal) -> None:
        assert [journal.id(Session), journal.id(Transcript)] == [3, 2]
        assert journal.now() > late

    perform(path, first)
    perform(path, second)


def test_the_latest_time_of_any_table_counts(path: Path) -> None:
    async def first(journal: Journal) -> None:
        exchange = Exchange(journal.id(Exchange), 0, 0, 2, "ipp://x", 10**14, 10**15, "", b"", b"", 200, b"", b"")
        run = Run(journal.id(Run), 0, "2026-01-01T00:00:00Z", "a test", "ipp://x")
        await journal.commit(run, exchange, Fact(run.id, 10**13, "name", "value"))

    async def second(journal: Journal) -> None:
        assert 10**15 < journal.now() < 10**15 + 60 * 10**9

    perform(path, first)
    perform(path, second)


def test_a_new_file_begins_at_zero(path: Path) -> None:
    async def act(journal: Journal) -> None:
        a = journal.now()
        b = journal.now()
        assert 0 <= a <= b < 60 * 10**9

    perform(path, act)


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
