"""Subscriptions that are alike, and how they end (not-spec-01 sections 8.1 to 8.3, RFC 3995 section 9)."""

from __future__ import annotations

from conformance.counted import counted
from conformance.faults import Place
from conformance.record.exchanges import told_group
from conformance.record.run_record import PlayRecord
from conformance.record.smtp_sessions import SessionRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation, Where
from conformance.wire.registry import GroupTag, Operation

from .case import case, expect
from .job_lookup import (
    LET_GO,
    contents_in,
    job_of,
    jobs_of,
    mails_about,
    none_of,
    only_ours,
    require_nobody_else,
    tells_of_another_job,
)
from .mail_lookup import is_anothers, require_granted, require_triggers

CREATING = (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.CREATE_PRINTER_SUBSCRIPTIONS)

# ---------------------------------------------------------------- twins


def _twins(play: PlayRecord) -> tuple[SubscriptionRecord, SubscriptionRecord]:
    """Both; a second one that was refused for want of room is judged elsewhere."""
    one, other = play.subscription.created(), play.subscriptions["t"]
    if other.id is None:
        creation = other.judgeable().creation
        if other.no_place:
            raise NotApplicable(other.no_place)
        raise Violation("a second subscription like the first", f"{creation.keyword}, and none", (creation.where(),))
    return one, other


@case("N-11", on="twins")
def test_twins_have_different_numbers(play: PlayRecord) -> None:
    one, other = _twins(play)
    expect(
        one.id != other.id,
        expected=f"two values of {play.run_record.vocabulary.subscription_id}",
        actual=f"subscription {one.id} for both",
        where=(one.creation.where(), other.creation.where()),
    )


@case("N-11", on="twins")
def test_each_of_twins_is_mailed(play: PlayRecord) -> None:
    one, _ = _twins(play)
    require_triggers(play)
    mails = mails_about(play, one, "j1")
    if len(mails) < 2 and not play.missing_is_proven("s"):
        raise Inconclusive(f"{len(mails)} of 2 mails came, and {play.why_unproven}")
    if len(mails) == 1 and play.run_record.traits.combines:
        raise Inconclusive("one mail came, which may tell both subscriptions", (mails[0].where(),))
    expect(
        len(mails) >= 2,
        expected="two mails for one event, one for each subscription",
        actual=f"{len(mails)}, while that of a later event came",
        where=tuple(m.where() for m in mails) or one.creation.where(),
    )


@case("N-11", on="twins-ipp")
def test_each_of_twins_is_named_in_a_mail(play: PlayRecord) -> None:
    one, other = _twins(play)
    told = []
    for mail in mails_about(play, one, "j1"):
        for content in contents_in(mail, one):
            number = content.get("subscription-id", "notify-subscription-id")
            if number is not None and number.value.integer is not None:
                told.append((number.value.integer, content.where))
    if len(told) < 2:
        require_granted(play, one)
        raise Inconclusive(f"{counted(len(told), 'mail tells', 'mails tell')} a subscription in application/ipp")
    expect(
        len({number for number, _ in told}) > 1,  # whether they are the right ones N-20 judges
        expected=f"another subscription-id in each mail, {one.id} and {other.id}",
        actual=", ".join(str(number) for number, _ in told),
        where=tuple(where for _, where in told),
    )


@case("N-11", on="per-printer-twins")
def test_cancelling_one_of_twins_leaves_the_other(play: PlayRecord) -> None:
    one, other = _twins(play)
    _cancelled(play)
    require_triggers(play)
    third = play.step("Print", "j3").row.t
    after = [m for m in mails_about(play, one, "j3") if m.t > third]
    if not after and not play.missing_is_proven("t"):
        raise Inconclusive(f"no mail came, and {play.why_unproven}")
    expect(
        bool(after),
        expected=f"a mail for subscription {other.id} after subscription {one.id} was cancelled",
        actual="none, while that of a later event came",
        where=play.labelled("cancelled").answer.where(),
    )


# ---------------------------------------------------------------- cancelled


def _cancelled(play: PlayRecord) -> Where:
    """Where the printer agreed to cancel; whether it has to is judged elsewhere."""
    answer = play.labelled("cancelled").answer.judgeable()
    if not answer.ok:
        raise Inconclusive(f"the printer answered {answer.operation} with {answer.keyword}", (answer.where(),))
    return answer.where()


@case("N-16", on="cancelled")
def test_a_cancelled_subscription_cannot_be_read(play: PlayRecord) -> None:
    play.subscription.created()
    _cancelled(play)
    answer, group = play.query("gone")
    if group is not None and is_anothers(play.subscription, group):
        return  # the number is another's by now, so that this one is gone
    expect(
        not answer.ok,
        expected="client-error-not-found for a subscription that was cancelled",
        actual=answer.keyword + (f", with {counted(len(group.attributes), 'attribute')}" if group is not None else ""),
        where=answer.where(),
    )


