"""What the lines of a text say of a job's number, of its owner and of the time, held to what was said over IPP.

A line counts by what stands before its colon: an English label that says so, or one behind which most other mails of
the run have just that.  Other numbers, names and dates in a text may be anything.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html import unescape
from typing import Final

from conformance.record.exchanges import Answer
from conformance.record.outcomes import Carrier, Printed
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.sentinel_play import sentinel_plays
from conformance.record.subscription_record import SubscriptionRecord
from conformance.record.unlisted_events import events_told
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire.registry import GroupTag, JobState, Operation, keyword_of

from .every_play import APART
from .job_lookup import PlayedJob, job_of, jobs_of
from .mail_lookup import known_user_name
from .mailto_04 import event_bounds, require_steady_clock

COMPLETED: Final = "job-completed"
ENOUGH: Final = 3  # other mails with that label, without which nothing is learnt of it
MOST: Final = 0.8
LONGEST: Final = 400  # characters of a line that has a label
GRACE: Final = timedelta(hours=1)  # for a time that has a zone
ZONES: Final = timedelta(hours=26)  # for one that has none
NOBODY: Final = frozenset({"", "-", "none", "unknown", "anonymous", "guest", "n/a"})


class TextFact(StrEnum):
    """What a line may be about."""

    NAME = "job name"
    NUMBER = "job number"
    OWNER = "job owner"
    TIME = "time"
    STATE = "job state"


_LABELS: Final = {
    TextFact.NAME: re.compile(r"job[ -]?(?:name|title)", re.IGNORECASE),
    TextFact.NUMBER: re.compile(r"job[ -]?(?:id|number|no\.?|nr\.?|#)", re.IGNORECASE),
    TextFact.OWNER: re.compile(
        r"job[ -]?(?:owner|user(?:[ -]?name)?|originating[ -]user(?:[ -]name)?)|owner|submitted by",
        re.IGNORECASE,
    ),
    TextFact.STATE: re.compile(r"job[ -]?(?:state|status)", re.IGNORECASE),
    TextFact.TIME: re.compile(r"(?:event |completion )?(?:date|time|date and time|date/time)", re.IGNORECASE),
}
_NAMES: Final = frozenset({TextFact.NAME, TextFact.OWNER})
_OWNER: Final = "owner"  # a printer may have one, too
_LINE: Final = re.compile(r"[ \t*-]*([^\W\d_][^:=\n]{0,40}?)[ \t]*[:=][ \t]*(\S[^\n]*)", re.ASCII)
_NAMED_ZONE: Final = re.compile(r"\b(?!UTC?\b|GMT\b)[A-Z]{2,5}(?=\W*\Z)", re.ASCII)  # CST is China's, too
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class KnownMail:
    """A mail, and what there is to tell by it."""

    play: PlayRecord
    subscription: SubscriptionRecord
    mail: ReceivedMail
    job: PlayedJob | None

    @property
    def has_plain_names(self) -> bool:
        """Whether names and addresses stand in it as they were given, not respelt as awkward ones may be."""
        return not BY_ID[self.play.scenario].tags & APART

    def lines(self) -> Iterator[tuple[str, str]]:
        """Labels and what stands behind them, each label once in the text and once in each page of HTML."""
        body = self.mail.parsed.text
        texts = [body.string or ""] if body is not None else []
        texts += [rows_of(part.string or "") for part in self.mail.parsed.leaves if part.type == "text/html"]
        for text in texts:
            found: dict[str, str] = {}
            for line in text.splitlines():
                told = _LINE.fullmatch(line.strip()) if len(line) < LONGEST else None
                if told is not None:
                    found.setdefault(told[1].lower(), told[2])
            yield from found.items()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A line that says otherwise than was said over IPP."""

    fact: TextFact
    mail: ReceivedMail
    line: str
    right: str


def contradictions(run: RunRecord) -> tuple[int, list[Contradiction]]:
    """How many lines could be held to something, and those that do not hold."""
    learnt = {fact: _Labels() for fact in TextFact}
    told = list[tuple[KnownMail, TextFact, str, str, tuple[bool, str]]]()
    mails = list(known_mails(run, every=True))
    printers = any(_is_about_the_printer_alone(known) and _OWNER in dict(known.lines()) for known in mails)
    for known in mails:
        lines = list(known.lines())
        has_another = any(label != _OWNER and _LABELS[TextFact.OWNER].fullmatch(label) for label, _ in lines)
        for label, value in lines:
            if label == _OWNER and (printers or has_another):
                continue  # it is the printer's: mails without a job have it, or the job's has a name of its own
            for fact, holds in _HOLDS.items():
                if fact in _NAMES and not known.has_plain_names:
                    continue
                verdict = holds(known, value)
                if verdict is not None:
                    told.append((known, fact, label, value, verdict))
                    learnt[fact].add(label, value, right=verdict[0], telling=_is_telling(known, fact))
    looked, found = 0, list[Contradiction]()
    for known, fact, label, value, (right, what) in told:
        own = (right, value) if _is_telling(known, fact) else None
        if _LABELS[fact].fullmatch(label) or learnt[fact].has(label, besides=own):
            looked += 1
            if not right:
                found.append(Contradiction(fact, known.mail, f"{label}: {value}", what))
    return looked, found


