"""Looks at IPP answers that the cases on subscriptions, operations and limits share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NoReturn
from urllib.parse import urlsplit

from conformance.record.exchanges import STATUS_CODE, Answer, granted_group, lease_told, told_group
from conformance.record.outcomes import Carrier, Renewed
from conformance.record.pulling import is_pulled
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import ipp
from conformance.wire.registry import FIRST_ERROR, GroupTag, Status, keyword_of

from .case import expect

GONE: Final = (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE)
IPP_PORT: Final = 631
_SOMETHING_LEFT_OUT: Final = (
    Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES,
    Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS,
)
CLOCKS: Final = 2  # seconds: two whole-second clocks read one after the other may differ by that


def told(play: PlayRecord, label: str, subscription: str = "s") -> tuple[Answer, ipp.Group | None]:
    """What Get-Subscription-Attributes told at that step; ``Inconclusive`` when the lease may have been over then."""
    s = play.subscriptions[subscription].created()
    answer, group = play.query(label)
    if group is None and answer.status in GONE:
        require_lease(play, s, answer)
    return answer, group


def require_lease(play: PlayRecord, subscription: SubscriptionRecord, answer: Answer) -> None:
    """``Inconclusive`` when the lease of a subscription may have been over at that answer."""
    since, lease = _last_grant(play, subscription, answer)
    passed = (answer.row.t_end - since.row.t_start) / 1e9
    if lease and passed >= lease - 1:  # by a clock of whole seconds
        raise Inconclusive(
            f"a lease of {lease} s was granted, and an answer came {passed:.1f} s after it had been asked for",
            (since.where(), answer.where()),
        )


def _last_grant(play: PlayRecord, subscription: SubscriptionRecord, before: Answer) -> tuple[Answer, int | None]:
    """The last answer that granted the subscription a lease, and its seconds; 0 and ``None`` are no end known."""
    grants = [(subscription.creation, subscription.asked.lease)]
    for step, renewed in play.steps_of(Renewed):
        if step.row.t < before.row.t_start and step.answers and step.answer.ok:
            grants.append((step.answer, renewed.lease))
    answer, asked = grants[-1]
    group = told_group(answer.message, subscription.vocabulary)
    granted = lease_told(group, subscription.vocabulary) if group is not None else None
    return answer, asked if granted is None else granted


def shown(play: PlayRecord, label: str, subscription: str = "s") -> tuple[Answer, ipp.Group]:
    """What Get-Subscription-Attributes told at that step; ``Inconclusive`` when it told nothing."""
    answer, group = told(play, label, subscription)
    if group is None:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword} without a subscription", (answer.where(),))
    return answer, group


def attribute_of(answer: Answer, group: ipp.Group, name: str, owner: str = "the subscription") -> ipp.Attribute:
    """The attribute, which has to be there."""
    found = group.get(name)
    if found is None:
        raise Violation(f"{name} on {owner}", "no such attribute", (answer.where(),))
    return found


def number_of(answer: Answer, group: ipp.Group, name: str, owner: str = "the subscription") -> int:
    """The number in an attribute that has to be there."""
    attribute = attribute_of(answer, group, name, owner)
    number = attribute.value.integer
    if number is None:
        raise Violation(f"{name} (integer)", attribute.show(), (answer.where(attribute),))
    return number


def numbered(subscription: SubscriptionRecord) -> ipp.Attribute | None:
    """The number in the answer about a subscription, whatever the status of that answer is."""
    v = subscription.vocabulary
    group = granted_group(subscription.creation.message, subscription.place, v)
    return group.get(v.subscription_id) if group is not None else None


def expect_no_number(subscription: SubscriptionRecord, why: str) -> None:
    """The answer gives this subscription no number, as ``why`` has it."""
    attribute = numbered(subscription)
    if attribute is None:
        subscription.judgeable()
    expect(
        attribute is None,
        expected=f"no {subscription.vocabulary.subscription_id}, since {why}",
        actual=f"{subscription.creation.keyword}, {attribute.show() if attribute else ''}",
        where=subscription.creation.where(attribute),
    )


def refused(subscription: SubscriptionRecord, expected: str) -> NoReturn:
    """The violation of a printer that did not make a subscription; ``Inconclusive`` when that is nobody's failure."""
    answer = subscription.judgeable().creation
    raise Violation(expected, f"{answer.operation} answered {answer.keyword}", (answer.where(),))


