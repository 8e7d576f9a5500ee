"""Subscriptions that are asked for, made, and told about: one answer for each that was asked for, in the same order.

Three carriers bring them: groups 0x06 (both vocabularies), the collections of "job-notify" in Job Creation
(not-spec-02 section 8.1.1), and, in the oldest manner, the operation group (not-spec-01 section 8.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Value
from conformance.wire.registry import GroupTag, Status, ValueTag
from fakes.printer.policy import Policy
from fakes.printer.state.grant import Grant
from fakes.printer.state.jobs import Job
from fakes.printer.state.leases import changed_lease_status
from fakes.printer.state.printer import Printer
from fakes.printer.state.subscriptions import Subscription

from .descriptions import PERSISTENT, lease_end
from .negotiation import NO_ADDRESS, NO_NAME, NTFY_01_SCHEME_NOT_SUPPORTED, Denial, examine, known_names
from .requests import Refusal, Request, bad
from .responses import merged
from .subscription_request import SubscriptionRequest

JOB_NOTIFY: Final = "job-notify"
STATUS: Final = "notify-status-code"  # RFC 3995 section 5.2 rule 8d
NO_SUBSCRIPTION: Final = 2**31 - 1  # the number that a liar gives to what it did not make


@dataclass(frozen=True, slots=True)
class Planned:
    """One subscription asked for, and what it comes to.  ``collection`` is the value that brought it, if one did."""

    verdict: Grant | Denial
    collection: Value | None = None

    @property
    def for_want_of_room(self) -> bool:
        """Whether it is not made because the printer, or the job, is full."""
        return isinstance(self.verdict, Denial) and self.verdict.status is Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: answer groups, unsupported attributes that stand outside them, and the denials."""

    groups: tuple[Group, ...]
    unsupported: tuple[Attribute, ...]
    denials: tuple[Denial, ...]
    count: int


def subscription_request(
    printer: Printer, request: Request, *, per_job: bool, job_creation: bool = False
) -> SubscriptionRequest:
    """Who asks in this request."""
    return SubscriptionRequest(printer.policy, request.user, request.charset, request.language, per_job, job_creation)


def plan(asked_for: SubscriptionRequest, request: Request, room: int | None) -> list[Planned]:
    """What the subscriptions of a request come to; nothing is made yet.  Raises ``Refusal`` where one costs all."""
    planned = []
    for group, collection in _carried(asked_for, request):
        verdict = examine(asked_for, group) if group is not None else _NO_COLLECTION
        if isinstance(verdict, Grant):
            if room == 0 or overlooks(asked_for):
                reason, fatal = "there is no room for another subscription", asked_for.policy.full_job == "refuses"
                status = Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS
                verdict = Denial(status, reason, fatal=fatal and asked_for.job_creation)
            elif room is not None:
                room -= 1
        if isinstance(verdict, Denial) and passed_over(asked_for, verdict):
            continue
        if isinstance(verdict, Denial) and verdict.fatal:
            raise Refusal(verdict.status, verdict.reason, verdict.unsupported if asked_for.drafts else ())
        planned.append(Planned(verdict, collection))
    return planned


def overlooks(request: SubscriptionRequest) -> bool:
    """Whether the subscriptions that come with a job are left aside."""
    return request.job_creation and not request.policy.takes_job_subscriptions


def passed_over(request: SubscriptionRequest, denial: Denial) -> bool:
    """Whether the answer to a job says nothing about a subscription that is not made."""
    unsaid = {
        Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS: request.policy.full_job == "drops-unsaid",
        Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED: request.policy.unsupported_scheme == "unsaid",
    }
    lacking = {NO_ADDRESS: request.policy.missing_user_data, NO_NAME: request.policy.missing_user_name}
    silent = unsaid.get(denial.status, False) or lacking.get(denial.reason) == "unsaid"
    return request.job_creation and silent


_NO_COLLECTION: Final = Denial(
    Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, f"a value of {JOB_NOTIFY} is no collection"
)


def _carried(asked_for: SubscriptionRequest, request: Request) -> list[tuple[Group | None, Value | None]]:
    """The groups of subscription attributes in a request, from whatever carries them."""
    groups: list[tuple[Group | None, Value | None]] = []
    notify = request.get(JOB_NOTIFY) if asked_for.job_creation and asked_for.drafts else None
    if notify is not None:
        for value in notify.values:
            whole = value.tag == ValueTag.BEGIN_COLLECTION
            groups.append((Group(GroupTag.SUBSCRIPTION, value.members) if whole else None, value))
    groups.extend((group, None) for group in request.message.all(GroupTag.SUBSCRIPTION))
    if not groups and asked_for.drafts and not asked_for.job_creation:
        names = known_names(asked_for)
        loose = tuple(a for a in request.attributes if a.name in names)
        if loose:
            groups.append((Group(GroupTag.SUBSCRIPTION, loose), None))
    return groups


