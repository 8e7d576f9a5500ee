"""Whether there can have been a job of a number when a mail told of it, by the numbers that jobs of ours got.

A printer need not count its jobs up.  Where it does, whatever was there when a mail came has a lower number than the
next job of ours.  That shows no more than a doubt: copies, or what comes by another way, may be counted by themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from itertools import pairwise
from typing import Final

from .lives import History
from .received_mail import ReceivedMail
from .run_record import RunRecord

ENOUGH: Final = 5  # jobs, without which nobody knows how they are counted


class JobOrder:
    """The jobs of a run in the order of their numbers, where that is the order they were asked for."""

    def __init__(self, run: RunRecord, history: History) -> None:
        jobs = sorted(history.jobs, key=lambda job: job.id)
        latest, in_order = 0, len(jobs) >= ENOUGH and not run.clock.breaks
        for before, after in pairwise(jobs):
            latest = max(latest, before.asked)  # one of a higher number cannot have been there before that
            in_order = in_order and before.id < after.id and latest < after.made
        self._jobs = sorted(jobs, key=lambda job: job.asked) if in_order else []
        self._asked = [job.asked for job in self._jobs]

    def doubt(self, mail: ReceivedMail, numbers: Collection[int]) -> str | None:
        """Why there can have been no job of these numbers when the mail came; ``None`` if there may have been one."""
        later = self._jobs[bisect_right(self._asked, mail.t) :]
        first = min((job.id for job in later), default=None)
        if first is None or not numbers or min(numbers) < first:
            return None
        told = " and ".join(map(str, sorted(numbers)))
        return (
            f"it tells of a job {told} of somebody else's, and the next job of ours that was made after it is {first}, "
            f"in a run in which numbers only went up: was there such a job, counted by itself?"
        )
