"""The ledger of a run: which mails were due, which came, and what is left over when the two are matched, once for all.

Cases ask whether what they expect has happened.  The ledger asks of everything that came why it came: for which
subscription, about which job, whether that subscription listed such an event, and whether it had been told before.
What no reason can be given for is left over, wherever in the run it happened; while something is, the run does not
conform.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from conformance.counted import counted
from conformance.wire import ipp

from . import rows
from .copies import copies, names_of
from .due_jobs import DueJobs
from .job_order import JobOrder
from .left_over import Ledger, LeftOver, LeftOverKind, Reason
from .lives import ENDS, NEVER, SECOND, End, JobLife, Life, history_of
from .outcomes import Carrier, Refused, SentinelSent
from .own_names import JOB_NAME
from .printers_word import MailAbout, PrintersWord
from .received_mail import ReceivedMail
from .recorded_run import address_key
from .resemblance import Resemblance
from .run_record import PlayRecord, RunRecord
from .strays import Strays
from .told_numbers import is_something_else, job_numbers
from .unlisted_events import ToldMail, unlisted

IPP: Final = "application/ipp"
_NUMBER: Final = re.compile(
    r"(?i)(?:\bjobs?\b(?:[-\s]*(?:id|no|number|nr|name))?[\s:.#=(]*(?:no\.?\s*)?|/jobs?/)([0-9]{1,10})(?!\w|\.[0-9])"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a mail is about, as it tells itself."""

    job: JobLife | None
    foreign: bool  # a job that is not ours
    event: str | None  # of application/ipp; text tells it in too many words
    numbers: frozenset[int] = frozenset()  # of a job that is not ours, as far as they surely are such


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A mail for a subscription."""

    mail: ReceivedMail
    about: Topic


def ledger_of(run_record: RunRecord) -> Ledger:
    """The ledger of that run; it is drawn up once."""
    return run_record.once(_Matching).ledger


class _Matching:
    """One pass over the mails, and one over the subscriptions."""

    def __init__(self, run_record: RunRecord) -> None:
        self.run, self.ledger = run_record, Ledger()
        self.history = history_of(run_record)
        self.word = PrintersWord(run_record, self.history)
        self.ledger.account = self.word.account
        self._lives: dict[str, list[Life]] = defaultdict(list)
        self._others: set[str] = set()
        for life in self.history.lives:
            self._lives[address_key(life.address)].append(life)
            if life.other:
                self._others.add(address_key(life.other))
        self._unsure = {address_key(address) for address in self.history.unsure}
        self._strays = Strays(run_record, self.history)
        self._order = JobOrder(run_record, self.history)
        self._came: dict[int, list[_Arrival]] = defaultdict(list)
        self._names = names_of(run_record.mails)
        self._turns = Counter[tuple[int, int | None]]()  # mails by subscription and job
        self._gaps = list(_gaps(run_record))
        self._due = DueJobs(self.history.jobs, self.history.lives, self.word.surely_ended)
        for mail in run_record.mails:
            self._enter(mail)
        for life in self.history.lives:
            self._settle(life, self._came[id(life)])

    # ------------------------------------------------------------ each mail

    def _enter(self, mail: ReceivedMail) -> None:
        self.ledger.came += 1
        if mail.id in self.run.brought_twice:
            self.ledger.explained[Reason.RELAY] += 1
            return
        keys = list(dict.fromkeys(map(address_key, mail.recipients)))
        known = [key for key in keys if key in self._lives]
        if not known:
            self._stray(mail, keys)
            return
        strangers = [key for key in keys if key not in self._lives]
        if any(key in self._others for key in strangers):
            self.ledger.explained[Reason.HOSTILE] += 1
        elif strangers:
            self._leave(
                LeftOverKind.SECOND_RECIPIENT,
                ("3-6",),
                f"a mail to {known[0]} went to {', '.join(strangers)!a} as well",
                mail,
            )
        elif len(known) > 1:
            self._leave(LeftOverKind.SECOND_RECIPIENT, ("3-6",), f"one mail went to {' and '.join(known)}", mail)
        about = self._about(mail)
        for key in known:
            self._came[id(self._whose(self._lives[key], about))].append(_Arrival(mail, about))

    def _whose(self, lives: Sequence[Life], about: Topic) -> Life:
        """Which of the subscriptions with one address a mail is for: they take turns with each job of their lives."""

        def turn(life: Life) -> tuple[bool, bool, int]:
            subject = _subject(life, about.job)
            told = self._turns[id(life), subject]
            most = self._most(life, subject) if subject is not None else None
            over = about.job is not None and about.job.asked > life.over
            return over, most is not None and told >= most, told

        whose = lives[0] if len(lives) == 1 else min(lives, key=turn)
        self._turns[id(whose), _subject(whose, about.job)] += 1
        return whose

    def _stray(self, mail: ReceivedMail, keys: Sequence[str]) -> None:
        """A mail to nobody who subscribed."""
        if not keys:
            self.ledger.explained[Reason.UNSAID] += 1  # a RCPT that cannot be read; S-path judges that
        elif any(key in self._others for key in keys):
            self.ledger.explained[Reason.HOSTILE] += 1
        elif any(key in self._unsure for key in keys):
            self.ledger.explained[Reason.UNANSWERED] += 1
        elif self._strays.are_listed(mail, keys):
            self.ledger.explained[Reason.SOMEBODY_ELSES] += 1
        elif self._strays.may_be_notice(mail, keys):
            self.ledger.explained[Reason.NOTICE] += 1
        elif self._strays.may_be_anybodys(mail):
            self.ledger.explained[Reason.UNKNOWN_ORIGIN] += 1
        elif self._strays.is_astray(keys):
            self.ledger.explained[Reason.UNSAID] += 1
        else:
            told = f"a mail to {', '.join(keys)!a}, who has no subscription"
            entries, doubt = ("3-6",), self._strays.for_somebody_else(mail, keys)
            if self._strays.is_respelt(keys):
                entries, doubt = ("3-7",), None
            self._leave(LeftOverKind.THIRD_PARTY, entries, told, mail, doubt)

    def _about(self, mail: ReceivedMail) -> Topic:
        """By the content for programs; else by the only job of ours that its text names, else numbers."""
        event = None
        for part in mail.parsed.leaves:
            if part.type != IPP:
                continue
            message = ipp.decode(part.content)
            told = message.find("trigger-event") or message.find("notify-subscribed-event")
            event = told.value.text(message.charset) if told is not None else None
            number = message.find("job-id")
            if number is not None and number.value.integer is not None:
                job = self.history.numbered(number.value.integer, mail.t)
                return Topic(job, job is None, event, frozenset((number.value.integer,)))
        text = mail.said
        named = {name for name in JOB_NAME.findall(text) if self.history.named(name) is not None}
        if len(named) == 1:
            return Topic(self.history.named(named.pop()), False, event)
        if named:
            return Topic(None, False, event)
        found = _NUMBER.finditer(text)
        numbers = {int(one[1]) for one in found if not is_something_else(self.run, mail, *one.span(1))}
        numbered = {job.id: job for n in numbers if (job := self.history.numbered(n, mail.t)) is not None}
        if len(numbered) == 1:
            return Topic(next(iter(numbered.values())), False, event)
        return Topic(None, bool(numbers) and not numbered, event, job_numbers(self.run, mail) & numbers)

    # ------------------------------------------------------------ each subscription

    def _settle(self, life: Life, entries: Sequence[_Arrival]) -> None:
        """Match what came for one subscription with what it was to get."""
        if life.why is End.REFUSED:
            self._refused(life, entries)
            return
        by_job: dict[int | None, list[_Arrival]] = defaultdict(list)
        queued = max(
            (e.mail.t for e in entries if e.about.job is not None and e.about.job.asked <= life.over), default=0
        )
        for entry in entries:  # what came before the last that surely was due may have waited with it
            job = entry.about.job
            if job is not None and life.carrier is Carrier.JOB and life.job is not None and job.id != life.job:
                self._foreign(life, entry)
            elif job is not None and job.asked > life.over:
                what = f"{life.address} was told of a job that was asked for after {life.why}"
                self._leave(LeftOverKind.AFTER_END, _ENTRIES_OF_END[life.why or End.LEASE], what, entry.mail)
            elif job is None and entry.mail.t > queued and (why := self._too_late(life, entry.mail)) is not None:
                self._late(life, why, entry.mail)
            elif job is None and entry.about.foreign and life.carrier is Carrier.PRINTER:
                self._somebody_elses(life, entry)
            else:
                by_job[_subject(life, job)].append(entry)
        for number, told in by_job.items():
            self._count(life, number, told)
        missing = self._missing(life, {number for number in by_job if number is not None}, entries)
        self._compare(life, entries, missing)
        excused = self._provoked(life) or self._lost(life) or self._strays.had_trouble(life)
        if life.gone is not None and not excused:
            what = f"{life.address}: {life.gone.operation} answered {life.gone.keyword}, while its lease ran"
            self.ledger.left_over.append(LeftOver(LeftOverKind.GONE, ("N-12",), what, life.gone.where()))

    def _too_late(self, life: Life, mail: ReceivedMail) -> End | None:
        """Why nothing was to come any more, if a mail that names no job of ours came so long after that."""
        over, why = life.over, life.why
        if life.carrier is Carrier.JOB and life.job is not None and over == NEVER:
            own = self.history.numbered(life.job, life.made)
            over, why = (self.word.surely_ended(own) if own is not None else NEVER), End.JOB
        unknown = self.run.facts.slowest_mail is None
        if why is None or unknown or over >= NEVER or self._provoked(life) or self._met_nobody(life, over, mail.t):
            return None
        return why if mail.t > over + self._patience else None

    @property
    def _patience(self) -> int:
        """After which a mail is no longer under way: twice the time that any took, and a second."""
        return int((2 * (self.run.facts.slowest_mail or 0) + 1) * SECOND)

    def _met_nobody(self, life: Life, over: int, until: int = NEVER) -> bool:
        """Whether mail for it was under way when nobody listened: a printer may try again later, or lose it."""
        return any(life.made < began <= until and ended <= over + self._patience for ended, began in self._gaps)

    def _late(self, life: Life, why: End, mail: ReceivedMail) -> None:
        """A mail after the end that may have been under way all the time."""
        what = f"{life.address} got a mail when {why}, more than twice as long ago as any mail took"
        doubt = "it names no job, and may tell of what happened before that"
        self.ledger.left_over.append(LeftOver(LeftOverKind.AFTER_END, _ENTRIES_OF_END[why], what, mail.where(), doubt))

    def _foreign(self, life: Life, entry: _Arrival) -> None:
        job = entry.about.job
        assert job is not None
        self._leave(
            LeftOverKind.FOREIGN_JOB,
            ("N-19",),
            f"{life.address}, subscribed with job {life.job}, was told of job {job.id} ({job.name})",
            entry.mail,
        )

    def _somebody_elses(self, life: Life, entry: _Arrival) -> None:
        """A mail about a job that is not ours, if there was one."""
        doubt = self._order.doubt(entry.mail, entry.about.numbers)
        if doubt is None:
            self.ledger.explained[Reason.OTHER_JOB] += 1
        else:
            what = f"{life.address} got mail #{entry.mail.id} about a job of nobody's"
            self._leave(LeftOverKind.NO_JOB, ("4.2-2",), what, entry.mail, doubt)

    def _refused(self, life: Life, entries: Sequence[_Arrival]) -> None:
        requirements = (
            ("3-5",) if life.without_recipient
            else ("4.4-5",) if life.without_user_data
            else ("4.11-5",) if life.nameless
            else ("4.2-2",)
        )  # fmt: skip
        for entry in entries:
            creation = f"{life.creation.operation} ({life.creation.keyword})"
            what = f"{life.address} got a mail, while {creation} made no subscription"
            self._leave(LeftOverKind.REFUSED, requirements, what, entry.mail)

    def _count(self, life: Life, number: int | None, told: Sequence[_Arrival]) -> None:
        """How many mails about one job, or about none that they name, there may be."""
        most = self._most(life, number)
        if most is None or len(told) <= most:
            self.ledger.matched += len(told) - self._repeat(life, told)
            return
        self.ledger.matched += most
        unlisted, likes = self._unlisted(life, told), Resemblance(entry.mail for entry in told)
        for entry in told[most:]:
            twin = likes.first_like(entry.mail) if entry.mail.id not in unlisted else None  # those may well be alike
            self._too_many(life, number, len(told), entry, twin)

    def _repeat(self, life: Life, told: Sequence[_Arrival]) -> int:
        """How many of these mails, which may be about as many events, are copies nevertheless."""
        found, unlisted = 0, self._unlisted(life, told)
        for copy in copies(life, [entry.mail for entry in told if entry.mail.id not in unlisted], self._names):
            found += 1
            if self._provoked(life) or self._lost(life) or not self.run.surely_acknowledged(copy.of):
                self.ledger.explained[Reason.RETRY] += 1
            else:
                what = f"{life.address} got mail #{copy.mail.id}: {copy.shows}"
                self._leave(LeftOverKind.COPY, ("S-once", "N-22"), what, copy.mail, copy.doubt)
        return found

    def _most(self, life: Life, number: int | None) -> int | None:
        """Mails about one job at most; ``None``: as many as there may have been changes, or nobody knows."""
        if life.events is None or not life.events or not life.events <= set(ENDS):
            return None
        if number is None and life.carrier is Carrier.PRINTER:
            return None  # somebody else's job, or ours: this printer's mails do not say
        return len(life.events)

    def _too_many(self, life: Life, number: int | None, told: int, entry: _Arrival, twin: ReceivedMail | None) -> None:
        listed = ", ".join(sorted(life.events or ()))
        about = f"job {number}" if number is not None else "its job"
        if twin is not None and not self.run.surely_acknowledged(twin):
            self.ledger.explained[Reason.RETRY] += 1
        elif twin is not None:
            what = f"{life.address} got mail #{entry.mail.id} about {about}, which says what #{twin.id} said"
            self._leave(LeftOverKind.COPY, ("S-once", "N-22"), what, entry.mail)
        else:
            what = f"{life.address} listed {listed} and got {counted(told, 'mail')} about {about}"
            self._leave(LeftOverKind.UNLISTED, ("4.2-2",), what, entry.mail)

    def _unlisted(self, life: Life, told: Sequence[_Arrival]) -> frozenset[int]:
        """Mails about an event that it did not list: they are no copies, and 4.2-2 judges that they came."""
        others = self._came[id(life)]
        job = next((entry.about.job for entry in told if entry.about.job is not None), None)
        named = any(entry.about.job is not None for entry in others)
        return unlisted(life, [ToldMail(e.mail, e.about.event, named and e.about.job is None) for e in told], job)

    def _provoked(self, life: Life) -> bool:
        """Whether a fault of ours was at work for its play or in a session that brought it mail."""
        return any(True for _ in life.play.steps_of(Refused)) or any(
            (session := self.run.session(entry.mail.row.session)) is not None and session.faults
            for entry in self._came[id(life)]
        )

    def _unheard(self, life: Life) -> bool:
        """Whether a mail for it may have come while we refused it, or were not there, or may never have come."""
        if self._provoked(life) or self._met_nobody(life, life.over) or self._lost(life):
            return True
        mails = [entry.mail for entry in self._came[id(life)]]  # where some came after a gap, others were in it
        return any(life.made < began and any(mail.t >= began for mail in mails) for _, began in self._gaps)

    def _lost(self, life: Life) -> bool:
        """Whether the printer came up anew while it lived, and need not have kept it."""
        return self.run.restart_between(life.asked, life.over) is not None

    # ------------------------------------------------------------ what did not come

    def _missing(self, life: Life, told: set[int], entries: Sequence[_Arrival]) -> set[int]:
        """Of jobs made while it lived, those that none of its mails tells of, though later events were mailed."""
        self.ledger.due += self._due.count(life)
        twins = self._lives[address_key(life.address)]
        came = entries if told or self.run.traits.combines else [e for twin in twins for e in self._came[id(twin)]]
        last = max((job.asked for e in came if (job := e.about.job) is not None), default=None)
        if last is None or any(e.about.job is None for e in came) or any(self._unheard(twin) for twin in twins):
            return set()  # the cases on delivery judge that nothing came; or mails do not say what they are about
        found = {job.id: (job, "later jobs") for job in self._due.before(life, last)}
        later = ((job, "other jobs") for job in self._due.over_before(life, _sentinel_of(life.play)))
        found |= {job.id: (job, why) for job, why in later if job.id not in found}
        missing = {
            number: pair
            for number, pair in found.items()
            if number not in told and not self._may_wait(life, pair[0], came) and not self._is_a_twins(twins, pair[0])
        }
        for job, why in missing.values():
            what = f"{life.address} was told of {why}, and of job {job.id} ({job.name}) nothing came"
            held = self.run.session_owner.between()
            self.ledger.left_over.append(LeftOver(LeftOverKind.MISSING, ("1-2",), what, job.where.where(), held))
        return set(missing)

    def _may_wait(self, life: Life, job: JobLife, entries: Sequence[_Arrival]) -> bool:
        """Whether a mail was refused before anybody knew whose, since one came for it: others may wait behind.

        Not where mail about a later job came long before that refusal.
        """
        since = max((entry.mail.t for entry in entries if entry.mail.t < job.asked), default=job.asked)
        later = (e.mail.t for e in entries if e.about.job is not None and e.about.job.asked > job.asked)
        until = min(life.over, min(later, default=NEVER) + self._patience)
        return self.run.nobodys_refusal(since, until) is not None

    def _is_a_twins(self, lives: Sequence[Life], job: JobLife) -> bool:
        """Whether, of several with one address, as many were told of a job as had to be: their mails are alike."""
        if len(lives) == 1:
            return False
        told = sum(any(entry.about.job is job for entry in self._came[id(life)]) for life in lives)
        due = sum(any(one is job for one in self._due.before(life, NEVER)) for life in lives)
        return told >= due

    def _compare(self, life: Life, entries: Sequence[_Arrival], missing: set[int]) -> None:
        """What the printer told of events, beside what it mailed."""
        account, shares = self.ledger.account, len(self._lives[address_key(life.address)]) > 1
        if account is None or shares or self._unheard(life):
            return
        for one in self.word.settle(life, [MailAbout(entry.mail, entry.about.job) for entry in entries]):
            account.disagreements.append(one)
            if one.unmailed and one.job not in missing:
                relayed = self.run.session_owner.between()
                told = f"{one.told}, though {one.unmailed}"
                self.ledger.left_over.append(LeftOver(LeftOverKind.UNMAILED, ("1-2",), told, one.where, relayed))

    def _leave(
        self,
        kind: LeftOverKind,
        requirements: tuple[str, ...],
        told: str,
        mail: ReceivedMail,
        relayed: str | None = None,
    ) -> None:
        session, owner = mail.row.session, self.run.session_owner
        if relayed is None and kind in _RELAYS_DO:
            relayed = owner.relay(session) or owner.dispute(session)
        if kind is LeftOverKind.THIRD_PARTY and relayed is None and not self._strays.is_from_a_known_host(mail):
            relayed = owner.stranger(session)
        self.ledger.left_over.append(LeftOver(kind, requirements, told, mail.where(), relayed))


_RELAYS_DO: Final = (LeftOverKind.THIRD_PARTY, LeftOverKind.SECOND_RECIPIENT, LeftOverKind.COPY)
"""What a relay on the way may do by itself: copy mails to an archive, or deliver one twice."""

_ENTRIES_OF_END: Final[Mapping[End, tuple[str, ...]]] = {
    End.CANCELLED: ("N-16",),
    End.LEASE: ("N-12",),
    End.REFUSED: ("4.2-2",),
    End.JOB: ("N-17",),
}


def _gaps(run_record: RunRecord) -> Iterator[tuple[int, int]]:
    """When a sitting ended, and when the next began; of one that was killed nobody knows the end, but by the next.

    Behind the last one there is a gap if it was ended before its time: nobody waited for what was under way.
    """
    sittings = list(run_record.file.rows(rows.Run))
    ends = {end.run: end for end in run_record.file.rows(rows.RunEnd)}
    for before, after in pairwise(sittings):
        yield ends[before.id].t if before.id in ends else after.t, after.t
    if sittings and (last := ends.get(sittings[-1].id)) is not None and run_record.cut_short:
        yield last.t, NEVER


def _sentinel_of(play: PlayRecord) -> int:
    """When the last job was asked for that was to be a later event of a play, and whose mail came; 0 without any."""
    sent = (step for step, sent in play.steps_of(SentinelSent) if sent.arrived)
    return max((answer.row.t_start for step in sent for answer in step.answers), default=0)


def _subject(life: Life, job: JobLife | None) -> int | None:
    """The job that a mail for a subscription is counted for: its own one, if it hangs on one and none is named."""
    if job is not None:
        return job.id
    return life.job if life.carrier is Carrier.JOB else None
