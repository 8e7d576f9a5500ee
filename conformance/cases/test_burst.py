"""Many events in quick succession: as many mails, each about its own, in order."""

from __future__ import annotations

from conformance.counted import counted
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, Violation

from .case import case, expect
from .ipp_lookup import require_lease
from .job_lookup import burst_of, job_of
from .order_lookup import expect_in_order, machine_numbers


@case("N-22", on="burst")
def test_a_burst_brings_one_mail_for_each_event(play: PlayRecord) -> None:
    burst = burst_of(play)
    came, due = len(burst.mails), len(burst.jobs)
    doubled = [(job, mails) for job in burst.jobs if len(mails := burst.about(job)) > 1]
    if doubled:
        job, mails = doubled[0]
        raise Violation(
            f"{counted(due, 'mail')} for {counted(due, 'job')} created, each about another",
            f"{came}, of which {len(mails)} tell of job {job.id} ({job.name})",
            tuple(m.where() for m in mails),
        )
    if came > due:
        raise Inconclusive(f"{counted(came, 'mail')} for {counted(due, 'job')}: does somebody else print here?")
    if came < due and (relay := play.run_record.session_owner.between()) is not None:
        raise Inconclusive(f"{came} of {counted(due, 'mail')} came; a relay may hold one longer than others: {relay}")
    unheard = [job for job in burst.jobs if not burst.about(job)]
    if came < due and unheard:
        require_lease(play, burst.subscription, unheard[-1].made)  # short leases end while answers are slow
    silent = [f"job {job.id} ({job.name})" for job in unheard]
    expect(
        came == due,
        expected=f"{counted(due, 'mail')} for {counted(due, 'job')} created",
        actual=f"{came}, while that of a later event came"
        + (f"; none tells of {', '.join(silent[:5])}" if len(silent) < due else ""),
        where=(burst.subscription.creation.where(), *(mail.where() for mail in burst.mails[:2])),
    )


@case("R-Order-1", on="burst")
def test_a_burst_is_mailed_in_order(play: PlayRecord) -> None:
    expect_in_order(play, _by_job(play))


@case("4.7-4", on="burst")
def test_a_burst_is_mailed_as_it_is_numbered(play: PlayRecord) -> None:
    """No text of this edition's time says so in plain words; who counts 1, 2, 3 has the mails come so."""
    burst = burst_of(play)
    numbered = [(number, mail) for mail, number, _ in machine_numbers(play, burst.subscription)]
    expect_in_order(play, numbered or _by_job(play), binding=False)


def _by_job(play: PlayRecord) -> list[tuple[int, ReceivedMail]]:
    """The mails of a burst that tell of a job of it, each with the place of that job, from 1."""
    burst = burst_of(play)
    place = {job.id: n for n, job in enumerate(burst.jobs, 1)}
    told = [(place[job.id], mail) for mail in burst.mails if (job := job_of(mail, burst.jobs)) is not None]
    if len(told) < 2:
        raise Inconclusive("the mails do not name their jobs, so that their order cannot be seen")
    return told
