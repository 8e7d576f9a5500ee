"""What a mail is about: the notification inside it, and which job it tells of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import gcd
from typing import Final

from conformance.counted import counted
from conformance.record.exchanges import Answer
from conformance.record.lives import history_of
from conformance.record.outcomes import Carrier, Printed, SentinelSent
from conformance.record.own_names import is_numbered, own_part
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import StepRecord, SubscriptionRecord
from conformance.record.told_numbers import is_something_else, job_numbers
from conformance.verdict import Inconclusive, Where
from conformance.wire import imf, ipp
from conformance.wire.registry import GroupTag

from .case import expect
from .mail_lookup import mails_of, require_granted

IPP = "application/ipp"
DECODED: Final = 512  # contents kept; a whole run has some three hundred


# ---------------------------------------------------------------- content for programs


@dataclass(frozen=True, slots=True)
class IppContent:
    """An application/ipp part, decoded, and where it came from."""

    subscription: SubscriptionRecord
    mail: ReceivedMail
    part: imf.Part
    message: ipp.Message

    @property
    def where(self) -> Where:
        """The part in the mail."""
        return self.mail.where(self.part.span)

    def get(self, *names: str) -> ipp.Attribute | None:
        """The first attribute that has one of these names, in whichever group."""
        return next((a for name in names if (a := self.message.find(name)) is not None), None)

    def text(self, *names: str) -> str | None:
        """Its first value as characters."""
        attribute = self.get(*names)
        return attribute.value.text(self.message.charset) if attribute is not None else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of the attributes of that name, as characters, an out-of-band one as nothing."""
        found = [v for group in self.message.groups for a in group if a.name == name for v in a.values]
        return tuple(v.text(self.message.charset) or "" for v in found)

    @property
    def is_of_job(self) -> bool:
        """Whether the event is one of a job: by its keyword, else by what the content has."""
        event = self.text("trigger-event", "notify-subscribed-event")
        return event.startswith("job-") if event is not None else self.get("printer-state") is None


@lru_cache(maxsize=DECODED)
def _decoded(content: bytes) -> ipp.Message:
    """Many cases ask for the same mails, one after the other."""
    return ipp.decode(content)


def contents_in(mail: ReceivedMail, subscription: SubscriptionRecord) -> list[IppContent]:
    """The application/ipp parts of a mail that can be read."""
    found = []
    for part in mail.parsed.leaves:
        if part.type == IPP:
            message = _decoded(part.content)
            if message.problem is None:
                found.append(IppContent(subscription, mail, part, message))
    return found


def contents_of(play: PlayRecord) -> list[IppContent]:
    """One content for each mail of a play that was to have it.

    ``NotApplicable`` where the printer does not grant application/ipp, ``Inconclusive`` where a mail has not one part
    of it that can be read: 7-4 and 5.2-2 judge that.
    """
    found = []
    for subscription, mail in mails_of(play):
        require_granted(play, subscription)
        parts = contents_in(mail, subscription)
        if len(parts) != 1:
            raise Inconclusive(f"a mail has {counted(len(parts), 'readable part')} of {IPP}", (mail.where(),))
        found += parts
    return found


# ---------------------------------------------------------------- jobs


_JOB_WORD = r"(?i)(?:\bjobs?\b(?:[-\s]*(?:id|no|number|nr|name))?[\s:.#=(]*(?:no\.?\s*)?|/)"