class _Labels:
    """What stands behind each label, in the mails that show which fact it is."""

    def __init__(self) -> None:
        self._number, self._right = Counter[str](), Counter[str]()
        self._values: dict[str, Counter[str]] = defaultdict(Counter)  # the right ones

    def add(self, label: str, value: str, *, right: bool, telling: bool) -> None:
        """A line of a mail."""
        if telling:
            self._number[label] += 1
            self._right[label] += right
            self._values[label][value] += right

    def has(self, label: str, *, besides: tuple[bool, str] | None) -> bool:
        """Whether that label is for the fact, by all lines but that one; by one value that recurs nothing is shown."""
        right, value = besides if besides is not None else (False, "")
        number = self._number[label] - (besides is not None)
        values = sum(n > (right and one == value) for one, n in self._values[label].items())
        return values >= ENOUGH and self._right[label] - right >= MOST * number


def _is_about_the_printer_alone(known: KnownMail) -> bool:
    events = known.subscription.asked.events or ()
    return bool(events) and all(event.startswith("printer-") for event in events)


def _is_telling(known: KnownMail, fact: TextFact) -> bool:
    """Whether no other fact of that mail has the same value: numbers of jobs and subscriptions may be alike."""
    if fact is TextFact.NUMBER:
        return known.job is not None and known.job.id != known.subscription.id
    if fact is TextFact.OWNER:
        return known.job is not None and known.subscription.user_name not in _owners(known.play, known.job)
    return True


def known_mails(run: RunRecord, *, every: bool = False) -> Iterator[KnownMail]:
    """Those of plays of ordinary data; with ``every`` those of sentinels, and of awkward names that can be mailed."""
    seen = set[int]()
    for play in (*run.plays.values(), *(run.once(sentinel_plays) if every else ())):
        scenario = BY_ID.get(play.scenario)
        if scenario is None or play.restart is not None:
            continue
        if scenario.tags & APART and (not every or "mail" not in scenario.tags):
            continue
        for subscription in play.subscriptions.values():
            for mail in subscription.mails if subscription.id is not None else ():
                if mail.id not in seen:
                    seen.add(mail.id)
                    yield KnownMail(play, subscription, mail, _job(play, subscription, mail))


def _job(play: PlayRecord, subscription: SubscriptionRecord, mail: ReceivedMail) -> PlayedJob | None:
    """The job that it is about: as its name or content has it, or the only one that its subscription hears of."""
    jobs = jobs_of(play)
    named = [job for job in jobs if job.named_in(mail.said)]
    if named:
        return named[0] if len(named) == 1 else None
    outcome = subscription.step.outcome
    if subscription.asked.carrier is Carrier.JOB and isinstance(outcome, Printed):
        return next((job for job in jobs if job.id == outcome.job), None)
    return job_of(mail, jobs)


def rows_of(page: str) -> str:
    """The words of a page of HTML, each row of a table on a line, with a colon behind its first cell."""
    row = re.sub(r"(?i)</t[hd]>\s*<t[hd]\b[^<>]*>", ": ", " ".join(page.split()))
    return unescape(re.sub(r"<[^<>]*>", "", re.sub(r"(?i)</(?:tr|p|h\d|li|div|title)>|<br\b[^<>]*>", "\n", row)))


# ---------------------------------------------------------------- each fact: whether it holds, and what would


def _name(known: KnownMail, value: str) -> tuple[bool, str] | None:
    """Of a job that has a name; a part of it, or its number, may stand for it."""
    events, job = known.subscription.asked.events or ("none",), known.job
    if job is None or not job.name or not all(event.startswith("job-") for event in events):
        return None
    sent = job.made.request.find("job-name")
    whole = (sent.value.text() if sent is not None else None) or ""
    told = value.strip(" \"'.\u2026")
    if told.strip("()<>[]").casefold() in NOBODY or not any(map(str.isalnum, told)):
        return None  # who keeps names private, or has none, says so in some way
    right = job.named_in(value)
    if not right and (told.casefold() in whole.casefold() or told.isdigit()):
        return None
    return right, f"job-name {whole!r}"


def _number(known: KnownMail, value: str) -> tuple[bool, str] | None:
    if known.job is None or not re.fullmatch(r"[#(]?[0-9]{1,10}[).]?", value):
        return None
    return int(re.sub(r"\D", "", value)) == known.job.id, f"job-id {known.job.id}"


def _owner(known: KnownMail, value: str) -> tuple[bool, str] | None:
    names = _owners(known.play, known.job) if known.job is not None else frozenset()
    if not names or not all(map(str.isascii, names)) or "@" in value or value.lower() in NOBODY:
        return None
    told = value.casefold().strip("\"'()<>. ")
    right = any(name.casefold() in told or (told and told in name.casefold()) for name in names)
    return right, f"the job of {' or '.join(sorted(names))}"


