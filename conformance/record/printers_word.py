"""What the printer says happened beside what was mailed: the ledger's second witness.

Without it the ledger reckons what is due, from our requests and their answers.  Where events were fetched, the printer
has said itself which ones there were, and when.  A told event that a live subscription lists has a mail; that it has
none is a finding only where it cannot merely be late.  Where the accounts differ otherwise, that is shown, and fails
nobody: a printer that pulls badly may mail well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.counted import counted
from conformance.scenarios import BY_ID
from conformance.verdict import Where, numbered
from conformance.vocabulary import sub_values
from conformance.wire.registry import Status

from .lives import ENDS, NEVER, End, History, JobLife, Life
from .outcomes import Carrier, Printed, Refused, SentinelSent
from .pulling import COMPLETED, CREATED, SECOND, STOPPED, Hearing, ToldEvent, hearings_of
from .received_mail import ReceivedMail
from .run_record import RunRecord

SLACK: Final = 2 * SECOND  # for a clock of whole seconds, and for what is told a moment after it is done


class Difference(StrEnum):
    """How two accounts of the same run can differ."""

    UNMAILED = "told by Get-Notifications, and not mailed"
    UNTOLD = "done as its answers say, and not told by Get-Notifications"
    MAILED_ALONE = "mailed, and not told by Get-Notifications"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing on which the accounts differ, and where.

    ``unmailed`` is how the mail was proven not to be merely late, where one is missing and that was proven; ``job`` is
    the number of the job it is about.  ``in_this_run`` is what is told with the numbers and addresses of its run, where
    ``told`` has names for them.
    """

    kind: Difference
    told: str
    where: Where
    unmailed: str = ""
    job: int | None = None
    in_this_run: str = ""

    @property
    def as_told(self) -> str:
        """With everything that is of this run."""
        return self.in_this_run or self.told


@dataclass(slots=True)
class Account:
    """What Get-Notifications told: how many events, how many mails are due by them, and what does not fit."""

    told: int = 0
    due: int = 0
    gaps: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MailAbout:
    """A mail for a subscription, and the job that it tells of; ``None`` where it names none."""

    mail: ReceivedMail
    job: JobLife | None