@dataclass(frozen=True, slots=True)
class PlayedJob:
    """A job that the printer took during a play: ours, or one that was only there to be a later event."""

    label: str
    id: int
    name: str  # the part of it that no other job has
    made: Answer
    run_record: RunRecord | None = field(default=None, repr=False, compare=False)

    def named_in(self, text: str) -> bool:
        """Whether a text has the name, not merely as the beginning of another; a job without a name is not told of."""
        if not self.name or self.name not in text:  # most mails are about another job, and some are long
            return False
        return re.search(rf"(?<!\w){re.escape(self.name)}(?!\w)", text) is not None

    def numbered_in(self, mail: ReceivedMail) -> bool:
        """Whether a mail has its number, behind the word job or at the end of its URI, and not for something else."""
        text, number = mail.said, str(self.id)
        if number not in text:
            return False
        found = (one.end() for one in re.finditer(_JOB_WORD + rf"{number}(?!\w|\.\d)", text))
        run = self.run_record
        return any(run is None or not is_something_else(run, mail, end - len(number), end) for end in found)


SENTINEL: Final = "sentinel"
ONLY: Final = "j"  # of a play that has no other


def jobs_of(play: PlayRecord) -> list[PlayedJob]:
    """The jobs of a play, in the order they were made."""
    return play.once(_jobs)


def _jobs(play: PlayRecord) -> list[PlayedJob]:
    found = []
    for step in play.steps:
        if not isinstance(step.outcome, Printed | SentinelSent):
            continue
        for answer in step.answers:
            number = answer.message.find("job-id", GroupTag.JOB)
            name = answer.request.find("job-name")
            if answer.ok and number is not None and number.value.integer is not None and name is not None:
                head = own_part(name.value.text() or "")
                label = SENTINEL if isinstance(step.outcome, SentinelSent) else step.row.label or ONLY
                found.append(PlayedJob(label, number.value.integer, head, answer, play.run_record))
    return found


def job_of(mail: ReceivedMail, jobs: Sequence[PlayedJob]) -> PlayedJob | None:
    """Which of these jobs a mail tells of: by the job-id in its content, else by the only name in its text."""
    for part in mail.parsed.leaves:
        if part.type == IPP and (number := _decoded(part.content).find("job-id")) is not None:
            return next((job for job in jobs if job.id == number.value.integer), None)
    text = mail.said
    named = [job for job in jobs if job.named_in(text)] or [job for job in jobs if job.numbered_in(mail)]
    return named[0] if len({job.name for job in named}) == 1 else None


def of_none(
    late: Sequence[ReceivedMail], jobs: Sequence[PlayedJob], mails: Sequence[ReceivedMail]
) -> list[ReceivedMail]:
    """Those late ones, without the name of a job, that cannot all be about these jobs; ``mails`` are all that came.

    A name may be spelt otherwise in ASCII, where the number tells; a job without a name may have a mail without either.
    """
    unclear = [mail for mail in late if not any(job.numbered_in(mail) for job in jobs)]
    nameless = [job for job in jobs if not job.name and not any(job.numbered_in(mail) for mail in mails)]
    return unclear if len(unclear) > len(nameless) else []


LET_GO: Final = ("SendDocument", "EndJob")


def let_go(play: PlayRecord, label: str = "j") -> StepRecord:
    """The step that had an open job come to its end, with a document or without; what came before was about no end."""
    for step in play.steps:
        if step.row.kind == "SendDocument" or (step.row.kind == "EndJob" and step.row.label == label):
            return step
    raise Inconclusive(f"job {label} was left open")


def tells_of_another_job(play: PlayRecord, mail: ReceivedMail) -> bool:
    """Whether a mail names a job of ours, and none that this play was about: an earlier one may complete only now."""
    text = mail.said
    own = [job for job in jobs_of(play) if job.label != SENTINEL]
    if any(job.named_in(text) for job in own):
        return False
    return any(job not in own for job in _named_in(play.run_record, mail))


def tells_anothers_number(play: PlayRecord, subscription: SubscriptionRecord, mail: ReceivedMail) -> bool:
    """Whether a mail about anybody's job has the number of another play's, where this printer's mails have such."""
    if subscription.asked.carrier is Carrier.JOB:
        return False
    own, numbers = {job.id for job in jobs_of(play)}, job_numbers(play.run_record, mail)
    return not numbers & own and any(job.id in numbers for job in history_of(play.run_record).jobs)