def all_asked(play: PlayRecord) -> list[SubscriptionRecord]:
    """What was asked for, in the order of the request; ``Inconclusive`` when our user may not ask."""
    asked = list(play.subscriptions.values())
    for s in asked:
        s.creation.judgeable()
    return asked


def asked_in_vain(play: PlayRecord) -> list[SubscriptionRecord]:
    """The same where some could not be made for what they are; ``Inconclusive`` when there was no room for any."""
    asked = all_asked(play)
    for s in asked:
        if s.no_room:
            s.judgeable()
    return asked


def status_words(code: int | None) -> str:
    """A notify-status-code in words."""
    return f"no {STATUS_CODE}" if code is None else f"{STATUS_CODE} {keyword_of(Status, code)}"


def accepted_job(play: PlayRecord, answer: Answer) -> int:
    """The number of the job that the request was to make; it has to have been made."""
    attribute = answer.judgeable().message.find("job-id", GroupTag.JOB)
    number = attribute.value.integer if attribute is not None else None
    if not answer.ok or number is None:
        said = answer.keyword if attribute is None else f"{answer.keyword}, {attribute.show()}"
        raise Violation("the job is accepted", said, (answer.where(attribute),))
    return number


def returned(subscription: SubscriptionRecord, name: str) -> ipp.Attribute | None:
    """An attribute sent back as not supported: in the subscription's own group, in the unsupported group, or in a
    collection there."""
    answer = subscription.creation
    own = granted_group(answer.message, subscription.place, subscription.vocabulary)
    if own is not None and own.tag == GroupTag.SUBSCRIPTION and (found := own.get(name)) is not None:
        return found
    for group in answer.message.all(GroupTag.UNSUPPORTED):
        for attribute in _within(group.attributes):
            if attribute.name == name:
                return attribute
    return None


def _within(attributes: Sequence[ipp.Attribute]) -> Iterator[ipp.Attribute]:
    for attribute in attributes:
        yield attribute
        for value in attribute.values:
            yield from _within(value.members)


def reported(subscription: SubscriptionRecord) -> bool:
    """Whether the answer says that the subscription was not made: a group without number, or something unsupported."""
    message = subscription.creation.message
    groups = message.all(GroupTag.SUBSCRIPTION)
    if subscription.place < len(groups):
        return subscription.vocabulary.subscription_id not in groups[subscription.place]
    return any(
        a.name in ("job-notify", subscription.vocabulary.recipient)
        for group in message.all(GroupTag.UNSUPPORTED)
        for a in group
    )


def expect_refused_or_ignored(s: SubscriptionRecord, lacking: str) -> None:
    """No subscription, in one of the ways that C06 leaves: the request refused, or the subscription ignored aloud.

    That a job is not refused for it is :func:`expect_printed_all_the_same`.
    """
    answer = s.creation
    outcome = f"{answer.operation} answered {answer.keyword}"
    expect(
        answer.ok or (s.id is None and answer.status < Status.SERVER_ERROR_INTERNAL_ERROR),
        expected="client-error-bad-request, or the subscription ignored",
        actual=outcome,
        where=answer.where(),
    )
    expect(
        s.id is None,
        expected=f"no subscription {lacking}",
        actual=f"{outcome} and subscription {s.id}",
        where=answer.where(),
    )
    told = reported(s) or answer.status in _SOMETHING_LEFT_OUT or s.asked.carrier is not Carrier.JOB
    expect(
        not answer.ok or told,
        expected="an answer that reports the subscription as ignored",
        actual=f"{outcome}, and nothing about the subscription",
        where=answer.where(),
    )


def expect_printed_all_the_same(s: SubscriptionRecord) -> None:
    """The job is made without the subscription: to refuse it the mail of the draft allows, and so it warns (C06)."""
    answer = s.creation
    if answer.status >= Status.SERVER_ERROR_INTERNAL_ERROR:
        raise Inconclusive(
            f"{answer.operation} answered {answer.keyword}, which is judged by itself", (answer.where(),)
        )
    expect(
        answer.ok,
        expected="the job, without the subscription",
        actual=f"{answer.operation} answered {answer.keyword}",
        where=answer.where(),
        remark="the base document wants a job printed in spite of its subscriptions (C06)",
        binding=False,
    )


