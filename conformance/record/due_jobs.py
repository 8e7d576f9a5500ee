"""Which jobs a subscription was to be told of, found without looking at every job for every subscription."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence

from .lives import NEVER, JobLife, Life
from .outcomes import Carrier


class DueJobs:
    """The jobs of a run, by when they were asked for and by when a subscription has to have lived to be told of them.

    ``ended`` tells when a job had surely ended.  A subscription that hangs on a job is left out: of what happens to
    that one, other reckonings tell.
    """

    def __init__(self, jobs: Sequence[JobLife], lives: Sequence[Life], ended: Callable[[JobLife], int]) -> None:
        self._ended = ended
        self._jobs = sorted(jobs, key=lambda job: job.asked)
        self._asked = [job.asked for job in self._jobs]
        self._places = {id(job): place for place, job in enumerate(jobs)}
        self._counts: dict[int, int] = {}
        told = [life for life in lives if _is_told(life)]
        for at_creation in (True, False):
            self._count([life for life in told if _hears_at_creation(life) is at_creation], at_creation=at_creation)

    def _count(self, lives: Sequence[Life], *, at_creation: bool) -> None:
        """For each, in the order of their ends, the jobs that came before that and were asked for later than it was
        made: each job is taken in once.
        """
        ready = sorted((self._needs(job, at_creation=at_creation), job.asked) for job in self._jobs)
        asked, taken = list[int](), 0
        for life in sorted(lives, key=lambda life: life.surely_until):
            while taken < len(ready) and ready[taken][0] <= life.surely_until:
                insort(asked, ready[taken][1])
                taken += 1
            self._counts[id(life)] = len(asked) - bisect_left(asked, life.made)

    def count(self, life: Life) -> int:
        """How many jobs it has to be told of."""
        return self._counts.get(id(life), 0)

    def before(self, life: Life, t: int) -> Iterator[JobLife]:
        """Those asked for before that moment, in the order of the plays."""
        if not _is_told(life):
            return
        at_creation = _hears_at_creation(life)
        near = self._jobs[bisect_left(self._asked, life.made) : bisect_left(self._asked, t)]
        for job in sorted(near, key=lambda job: self._places[id(job)]):
            if self._needs(job, at_creation=at_creation) <= life.surely_until:
                yield job

    def over_before(self, life: Life, t: int) -> Iterator[JobLife]:
        """Those that it had to be told of by that moment, whatever was still to come."""
        at_creation = _hears_at_creation(life)
        return (job for job in self.before(life, t) if self._needs(job, at_creation=at_creation) < t)

    def _needs(self, job: JobLife, *, at_creation: bool) -> int:
        """Until when a subscription has to live to be told: the job was there, or had ended before."""
        if at_creation:
            return job.made
        ended = self._ended(job)
        return NEVER + 1 if ended == NEVER else max(job.made, ended + 1)


def _is_told(life: Life) -> bool:
    """Whether it is known which jobs it has to be told of."""
    known = life.carrier is Carrier.PRINTER and life.surely_until > 0 and life.events is not None
    return known and not {"job-created", "job-completed"}.isdisjoint(life.events or ())


def _hears_at_creation(life: Life) -> bool:
    return "job-created" in (life.events or ())