class _NumberedJobs:
    """The jobs of a run whose names can be told from others, and which of them each mail names."""

    def __init__(self, run_record: RunRecord) -> None:
        self._by_word: dict[str, list[PlayedJob]] = defaultdict(list)  # a whole word of the name, with a digit in it
        self._by_mail: dict[int, list[PlayedJob]] = {}
        for play in run_record.plays.values():
            for job in jobs_of(play):
                if is_numbered(job.name):
                    self._by_word[next(filter(is_numbered, _WORD.findall(job.name)))].append(job)

    def named_in(self, mail: ReceivedMail) -> list[PlayedJob]:
        """Those whose names stand in it."""
        if mail.id not in self._by_mail:
            text = mail.said
            likely = (job for word in set(_WORD.findall(text)) for job in self._by_word.get(word, ()))
            self._by_mail[mail.id] = [job for job in likely if job.named_in(text)]
        return self._by_mail[mail.id]


_WORD: Final = re.compile(r"\w+")


def _named_in(run_record: RunRecord, mail: ReceivedMail) -> list[PlayedJob]:
    return run_record.once(_NumberedJobs).named_in(mail)


def own_or_unnamed(play: PlayRecord, mails: Sequence[ReceivedMail]) -> list[ReceivedMail]:
    """Those of a play's mails that do not tell of another play's job; ``Inconclusive`` when all of them do."""
    found = [mail for mail in mails if not tells_of_another_job(play, mail)]
    if mails and not found:
        raise Inconclusive("the mails are about jobs of other plays", (mails[0].where(),))
    return found


def may_be_somebody_elses(play: PlayRecord, subscription: SubscriptionRecord, mail: ReceivedMail) -> bool:
    """Whether a mail names no job of this play and may be about one that somebody else printed during the run.

    So it is where the subscription hears of all jobs, mails to other such subscriptions name ours, and so do all mails
    to a job's own subscription, which hears of no other; or where the mail has another number in the place for jobs'.
    """
    if subscription.asked.carrier is Carrier.JOB or job_of(mail, jobs_of(play)) is not None:
        return False
    numbers = job_numbers(play.run_record, mail)
    if numbers and not numbers & {job.id for job in jobs_of(play)}:
        return True  # it tells its job by a number alone, as mails of this printer do
    plays = play.run_record.plays
    own = [_names_a_job(p, s) for name in ("job/omitted", "job/text-plain") if (p := plays.get(name)) for s in _of(p)]
    like = (told for p in plays.values() for s in _of(p, Carrier.PRINTER) for told in _names_a_job(p, s))
    return any(own) and all(map(all, own)) and any(like)


def _of(play: PlayRecord, carrier: Carrier = Carrier.JOB) -> list[SubscriptionRecord]:
    return [s for s in play.subscriptions.values() if s.asked.carrier is carrier]


def _names_a_job(play: PlayRecord, subscription: SubscriptionRecord) -> list[bool]:
    """Of each mail, whether it names a job of its play."""
    return [job_of(mail, jobs_of(play)) is not None for mail in subscription.mails]


def require_nobody_else(play: PlayRecord) -> None:
    """``Inconclusive`` where somebody else printed while the play was on: what he brings about is mailed as well."""
    number = play.run_record.once(_strangers_numbers).get(play.row.id)
    if number is not None:
        raise Inconclusive(
            f"job {number} was made meanwhile, and not by us: what is mailed may be about what somebody else did"
        )


