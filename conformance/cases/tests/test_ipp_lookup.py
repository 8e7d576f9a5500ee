"""What is read from IPP answers is what they say, in whatever group they say it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.ipp_lookup import (
    expect_no_number,
    expect_printed_all_the_same,
    expect_refused_or_ignored,
    numbered,
    refused,
    reported,
    returned,
    same_uri,
)
from conformance.cases.mail_lookup import is_anothers
from conformance.record.exchanges import Answer, granted_group, told_group
from conformance.record.outcomes import Asked, Carrier
from conformance.record.subscription_record import SubscriptionRecord
from conformance.trouble import BUSY, FULL, RIGHTS
from conformance.verdict import Inconclusive, NotApplicable, Violation, Where
from conformance.vocabulary import NTFY_01, RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Status, ValueTag

OPERATION = ipp.Group(GroupTag.OPERATION, (ipp.charset("attributes-charset", "utf-8"),))


def subscription(
    *groups: ipp.Group, place: int = 0, status: int = 0, vocabulary: Vocabulary = RFC3995
) -> SubscriptionRecord:
    """A subscription asked for at that place of a request that was answered so."""
    message = ipp.Message(status, 1, (OPERATION, *groups))
    answer = Answer(cast(Any, SimpleNamespace(id=7, operation=0x0016)), ipp.Message(0x0016, 1), message)
    step = cast(Any, SimpleNamespace(answer=answer, answers=[answer], is_answered=True))
    return SubscriptionRecord(Asked("s", "a@b.example", user_data=b"c@d.example"), step, place, vocabulary)


def group(*attributes: ipp.Attribute, tag: int = GroupTag.SUBSCRIPTION) -> ipp.Group:
    return ipp.Group(tag, attributes)


NUMBER = ipp.integer("notify-subscription-id", 5)
CHARSET = ipp.charset("notify-charset", "x-none")
UNSUPPORTED = ipp.out_of_band("notify-charset", ValueTag.UNSUPPORTED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ipp://printer.example/ipp/print", "IPP://Printer.Example:631/ipp/print"),
        ("ipp://printer.example", "ipp://printer.example/"),
        ("http://printer.example/ipp", "http://printer.example:80/ipp"),
    ],
)
def test_spellings_of_one_uri_are_the_same(one: str, other: str) -> None:
    assert same_uri(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ipp://printer.example/ipp/print", "ipp://printer.example/ipp/Print"),
        ("ipp://printer.example/ipp", "ipps://printer.example/ipp"),
        ("ipp://printer.example/ipp", "ipp://printer.example:8631/ipp"),
        ("ipp://printer.example/ipp", "ipp://printer.example:x/ipp"),
    ],
)
def test_other_uris_are_not(one: str, other: str) -> None:
    assert not same_uri(one, other)


def test_an_attribute_is_returned_in_the_subscriptions_own_group() -> None:
    assert returned(subscription(group(NUMBER, CHARSET)), "notify-charset") == CHARSET


def test_an_attribute_is_returned_in_the_unsupported_group() -> None:
    answered = subscription(group(UNSUPPORTED, tag=GroupTag.UNSUPPORTED), group(NUMBER))
    assert returned(answered, "notify-charset") == UNSUPPORTED


def test_an_attribute_is_returned_inside_a_collection() -> None:
    whole = ipp.collection("job-notify", (UNSUPPORTED,))
    assert returned(subscription(group(whole, tag=GroupTag.UNSUPPORTED)), "notify-charset") == UNSUPPORTED


def test_an_attribute_of_another_subscription_is_not_returned_for_this_one() -> None:
    assert returned(subscription(group(NUMBER), group(CHARSET)), "notify-charset") is None


def test_a_subscription_is_reported_by_a_group_without_number() -> None:
    answered = (group(NUMBER), group(ipp.enum("notify-status-code", 0x040C)))
    assert not reported(subscription(*answered, place=0))
    assert reported(subscription(*answered, place=1))
    assert not reported(subscription(*answered, place=2))


def test_a_subscription_is_reported_by_its_recipient_among_the_unsupported() -> None:
    recipient = ipp.uri("notify-recipient", "x:y")
    answered = subscription(group(recipient, tag=GroupTag.UNSUPPORTED), vocabulary=NTFY_01)
    assert reported(answered)


def test_a_number_is_seen_whatever_the_status() -> None:
    answered = subscription(group(NUMBER), status=Status.CLIENT_ERROR_NOT_POSSIBLE)
    assert answered.id is None
    assert numbered(answered) == NUMBER
    with pytest.raises(Violation, match="since nothing was asked"):
        expect_no_number(answered, "nothing was asked")


def test_a_number_in_the_operation_group_is_seen() -> None:
    message = ipp.Message(0, 1, (ipp.Group(GroupTag.OPERATION, (ipp.integer("subscription-id", 5),)),))
    answered = subscription(vocabulary=NTFY_01)
    answer = Answer(answered.creation.row, answered.creation.request, message)
    step = cast(Any, SimpleNamespace(answer=answer, is_answered=True))
    old = SubscriptionRecord(Asked("s", ""), step, 0, NTFY_01)
    assert old.id == 5


def test_the_status_of_a_group_is_its_own() -> None:
    answered = (group(NUMBER), group(ipp.enum("notify-status-code", 0x040C)))
    assert subscription(*answered, place=0).told_status is None
    assert subscription(*answered, place=1).told_status == Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED


@pytest.mark.parametrize("where", ["status", "group"])
def test_a_printer_without_room_has_violated_nothing_else(where: str) -> None:
    full = Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS
    told = group(ipp.enum("notify-status-code", full))
    answered = subscription(status=full) if where == "status" else subscription(told, status=0x0414)
    with pytest.raises(Inconclusive, match="no room"):
        refused(answered, "a subscription")


def test_a_refusal_for_any_other_reason_is_a_violation() -> None:
    with pytest.raises(Violation) as caught:
        refused(subscription(status=Status.CLIENT_ERROR_BAD_REQUEST), "a subscription")
    assert caught.value.expected == "a subscription"
    assert caught.value.where == (Where("ipp", 7),)


# ---------------------------------------------------------------- a subscription that lacks what it needs (C06)


def of_job(answered: SubscriptionRecord) -> SubscriptionRecord:
    """The same, asked for with a job."""
    return replace(answered, asked=replace(answered.asked, carrier=Carrier.JOB))


DROPPED = group(ipp.enum("notify-status-code", Status.CLIENT_ERROR_BAD_REQUEST))


@pytest.mark.parametrize(
    "answered",
    [
        subscription(status=Status.CLIENT_ERROR_BAD_REQUEST),
        subscription(status=Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS),
        subscription(),
        of_job(subscription(DROPPED)),
        of_job(subscription(status=Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS)),
        of_job(subscription(status=Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES)),
        of_job(subscription(status=Status.CLIENT_ERROR_BAD_REQUEST)),
    ],
)
def test_it_may_be_refused_or_ignored_aloud(answered: SubscriptionRecord) -> None:
    expect_refused_or_ignored(answered, "without an address")


@pytest.mark.parametrize(
    "answered",
    [
        subscription(group(NUMBER)),
        of_job(subscription(group(NUMBER))),
        of_job(subscription()),
        subscription(status=Status.SERVER_ERROR_INTERNAL_ERROR),
    ],
)
def test_it_may_not_be_made_nor_dropped_in_silence_nor_break_the_printer(answered: SubscriptionRecord) -> None:
    with pytest.raises(Violation) as caught:
        expect_refused_or_ignored(answered, "without an address")
    assert caught.value.binding is None


def test_a_job_that_is_refused_for_it_warns() -> None:
    expect_printed_all_the_same(of_job(subscription(DROPPED)))
    with pytest.raises(Violation) as caught:
        expect_printed_all_the_same(of_job(subscription(status=Status.CLIENT_ERROR_BAD_REQUEST)))
    assert caught.value.binding is False


# ---------------------------------------------------------------- a number that is another's by now


@pytest.mark.parametrize(
    ("told", "anothers"),
    [
        ("mailto:r1.7.s@here.example", False),
        ("r1.7.s@here.example", False),
        ("mailto:r1.8.s@here.example", True),
        ("mailto:r1.7.t@here.example", True),
        ("mailto:nobody@here.example", False),
    ],
)
def test_a_number_that_was_used_again_is_known_by_its_recipient(told: str, anothers: bool) -> None:
    own = replace(subscription(), asked=Asked("s", "r1.7.s@here.example", "r1.7.sx@here.example"))
    assert is_anothers(own, group(ipp.uri("notify-recipient-uri", told))) is anothers


# ---------------------------------------------------------------- refusals that are nobody's failure


@pytest.mark.parametrize("status", sorted(BUSY | RIGHTS), ids=lambda status: status.keyword)
def test_who_was_refused_for_nobodys_failure_has_learnt_nothing(status: Status) -> None:
    whole = subscription(status=status)
    with pytest.raises(Inconclusive, match=status.keyword):
        whole.judgeable()
    with pytest.raises(Inconclusive, match=status.keyword):
        whole.creation.judgeable()
    own = subscription(group(ipp.enum("notify-status-code", status)))
    assert own.creation.judgeable() is own.creation
    with pytest.raises(Inconclusive, match=status.keyword):
        own.judgeable()


@pytest.mark.parametrize(
    "status",
    sorted(set(Status) - BUSY - RIGHTS - {FULL}),
    ids=lambda status: f"{status:#06x}",
)
def test_any_other_refusal_says_something(status: Status) -> None:
    answered = subscription(status=status)
    assert answered.judgeable() is answered
    assert answered.creation.judgeable() is answered.creation


def test_a_full_printer_is_nobodys_failure_unless_it_is_full_of_ours() -> None:
    full = subscription(status=FULL)
    with pytest.raises(Inconclusive, match="no room for another subscription"):
        full.judgeable()
    with pytest.raises(NotApplicable, match="the printer holds 1"):
        replace(full, no_place="the printer holds 1").judgeable()
    assert full.creation.judgeable() is full.creation  # what a full printer does is judged, too


def test_a_subscription_that_was_made_is_judged_whatever_the_status_says() -> None:
    made = subscription(group(NUMBER, ipp.enum("notify-status-code", FULL)))
    assert made.judgeable() is made


# ---------------------------------------------------------------- in whichever group


def test_what_is_told_of_a_subscription_is_read_from_the_operation_group_too() -> None:
    loose = ipp.Group(GroupTag.OPERATION, (*OPERATION, ipp.uri("notify-recipient", "mailto:a@b.example")))
    assert told_group(ipp.Message(0, 1, (loose,)), NTFY_01) is loose
    assert told_group(ipp.Message(0, 1, (OPERATION,)), NTFY_01) is None
    own = group(ipp.integer("subscription-id", 5))
    assert told_group(ipp.Message(0, 1, (loose, own)), NTFY_01) is own


def test_one_number_in_the_operation_group_is_not_that_of_two_subscriptions() -> None:
    message = ipp.Message(0, 1, (ipp.Group(GroupTag.OPERATION, (ipp.integer("subscription-id", 5),)),))
    assert granted_group(message, 0, NTFY_01) is not None
    assert granted_group(message, 1, NTFY_01) is None
