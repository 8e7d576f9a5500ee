"""Which numbers of a text are those of jobs: "Jobs: 3" may be a count of them, and a job's own number stand elsewhere.

What a printer writes beside a job's number is its affair, in whatever language.  A place is known by the words there,
and what stands in it by the mails of which it is known otherwise about which job they are: they name it, or they are
for the subscription of one job.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .lives import History, Life, history_of
from .number_places import Place, numbers_in, place_of
from .outcomes import Carrier
from .own_names import JOB_NAME

if TYPE_CHECKING:
    from .received_mail import ReceivedMail
    from .run_record import RunRecord

ENOUGH: Final = 3  # other mails with a number in that place, without which nothing is known of it


@dataclass(slots=True)
class _PlacesOfNumbers:
    """How many mails have a number in a place, and in how many it is their job's."""

    all: Counter[Place] = field(default_factory=Counter)
    right: Counter[Place] = field(default_factory=Counter)
    of_mail: dict[int, tuple[frozenset[Place], frozenset[Place]]] = field(default_factory=dict)

    def add(self, mail: ReceivedMail, job: int) -> None:
        """Learn from a mail about that job."""
        told = list(numbers_in(mail.said))
        there, right = frozenset(p for p, _ in told), frozenset(p for p, number in told if number == job)
        self.of_mail[mail.id] = there, right
        self.all.update(there)
        self.right.update(right)

    def is_for_jobs(self, place: Place, mail: ReceivedMail) -> bool | None:
        """Whether most other mails have their job's number there; ``None``: nobody knows."""
        there, right = self.of_mail.get(mail.id, (frozenset(), frozenset()))
        others = self.all[place] - (place in there)
        return None if others < ENOUGH else (self.right[place] - (place in right)) * 2 >= others


def is_something_else(run: RunRecord, mail: ReceivedMail, start: int, end: int) -> bool:
    """Whether the number there, in what a mail says, stands where this printer's mails have others than their jobs'."""
    return run.once(_learnt).is_for_jobs(place_of(mail.said, start, end), mail) is False


def job_numbers(run: RunRecord, mail: ReceivedMail) -> frozenset[int]:
    """The numbers in a mail that stand where this printer's mails have their jobs'."""
    places = run.once(_learnt)
    return frozenset(number for place, number in numbers_in(mail.said) if places.is_for_jobs(place, mail))


def _learnt(run: RunRecord) -> _PlacesOfNumbers:
    places, history = _PlacesOfNumbers(), history_of(run)
    for life in history.lives:
        for mail in run.mails_to(life.address):
            job = _job_of(mail, life, history)
            if job is not None and mail.id not in places.of_mail:
                places.add(mail, job)
    return places


def _job_of(mail: ReceivedMail, life: Life, history: History) -> int | None:
    """The number of the job that a mail can only be about."""
    named = {job.id for name in JOB_NAME.findall(mail.said) if (job := history.named(name)) is not None}
    if named:
        return named.pop() if len(named) == 1 else None
    return life.job if life.carrier is Carrier.JOB else None
