"""The words by which a printer tells one event from another, learnt from its own mails.

Which words a printer has for an event is its affair, in whatever language.  What most of its mails about one event have
and hardly one about another tells them apart; a mail with the words of the other event, and none of its own, is about
the wrong one, whatever else it says.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.record.outcomes import Carrier
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive

from .every_play import APART
from .job_lookup import PlayedJob, job_of, jobs_of, let_go
from .mail_lookup import words
from .wording import without

CREATED: Final = "job-created"
COMPLETED: Final = "job-completed"
OTHER: Final = {CREATED: COMPLETED, COMPLETED: CREATED}
ENOUGH: Final = 3  # mails about an event, beside the one that is judged, without which nothing is learnt of it
MOST: Final = 0.8
HARDLY: Final = 0.1
_WORD: Final = re.compile(r"[^\W\d_]+")

Read = Callable[[ReceivedMail], str]


@dataclass(frozen=True, slots=True)
class AboutAnEvent:
    """A mail of which it is known what it has to tell, and of which job."""

    play: PlayRecord
    subscription: SubscriptionRecord
    mail: ReceivedMail
    event: str

    @property
    def kind(self) -> tuple[str | None, str | None]:
        """What the wording may hang on beside the event: the language and the format that were asked for."""
        return self.subscription.asked.language, self.subscription.format


def about_ends(play: PlayRecord) -> Iterator[AboutAnEvent]:
    """The mails that can only be about a job's end: it is all that was listed, and nothing else came about that job.

    Where two came, one of them is a mistake of its own (4.2-2).
    """
    for subscription in play.subscriptions.values():
        if subscription.id is None or subscription.asked.events != (COMPLETED,):
            continue
        for told in _by_job(play, subscription).values():
            if len(told) == 1:
                yield AboutAnEvent(play, subscription, told[0], COMPLETED)


def _about_both(play: PlayRecord) -> Iterator[AboutAnEvent]:
    """Where both were listed, or creation alone: what came while the job waited for its document is about creation."""
    try:
        sent = let_go(play).row.t
    except Inconclusive:
        return
    for subscription in play.subscriptions.values():
        listed = set(subscription.asked.events or ())
        if subscription.id is None or CREATED not in listed or not listed <= set(OTHER):
            continue
        for told in _by_job(play, subscription).values():
            early, late = [m for m in told if m.t < sent], [m for m in told if m.t >= sent]
            if len(early) == 1:
                yield AboutAnEvent(play, subscription, early[0], CREATED)
            if len(early) == len(late) == 1 and COMPLETED in listed:
                yield AboutAnEvent(play, subscription, late[0], COMPLETED)


def _by_job(play: PlayRecord, subscription: SubscriptionRecord) -> dict[str, list[ReceivedMail]]:
    """Its mails by the job that they name; those that name none only if they can be about no other."""
    addresses = [s.address for s in play.subscriptions.values()]
    if addresses.count(subscription.address) > 1:
        return {}
    jobs, found = jobs_of(play), defaultdict[str, list[ReceivedMail]](list)
    for mail in subscription.mails:
        job = job_of(mail, jobs)
        found[job.name if job is not None else ""].append(mail)
    if subscription.asked.carrier is Carrier.JOB:
        return {"": subscription.mails} if "" in found else found
    found.pop("", None)
    return found


def _learnt_from(run: RunRecord) -> Iterator[AboutAnEvent]:
    for play in run.plays.values():
        scenario = BY_ID.get(play.scenario)
        if scenario is None or scenario.tags & APART:
            continue
        yield from about_ends(play)
        yield from _about_both(play)
        yield from _created(play)


def _created(play: PlayRecord) -> Iterator[AboutAnEvent]:
    """Of jobs that came with their document: good to learn from, though some of them may have ended when it is sent."""
    for subscription in play.subscriptions.values():
        if subscription.id is not None and subscription.asked.events == (CREATED,):
            for told in _by_job(play, subscription).values():
                if len(told) == 1:
                    yield AboutAnEvent(play, subscription, told[0], CREATED)


def told_wrongly(run: RunRecord, read: Read) -> tuple[int, list[AboutAnEvent]]:
    """How many mails could be judged by the printer's own words, and those that tell the other event."""
    judged, wrong = 0, []
    by_kind = defaultdict[tuple[str | None, str | None], dict[int, AboutAnEvent]](dict)
    for one in _learnt_from(run):
        by_kind[one.kind].setdefault(one.mail.id, one)
    for kind in by_kind.values():
        told = [(one, _words_of(one, read)) for one in kind.values()]
        counts = {event: Counter(w for one, said in told if one.event == event for w in said) for event in OTHER}
        number = Counter(one.event for one, _ in told)
        for one, said in told:
            if one.event == CREATED and one.mail.t >= _document_sent(one.play):
                continue  # it may well have ended when it was told of
            own = _telling(one.event, counts, number, said)
            others = _telling(OTHER[one.event], counts, number, said, judged=one.event)
            if own and others:
                judged += 1
                if not own & said and len(others & said) * 2 > len(others):
                    wrong.append(one)
    return judged, wrong


def _telling(
    event: str, counts: dict[str, Counter[str]], number: Counter[str], said: set[str], judged: str = ""
) -> set[str]:
    """The words for an event, by all mails but the one that is judged, which is about it or about ``judged``."""
    judged, other = judged or event, OTHER[event]
    out = {each: each == judged for each in OTHER}
    most = (number[event] - out[event]) * MOST
    hardly = (number[other] - out[other]) * HARDLY
    if min(number[each] - out[each] for each in OTHER) < ENOUGH:
        return set()
    return {
        word
        for word, n in counts[event].items()
        if n - (out[event] and word in said) >= most and counts[other][word] - (out[other] and word in said) <= hardly
    }


def _document_sent(play: PlayRecord) -> int:
    try:
        return let_go(play).row.t
    except Inconclusive:
        return 0


def _words_of(one: AboutAnEvent, read: Read) -> set[str]:
    """The words of a text without names and addresses."""
    jobs: Sequence[PlayedJob] = jobs_of(one.play)
    names = [words(one.play.run_record.printer_text("printer-name")), one.subscription.user_name or ""]
    text = without(read(one.mail), [*names, *(job.name for job in jobs)])
    return {word.lower() for part in text.split() if "@" not in part for word in _WORD.findall(part)}