class PrintersWord:
    """All that was told of a run's events; empty where nothing was fetched."""

    def __init__(self, run_record: RunRecord, history: History) -> None:
        self.account: Account | None = None
        self._run, self._history = run_record, history
        self._hearings = hearings_of(run_record)
        self._of_job: dict[int, dict[str, ToldEvent]] = defaultdict(dict)
        self._stops: list[ToldEvent] = []
        self._faults = list(_times_of_faults(run_record)) if self._hearings else []
        if self._hearings:
            self.account = Account(
                told=sum(len(one.told) for one in self._hearings),
                gaps=sum(len(one.gaps) for one in self._hearings),
            )
            self._gather()
            self.account.disagreements += self._untold()

    def _gather(self) -> None:
        for hearing in self._hearings:
            for event in hearing.told:
                job = self._history.numbered(event.job or 0, event.latest)
                if event.event == STOPPED:
                    self._stops.append(event)
                elif job is not None and event.event in ENDS:
                    self._of_job[id(job)].setdefault(event.event, event)

    def _covering(self, event: str, earliest: int, latest: int) -> Hearing | None:
        found = (one for one in self._hearings if event in one.events and one.covers(earliest, latest))
        return next(found, None)

    # ------------------------------------------------------------ jobs

    def surely_ended(self, job: JobLife) -> int:
        """When a job surely had ended: as the printer told, or as its state said; else as we reckon."""
        told = self._of_job[id(job)].get(COMPLETED)
        if told is not None and told.latest >= job.printing:
            return min(told.latest, job.seen_ended)
        if self._covering(COMPLETED, job.asked, min(job.ended, NEVER - SLACK) + SLACK) is not None:
            return job.seen_ended  # cancelled, as was answered; but its end was not told
        return job.ended

    def _untold(self) -> Iterator[Disagreement]:
        """What was done for sure and not told, in a time of which everything was."""
        for job in self._history.jobs:
            told = self._of_job[id(job)]
            for event, last in ((CREATED, job.made), (COMPLETED, job.seen_ended)):
                if event in told or last == NEVER or self._covering(event, job.asked, last + SLACK) is None:
                    continue
                what = f"job {job.id} ({job.name}): {event} was not told"
                yield Disagreement(Difference.UNTOLD, what, job.where.where(), job=job.id)

    # ------------------------------------------------------------ subscriptions

    def settle(self, life: Life, mails: Sequence[MailAbout]) -> Iterator[Disagreement]:
        """What was told and what was mailed, for a subscription of which both can be known."""
        if self.account is None or not self._can_be_matched(life):
            return
        if life.events == frozenset((STOPPED,)) and life.carrier is Carrier.PRINTER:
            yield from self._stopped(life, mails)
        elif life.carrier is Carrier.JOB:
            own = self._history.numbered(life.job or 0, life.creation.row.t_end)
            if own is not None:
                its = [one for one in mails if one.job is own or one.job is None]
                yield from self._of_one_job(life, own, its, mails)
        elif all(one.job is not None for one in mails):
            came: dict[int, list[MailAbout]] = defaultdict(list)
            for one in mails:
                came[id(one.job)].append(one)
            begun = self._begun(life)
            for job in self._history.jobs:
                happened = self._of_job[id(job)].values()
                if came[id(job)] or any(begun <= event.latest <= life.ending for event in happened):
                    yield from self._of_one_job(life, job, came[id(job)], mails)

    def _can_be_matched(self, life: Life) -> bool:
        """Whether it is known which events it lists, and who it belongs to is told of the same jobs as we are."""
        record = life.play.subscriptions.get(life.label)
        if life.why is End.REFUSED or life.may_end_early or record is None or life.events is None:
            return False
        asker = life.creation.request.find("requesting-user-name")
        same = {one.user for one in self._hearings} == {asker.value.octets if asker is not None else None}
        granted = life.creation.status == Status.SUCCESSFUL_OK and set(record.asked.events or ()) == life.events
        return same and granted and record.login is None

    def _begun(self, life: Life) -> int:
        """From when on it was there for sure: one that came with a job was there before anything happened to that."""
        with_its_job = isinstance(life.play.subscriptions[life.label].step.outcome, Printed)
        return life.asked if with_its_job else life.made

    def _alive(self, life: Life, earliest: int, latest: int) -> bool:
        """Whether it was there at the time of an event, for sure, and no fault of ours could cost it the mail."""
        calm = all(end < earliest or latest < begin for begin, end in self._faults)
        return calm and self._begun(life) <= earliest <= latest <= life.ending

    def _of_one_job(
        self, life: Life, job: JobLife, its: Sequence[MailAbout], mails: Sequence[MailAbout]
    ) -> Iterator[Disagreement]:
        assert self.account is not None  # there is something to settle
        listed = [event for event in ENDS if self._lists(life, event)]
        told = [one for event in listed if (one := self._of_job[id(job)].get(event)) is not None]
        due = [one for one in told if self._alive(life, *_span(job, one))]
        if life.carrier is Carrier.JOB:
            due = [one for one in due if one.event == COMPLETED]  # no text says whether it hears of its job's creation
        exact = life.events is not None and life.events <= set(ENDS)
        self.account.due += len(due) if exact else bool(due)
        wanted = due if exact else due[:1]  # of other events nobody knows how many mails tell
        missing = self._lacking([(_span(job, one)[0], one) for one in wanted], its)
        if mails and missing is not None:
            yield self._unmailed(life, missing, f"{_named(due)} of job {job.id} ({job.name})", len(its), mails)
        last = max((one.mail.t for one in mails if one.job is job), default=NEVER)
        if exact and len(its) > len(told) and last != NEVER and self._covering_all(listed, job.asked, last + SLACK):
            about = f"job {job.id} ({job.name})"
            mailed, known = numbered(len(its), "mail"), numbered(len(told), "event")
            what = f"{life.address} got {mailed} about {about}, and {known} of it told"
            where = next(one.mail.where() for one in mails if one.job is job)
            yield Disagreement(Difference.MAILED_ALONE, what, where, job=job.id)

    def _covering_all(self, events: Sequence[str], earliest: int, latest: int) -> bool:
        return all(self._covering(event, earliest, latest) is not None for event in events)

    def _lists(self, life: Life, event: str) -> bool:
        events = life.events or frozenset()
        return event in events or any(event in sub_values(self._run.vocabulary, one) for one in events)

    def _stopped(self, life: Life, mails: Sequence[MailAbout]) -> Iterator[Disagreement]:
        assert self.account is not None  # there is something to settle
        due = [one for one in self._stops if self._alive(life, one.earliest, one.latest)]
        self.account.due += len(due)
        missing = self._lacking([(one.earliest, one) for one in due], mails)
        if mails and missing is not None:
            yield self._unmailed(life, missing, f"{counted(len(due), 'stop')} of the printer", len(mails), mails)

    def _lacking(self, due: Sequence[tuple[int, ToldEvent]], came: Sequence[MailAbout]) -> ToldEvent | None:
        """The first event that no mail is left for; one that may tell of several has only to be later than they."""
        if not self._run.traits.combines:
            return due[len(came)][1] if len(came) < len(due) else None
        last = max((one.mail.t for one in came), default=0)
        return next((event for begun, event in due if last < begun), None)

    # ------------------------------------------------------------ late, or never

    def _unmailed(self, life: Life, event: ToldEvent, what: str, came: int, mails: Sequence[MailAbout]) -> Disagreement:
        mailed = counted(came, "mail") if came else "no mails"
        told = f"Get-Notifications told of {what}, which {life.address} lists, and {mailed} came about that"
        proof = self._never(life, event, mails)
        return Disagreement(Difference.UNMAILED, told, event.answer.where(), proof, event.job)

    def _never(self, life: Life, event: ToldEvent, mails: Sequence[MailAbout]) -> str:
        """How it shows that no mail is to come any more; empty where it may be late."""
        if any(one.job is not None and one.job.asked > event.latest for one in mails):
            return "a later event was mailed to it"
        for step, sent in life.play.steps_of(SentinelSent):
            if sent.arrived and any(answer.row.t_start > event.latest for answer in step.answers):
                return "a later event was mailed in its play"
        slowest = self._run.facts.slowest_mail
        if slowest is not None and self._end() > event.latest + int((2 * slowest + 1) * SECOND) + SLACK:
            return "twice the time passed that any mail took"
        return ""

    def _end(self) -> int:
        return max((one.until for one in self._hearings), default=0)


def _times_of_faults(run_record: RunRecord) -> Iterator[tuple[int, int]]:
    """From when to when our recipient refused or broke off on purpose whosever mail it was.

    Faults that mean one address let other scenarios be played beside them.
    """
    for play in run_record.every_play:
        scenario = BY_ID.get(play.scenario)
        for step, _ in play.steps_of(Refused) if scenario is None or scenario.alone else ():
            yield step.row.t - SLACK, play.end.t if play.end is not None else NEVER


def _span(job: JobLife, event: ToldEvent) -> tuple[int, int]:
    """From when to when it happened: no job is made before it is asked for, or ends before it is begun or given up.

    One that nobody has begun or given up has no end, whatever is told.
    """
    if event.event == CREATED:
        return max(event.earliest, job.asked), min(event.latest, job.made)
    return max(event.earliest, job.printing), min(event.latest, job.seen_ended)


def _named(events: Sequence[ToldEvent]) -> str:
    return " and ".join(one.event for one in events)
