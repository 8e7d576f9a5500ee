"""Section 4.2 and the events of the base specifications: which of them become mails, and which do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from conformance.record.lives import NEVER
from conformance.record.outcomes import Described, MailsAwaited, PrinterOperated
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.vocabulary import sub_values
from conformance.wire.registry import GroupTag, JobState, PrinterState

from .case import case, expect
from .findings import Finding, conclude
from .job_lookup import contents_of, job_of, jobs_of, let_go, none_of, own_mails
from .mail_lookup import makes_any, require_triggers


def _came(play: PlayRecord, s: SubscriptionRecord, event: str) -> None:
    """A mail for an event that has taken place."""
    if any(own_mails(play, s) if event.startswith("job-") else s.mails):
        return
    if not play.missing_is_proven(s.label):
        raise Inconclusive(f"no mail came for {s.address}, and {play.why_unproven}")
    raise Violation(f"a mail for {event}", "no mail, while that of a later event came", (s.creation.where(),))


# ---------------------------------------------------------------- for whatever address


@case("1-3", on="plain-address")
def test_any_plain_address_is_accepted_and_mailed(play: PlayRecord) -> None:
    s = play.subscription
    if s.id is None:
        other = play.run_record.plays.get("job/omitted")
        if other is None or "s" not in other.subscriptions or other.subscription.id is None:
            s.created()
        makes_any(play)
        raise Violation(
            f"a subscription that mails to {s.address}",
            f"{s.creation.operation} answered {s.creation.keyword} and made none, while other addresses are taken",
            (s.creation.where(),),
        )
    require_triggers(play)
    _came(play, s, f"an event, to {s.address}")


# ---------------------------------------------------------------- listed events


@case("4.2-2", on="event-job-created")
def test_job_created_is_mailed(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    _came(play, s, "job-created")


@case("4.2-2", on="job-sequence")
def test_job_created_is_mailed_while_the_job_waits(play: PlayRecord) -> None:
    s, sent = play.subscription.created(), let_go(play).row.t
    if any(m.t < sent for m in own_mails(play, s)):
        return
    if not play.step("AwaitMail").came_of(MailsAwaited).sentinel or not play.missing_is_proven("s"):
        raise Inconclusive(f"no mail came before the document was sent, and {play.why_unproven}")
    raise Violation(
        "a mail for job-created before the document is sent",
        "none, while that of a later event came",
        (s.creation.where(),),
    )


@case("4.2-2", on="event-job-state-changed")
def test_job_state_changed_is_mailed(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    states = [_job_state(play, label)[0] for label in ("before", "held", "released")]
    if all(a == b for a, b in pairwise(states)):
        raise Inconclusive(f"Hold-Job and Release-Job left the job in state {states[0]}")
    sent = let_go(play).row.t
    event = f"job-state-changed, job-state going {' -> '.join(map(str, states))}"
    if not any(m.t < sent for m in own_mails(play, s)) and play.missing_is_proven("s"):
        raise Violation(
            f"a mail for {event}",
            "none before the document was sent, while that of a later event came",
            (s.creation.where(),),
        )
    _came(play, s, event)
    if play.missing_is_proven("s"):
        came = [mail.t for mail in own_mails(play, s) if mail.t < sent]
        conclude(
            [Finding(told, s.creation.where()) for told in _unmailed(play, states, came)],
            expected=f"a mail for each {event}",
        )


def _unmailed(play: PlayRecord, states: Sequence[int | None], came: Sequence[int]) -> Iterator[str]:
    """Which of two changes nothing was mailed of, though something later was, before anything else happened.

    Earlier versions waited for one mail, of either.
    """
    waited = [outcome.sentinel for step, outcome in play.steps_of(MailsAwaited) if step.row.label == "s"]
    asked = [step.row.t for step in play.steps if step.row.kind == "OnJob"]
    if len(waited) != len(states) - 1 or len(asked) < len(waited):
        return
    changes = zip(pairwise(states), waited, asked, (*asked[1:], NEVER), strict=False)
    for (before, after), later, begin, end in changes:
        if before != after and later and not any(begin <= t < end for t in came):
            yield f"none for {before} -> {after}, while that of a later event came"


def _job_state(play: PlayRecord, label: str) -> tuple[int | None, frozenset[str]]:
    """job-state and job-state-reasons as the printer told them at that step."""
    answer = play.labelled(label).answer
    state, reasons = answer.message.find("job-state"), answer.message.find("job-state-reasons")
    if state is None:
        raise Inconclusive(f"{answer.operation} does not tell the job-state", (answer.where(),))
    return state.value.integer, frozenset(reasons.texts("ascii")) if reasons is not None else frozenset()


def _paused(play: PlayRecord) -> PrinterState | int:
    """printer-state while the printer was paused; ``Inconclusive`` when it shows nothing of a pause."""
    require_triggers(play)
    answer = play.labelled("paused").answer
    group = answer.message.first(GroupTag.PRINTER)
    state = group.get("printer-state") if group is not None else None
    reasons = group.get("printer-state-reasons") if group is not None else None
    paused = any("paused" in r for r in reasons.texts("ascii")) if reasons is not None else False
    if state is None or not (state.value.integer == PrinterState.STOPPED or paused):
        raise Inconclusive("after Pause-Printer the printer tells no other state", (answer.where(),))
    return state.value.integer or 0


@case("4.2-2", on="event-printer-state-changed")
def test_printer_state_changed_is_mailed(play: PlayRecord) -> None:
    s = play.subscription.created()
    _paused(play)
    _came(play, s, "printer-state-changed")
    resumed = max(step.asked for step, _ in play.steps_of(PrinterOperated))
    early = sum(mail.t < resumed for mail in s.mails)
    times = {"while the printer was paused": early > 0 or len(s.mails) > 1, "when it was resumed": len(s.mails) > early}
    for awaited, (when, came) in zip((1, 2), times.items(), strict=True):
        later = any(o.sentinel for _, o in play.steps_of(MailsAwaited) if o.wanted == awaited)
        later = later and play.missing_is_proven("s")
        expect(
            came or not later,
            expected=f"a mail for printer-state-changed {when}",
            actual="none, while that of a later event came",
            where=s.creation.where(),
        )


@case("4.2-2", on="event-printer-stopped")
def test_printer_stopped_is_mailed(play: PlayRecord) -> None:
    s = play.subscription.created()
    if _paused(play) != PrinterState.STOPPED:
        raise Inconclusive("the printer was paused, but had not stopped")
    _came(play, s, "printer-stopped, printer-state being 5 (stopped)")


@case("4.2-2", on="machine")
def test_the_content_names_a_listed_event(play: PlayRecord) -> None:
    for content in contents_of(play):
        listed = content.subscription.asked.events
        event = content.text("trigger-event", "notify-subscribed-event")
        if listed is None or event is None:
            continue
        allowed = {*listed, *(sub for e in listed for sub in sub_values(play.run_record.vocabulary, e))}
        expect(
            event in allowed,
            expected=f"an event of the subscription ({', '.join(listed)})",
            actual=event,
            where=content.where,
        )


# ---------------------------------------------------------------- events that were not listed


@case("4.2-2", on="job/only-completed")
def test_a_creation_is_not_mailed_to_who_lists_completion(play: PlayRecord) -> None:
    s = play.subscription.created()
    play.proven_silence("created")
    completed = let_go(play).row.t
    none_of([m for m in own_mails(play, s) if m.t < completed], "no mail before the job was completed")


@case("4.2-2", on="job/only-created")
def test_a_completion_is_not_mailed_to_who_lists_creation(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    play.proven_silence("completed")
    none_of(list(own_mails(play, s))[1:], "no mail but the one about the job's creation")


@case("4.2-2", on="job/no-printer-event")
def test_a_printer_event_is_not_mailed_to_who_lists_job_events(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    play.proven_silence("resumed")
    completed = let_go(play).row.t
    none_of([m for m in own_mails(play, s) if m.t < completed], "no mail about a pause of the printer")


@case("4.2-2", on="printer/no-job-event")
def test_a_job_event_is_not_mailed_to_who_lists_printer_events(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    play.proven_silence("printed")
    end, jobs = play.step("Unsubscribe").row.t, jobs_of(play)
    came = [m for m in s.mails if m.t < end]
    about_jobs = [m for m in came if job_of(m, jobs) is not None and not _tells_a_stop(m)]
    none_of(about_jobs, "no mail about a job, where only printer-stopped is listed")
    if came and not _has_stopped(play):
        raise Inconclusive(
            "a mail came that is not about a job: did the printer stop by itself, for a moment?",
            tuple(m.where() for m in came),
        )


def _tells_a_stop(mail: ReceivedMail) -> bool:
    """Whether a mail says that something has stopped: a printer may run out of paper while it prints our job."""
    return re.search(r"\bstop", mail.said, re.IGNORECASE) is not None


def _has_stopped(play: PlayRecord) -> bool:
    """Whether the printer itself says, after the job, that it has stopped, or that an error keeps it from printing."""
    for step, _ in play.steps_of(Described):
        state = step.answer.message.find("printer-state", GroupTag.PRINTER)
        reasons = step.answer.message.find("printer-state-reasons", GroupTag.PRINTER)
        told = reasons.texts("ascii") if reasons is not None else []
        errors = [word for word in told if word != "none" and not word.endswith(("-report", "-warning"))]
        if errors or (state is not None and state.value.integer == PrinterState.STOPPED):
            return True
    return False


# ---------------------------------------------------------------- is a creation a change of state?


def _around_the_end(play: PlayRecord) -> tuple[list[ReceivedMail], list[ReceivedMail]]:
    """The mails before and after the job was cancelled; nothing was under way when it was."""
    s = play.subscription.created()
    require_triggers(play)
    play.proven_silence("created")
    play.proven_silence("ended")
    cancelled = play.step("OnJob").row.t
    own = list(own_mails(play, s))
    return [m for m in own if m.t < cancelled], [m for m in own if m.t >= cancelled]


@case("N-05", on="job/state-changed-alone")
def test_neither_creation_nor_end_is_a_change_of_state(play: PlayRecord) -> None:
    before, after = _around_the_end(play)
    state, reasons = _job_state(play, "idle")
    created_state, created_reasons = _job_state(play, "j")
    if after and state not in (JobState.PENDING, JobState.PENDING_HELD):
        raise Inconclusive(
            f"the job was in state {state} when it was cancelled, and may have had another before its end"
        )
    none_of(after, "no mail about the end of the job, where only job-state-changed is listed")
    if before and (state, reasons) != (created_state, created_reasons):
        raise Inconclusive("the job's state or its reasons did change after its creation")
    none_of(before, "no mail about the creation of the job, where only job-state-changed is listed")


@case("R-Events-1", on="job/state-changed-alone")
def test_creation_and_end_are_changes_of_state(play: PlayRecord) -> None:
    before, after = _around_the_end(play)
    s = play.subscription
    for mails, what in ((before, "creation"), (after, "end")):
        expect(
            bool(mails),
            expected=f"a mail about the {what} of the job, as job-state-changed includes it",
            actual="no mail, while that of a later event came",
            where=s.creation.where(),
        )


@case("R-Events-1", on="event-printer-state-changed")
def test_a_stop_is_a_change_of_the_printers_state(play: PlayRecord) -> None:
    s = play.subscription.created()
    if _paused(play) != PrinterState.STOPPED:
        raise NotApplicable("the printer was paused, but had not stopped")
    resumed = [step.asked for step in play.steps if step.row.kind == "OnPrinter"][1]
    if not any(m.t < resumed for m in s.mails) and not play.missing_is_proven("s"):
        raise Inconclusive(f"no mail came for {s.address}, and {play.why_unproven}")
    expect(
        any(m.t < resumed for m in s.mails),
        expected="a mail about the printer's stop, as printer-state-changed includes it",
        actual="none before the printer was resumed, while that of a later event came",
        where=s.creation.where(),
    )


# ---------------------------------------------------------------- whose events


@case("N-19", on="job/isolation")
def test_a_job_subscription_hears_of_no_other_job(play: PlayRecord) -> None:
    s = play.subscription.created()
    play.proven_silence()
    own, jobs = let_go(play).row.t, jobs_of(play)
    foreign = [m for m in s.mails if (m.t < own if (job := job_of(m, jobs)) is None else job.label != "j")]
    none_of(foreign, "no mail about another job, nor any before the subscription's own job was completed")


@case("N-19", on="job/two-jobs")
def test_two_jobs_have_each_their_own_mail(play: PlayRecord) -> None:
    require_triggers(play)
    play.proven_silence()
    jobs = jobs_of(play)
    for label, own in (("s", "j1"), ("t", "j2")):
        s = play.subscriptions[label].created()
        foreign = [m for m in s.mails if (job := job_of(m, jobs)) is not None and job.label != own]
        none_of(foreign, f"mail about the subscription's own job ({own}) and about no other")


@case("N-19", on="printer/every-job")
def test_a_printer_subscription_hears_of_everybodys_jobs(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    jobs = jobs_of(play)
    for label, owner in (("j1", "subscriber"), ("j2", "other user")):
        if any((job := job_of(m, jobs)) is None or job.label == label for m in s.mails):
            continue
        if not play.missing_is_proven("s"):
            raise Inconclusive(f"no mail came, and {play.why_unproven}")
        raise Violation(
            f"a mail about the job of the {owner}", "none, while mails of other events came", (s.creation.where(),)
        )


@case("N-19", on="job/event-printer-state-changed")
def test_a_job_subscription_hears_of_the_printer(play: PlayRecord) -> None:
    s = play.subscription.created()
    _paused(play)
    _came(play, s, "printer-state-changed, listed by a per-job subscription")