def make(
    printer: Printer, request: Request, planned: Sequence[Planned], job: Job | None, *, only_check: bool = False
) -> Made:
    """Make what was planned, or with ``only_check`` only say what would be made (Validate-Job)."""
    drafts = printer.policy.vocabulary is NTFY_01
    groups: list[Group] = []
    unsupported: list[Attribute] = []
    denials: list[Denial] = []
    for item in planned:
        verdict, made = item.verdict, None
        if isinstance(verdict, Denial):
            denials.append(verdict)
        elif not only_check:
            made = printer.subscriptions.add(verdict, request.target, job)
        if item.collection is not None:
            unsupported += _returned_collection(item.collection, verdict)
        elif drafts:
            unsupported += verdict.unsupported
        if item.collection is None or made is not None:
            groups.append(_answer_group(printer, verdict, made))
    return Made(answered(printer.policy, groups), tuple(unsupported), tuple(denials), len(planned))


def answered(policy: Policy, groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups of an answer: one for each in the request, in the same order (RFC 3995 section 5.2 rule 7)."""
    if policy.answer_groups == "of-the-made":
        return tuple(g for g in groups if policy.vocabulary.subscription_id in g)
    return tuple(reversed(groups)) if policy.answer_groups == "backwards" else tuple(groups)


def _returned_collection(collection: Value, verdict: Grant | Denial) -> list[Attribute]:
    """ "job-notify" with what is not supported; all of a subscription that is ignored for no fault in one attribute."""
    if verdict.unsupported:
        members = merged(verdict.unsupported)
        return [Attribute(JOB_NOTIFY, (Value(ValueTag.BEGIN_COLLECTION, b"", members),))]
    return [Attribute(JOB_NOTIFY, (collection,))] if isinstance(verdict, Denial) else []


def _answer_group(printer: Printer, verdict: Grant | Denial, made: Subscription | None) -> Group:
    """The answer to one subscription (RFC 3995 section 5.2 rule 8; not-spec-02 section 8.2.1)."""
    policy = printer.policy
    attributes: list[Attribute] = []
    status = answered_status(policy, verdict)
    if isinstance(verdict, Denial) and policy.numbers_what_is_not:
        attributes.append(ipp.integer(policy.vocabulary.subscription_id, NO_SUBSCRIPTION))
    if made is not None:
        attributes += created_attributes(printer, made)
        if status is Status.SUCCESSFUL_OK:
            status = changed_lease_status(policy, made.grant.lease_asked, made.grant.lease)
    if policy.vocabulary is not NTFY_01:
        names = {a.name for a in attributes}
        attributes += [a for a in merged(verdict.unsupported) if a.name not in names]
    if status is not Status.SUCCESSFUL_OK and policy.tells_group_status:
        attributes.append(ipp.enum(STATUS, int(status)))
    return Group(GroupTag.SUBSCRIPTION, tuple(attributes))


def created_attributes(printer: Printer, made: Subscription) -> list[Attribute]:
    """What the answer says of a subscription that was made."""
    v = printer.policy.vocabulary
    attributes = [ipp.integer(v.subscription_id, made.id)]
    tells_lease = "creation" in printer.policy.lease_told_by
    if v is NTFY_01 and tells_lease:
        attributes += granted_lease_end(printer, made)
    elif made.job is None and tells_lease:
        attributes.append(ipp.integer(v.lease_requested, made.lease))
    if v.persistence_granted is not None and "creation" in printer.policy.persistence_told_by:
        attributes.append(ipp.boolean(v.persistence_granted, PERSISTENT))
    return attributes


def granted_lease_end(printer: Printer, subscription: Subscription) -> Iterator[Attribute]:
    """When a lease ends and the clock to read that by, in the answer that grants it (not-spec-02 section 8.2.1)."""
    v, behind = printer.policy.vocabulary, printer.policy.lease_clock_behind
    for attribute in lease_end(printer, subscription):
        wrong = behind and attribute.name == v.up_time
        yield ipp.integer(v.up_time, (attribute.value.integer or 0) - behind) if wrong else attribute


def answered_status(policy: Policy, verdict: Grant | Denial) -> Status:
    """notify-status-code of one subscription; the drafts have none for a subscription that was made."""
    if isinstance(verdict, Denial):
        return numbered(policy, verdict.status)
    return Status.SUCCESSFUL_OK if policy.vocabulary is NTFY_01 else numbered(policy, verdict.status)


def numbered(policy: Policy, status: Status) -> Status:
    """A status with the number that the vocabulary has for it."""
    if policy.vocabulary is NTFY_01 and status is Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED:
        return NTFY_01_SCHEME_NOT_SUPPORTED
    return dict(policy.statuses_told).get(status, status)


def creation_status(policy: Policy, made: Made, *, job_creation: bool) -> Status:
    """The status-code of the whole operation (RFC 3995 sections 11.1 and 12; not-spec-02 section 15)."""
    if not made.denials:
        return Status.SUCCESSFUL_OK
    if job_creation or len(made.denials) < made.count:
        return numbered(policy, Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS)
    if policy.vocabulary is NTFY_01:
        return numbered(policy, made.denials[0].status)
    return numbered(policy, Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS)


def nothing_asked(request: SubscriptionRequest) -> Refusal:
    """A Create operation without a subscription in it."""
    return bad(f"no group of subscription attributes, and no {request.vocabulary.recipient}")