@case("N-16", on="cancelled")
def test_a_cancelled_subscription_mails_nothing(play: PlayRecord) -> None:
    s = play.subscription.created()
    _cancelled(play)
    require_triggers(play)
    play.proven_silence()
    event = [step.row.t for step in play.steps if step.row.kind in ("Print", *LET_GO)][-1]
    before = [job for job in jobs_of(play) if job.label != "j" and job.made.row.t_start < event]
    late = [m for m in s.mails if m.t > event and job_of(m, before) is None and not tells_of_another_job(play, m)]
    only_ours(play, late, "no mail for an event after Cancel-Subscription was answered")


@case("N-16", on="cancelled-printer-event")
def test_a_cancelled_subscription_hears_no_more_of_the_printer(play: PlayRecord) -> None:
    s = play.subscription.created()
    _cancelled(play)
    require_triggers(play)
    s.some_mails()
    play.proven_silence("resumed")
    play.proven_silence()
    cancelled = play.labelled("cancelled").row.t
    paused = next(step.asked for step in play.steps if step.row.kind == "OnPrinter" and step.asked > cancelled)
    late = [m for m in s.mails if m.t > paused]
    if late:
        require_nobody_else(play)  # one that was under way may be about what his job did
    none_of(late, "no mail about the printer after Cancel-Subscription was answered")


@case("N-16", on="cancelled")
def test_the_number_of_a_cancelled_subscription_rests_for_a_while(play: PlayRecord) -> None:
    s, name = play.subscription.created(), play.run_record.vocabulary.subscription_id
    _cancelled(play)
    since, made = play.labelled("cancelled").answer.row.t_end, 0
    for step in play.steps:
        for answer in step.answers:
            if answer.row.t_start < since or not answer.ok or answer.row.operation not in CREATING:
                continue
            told = told_group(answer.message, play.run_record.vocabulary)  # where it is the operation group
            for group in answer.message.all(GroupTag.SUBSCRIPTION) or filter(None, (told,)):
                number = group.get(name)
                made += number is not None
                expect(
                    number is None or number.value.integer != s.id,
                    expected=f"another number than {s.id}, whose subscription was cancelled a moment ago",
                    actual=number.show() if number is not None else "",
                    where=(s.creation.where(), answer.where(number)),
                    binding=False,
                )
    if not made:
        raise Inconclusive("no subscription was made after that")


# ---------------------------------------------------------------- ended with the job


@case("N-17", on="job/ended")
def test_the_end_of_the_job_is_still_mailed(play: PlayRecord) -> None:
    s = play.subscriptions["end"].created()
    require_triggers(play)
    if s.mails:
        return
    if not play.missing_is_proven("end"):
        raise Inconclusive(f"no mail came, and {play.why_unproven}")
    raise Violation("a mail about the job's own end", "none, while that of a later event came", (s.creation.where(),))


@case("N-17", on="job/ended")
def test_nothing_is_mailed_after_the_end_of_the_job(play: PlayRecord) -> None:
    s, end, control = (play.subscriptions[label].created() for label in ("s", "end", "control"))
    require_triggers(play)
    play.proven_silence("ended")
    play.proven_silence("resumed")
    if not end.mails:
        raise Inconclusive("the job was not seen to end")
    if not control.mails:
        raise Inconclusive("the pause of the printer was not mailed to a per-printer subscription either")
    paused = play.step("OnPrinter").asked
    late = [m for m in s.mails if m.t > paused]
    if late:
        require_nobody_else(play)
    none_of(late, "no mail for a per-job subscription whose job has ended")


# ---------------------------------------------------------------- undeliverable


@case("R-Error-1", on="printer/undeliverable")
def test_a_subscription_that_cannot_be_delivered_ends(play: PlayRecord) -> None:
    s = play.subscription.created()
    require_triggers(play)
    name = s.address.encode()
    refused = [session for session in play.run_record.naming([name]) if _refuses_recipients(session)]
    if not refused:
        raise Inconclusive(f"no RCPT to {s.address} was seen that could be refused")
    owner = play.run_record.session_owner
    if relays := [why for session in refused if (why := owner.relay(session.id)) is not None]:
        raise NotApplicable(f"a relay was refused, and the printer was not: {relays[0]}")
    answer, group = play.query("after")
    ended = not answer.ok and group is None
    if not ended and (doubts := [why for session in refused if (why := owner.dispute(session.id)) is not None]):
        raise Inconclusive(f"a relay may have been refused, and not the printer: {doubts[0]}", (answer.where(),))
    expect(
        ended,
        expected=f"no such subscription any more, after {counted(len(refused), 'refusal')} of its mail with 550",
        actual=answer.keyword,
        where=(answer.where(), *(session.where() for session in refused[:3])),
    )


def _refuses_recipients(session: SessionRecord) -> bool:
    """Whether a recipient was refused on purpose."""
    return any(fault.place is Place.RCPT and fault.refuses for fault in session.faults)
