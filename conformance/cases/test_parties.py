"""Sections 3 and 10: whose a subscription is, and who may be mailed."""

from __future__ import annotations

from conformance.record.exchanges import Answer
from conformance.record.run_record import PlayRecord
from conformance.trouble import RIGHTS
from conformance.verdict import Inconclusive, NotApplicable

from .case import case, expect
from .ipp_lookup import told
from .mail_lookup import known_user_name


@case("3-4", on="owner")
def test_nobody_else_cancels_a_subscription(play: PlayRecord) -> None:
    attempt = _attempt(play, "stranger")
    _, group = told(play, "after")
    expect(
        not attempt.ok and group is not None,
        expected=_untouched(play),
        actual=f"{attempt.keyword}, and the subscription is {'there' if group is not None else 'gone'}",
        where=(attempt.where(), play.labelled("after").answer.where()),
    )


@case("3-4", on="owner")
def test_nobody_else_renews_a_subscription(play: PlayRecord) -> None:
    attempt = _attempt(play, "stranger-renews")
    name = play.run_record.vocabulary.lease_expiration
    ends = [
        group.get(name) if group is not None else None
        for _, group in (told(play, label) for label in ("before", "between"))
    ]
    times = [attribute.value.integer if attribute is not None else None for attribute in ends]
    expect(
        not attempt.ok and (None in times or times[0] == times[1]),
        expected=_untouched(play),
        actual=f"{attempt.keyword}, and {name} {times[1]} where it was {times[0]}",
        where=(attempt.where(), play.labelled("between").answer.where(ends[1])),
    )


def _attempt(play: PlayRecord, label: str) -> Answer:
    """What a stranger was answered; a judgement where that is no matter of rights."""
    play.subscription.created()
    if not any(step.row.label == label for step in play.steps):
        raise NotApplicable("that was not tried yet when this run was recorded")
    attempt = play.labelled(label).answer
    if attempt.ok and play.subscription.login is None:
        raise NotApplicable("names are only claimed at this printer, and it lets everybody manage subscriptions")
    if not attempt.ok and attempt.status not in RIGHTS:
        raise Inconclusive(f"{attempt.operation} answered {attempt.keyword}", (attempt.where(),))
    return attempt


def _untouched(play: PlayRecord) -> str:
    owner = play.subscription.login or known_user_name(play, play.subscription)
    return f"client-error-forbidden, -not-authenticated or -not-authorized, and {owner}'s subscription untouched"


@case("3-4", on="owner")
def test_mail_goes_on_after_a_stranger_tried_to_cancel(play: PlayRecord) -> None:
    s = play.subscription.created()
    if play.labelled("stranger").answer.ok:
        raise NotApplicable("the printer let the stranger cancel")
    if not s.mails and not play.missing_is_proven("s"):
        raise Inconclusive(f"no mail came, and {play.why_unproven}")
    expect(
        bool(s.mails),
        expected="a mail about the next job, since the subscription was not cancelled",
        actual="none, though a mail about a later job came",
        where=play.labelled("stranger").answer.where(),
    )


@case("10-1a", on="third-party")
def test_somebody_else_can_be_notified(play: PlayRecord) -> None:
    own, third = play.subscriptions["own"], play.subscriptions["third"]
    if third.id is None:
        own.created()
        if third.no_room:
            third.judgeable()
        raise NotApplicable(
            f"the printer is set up to notify nobody but the subscriber: {third.creation.keyword} (10-3)"
        )
    if not third.mails and not own.mails:
        raise Inconclusive("neither the subscriber nor the other got a mail")
    expect(
        bool(third.mails),
        expected="a mail for the recipient, who is not the subscriber",
        actual="none, while the subscriber who named himself got his",
        where=(third.creation.where(), *(mail.where() for mail in own.mails)),
    )


@case("10-2", on="no-mailbox")
def test_a_recipient_is_taken_on_trust(play: PlayRecord) -> None:
    known, nobody = play.subscriptions["known"], play.subscriptions["nobody"]
    if known.id is None:
        raise NotApplicable(f"the printer takes no third party: {known.creation.keyword} (10-3)")
    nobody.judgeable()
    expect(
        nobody.id is not None,
        expected="a subscription, as for the other address of the same domain, though no such mailbox exists",
        actual=f"{nobody.creation.operation} answered {nobody.creation.keyword}",
        where=nobody.creation.where(),
    )
