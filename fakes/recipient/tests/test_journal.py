"""The journal: what is acknowledged is on the disk, in the order and with the times in which it came."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.rows import Exchange, Fact, Run, Session, Transcript, pack_events
from conformance.wire.smtp_events import Event, EventKind
from fakes.recipient.journal import Journal

from .journal_bench import Slow, perform, perform_slowly, session, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


# ---------------------------------------------------------------- in good order


def test_ids_that_are_left_out_are_handed_out_by_no_later_sitting(path: Path) -> None:
    async def act(journal: Journal) -> None:
        journal.skip(Session, 7_000)
        await journal.commit(session(journal))

    async def again(journal: Journal) -> None:
        await journal.commit(session(journal))
        assert [s.id for s in stored(path)] == [7_001, 7_002]

    perform(path, act)
    perform(path, again)


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
