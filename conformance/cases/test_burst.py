"""Many events in quick succession: as many mails, each about its own, in order."""

from __future__ import annotations

from itertools import pairwise

from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, Violation

from .case import case, expect
from .job_lookup import burst_of, job_of


@case("N-22", on="burst")
def test_a_burst_brings_one_mail_for_each_event(play: PlayRecord) -> None:
    burst = burst_of(play)
    came, due = len(burst.mails), len(burst.jobs)
    doubled = [(job, mails) for job in burst.jobs if len(mails := burst.about(job)) > 1]
    if doubled:
        job, mails = doubled[0]
        raise Violation(
            f"{due} mails for {due} jobs created, each about another",
            f"{came}, of which {len(mails)} tell of job {job.id} ({job.name})",
            tuple(m.where() for m in mails),
        )
    if came > due:
        raise Inconclusive(f"{came} mails for {due} jobs: does somebody else print here?")
    silent = [f"{job.id} ({job.name})" for job in burst.jobs if not burst.about(job)]
    expect(
        came == due,
        expected=f"{due} mails for {due} jobs created",
        actual=f"{came}, while that of a later event came"
        + (f"; none tells of job {', '.join(silent[:5])}" if len(silent) < due else ""),
        where=(burst.subscription.creation.where(), *(mail.where() for mail in burst.mails[:2])),
    )


@case("R-Order-1", on="burst")
def test_a_burst_is_mailed_in_order(play: PlayRecord) -> None:
    burst = burst_of(play)
    told = [(job, mail) for mail in burst.mails if (job := job_of(mail, burst.jobs)) is not None]
    if len(told) < 2:
        raise Inconclusive("the mails do not name their jobs, so that their order cannot be seen")
    place = {job.id: n for n, job in enumerate(burst.jobs)}
    for (one, first), (other, second) in pairwise(told):
        expect(
            place[one.id] <= place[other.id],
            expected=f"the mail about job {other.id}, created before job {one.id}, to come before it",
            actual="it came after it",
            where=(first.where(), second.where()),
        )
