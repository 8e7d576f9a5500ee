"""Whether a number in a text is that of a job, or is there for something else: a small one may stand for anything.

What a printer writes beside a job's number is its affair, in whatever language.  But where it writes job numbers, each
of its mails has its own job's there.  So a place is known by what stands beside the number, and one in which most
other mails have another number than their job's, or more of them that of their subscription, is none for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from conformance.record.number_places import Place, numbers_in
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord

from .job_lookup import job_of, jobs_of

ENOUGH: Final = 3  # other mails with a number in that place, without which nothing is known of it

_OfMail = tuple[frozenset[Place], frozenset[Place], frozenset[Place]]  # all its places, and those of the two kinds
_NONE: Final[_OfMail] = (frozenset(), frozenset(), frozenset())


@dataclass(slots=True)
class _Places:
    """How many mails have a number in a place, in how many it is their job's or their subscription's."""

    all: Counter[Place] = field(default_factory=Counter)
    jobs: Counter[Place] = field(default_factory=Counter)
    subscriptions: Counter[Place] = field(default_factory=Counter)
    of_mail: dict[int, _OfMail] = field(default_factory=dict)

    def tell_jobs(self, place: Place, besides: _OfMail) -> bool:
        """Whether it is one for job numbers by all mails but that one, or nothing is known of it."""
        others, jobs, subscriptions = (
            count[place] - (place in own)
            for count, own in zip((self.all, self.jobs, self.subscriptions), besides, strict=True)
        )
        return others < ENOUGH or (jobs * 2 >= others and jobs >= subscriptions)


def tells_number(play: PlayRecord, mail: ReceivedMail, text: str, numbers: Collection[int]) -> bool:
    """Whether the text of a mail has one of these jobs' numbers where this printer may well tell it."""
    places = play.run_record.once(_learnt)
    own = places.of_mail.get(mail.id, _NONE)
    return any(number in numbers and places.tell_jobs(place, own) for place, number in numbers_in(text))


def _learnt(run: RunRecord) -> _Places:
    """From all mails of which it is known about which job they are."""
    places = _Places()
    for play in run.plays.values():
        jobs = jobs_of(play)
        for subscription, mail in ((s, mail) for s in play.subscriptions.values() for mail in s.mails):
            job = job_of(mail, jobs)
            if job is None or mail.id in places.of_mail:
                continue
            told = list(numbers_in(mail.text or ""))
            there = frozenset(place for place, _ in told)
            jobs_there, its_there = (
                frozenset(p for p, n in told if n == wanted) for wanted in (job.id, subscription.id)
            )
            places.of_mail[mail.id] = there, jobs_there, its_there
            places.all.update(there)
            places.jobs.update(jobs_there)
            places.subscriptions.update(its_there)
    return places
