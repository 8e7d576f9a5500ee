"""What the ledger of the whole run leaves over: mails that nothing accounts for, wherever they came."""

from __future__ import annotations

from conformance.record.ledger import ledger_of
from conformance.record.left_over import LeftOverKind
from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive, NotApplicable

from .case import RUN, case
from .findings import Finding, conclude


def _judge(run: RunRecord, requirement: str, expected: str, *, gone: bool = False) -> None:
    """The judgement on what is left over at that requirement; a relay's part in it is not the printer's.

    ``gone``: subscriptions that were lost, in place of mails.
    """
    ledger = ledger_of(run)
    if not ledger.came:
        raise NotApplicable("no mail came in this run; that one was due is judged where it was")
    left_over = [left for left in ledger.of(requirement) if (left.kind is LeftOverKind.GONE) is gone]
    conclude([Finding(left.told, left.where) for left in left_over if left.relayed is None], expected=expected)
    for left in left_over:
        raise Inconclusive(f"{left.told}; but {left.relayed}", (left.where,))


@case("3-6", on=RUN)
def test_every_mail_of_the_run_goes_to_one_recipient_who_was_subscribed(run: RunRecord) -> None:
    _judge(run, "3-6", "each mail to the one recipient that its subscription names, and to nobody else")


@case("3-7", on=RUN)
def test_every_mail_of_the_run_goes_to_an_address_as_it_was_given(run: RunRecord) -> None:
    _judge(run, "3-7", "each mail to the address in the URI of its subscription, as it is written there")


@case("4.2-2", on=RUN)
def test_every_mail_of_the_run_is_about_an_event_that_was_subscribed(run: RunRecord) -> None:
    _judge(run, "4.2-2", "mails about the listed events only, for subscriptions that were made")


@case("1-2", on=RUN)
def test_no_event_of_the_run_is_passed_over(run: RunRecord) -> None:
    _judge(run, "1-2", "a mail about each job that the subscription was to hear of")


@case("S-once", "N-22", on=RUN)
def test_no_notification_of_the_run_is_sent_again(run: RunRecord) -> None:
    _judge(run, "S-once", "one mail about each event, once it had been taken")


@case("3-5", on=RUN)
def test_nobody_is_mailed_for_a_request_without_recipient(run: RunRecord) -> None:
    _judge(run, "3-5", "no mail where no subscription was made")


@case("4.4-5", on=RUN)
def test_nobody_is_mailed_without_user_data(run: RunRecord) -> None:
    _judge(run, "4.4-5", "no mail where no subscription was made, as the request had no user data")


@case("4.11-5", on=RUN)
def test_nobody_is_mailed_for_a_nameless_request_that_was_refused(run: RunRecord) -> None:
    _judge(run, "4.11-5", "no mail where no subscription was made, as the request had no user name")


@case("N-12", on=RUN)
def test_no_mail_of_the_run_is_about_an_event_after_the_lease(run: RunRecord) -> None:
    _judge(run, "N-12", "no mail about a job that was asked for after the lease had run out")


@case("N-12", on=RUN)
def test_no_subscription_of_the_run_is_gone_before_its_lease_is_over(run: RunRecord) -> None:
    _judge(run, "N-12", "each subscription there until its lease is over, or somebody cancels it", gone=True)


@case("N-17", on=RUN)
def test_no_mail_of_the_run_comes_when_the_job_of_its_subscription_has_long_ended(run: RunRecord) -> None:
    _judge(run, "N-17", "no mail about an event after the end of the subscription's job")


@case("N-16", on=RUN)
def test_no_mail_of_the_run_is_about_an_event_after_the_cancellation(run: RunRecord) -> None:
    _judge(run, "N-16", "no mail about a job that was asked for after the subscription had been cancelled")


@case("N-19", on=RUN)
def test_no_job_subscription_of_the_run_hears_of_another_job(run: RunRecord) -> None:
    _judge(run, "N-19", "mails about the subscription's own job only")
