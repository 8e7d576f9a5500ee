"""What was due in the walks of a run, and what came: read from the evidence, for nobody wrote down what a walk shows.

An event counts as one that took place when the printer itself says so: it took the job, it ended it, its state was told
to be another before and after.  Something is said to be missing only where the stage waited for it, and the mail of a
later event came; to be too much only where nothing that the subscription lists can have brought it about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.counted import counted
from conformance.scenarios.walks import is_walk
from conformance.verdict import Where
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation, PrinterState

from . import own_names
from .exchanges import Answer
from .lives import MAKE_JOBS, NEVER, End, History, JobLife, Life, history_of
from .outcomes import (
    Carrier,
    Described,
    JobOperated,
    JobQueried,
    MailsAwaited,
    Printed,
    PrinterOperated,
    Refused,
    SentinelSent,
)
from .received_mail import ReceivedMail
from .run_record import NOT_APPLICABLE, PlayRecord, RunRecord
from .subscription_record import StepRecord

STOPPED: Final = "printer-stopped"
_ABOUT_THE_PRINTER: Final = (
    Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER, Operation.GET_PRINTER_ATTRIBUTES,
)  # fmt: skip
_ABOUT_ONE_JOB: Final = (*MAKE_JOBS, Operation.GET_JOB_ATTRIBUTES)


class WalkFault(StrEnum):
    """What a walk can show."""

    MISSING = "an event of a walk that nobody was told of"
    UNSEEN = "an event of a walk whose mail did not come, nor any later one"  # nobody's fault as far as is known
    AFTER_END = "a mail about what happened after a subscription was cancelled"
    AFTER_JOB = "a mail about what happened after the job of a subscription had ended"

    @property
    def requirements(self) -> tuple[str, ...]:
        """The entries of the catalogue where it counts."""
        return _ENTRIES[self]


_ENTRIES: Final = {
    WalkFault.MISSING: ("1-2", "4.2-2"),
    WalkFault.UNSEEN: (),
    WalkFault.AFTER_END: ("N-16",),
    WalkFault.AFTER_JOB: ("N-17",),
}


@dataclass(frozen=True, slots=True)
class WalkFinding:
    """One of them: in which play, told in words, where, and by when it stood."""

    fault: WalkFault
    play: PlayRecord
    told: str
    where: Where
    t: int


@dataclass(frozen=True, slots=True)
class _Happening:
    """An event that took place: not before ``begun``, and before ``done``; ``job`` is its job-id, 0 for none."""

    event: str
    job: int
    begun: int
    done: int
    answer: Answer


def walk_plays(run_record: RunRecord) -> list[PlayRecord]:
    """The walks of a run, as far as each was taken; without those that this printer cannot be asked to take."""
    return [
        play
        for play in run_record.plays.values()
        if is_walk(play.scenario) and (play.end is None or play.end.outcome != NOT_APPLICABLE)
    ]


def walk_findings(run_record: RunRecord) -> list[WalkFinding]:
    """What they show; it is looked up once."""
    return run_record.once(_look_at_walks)


def _look_at_walks(run_record: RunRecord) -> list[WalkFinding]:
    plays = walk_plays(run_record)
    history = history_of(run_record) if plays else History()
    return [finding for play in plays for finding in _Account(run_record, play, history).findings()]


class _Account:
    """One walk."""

    def __init__(self, run_record: RunRecord, play: PlayRecord, history: History) -> None:
        self._run, self._play, self._unsure = run_record, play, history.unsure
        mine = [life for life in history.lives if life.play.row.id == play.row.id and life.label in play.subscriptions]
        self._lives: dict[str, list[Life]] = defaultdict(list)
        for life in mine:
            if life.id is not None:
                self._lives[life.address].append(life)
        self._jobs = {job.id: job for job in history.jobs if job.play == play.row.id}
        self._happened = sorted(self._happenings(), key=lambda h: h.begun)
        self._refused = [refused.script for _, refused in play.steps_of(Refused)]
        self._sentinels = {sent.name for _, sent in play.steps_of(SentinelSent)}

    def findings(self) -> Iterator[WalkFinding]:
        """All of them."""
        for step, awaited in self._play.steps_of(MailsAwaited):
            yield from self._missing(step, awaited)
        for lives in self._lives.values():
            if len(lives) == 1:  # of two who share an address nobody knows whose mail it is
                yield from self._late(lives[0])

    # ------------------------------------------------------------ what took place

    def _happenings(self) -> Iterator[_Happening]:
        for step, _ in self._play.steps_of(Printed):
            job = self._jobs.get(_job_id(step.answers) or 0)
            if job is not None:
                yield _Happening("job-created", job.id, job.asked, job.made, job.where)
        for job in self._jobs.values():
            if job.ended != NEVER:
                yield _Happening("job-completed", job.id, job.printing, job.ended, job.where)
        yield from self._of_the_printer()
        yield from self._of_held_jobs()

    def _of_the_printer(self) -> Iterator[_Happening]:
        """Stops that the printer shows before and after a pause, and the change that a stop and its end are."""
        before: int | None = None
        pause: Answer | None = None
        stop: _Happening | None = None
        for step in self._play.steps:
            answer = next((a for a in step.answers if a.row.operation in _ABOUT_THE_PRINTER), None)
            if answer is None:
                continue
            if isinstance(step.outcome, PrinterOperated) and answer.row.operation == Operation.PAUSE_PRINTER:
                pause = answer if answer.ok else None
            if not isinstance(step.outcome, Described):
                continue
            state = _state(answer.message, GroupTag.PRINTER, "printer-state")
            stopped, running = state == PrinterState.STOPPED, before not in (None, PrinterState.STOPPED)
            if stopped and running and pause is not None:
                stop = _Happening(STOPPED, 0, pause.row.t_start, answer.row.t_end, pause)
                yield stop
            elif stop is not None and state is not None and not stopped:
                yield _Happening("printer-state-changed", 0, stop.begun, answer.row.t_end, stop.answer)
                stop = None
            before, pause = state, None

    def _of_held_jobs(self) -> Iterator[_Happening]:
        """Changes of state that a job shows before and after it was held or released."""
        states: dict[int, int | None] = {}
        asked: Answer | None = None
        for step in self._play.steps:
            for answer in step.answers:
                number = _job_id([answer])
                if isinstance(step.outcome, JobOperated) and answer.row.operation != Operation.CANCEL_JOB:
                    asked = answer if answer.ok else None
                elif isinstance(step.outcome, Printed | JobQueried) and number is not None:
                    state, before = _state(answer.message, GroupTag.JOB, "job-state"), states.get(number)
                    states[number] = state
                    told = state is not None and before is not None and max(state, before) < JobState.CANCELED
                    if told and state != before and asked is not None:
                        yield _Happening("job-state-changed", number, asked.row.t_start, answer.row.t_end, asked)
                    asked = None

    # ------------------------------------------------------------ what did not come

    def _missing(self, step: StepRecord, awaited: MailsAwaited) -> Iterator[WalkFinding]:
        """What was waited for and did not come, though the mail of a later event did."""
        if awaited.sentinel is None or awaited.got is None:
            return
        subscription = self._play.subscriptions.get(step.row.label)
        lives = self._lives.get(subscription.address, []) if subscription is not None else []
        if not lives or subscription is None or subscription.address in self._unsure or self._provoked(lives):
            return
        asked = min((s.row.t for s, _ in self._play.steps_of(SentinelSent) if s.row.t > step.row.t), default=step.row.t)
        due = [h for h in self._happened for life in lives if h.done <= asked and self._is_due(life, h)]
        came = [mail for mail in self._run.mails_to(subscription.address) if not self._is_of_a_sentinel(mail)]
        if not due or self._suffice(came, due):
            return
        last, relay = due[-1], self._run.session_owner.between()
        what = ", ".join(f"{h.event} of job {h.job}" if h.job else h.event for h in due)
        yield WalkFinding(
            WalkFault.MISSING if awaited.sentinel and relay is None else WalkFault.UNSEEN,
            self._play,
            f"{len(came)} of {counted(len(due), 'mail')} came for {subscription.address} about {what}"
            + (", while that of a later event came" if awaited.sentinel else ", nor did that of a later event")
            + (f"; a relay may hold one longer than others: {relay}" if relay is not None else ""),
            last.answer.where(),
            step.row.t,
        )

    def _suffice(self, came: Sequence[ReceivedMail], due: Sequence[_Happening]) -> bool:
        """Whether that many mails can tell of all; where one may tell of several, it is later than the last of them."""
        if self._run.traits.combines:
            return any(mail.t > due[-1].begun for mail in came)
        return len(came) >= len(due)

    def _provoked(self, lives: Sequence[Life]) -> bool:
        return any(life.address in line for life in lives for line in self._refused)

    def _is_of_a_sentinel(self, mail: ReceivedMail) -> bool:
        return any(name in mail.said for name in self._sentinels)

    def _is_due(self, life: Life, happening: _Happening) -> bool:
        """Whether a subscription was surely there for an event, and lists it by the answer, too."""
        if happening.event not in self._listed(life) or life.may_end_early:
            return False
        if happening.begun < life.made or happening.done > life.ending:
            return False
        if life.carrier is Carrier.PRINTER or happening.job:
            return life.carrier is Carrier.PRINTER or happening.job == life.job
        job = self._jobs.get(life.job or 0)
        return job is not None and job.printing > happening.done

    def _listed(self, life: Life) -> frozenset[str]:
        """Events that were asked for and not taken out by the answer."""
        subscription = self._play.subscriptions[life.label]
        asked = frozenset(subscription.asked.events or ())
        told = subscription.group.get(self._run.vocabulary.events) if subscription.group is not None else None
        return asked & frozenset(told.texts()) if told is not None else asked

    # ------------------------------------------------------------ what came too late

    def _late(self, life: Life) -> Iterator[WalkFinding]:
        """Mails about what happened when there was no such subscription any more."""
        if life.why is End.CANCELLED and life.over != NEVER:
            for job in self._jobs.values():
                yield from self._late_about(life, job)
        if life.events != frozenset({STOPPED}):
            return  # of other states nobody knows how often they changed
        if life.why is End.CANCELLED:
            yield from self._late_stops(life, life.over, WalkFault.AFTER_END)
        elif life.carrier is Carrier.JOB and (job_of_life := self._jobs.get(life.job or 0)) is not None:
            yield from self._late_stops(life, job_of_life.ended, WalkFault.AFTER_JOB)

    def _late_about(self, life: Life, job: JobLife) -> Iterator[WalkFinding]:
        """About the end of a job that was asked for when the subscription was over."""
        if life.events is None or not life.events <= {"job-completed", "job-created"}:
            return
        if "job-completed" not in life.events or job.printing == NEVER or job.printing <= life.over:
            return
        told = [mail for mail in self._run.mails_to(life.address) if self._names(mail, job)]
        before = [mail for mail in told if mail.t < life.over]
        possible = int("job-created" in life.events and job.asked < life.over)
        if len(before) < possible or not all(map(self._run.surely_acknowledged, before)):
            return  # what comes now may be what was under way
        for mail in told:
            if mail.t > job.printing:
                what = f"{life.address} was told of the end of job {job.id} ({job.name}), asked for after {life.why}"
                yield WalkFinding(WalkFault.AFTER_END, self._play, what, mail.where(), mail.t)
                return

    def _names(self, mail: ReceivedMail, job: JobLife) -> bool:
        return set(own_names.JOB_NAME.findall(mail.said)) == {job.name}

    def _late_stops(self, life: Life, over: int, fault: WalkFault) -> Iterator[WalkFinding]:
        """About a pause that was asked for when the subscription was over."""
        stops = [h for h in self._happened if h.event == STOPPED]
        late = [stop for stop in stops if stop.begun > over]
        mails = self._run.mails_to(life.address)
        before = [mail for mail in mails if mail.t <= over]
        if not late or len(before) < len(stops) - len(late) or not all(map(self._run.surely_acknowledged, before)):
            return
        for mail in mails:
            if mail.t > late[0].begun:
                how = "it had been cancelled" if fault is WalkFault.AFTER_END else "its job had ended"
                what = f"{life.address} was told of a stop of the printer, which was asked for after {how}"
                yield WalkFinding(fault, self._play, what, mail.where(), mail.t)
                return


def _job_id(answers: Sequence[Answer]) -> int | None:
    """The number of a job, as the first of the answers that is about one tells it, or its request."""
    for answer in answers:
        told = answer.message.find("job-id", GroupTag.JOB) or answer.request.find("job-id")
        if answer.ok and told is not None and answer.row.operation in _ABOUT_ONE_JOB:
            return told.value.integer
    return None


def _state(message: ipp.Message, group: GroupTag, name: str) -> int | None:
    found = message.find(name, group)
    return found.value.integer if found is not None else None


def own_steps(play: PlayRecord) -> list[StepRecord]:
    """The steps that its scenario has, without those that the stage adds."""
    return [step for step in play.steps if step.row.kind not in ("Sentinel", "Settled")]