def listing(play: PlayRecord, label: str) -> tuple[Answer, list[ipp.Group]]:
    """The groups that Get-Subscriptions returned; ``Inconclusive`` when it was refused.

    A printer that answers client-error-not-found has none to list; that this is no error is a case of its own.
    """
    answer = play.labelled(label).answer.judgeable()
    if not answer.ok and answer.status != Status.CLIENT_ERROR_NOT_FOUND:
        raise Inconclusive(f"Get-Subscriptions answered {answer.keyword}", (answer.where(),))
    groups, only = answer.message.all(GroupTag.SUBSCRIPTION), told_group(answer.message, play.run_record.vocabulary)
    return answer, groups or ([only] if only is not None else [])


def listed_numbers(play: PlayRecord, label: str) -> tuple[Answer, list[int]]:
    """The subscription numbers that Get-Subscriptions returned."""
    answer, groups = listing(play, label)
    name = play.run_record.vocabulary.subscription_id
    attributes = [a for group in groups if (a := group.get(name)) is not None]
    return answer, [n for a in attributes if (n := a.value.integer) is not None]


def listed_for(play: PlayRecord, label: str, subscription: SubscriptionRecord) -> tuple[Answer, ipp.Group | None]:
    """The listed group that is about this subscription, known by the recipient or the user data that no other has.

    ``Inconclusive`` when subscriptions are listed with neither, so that nobody can know.
    """
    answer, listed = listing(play, label)
    v = play.run_record.vocabulary
    groups = [group for group in listed if not is_pulled(play.run_record, group)]
    for group in groups:
        recipient, data = group.get(v.recipient), group.get(v.user_data)
        if recipient is not None and subscription.address in (recipient.value.text() or ""):
            return answer, group
        if data is not None and subscription.user_data and data.value.octets == subscription.user_data:
            return answer, group
    if groups and not any(v.recipient in group or v.user_data in group for group in groups):
        raise Inconclusive("the printer lists subscriptions without recipient and user data", (answer.where(),))
    return answer, None


def printer_numbers(play: PlayRecord, name: str) -> list[int]:
    """The numbers of a printer attribute, both ends of a range among them; ``Inconclusive`` when it lists none."""
    attribute = (play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get(name)
    numbers = [*attribute.integers()] if attribute is not None else []
    for value in attribute.values if attribute is not None else ():
        numbers += value.range or ()
    if not numbers:
        raise Inconclusive(f"the printer does not list {name}")
    return numbers


def printer_words(play: PlayRecord, name: str) -> list[str]:
    """The values of a printer attribute as text; empty when it lists none."""
    attribute = (play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get(name)
    return attribute.texts() if attribute is not None else []


def offers_mail(play: PlayRecord) -> bool:
    """Whether the printer can notify by mail at all: it lists the scheme, lists no schemes, or sent a mail."""
    listed = [word.lower() for word in printer_words(play, play.run_record.vocabulary.schemes_supported)]
    return not listed or "mailto" in listed or "mailto:" in listed or bool(play.run_record.mails)


def same_uri(one: str, other: str) -> bool:
    """Whether two printer URIs are the same to RFC 3986 section 6.2 and the ipp scheme."""
    return _parts(one) == _parts(other)


def same_printer(one: str, other: str) -> bool:
    """The same, but that it does not matter whether TLS begins with the first octet (X07)."""
    (scheme, *place), (other_scheme, *other_place) = _parts(one), _parts(other)
    return place == other_place and (scheme == other_scheme or {scheme, other_scheme} == {"ipp", "ipps"})


def _parts(uri: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return uri, "", 0, ""
    default = {"http": 80, "https": 443}.get(parts.scheme.lower(), IPP_PORT)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port or default, parts.path or "/"


def target_of(answer: Answer) -> str:
    """The printer-uri that the request was addressed to."""
    attribute = answer.request.find("printer-uri", GroupTag.OPERATION)
    uri = attribute.value.text() if attribute is not None else None
    if uri is None:
        raise NotApplicable("the request named no printer-uri")
    return uri


def is_error(code: int | None) -> bool:
    """Whether a status says that something was not done."""
    return code is not None and code >= FIRST_ERROR
