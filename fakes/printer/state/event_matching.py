"""Which subscription hears of which event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conformance.vocabulary import NTFY_01
from conformance.wire.registry import JobState
from fakes.printer.policy import Policy

from .grant import Grant
from .jobs import Job

# An event on the left is a kind of the one on the right (RFC 3995 section 5.3.3.4).
SUB_VALUE_OF: Final = {
    "job-created": "job-state-changed",
    "job-completed": "job-state-changed",
    "job-stopped": "job-state-changed",
    "printer-stopped": "printer-state-changed",
}
# The events that the drafts define to be apart from job-state-changed (draft-ietf-ipp-not-spec-02 section 5.2).  They
# do not know job-stopped and printer-stopped: to them these are plain state changes, and so they stay sub-values.
LONG: Final = 100  # characters, of a name that a printer may have no room for
DISJOINT: Final = frozenset({"job-created", "job-completed"})


def is_job_event(event: str) -> bool:
    """Whether it is about a job, by its name."""
    return event.startswith("job-")


def disjoint(policy: Policy) -> bool:
    """Whether creation and completion are events apart from job-state-changed."""
    return policy.vocabulary is NTFY_01 if policy.disjoint_events is None else policy.disjoint_events


def covers(policy: Policy, subscribed: str, event: str) -> bool:
    """Whether subscribing to one event makes one hear of another."""
    if policy.unheard_event in (subscribed, event):
        return False
    if subscribed == event:
        return True
    return SUB_VALUE_OF.get(event) == subscribed and not (disjoint(policy) and event in DISJOINT)


def matching(policy: Policy, subscribed: tuple[str, ...], event: str) -> tuple[str, ...]:
    """The subscribed events by which a subscription hears of ``event``: one notification for each, most often none.

    Of a value and its sub-value in one subscription only the narrower speaks, unless the policy has each speak for
    itself (RFC 3995 section 5.3.3.5.3 leaves that to the printer).
    """
    matches = [s for s in subscribed if covers(policy, s, event)]
    if event == policy.unasked_event and not matches:
        return (event,)
    heard = tuple(sorted(matches, key=lambda s: s != event)[: None if policy.tells_each_match else 1])
    return heard * 2 if event == policy.event_told_twice else heard


def reaches(policy: Policy, own: Job | None, event: str, job: Job | None, subscriber: str = "") -> bool:
    """Whether a subscription is near enough: ``own`` is the job it belongs to, ``job`` the one the event is about.

    Per-printer subscriptions hear of every job; per-job ones of their own job, and of the printer until the job has
    ended (draft-ietf-ipp-not-spec-02 section 5.2; RFC 3995 section 5.3.3.5).
    """
    if own is None:
        return policy.reach != "subscribers-jobs" or job is None or job.user_name == subscriber
    if is_job_event(event):
        return own is job or (policy.reach == "every-job" and not own.ended)
    return policy.reach != "jobs-only" and (not own.ended or policy.reach == "beyond-the-job")


def unmailed(policy: Policy, grant: Grant, event: str, job: Job | None) -> bool:
    """Whether a job's end, or a change of its state, is kept from who is to be mailed; who pulls is told of it."""
    if event not in grant.events or job is None or grant.pull_method is not None:
        return False
    if event == "job-state-changed":
        kept = {JobState.PENDING_HELD: "holds", JobState.PENDING: "releases"}
        return policy.changes_unmailed == kept.get(job.state)
    if event != "job-completed":
        return False
    if policy.ends_unmailed == "of-long-names":
        return len(job.name) > LONG
    if policy.ends_unmailed == "of-jobs-cancelled-in-print" and job.started is None:
        return False
    return policy.ends_unmailed != "none" and job.state is JobState.CANCELED


def spared(policy: Policy, grant: Grant, others: Iterable[Grant]) -> bool:
    """Whether a recipient hears nothing, because the subscriber who named him hears of it himself."""
    if policy.mails_third_parties or _is_own(grant):
        return False
    return any(_is_own(other) and other.user_name == grant.user_name for other in others)


def _is_own(grant: Grant) -> bool:
    return grant.recipient.removeprefix("mailto:").encode() == grant.user_data
