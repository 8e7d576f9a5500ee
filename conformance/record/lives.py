"""What happened during a run, read from its IPP exchanges: which subscriptions lived when, and which jobs there were.

Nothing here rests on what a scenario meant to do.  Times are nanoseconds since the evidence file was begun; where an
exchange took its time, the earliest and the latest moment are kept.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import merge
from operator import attrgetter
from typing import Final, TypeVar

from conformance.record import clock_steps, own_names, rows
from conformance.record.exchanges import Answer, granted_group, lease_told, told_group
from conformance.record.outcomes import Carrier, Printed, SentinelSent, Subscribed
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import StepRecord, SubscriptionRecord
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation, Status

NEVER: Final = 2**63  # later than any moment of a run
SECOND: Final = 1_000_000_000
MAKE_JOBS: Final = (Operation.PRINT_JOB, Operation.CREATE_JOB)
_ON_SUBSCRIPTIONS: Final = (
    Operation.CANCEL_SUBSCRIPTION,
    Operation.RENEW_SUBSCRIPTION,
    Operation.GET_SUBSCRIPTION_ATTRIBUTES,
)
_GOES_ON: Final = (JobState.PROCESSING, JobState.PROCESSING_STOPPED)
"""States in which a job that is cancelled may stay for a while (RFC 2911 section 3.3.3, rule 1)."""

ENDS: Final = ("job-created", "job-completed")  # events that a job has once


class End(StrEnum):
    """Why a subscription is over."""

    REFUSED = "it was never made"
    CANCELLED = "it had been cancelled"
    LEASE = "its lease had run out"
    JOB = "its job had ended"


@dataclass(slots=True)
class JobLife:
    """A job that the printer took; ``ended`` is when it surely had ended, as far as IPP tells."""

    play: int
    id: int
    name: str  # the part of it that no other job has
    asked: int  # when the request was sent
    made: int  # when its answer was in
    where: Answer
    printing: int = NEVER  # when the last that it needs was sent, or its end was asked for: it does not end before
    ended: int = NEVER
    seen_ended: int = NEVER  # when its state said so
    state: int | None = None  # the last that was told

    @property
    def begun(self) -> bool:
        """Whether anything can have ended it."""
        return self.printing != NEVER


@dataclass(slots=True)
class Life:
    """A subscription that was asked for: to which address, for which events, and from when to when it lived.

    ``events`` is ``None`` where nobody knows which they are.  ``over`` is the latest moment at which it can have been
    there, ``ending`` the earliest at which it can have ended.
    """

    play: PlayRecord
    label: str
    address: str
    other: str
    carrier: Carrier
    events: frozenset[str] | None
    creation: Answer
    id: int | None
    job: int | None = None  # the job-id, for one that hangs on a job
    nameless: bool = False
    without_user_data: bool = False
    without_recipient: bool = False
    ending: int = NEVER
    over: int = NEVER
    why: End | None = None
    may_end_early: bool = False  # something else may have ended it: a refusal of ours, its job
    seen: int = 0  # when the printer last told of it, as one that is there
    gone: Answer | None = None  # by which its own user learnt that it was not there, before its lease was over
    meddled: bool = False  # somebody tried to cancel it, in vain or without any answer, which may have ended it

    @property
    def asked(self) -> int:
        """When it was asked for."""
        return self.creation.row.t_start

    @property
    def made(self) -> int:
        """When it was there for sure."""
        return self.creation.row.t_end

    @property
    def surely_until(self) -> int:
        """Up to when nothing can have ended it."""
        return min(self.ending, self.seen) if self.may_end_early else self.ending

    def end(self, why: End, earliest: int, latest: int) -> None:
        """It ends then; an end that is known for sure does not move."""
        if latest < self.over:
            self.ending, self.over, self.why = min(self.ending, earliest), latest, why

    def go_on(self) -> None:
        """A lease that was to end is renewed."""
        if self.why is End.LEASE:
            self.ending, self.over, self.why = NEVER, NEVER, None


_Asked = TypeVar("_Asked", JobLife, Life)
_WHEN_ASKED: Final = attrgetter("asked")


@dataclass(slots=True)
class History:
    """All jobs and subscriptions of a run; ``unsure`` are the addresses of those that may have been made."""

    jobs: list[JobLife] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    _by_id: dict[int, list[JobLife]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, JobLife] = field(default_factory=dict)

    def add(self, job: JobLife) -> None:
        """Take a job in."""
        self.jobs.append(job)
        insort(self._by_id[job.id], job, key=_WHEN_ASKED)
        if own_names.is_numbered(job.name):
            self._by_name[job.name] = job

    def numbered(self, number: int, t: int) -> JobLife | None:
        """The job that had that number at that time: the last one made before it, whichever play began first."""
        return _last(self._by_id, number, t)

    def named(self, name: str) -> JobLife | None:
        """The job of that name."""
        return self._by_name.get(name)


def history_of(run_record: RunRecord) -> History:
    """Read from all plays of the evidence, those that a later sitting repeated too."""
    found = History()
    for play in run_record.every_play:
        for step in play.steps:
            _jobs_of(step, play, found)
        found.lives += _lives_of(run_record, play)
        found.unsure |= _unsure_of(play)
    _follow(run_record, found)
    return found


def _jobs_of(step: StepRecord, play: PlayRecord, found: History) -> None:
    if not isinstance(step.outcome, Printed | SentinelSent):
        return
    if isinstance(step.outcome, Printed) and step.outcome.shared:
        return  # told by the play that asked for it
    for answer in step.answers:
        number = answer.message.find("job-id", GroupTag.JOB)
        if answer.row.operation not in MAKE_JOBS or not answer.ok or number is None or number.value.integer is None:
            continue  # Get-Jobs has numbers, too
        name = answer.request.find("job-name")
        part = own_names.own_part(name.value.text() or "") if name is not None else ""
        job = JobLife(play.row.id, number.value.integer, part, answer.row.t_start, answer.row.t_end, answer)
        if answer.row.operation == Operation.PRINT_JOB:
            job.printing = answer.row.t_start
        job.state = _state(answer)
        found.add(job)


def _state(answer: Answer) -> int | None:
    told = answer.message.find("job-state", GroupTag.JOB)
    return told.value.integer if told is not None else None


def _is_known(subscription: SubscriptionRecord) -> bool:
    """Whether an answer that can be read says if it was made: without one it may have been all the same."""
    if not subscription.step.is_answered:
        return False
    return subscription.id is not None or subscription.creation.message.problem is None


def _unsure_of(play: PlayRecord) -> set[str]:
    asked = {s.address for s in play.subscriptions.values() if not _is_known(s)}
    return asked | {sent.address for step, sent in play.steps_of(SentinelSent) if not step.is_answered}


def _lives_of(run_record: RunRecord, play: PlayRecord) -> Iterator[Life]:
    for subscription in play.subscriptions.values():
        if not _is_known(subscription):
            continue
        asked, creation = subscription.asked, subscription.creation
        life = Life(
            play,
            asked.label,
            asked.address,
            asked.other,
            asked.carrier,
            _events(run_record, asked.events, creation, subscription.group),
            creation,
            subscription.id,
            nameless=subscription.user_name is None and subscription.login is None,
            without_user_data=asked.user_data is None,
            without_recipient=asked.recipient is None,
        )
        outcome = subscription.step.outcome
        if isinstance(outcome, Printed):
            life.job = outcome.job
        elif isinstance(outcome, Subscribed) and asked.carrier is Carrier.JOB:
            life.job = _integer(creation.request, "job-id", run_record.vocabulary.job_id)
        if life.id is None:
            life.end(End.REFUSED, life.asked, life.asked)
        elif asked.carrier is Carrier.PRINTER:
            _lease(run_record, life, creation, subscription.group)
        yield life
    for step, sent in play.steps_of(SentinelSent):
        for answer in step.answers:
            if answer.row.operation not in MAKE_JOBS:
                continue
            group = granted_group(answer.message, 0, run_record.vocabulary)
            events = answer.request.find(run_record.vocabulary.events)
            told = frozenset(events.texts()) if events is not None else None
            identity = group.get(run_record.vocabulary.subscription_id) if group is not None else None
            number = identity.value.integer if identity is not None else None
            yield Life(play, "sentinel", sent.address, "", Carrier.JOB, told, answer, number, sent.job)


def _integer(message: ipp.Message, *wanted: str) -> int | None:
    found = (message.find(name) for name in wanted)
    return next((a.value.integer for a in found if a is not None), None)


def _events(
    run_record: RunRecord, asked: tuple[str, ...] | None, creation: Answer, group: ipp.Group | None
) -> frozenset[str] | None:
    """What it may hear of: what was asked for, what the answer says instead, or the defaults; ``None``: not known."""
    told = group.get(run_record.vocabulary.events) if group is not None else None
    wanted, answered = frozenset(asked or ()), frozenset(told.texts() if told is not None else ())
    if wanted & answered:
        return wanted  # it may get fewer; that the answer has more makes nobody want them
    heard = {*wanted, *answered}
    if not heard:
        default = run_record.listed(run_record.vocabulary.events_default)
        heard = set(default.texts()) if default is not None else set()
    return frozenset(heard) if heard else None


def _lease(run_record: RunRecord, life: Life, answer: Answer, group: ipp.Group | None) -> None:
    """The end of a lease that this answer grants."""
    seconds = lease_told(group, run_record.vocabulary) if group is not None else None
    life.go_on()
    if seconds is not None and seconds > 0:  # of a clock that is not ours, and goes by whole seconds at best
        off = clock_steps.step(run_record)
        life.end(End.LEASE, answer.row.t_start + (seconds - off) * SECOND, answer.row.t_end + (seconds + off) * SECOND)


# ---------------------------------------------------------------- what was done to them


def _follow(run_record: RunRecord, found: History) -> None:
    """Cancellations, renewals and ends, in the order of their requests."""
    lives: dict[int, list[Life]] = defaultdict(list)
    for life in found.lives:
        if life.id is not None:
            insort(lives[life.id], life, key=_WHEN_ASKED)
    answered: Iterator[Answer | rows.Exchange] = run_record.answers()
    lost: Iterator[Answer | rows.Exchange] = run_record.file.rows(rows.Exchange, "problem<>''")
    for answer in merge(answered, lost, key=_number):
        if isinstance(answer, rows.Exchange):
            _perhaps_done(run_record, found, lives, answer)
            continue
        operation = answer.row.operation
        if operation in _ON_SUBSCRIPTIONS:
            number = _integer(answer.request, run_record.vocabulary.subscription_id)
            subjects = of_that_number(lives, number, answer.row.t_start)
            for subject in subjects if answer.ok and operation != Operation.CANCEL_SUBSCRIPTION else ():
                subject.seen = max(subject.seen, answer.row.t_start)
            if subjects and operation != Operation.GET_SUBSCRIPTION_ATTRIBUTES:
                _operated(run_record, subjects[0], answer)
        elif operation in (Operation.SEND_DOCUMENT, Operation.CANCEL_JOB):
            job = found.numbered(_integer(answer.request, "job-id") or 0, answer.row.t_start)
            if job is not None and answer.ok:
                job.printing = min(job.printing, answer.row.t_start)
                if operation == Operation.CANCEL_JOB and job.state not in _GOES_ON:
                    job.ended = min(job.ended, answer.row.t_end)
        elif operation == Operation.GET_JOB_ATTRIBUTES:
            _told_state(found, answer)


def _number(one: Answer | rows.Exchange) -> int:
    return one.row.id if isinstance(one, Answer) else one.id


def _perhaps_done(
    run_record: RunRecord, found: History, lives: Mapping[int, Sequence[Life]], lost: rows.Exchange
) -> None:
    """No answer came, and nobody knows whether the subscription is there from then on, or whether the job goes on."""
    request = ipp.decode(lost.request)
    if lost.operation in (Operation.CANCEL_SUBSCRIPTION, Operation.RENEW_SUBSCRIPTION):
        life = _last(lives, _integer(request, run_record.vocabulary.subscription_id), lost.t_start)
        if life is not None:
            life.meddled = life.may_end_early = True
            if lost.operation == Operation.RENEW_SUBSCRIPTION:
                life.go_on()
    elif lost.operation in (Operation.SEND_DOCUMENT, Operation.CANCEL_JOB):
        job = found.numbered(_integer(request, "job-id") or 0, lost.t_start)
        if job is not None:
            job.printing = min(job.printing, lost.t_start)


def _last(numbered: Mapping[int, Sequence[_Asked]], number: int | None, t: int) -> _Asked | None:
    """What had that number at that time: what was asked for last before it; all are in the order of that."""
    made = numbered.get(number or 0, ())
    place = bisect_right(made, t, key=_WHEN_ASKED)
    return made[place - 1] if place else None


def of_that_number(lives: Mapping[int, Sequence[Life]], number: int | None, t: int) -> list[Life]:
    """What had that number at that time, or all that had it at once where they were asked for alike, the first first.

    Subscriptions of one address are two, whatever number the printer gave them.
    """
    last = _last(lives, number, t)
    if last is None:
        return []
    others = (one for one in lives.get(number or 0, ()) if one.play is last.play and one.address == last.address)
    there = sorted((one for one in others if one.asked <= t < one.over), key=lambda one: one.asked)
    return there or [last]


def _operated(run_record: RunRecord, life: Life, answer: Answer) -> None:
    if answer.row.operation == Operation.CANCEL_SUBSCRIPTION and answer.ok:
        life.end(End.CANCELLED, answer.row.t_start, answer.row.t_end)
    elif answer.row.operation == Operation.RENEW_SUBSCRIPTION and answer.ok and life.carrier is Carrier.PRINTER:
        if life.why is not End.CANCELLED and answer.row.t_start < life.over:
            _lease(run_record, life, answer, told_group(answer.message, run_record.vocabulary))
    elif answer.status == Status.CLIENT_ERROR_NOT_FOUND:
        life.may_end_early = True
        early = life.why is End.LEASE and answer.row.t_end < life.ending
        if early and not life.meddled and _user(answer) == _user(life.creation):
            life.gone = life.gone or answer
    own = _user(answer) == _user(life.creation)
    if answer.row.operation == Operation.CANCEL_SUBSCRIPTION and not (own and answer.ok):
        life.meddled = True


def _user(answer: Answer) -> bytes | None:
    name = answer.request.find("requesting-user-name")
    return name.value.octets if name is not None else None


def _told_state(found: History, answer: Answer) -> None:
    job = found.numbered(_integer(answer.request, "job-id") or 0, answer.row.t_start)
    state = _state(answer)
    if job is None or state is None:
        return
    job.state = state
    if state >= JobState.CANCELED:
        job.seen_ended = min(job.seen_ended, answer.row.t_end)
        job.ended = min(job.ended, job.seen_ended)
    elif job.seen_ended == NEVER:
        job.ended = NEVER  # it was cancelled, and goes on to a point where it can stop
