"""The one writer of an evidence file: rows come from the event loop, one thread brings them to the disk.

Everything queued while a transaction runs goes into the next one, so being safe costs one sync per turn of the disk and
not one per row.  The loop prepares a transaction, which is work in memory; the thread does what waits for the disk.
Nothing is acknowledged before its transaction is on the disk *and* the file still stands under its name, as long as it
was: rows in a file that somebody has removed, replaced or cut are not kept.

The first trouble is final.  A journal that has lost one row cannot say what else it would lose, so from then on every
commit fails with the same :class:`JournalError`.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Row
from fakes.known_secrets import KnownSecrets

from .evidence_place import EvidencePlace
from .journal_rows import WITH_ID, cost, latest_time

LINGER: Final = 0.1
"""Seconds a row that nobody waits for may stay in memory: far below what a person notices, far above one sync, so that
sessions and steps ride along with the next commit instead of each having a sync of its own."""

QUEUE_LIMIT: Final = 8 * 2**20
"""Octets that may wait for the disk before commits are held back: some hundreds of ordinary mails, or a quarter of the
largest, which a disk of 100 MB/s takes in under a tenth of a second."""

LOG: Final = 2 * 2**20
"""Octets of rows in SQLite's log, roughly, from which on they are moved into the file.  That is done when those who
wait for the last of them have been told, and as long as it takes they say what comes next.  SQLite would do so by
itself, several times as late, within a commit, for which everybody waits many milliseconds."""

GATHER: Final = 1_000_000
"""Nanoseconds that a commit waits at most for what is coming in: as long as a dozen small mails take.  It waits only
while clients say something, one step at a time.  A transaction of ten mails costs little more than one of a single
mail, and clients that have waited for the same one come with their next mails one shortly after the other."""

GATHERED: Final = 512 * 1024
"""Octets from which on a commit does not wait for more: some fifteen mails of 30 KB, whose own writing takes longer
than a turn of the disk."""

_TURN_COST: Final = 64 * 1024  # octets that a transaction adds to the log besides its rows, roughly: pages are whole

_HINTS: Final = {
    "SQLITE_FULL": "make room on the disk, then start again",
    "SQLITE_IOERR": "look at the disk and its quota, then start again",
    "SQLITE_READONLY": "make the file and its directory writable, then start again",
    "SQLITE_CANTOPEN": "make the file and its directory writable, then start again",
    "SQLITE_BUSY": "another program is writing to the file; end it, then start again",
    "SQLITE_LOCKED": "another program is writing to the file; end it, then start again",
    "SQLITE_CORRUPT": "the file was changed by something else; start again with a new one",
    "SQLITE_NOTADB": "the file was changed by something else; start again with a new one",
}


class JournalError(Exception):
    """Evidence can no longer be kept; ``hint`` says what to do.  ``lost``: nor may what was kept be there any more."""

    def __init__(self, message: str, hint: str, *, lost: bool = False) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint, self.lost = message, hint, lost


@dataclass(slots=True)
class _Batch:
    """What goes into one transaction, and who waits for it."""

    rows: list[Row]
    waiters: list[asyncio.Future[None]]
    octets: int


class Journal:
    """Takes rows on the event loop it was made on, and writes them in order.

    To be made, used and closed on one running loop.  The file stays the caller's: nobody else may touch it while the
    journal is open, and closing the journal does not close it.  ``secrets`` are for those who make rows of what came.
    """

    def __init__(
        self,
        file: EvidenceFile,
        *,
        linger: float = LINGER,
        queue_limit: int = QUEUE_LIMIT,
        secrets: KnownSecrets | None = None,
    ) -> None:
        self._file, self._linger, self._limit = file, linger, queue_limit
        self.secrets = secrets or KnownSecrets()
        self._loop = asyncio.get_running_loop()
        self._ids: dict[type[Row], Iterator[int]] = {kind: itertools.count(file.next_id(kind)) for kind in WITH_ID}
        latest = latest_time(file)
        self._zero = time.monotonic_ns() - (latest + 1 if latest else 0)
        self._pending = _Batch([], [], 0)
        self._octets = 0  # pending, and with the writer
        self._writing = False
        self._moving = False  # what is in the log; nothing can be written meanwhile
        self._logged = 0  # octets in the log, roughly; the writer's alone
        self._dispatching = False
        self._stirred = False
        self._gather_until = 0
        self._lingering: asyncio.TimerHandle | None = None
        self._room: list[Callable[[], None]] = []
        self._failed: JournalError | None = None
        self._closed: JournalError | None = None  # no trouble, but for those who come too late
        self._failure: asyncio.Future[JournalError] = self._loop.create_future()
        self.watcher: Callable[[], None] | None = None  # hears on the loop that more is on the disk; may not wait
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._place = EvidencePlace(file.path)
        self._turns: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ numbers and times

    def id(self, kind: type[Row]) -> int:
        """The next free id of that kind of row; each is handed out once."""
        return next(self._ids[kind])

    def skip(self, kind: type[Row], number: int) -> None:
        """Leave so many ids of that kind out, before the first is handed out."""
        self._ids[kind] = itertools.count(next(self._ids[kind]) + number)

    def now(self) -> int:
        """Nanoseconds since the file was begun, by a clock that does not jump; later than every time in the file."""
        return time.monotonic_ns() - self._zero

    # ------------------------------------------------------------ rows

    def add(self, *rows: Row) -> None:
        """Queue rows without waiting.  They are on the disk ``linger`` seconds later, or with the next commit.

        A journal that has failed or is closed drops them; whoever commits next is told.
        """
        if self._refusal is not None or not rows:
            return
        self._queue(rows)
        if self._pending.octets > self._limit // 2:
            self._wake()
        elif self._lingering is None:
            self._lingering = self._loop.call_later(self._linger, self._wake)

    def submit(self, *rows: Row) -> asyncio.Future[None]:
        """Queue rows at once; the future is done when they and all before them are on the disk.

        It fails with :class:`JournalError`, at once where nothing is written any more.  This is :meth:`commit` for
        those who must not wait before queueing; they ought to look at :attr:`congested` and stop their source.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        if self._refusal is not None:
            future.set_exception(self._refusal)
            future.exception()  # whoever does not look is not worth a warning: the failure is kept in ``failed``
        elif not rows and not self._pending.rows and not self._writing:
            future.set_result(None)
        else:
            self._queue(rows)
            self._pending.waiters.append(future)
            self._wake()
        return future

    async def commit(self, *rows: Row) -> None:
        """Return when these rows, and all queued before them, are on the disk; raises :class:`JournalError`.

        Waits first while too much is queued.  Cancelling the caller does not take the rows back.
        """
        while self.congested:
            room = asyncio.Event()
            self.when_room(room.set)
            await room.wait()
        await asyncio.shield(self.submit(*rows))

    def stir(self) -> None:
        """A client has said something: in this turn of the loop there was more to do than to wait for a commit."""
        self._stirred = True

    # ------------------------------------------------------------ trouble and pressure

    @property
    def congested(self) -> bool:
        """More octets are queued than ``queue_limit``."""
        return self._octets > self._limit

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back, once, when the journal is not congested any more, or has failed."""
        if self.congested:
            self._room.append(callback)
        else:
            self._loop.call_soon(callback)

    @property
    def _refusal(self) -> JournalError | None:
        """Why no row is taken any more."""
        return self._failed or self._closed

    @property
    def failed(self) -> JournalError | None:
        """The first trouble, if there was one."""
        return self._failed

    async def failure(self) -> JournalError:
        """Wait until the journal fails, if ever; for a run that wants to end with one clear error."""
        return await asyncio.shield(self._failure)

    async def close(self) -> None:
        """Write what is queued and end the writer; raises :class:`JournalError` if the journal has ever failed."""
        if not self._ended.done():
            while self._failed is None and (self._writing or self._pending.rows or self._pending.waiters):
                await asyncio.wait([self.submit()])  # again for what came meanwhile: nothing is written after the end
            if self._lingering is not None:
                self._lingering.cancel()
            self._closed = JournalError("the journal is closed", "this is our own fault; report it")
            self._turns.put(None)
            await asyncio.shield(self._ended)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    async def __aenter__(self) -> Journal:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ------------------------------------------------------------ on the loop

    def _queue(self, rows: tuple[Row, ...]) -> None:
        octets = sum(map(cost, rows))
        self._pending.rows += rows
        self._pending.octets += octets
        self._octets += octets

    def _wake(self) -> None:
        """Start a transaction as soon as no more comes in, so that what else does rides along; or soon in any case."""
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None  # whoever comes after a write that took longer than it waits anew
        if not (self._writing or self._moving or self._dispatching):
            self._dispatching = self._stirred = True  # one whole turn of the loop is looked at in any case
            self._gather_until = time.monotonic_ns() + GATHER
            self._loop.call_soon(self._gather)

    def _gather(self) -> None:
        """Once in each turn of the loop: look whether this one has brought anything."""
        if self._stirred and self._pending.octets < GATHERED and time.monotonic_ns() < self._gather_until:
            self._stirred = False
            self._loop.call_soon(self._gather)
        else:
            self._dispatching = False
            self._dispatch()

    def _dispatch(self) -> None:
        if self._writing or self._moving or self._failed is not None:
            return
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        batch, self._pending = self._pending, _Batch([], [], 0)
        self._writing = True
        try:
            if batch.octets < self._limit // 4:  # more takes longer to copy than others ought to wait
                # Here, not in the writer's thread: they would wait for the interpreter's lock by turns, for each row.
                with suppress(sqlite3.Error, ValueError, OverflowError, MemoryError):  # the writer tells of it
                    self._file.prepare(batch.rows)
        finally:
            self._turns.put(batch)  # whatever came of it: somebody waits for the rows

    def _written(self, batch: _Batch, error: JournalError | None, moves: bool) -> None:
        self._writing, self._moving = False, moves
        self._octets -= batch.octets
        if error is not None:
            self._fail(error, batch)
            return
        for waiter in batch.waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self.watcher is not None and batch.rows:
            self.watcher()
        self._go_on()
        if self._room and not self.congested:
            self._make_room()

    def _moved(self, error: JournalError | None) -> None:
        """The log is in the file."""
        self._moving = False
        if error is not None:
            self._fail(error)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """What has come meanwhile is for the next transaction."""
        if self._pending.waiters or self._pending.octets > self._limit // 2:
            self._wake()
        elif self._pending.rows and self._lingering is None:
            self._lingering = self._loop.call_later(self._linger, self._wake)

    def _fail(self, error: JournalError, *batches: _Batch) -> None:
        self._failed = self._failed or error
        if not self._failure.done():
            self._failure.set_result(self._failed)
        for batch in (*batches, self._pending):
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_exception(self._failed)
                    waiter.exception()
        self._pending, self._octets = _Batch([], [], 0), 0
        self._make_room()

    def _make_room(self) -> None:
        room, self._room = self._room, []
        for callback in room:
            callback()

    def _thread_ended(self, error: JournalError | None, batch: _Batch | None) -> None:
        if error is not None:
            self._fail(error, *([batch] if batch else []))
        if not self._ended.done():
            self._ended.set_result(None)

    # ------------------------------------------------------------ in the writer's thread

    def _write(self) -> None:
        error: JournalError | None = JournalError("the journal's writer broke down", "this is our own fault; report it")
        batch = None
        try:
            while (batch := self._turns.get()) is not None:
                trouble = self._store(batch.rows)
                if trouble is not None:
                    self._file.leave()
                self._logged += batch.octets + _TURN_COST
                moves = trouble is None and self._logged > LOG
                self._loop.call_soon_threadsafe(self._written, batch, trouble, moves)
                if moves:
                    self._loop.call_soon_threadsafe(self._moved, self._move())
            error = None if self._failed is not None else self._lost(self._place.trouble())
        finally:
            self._place.leave()
            # A loop that was closed over our head has nobody left who could be told.
            if error is not None:
                self._file.leave()
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._thread_ended, error, batch)

    def _store(self, rows: list[Row]) -> JournalError | None:
        trouble = self._place.trouble()  # SQLite would make a log that was cut as long again as it was, with a hole
        if trouble is None:
            try:
                self._file.insert(rows)
            except sqlite3.Error as error:
                return self._explain(error)
            trouble = self._place.trouble_since()
        return self._lost(trouble)

    def _move(self) -> JournalError | None:
        self._logged = 0
        try:
            self._file.move_log()
        except sqlite3.Error as error:
            self._file.leave()
            return self._explain(error)
        return None

    def _lost(self, trouble: str | None) -> JournalError | None:
        return None if trouble is None else JournalError(trouble, "leave the file alone, start again", lost=True)

    def _explain(self, error: sqlite3.Error) -> JournalError:
        name = getattr(error, "sqlite_errorname", "") or ""
        hint = next((h for prefix, h in _HINTS.items() if name.startswith(prefix)), "start again with a new file")
        # A file that is gone shows as all sorts of trouble; the true cause is the better message.
        lost = self._lost(self._place.trouble())
        damaged = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        return lost or JournalError(f"cannot write to {self._file.path}: {error}", hint, lost=damaged)