def _owners(play: PlayRecord, job: PlayedJob) -> frozenset[str]:
    """The names of its owner: as sent or proved, and as the printer tells them, of this job or of his subscriptions."""
    return play.once(_owners_of_jobs).get((job.id, job.made.row.id), frozenset())


def _owners_of_jobs(play: PlayRecord) -> dict[tuple[int, int], frozenset[str]]:
    """By the number of each job, and by the exchange that made it."""
    told = defaultdict[int, set[str]](set)
    logins: dict[int, str] = {}
    for step in play.steps:
        for answer in step.answers:
            if isinstance(step.outcome, Printed):
                logins[answer.row.id] = step.outcome.login or ""
            number = answer.message.find("job-id", GroupTag.JOB)
            owner = answer.message.find("job-originating-user-name", GroupTag.JOB) if number is not None else None
            if number is not None and owner is not None and number.value.integer is not None:
                told[number.value.integer].add(owner.value.text() or "")
    found = {}
    for job in jobs_of(play):
        sent = job.made.request.find("requesting-user-name")
        names = {sent.value.text() or ""} if sent is not None else set()
        names |= {logins.get(job.made.row.id, "")} | told[job.id]
        names |= {known_user_name(play, s) or "" for s in play.subscriptions.values() if s.user_name in names}
        found[job.id, job.made.row.id] = frozenset(names - {""})
    return found


def _time(known: KnownMail, value: str) -> tuple[bool, str] | None:
    told = _moment(value)
    if told is None:
        return None
    try:
        reading, low, high = event_bounds(known.play, known.subscription, known.mail.t)
    except (Inconclusive, NotApplicable):
        return None
    grace = GRACE if told.tzinfo is not None else ZONES
    moment = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    right = low - grace <= moment <= high + grace
    if not right and not clock_is_steady(known, reading):
        return None
    return right, f"{low:%Y-%m-%d %H:%M:%S} UTC or later, by printer-current-time"


def clock_is_steady(known: KnownMail, reading: Answer) -> bool:
    """Whether the printer's clock was not set from that reading, or from the subscription, to the mail."""
    begin = min(reading.row.t_start, known.subscription.creation.row.t_start)
    try:
        require_steady_clock(known.play, begin, known.mail.t)
    except Inconclusive:
        return False
    return True


def _moment(value: str) -> datetime | None:
    """A date with a time of day, in one of the two ways that leave no doubt about their order."""
    iso = _ISO.fullmatch(value)
    try:
        if iso is not None:
            zone = (iso[3] or "").replace("UTC", "Z").replace("GMT", "Z").replace("Z", "+00:00")
            return datetime.fromisoformat(f"{iso[1]}T{iso[2]}{zone}")
        told = parsedate_to_datetime(value) if re.search(r"\d{4}.*\d\d:\d\d", value) else None
    except (OverflowError, TypeError, ValueError):
        return None
    return told.replace(tzinfo=None) if told is not None and _NAMED_ZONE.search(value) else told


def _state(known: KnownMail, value: str) -> tuple[bool, str] | None:
    """Of a job that has ended: the state in which it is by any answer, and no other that has a keyword."""
    keyword = value.lower().replace(" ", "-")
    if known.job is None or known.subscription.asked.events != (COMPLETED,) or keyword not in _STATES:
        return None
    if not events_told(known.mail) <= {COMPLETED}:  # 4.2-2 has an event that nobody listed, 5-2 one told wrongly
        return None
    ended = {state for state in _states_told(known.play, known.job) if state >= JobState.CANCELED}
    if not ended:
        return _STATES[keyword] >= JobState.CANCELED, "a job that has ended"
    return _STATES[keyword] in ended, f"job-state {', '.join(keyword_of(JobState, state) for state in sorted(ended))}"


_STATES: Final = {state.keyword: state for state in JobState}


def _states_told(play: PlayRecord, job: PlayedJob) -> Iterator[int]:
    if _was_given_up(play, job):
        yield JobState.CANCELED
    for answer in (answer for step in play.steps for answer in step.answers):
        number, state = (answer.message.find(name, GroupTag.JOB) for name in ("job-id", "job-state"))
        if number is not None and number.value.integer == job.id and state is not None and state.value.integer:
            yield state.value.integer


def _was_given_up(play: PlayRecord, job: PlayedJob) -> bool:
    """Whether it was cancelled before it had a document, so that it can have come to no other end."""
    done = {
        answer.row.operation
        for answer in (answer for step in play.steps for answer in step.answers)
        if answer.ok and (number := answer.request.find("job-id")) is not None and number.value.integer == job.id
    }
    empty = job.made.row.operation == Operation.CREATE_JOB and Operation.SEND_DOCUMENT not in done
    return empty and Operation.CANCEL_JOB in done


_HOLDS: Final[dict[TextFact, Callable[[KnownMail, str], tuple[bool, str] | None]]] = {
    TextFact.NAME: _name,
    TextFact.NUMBER: _number,
    TextFact.OWNER: _owner,
    TextFact.TIME: _time,
    TextFact.STATE: _state,
}