def _strangers_numbers(run_record: RunRecord) -> dict[int, int]:
    """For plays during which numbers of jobs were given out and not to us, the first of them.

    A printer may count by larger steps than one, and give a number to a job that it refuses.
    """
    jobs = sorted(history_of(run_record).jobs, key=lambda job: job.asked)
    numbers = sorted({job.id for job in jobs})
    step = gcd(*(after - before for before, after in pairwise(numbers)))
    found = dict[int, int]()
    for play in run_record.plays.values() if step else ():
        begin, end = play.row.t, max((step.row.t for step in play.steps), default=play.row.t)
        before = [job.id for job in jobs if job.made <= begin][-1:]
        after = [job.id for job in jobs if job.asked >= end][:1]
        known = sorted({*before, *(job.id for job in jobs if begin < job.made and job.asked < end), *after})
        gap = next((one + step for one, other in pairwise(known) if other - one > step), None)
        if gap is not None:
            found[play.row.id] = gap
    return found


SOMEBODY_ELSES = "a mail names no job of ours, as this printer's mails do elsewhere: does somebody else print here?"


def mails_about(play: PlayRecord, subscription: SubscriptionRecord, label: str) -> list[ReceivedMail]:
    """Its mails that tell of the job with that label, or of none that can be told."""
    jobs = jobs_of(play)
    return [m for m in subscription.mails if (job := job_of(m, jobs)) is None or job.label == label]


def mails_about_other_jobs(run_record: RunRecord) -> bool:
    """Whether this printer mails a job's subscriber about other jobs."""
    play = run_record.plays.get("job/isolation")
    if play is None:
        return False
    try:
        own = let_go(play).row.t
    except Inconclusive:
        own = 0
    jobs = jobs_of(play)
    mails = (mail for s in play.subscriptions.values() for mail in s.mails)
    return any(m.t < own or ((job := job_of(m, jobs)) is not None and job.label != "j") for m in mails)


def own_mails(play: PlayRecord, subscription: SubscriptionRecord, label: str = "j") -> Iterator[ReceivedMail]:
    """The mails of a per-job subscription that are not about some other job, of this play or of another.

    ``Inconclusive`` where a mail could be either, because this printer also mails about the jobs of others.
    """
    jobs = jobs_of(play)
    for mail in subscription.mails:
        job = job_of(mail, jobs)
        if job is None and mails_about_other_jobs(play.run_record):
            if tells_of_another_job(play, mail):
                continue
            raise Inconclusive(
                "this printer mails about other jobs too, and this mail does not name its job", (mail.where(),)
            )
        if job is None or job.label == label:
            yield mail


@dataclass(frozen=True, slots=True)
class Burst:
    """The jobs made before the subscription was asked about, and all its mails; ``asked`` is that time."""

    subscription: SubscriptionRecord
    jobs: list[PlayedJob]
    mails: list[ReceivedMail]
    asked: int

    def about(self, job: PlayedJob) -> list[ReceivedMail]:
        """The mails that tell of that job."""
        return [m for m in self.mails if job_of(m, self.jobs) is job]


def burst_of(play: PlayRecord) -> Burst:
    """The burst of a play, with the job that served as a later event: its creation is one of the events, too."""
    s = play.subscription.created()
    play.proven_silence()
    asked = play.labelled("after").row.t
    jobs = [job for job in jobs_of(play) if job.made.row.t_start < asked]
    if len(jobs) < 2:
        raise Inconclusive(f"the printer took {counted(len(jobs), 'job')}")
    return Burst(s, jobs, s.mails, asked)


def only_ours(play: PlayRecord, late: Sequence[ReceivedMail], expected: str) -> None:
    """Nothing if there is no such mail; of a per-printer subscription only those count that tell of a job of the play.

    Somebody else's job may have ended just before, and its mail been under way.
    """
    jobs = jobs_of(play)
    told = [m for m in late if play.subscription.asked.carrier is Carrier.JOB or job_of(m, jobs) is not None]
    none_of(told, expected)
    if late:
        raise Inconclusive("a mail came late that names no job of ours: was it under way?", (late[0].where(),))


def none_of(mails: Sequence[ReceivedMail], expected: str) -> None:
    """Nothing if there is no such mail."""
    expect(
        not mails,
        expected=expected,
        actual=counted(len(mails), "mail"),
        where=tuple(mail.where() for mail in mails),
    )
