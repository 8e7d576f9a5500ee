"""Jobs and how they move.  One job is printed at a time, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from conformance.wire.registry import JobState
from fakes.printer.policy import Policy

from .clock import Clock

MAX_WAITING: Final = 1_000
"""Jobs not yet ended: more than any play makes, and few enough to be told of, with their subscriptions, within half a
second, in which nobody else is served."""


class Move(Enum):
    """What can happen to a job."""

    START = auto()
    FINISH = auto()
    HOLD = auto()
    RELEASE = auto()
    STOP = auto()
    GO_ON = auto()
    CANCEL = auto()
    ABORT = auto()


# RFC 2911 sections 3.2.7 (Pause-Printer), 3.3.3 (Cancel-Job), 3.3.5 (Hold-Job), 3.3.6 (Release-Job), 4.3.7 (job-state).
NEXT: Final[dict[JobState, dict[Move, JobState]]] = {
    JobState.PENDING: {
        Move.START: JobState.PROCESSING,
        Move.HOLD: JobState.PENDING_HELD,
        Move.RELEASE: JobState.PENDING,
        Move.CANCEL: JobState.CANCELED,
        Move.ABORT: JobState.ABORTED,
    },
    JobState.PENDING_HELD: {
        Move.HOLD: JobState.PENDING_HELD,
        Move.RELEASE: JobState.PENDING,
        Move.CANCEL: JobState.CANCELED,
        Move.ABORT: JobState.ABORTED,
    },
    JobState.PROCESSING: {
        Move.FINISH: JobState.COMPLETED,
        Move.STOP: JobState.PROCESSING_STOPPED,
        Move.RELEASE: JobState.PROCESSING,
        Move.CANCEL: JobState.CANCELED,
    },
    JobState.PROCESSING_STOPPED: {
        Move.GO_ON: JobState.PROCESSING,
        Move.RELEASE: JobState.PROCESSING_STOPPED,
        Move.CANCEL: JobState.CANCELED,
    },
    JobState.COMPLETED: {},
    JobState.CANCELED: {},
    JobState.ABORTED: {},
}
ENDED: Final = frozenset(state for state, moves in NEXT.items() if not moves)

REASON: Final = {  # job-state-reasons, RFC 2911 section 4.3.8
    JobState.PENDING: "none",
    JobState.PENDING_HELD: "job-hold-until-specified",
    JobState.PROCESSING: "job-printing",
    JobState.PROCESSING_STOPPED: "printer-stopped",
    JobState.COMPLETED: "job-completed-successfully",
    JobState.CANCELED: "job-canceled-by-user",
    JobState.ABORTED: "aborted-by-system",
}
EVENT: Final = {  # the event of entering a state; any other change is job-state-changed
    JobState.PROCESSING_STOPPED: "job-stopped",
    JobState.COMPLETED: "job-completed",
    JobState.CANCELED: "job-completed",
    JobState.ABORTED: "job-completed",
}


@dataclass(slots=True, eq=False)
class Job:
    """A job.  Times are printer-up-time; ``open`` while documents may still come."""

    id: int
    name: str
    user_name: str
    created: int
    open: bool
    held: bool = False
    copies: int = 1
    documents: int = 0
    octets: int = 0
    state: JobState = JobState.PENDING
    started: int | None = None
    completed: int | None = None
    impressions: int = 0

    def __post_init__(self) -> None:
        if self.held:
            self.state = JobState.PENDING_HELD

    @property
    def ended(self) -> bool:
        """Completed, canceled or aborted."""
        return self.state in ENDED

    @property
    def reasons(self) -> tuple[str, ...]:
        """job-state-reasons."""
        own = REASON[self.state]
        if self.open and not self.ended:
            return ("job-incoming",) if own == "none" else ("job-incoming", own)
        return (own,)


class Jobs:
    """All jobs, and the one being printed.

    ``on_job`` hears each event of a job, ``on_printer`` that the printer's own state may be another now.
    """

    def __init__(
        self, policy: Policy, clock: Clock, on_job: Callable[[str, Job], None], on_printer: Callable[[], None]
    ) -> None:
        self.all: dict[int, Job] = {}
        self.current: Job | None = None
        self.paused = False
        self.forget: Callable[[Job], None] = lambda job: None
        self._policy, self._clock = policy, clock
        self._on_job, self._on_printer = on_job, on_printer
        self._ended: deque[Job] = deque()
        self._last_id = 0
        self._turn: asyncio.Handle | None = None
        self._work: asyncio.TimerHandle | None = None
        self._work_ends = 0.0
        self._work_left = 0.0
        self._deadlines: dict[int, asyncio.TimerHandle] = {}
        self._stopping: dict[int, asyncio.TimerHandle] = {}

    def waiting(self) -> list[Job]:
        """The jobs that have not ended, in the order in which they will be printed."""
        return [job for job in self.all.values() if not job.ended]

    def ended(self) -> list[Job]:
        """The jobs that have ended, newest first."""
        return list(reversed(self._ended))

    @property
    def last_was_cancelled(self) -> bool:
        """Whether the last job that ended did not come to its own end."""
        return bool(self._ended) and self._ended[-1].state is JobState.CANCELED

    def add(self, name: str, user_name: str, *, held: bool, open_: bool, copies: int) -> Job:
        """A new job, which nobody has heard of yet: see :meth:`begin`."""
        self._last_id += self._policy.id_step
        job = Job(self._last_id, name, user_name, self._clock.up_time(), open_, held, copies)
        if open_ and not held and self._policy.cancel_seconds:
            job.state = JobState.PROCESSING
        self.all[job.id] = job
        return job

    def begin(self, job: Job) -> None:
        """Tell of a new job and let it run."""
        if not job.open or self._policy.creation_told == "at-once":
            self._on_job("job-created", job)
        if job.open:
            self._expect_document(job)
        self._schedule()

    def document(self, job: Job, octets: int, *, last: bool, empty: bool) -> None:
        """A document has come, or the word that none will (Send-Document)."""
        job.documents += not empty
        job.octets += octets
        if last:
            if self._policy.creation_told == "with-the-document":
                self._on_job("job-created", job)
            before = job.reasons
            job.open = False
            if job.state is JobState.PROCESSING:
                job.state = JobState.PENDING  # it is its turn that it waits for now
            self._forget_deadline(job)
            if job.reasons != before:
                self._on_job("job-state-changed", job)
            self._schedule()
        else:
            self._expect_document(job)

    def move(self, job: Job, move: Move) -> bool:
        """Move a job as its table allows; ``False`` if it cannot in its state."""
        to = NEXT[job.state].get(move)
        if to is None or (move is Move.CANCEL and job.id in self._stopping):
            return False
        if move is Move.CANCEL and self._policy.cancel_seconds and job.state is JobState.PROCESSING:
            self._stopping[job.id] = self._clock.loop.call_later(self._policy.cancel_seconds, self._stop_now, job)
            return True
        if move in (Move.HOLD, Move.RELEASE):
            job.held = move is Move.HOLD
        if to is not job.state:
            self._enter(job, to)
        self._schedule()
        return True

    def pause(self) -> None:
        """Stop printing; the current job stops in the middle (RFC 2911 section 3.2.7, option 2)."""
        if self.paused:
            return
        self.paused = True
        self._on_printer()
        if self.current is not None:
            if self._work is not None:
                self._work.cancel()
                self._work_left = max(0.0, self._work_ends - self._clock.loop.time())
            self.move(self.current, Move.STOP)

    def resume(self) -> None:
        """Go on printing (RFC 2911 section 3.2.8)."""
        if not self.paused:
            return
        self.paused = False
        self._on_printer()
        if self.current is not None:
            self.move(self.current, Move.GO_ON)
            self._print(self._work_left)
        self._schedule()

    def stop(self) -> None:
        """Let go of every timer."""
        for handle in (self._turn, self._work, *self._deadlines.values(), *self._stopping.values()):
            if handle is not None:
                handle.cancel()
        self._deadlines.clear()

    # ------------------------------------------------------------ inside

    def _stop_now(self, job: Job) -> None:
        del self._stopping[job.id]
        if not job.ended:
            self._enter(job, JobState.CANCELED)
            self._schedule()

    def _enter(self, job: Job, state: JobState) -> None:
        job.state = state
        if state is JobState.PROCESSING and job.started is None:
            job.started = self._clock.up_time()
        if state is JobState.COMPLETED:
            job.impressions = job.copies * job.documents
        if job.ended:
            job.completed = self._clock.up_time()
            self._forget_deadline(job)
        self._on_job(EVENT.get(state, "job-state-changed"), job)
        if job.ended:
            self._end(job)

    def _end(self, job: Job) -> None:
        self._ended.append(job)
        while len(self._ended) > self._policy.job_history:
            old = self._ended.popleft()
            del self.all[old.id]
            self.forget(old)
        if self.current is job:
            self.current = None
            if self._work is not None:
                self._work.cancel()
            if not self._start_next():
                self._on_printer()

    def _schedule(self) -> None:
        """Have the next loop turn look for work, so that an answer is on its way before its job starts."""
        if self._turn is None and self.current is None and not self.paused:
            self._turn = self._clock.loop.call_soon(self._look_for_work)

    def _look_for_work(self) -> None:
        self._turn = None
        self._start_next()

    def _start_next(self) -> bool:
        if self.paused or self.current is not None:
            return False
        job = next((j for j in self.all.values() if j.state is JobState.PENDING and not j.open), None)
        if job is None:
            return False
        self.current = job
        self._on_printer()
        self._print(self._policy.job_seconds)
        self._enter(job, JobState.PROCESSING)
        return True

    def _print(self, seconds: float) -> None:
        self._work_ends = self._clock.loop.time() + seconds
        self._work = self._clock.loop.call_later(seconds, self._finish)

    def _finish(self) -> None:
        if self.current is not None:
            self.move(self.current, Move.FINISH)

    def _expect_document(self, job: Job) -> None:
        self._forget_deadline(job)
        wait = self._policy.open_job_seconds
        self._deadlines[job.id] = self._clock.loop.call_later(wait, self.move, job, Move.ABORT)

    def _forget_deadline(self, job: Job) -> None:
        if (handle := self._deadlines.pop(job.id, None)) is not None:
            handle.cancel()
