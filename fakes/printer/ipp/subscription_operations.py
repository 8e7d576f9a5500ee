"""The operations on subscriptions (RFC 3995 section 11; not-spec-02 section 8)."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.printer.policy import Policy
from fakes.printer.state.jobs import Job
from fakes.printer.state.leases import changed_lease_status
from fakes.printer.state.printer import Printer
from fakes.printer.state.rights import REFUSED_AS, may_manage
from fakes.printer.state.subscriptions import Subscription

from .descriptions import misstated, subscription_attributes
from .negotiation import known_names
from .operation_attributes import set_aside
from .requests import Refusal, Request, bad
from .responses import chosen, failed, requested_of, success
from .subscription_creation import (
    NO_SUBSCRIPTION,
    creation_status,
    granted_lease_end,
    make,
    nothing_asked,
    plan,
    subscription_request,
)


def create_printer_subscriptions(printer: Printer, request: Request) -> Message:
    """Create-Printer-Subscriptions: RFC 3995 section 11.1.2; not-spec-02 section 8.2.1."""
    return _create(printer, request, None)


def create_job_subscriptions(printer: Printer, request: Request) -> Message:
    """Create-Job-Subscriptions: RFC 3995 section 11.1.1; not-spec-02 section 8.1.2."""
    v = printer.policy.vocabulary
    number = request.job_id if request.job_id is not None else request.integer(v.job_id)
    if number is None:
        raise bad(f"{v.job_id} is missing")
    job = printer.jobs.all.get(number)
    if job is None:
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no job {number}")
    if not may_manage(printer.policy, job.user_name, request.user):
        raise Refusal(REFUSED_AS, f"job {number} is not yours")
    if job.ended:
        raise Refusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {number} has ended")
    return _create(printer, request, job if printer.policy.added_to == "job" else None)


def _create(printer: Printer, request: Request, job: Job | None) -> Message:
    policy, v = printer.policy, printer.policy.vocabulary
    asked_for = subscription_request(printer, request, per_job=job is not None)
    loose = asked_for.drafts and _subscription_group(request) is None
    known = (known_names(asked_for) if loose else set()) | ({v.job_id} if job is not None else set())
    aside = set_aside(request, *known)
    planned = plan(asked_for, request, printer.subscriptions.room(job))
    if not planned:
        raise nothing_asked(asked_for)
    if job is None and policy.full_printer == "loses-one" and any(p.for_want_of_room for p in planned):
        printer.subscriptions.drop_newest()
    made = make(printer, request, planned, job)
    status = creation_status(policy, made, job_creation=False)
    unsupported = (*aside, *made.unsupported)
    if failed(status):
        groups = () if asked_for.drafts else made.groups
        raise Refusal(status, made.denials[0].reason, unsupported, groups)
    return success(policy, request, made.groups, unsupported, status)


def get_subscription_attributes(printer: Printer, request: Request) -> Message:
    """Get-Subscription-Attributes: RFC 3995 section 11.2.4; not-spec-02 section 8.3.1."""
    v = printer.policy.vocabulary
    subscription = _subscription(printer, request)
    owner = subscription.grant.user_name
    if not printer.policy.strangers_may_read and not may_manage(printer.policy, owner, request.user):
        raise Refusal(REFUSED_AS, f"subscription {subscription.id} is not yours")
    loose = _subscription_group(request)
    asked = loose.get("requested-attributes") if loose is not None and v is NTFY_01 else None
    requested = set(asked.texts("ascii")) if asked is not None else requested_of(request, "all")
    aside = set_aside(request, v.subscription_id, "requested-attributes")
    group = _read_number(printer.policy, _described(printer, subscription, requested))
    if (subscription.grant.format or "").startswith("text/html"):
        group = Group(group.tag, misstated(group.attributes, printer.policy.read_wrong))
    return success(printer.policy, request, [group], aside)


def _read_number(policy: Policy, group: Group) -> Group:
    """The group as Get-Subscription-Attributes shows it, with the number that belongs there."""
    if policy.number_read == "given":
        return group
    name = policy.vocabulary.subscription_id
    another = [ipp.integer(name, NO_SUBSCRIPTION)] if policy.number_read == "another" else []
    return Group(group.tag, (*(a for a in group if a.name != name), *another))


def get_subscriptions(printer: Printer, request: Request) -> Message:
    """Get-Subscriptions: RFC 3995 section 11.2.5; not-spec-02 section 8.3.2."""
    v = printer.policy.vocabulary
    aside = set_aside(request, v.job_id, "limit", "requested-attributes", "my-subscriptions")
    number = request.integer(v.job_id)
    requested = requested_of(request, v.subscription_id)
    job = printer.jobs.all.get(number) if number is not None else None
    if number is not None and job is None:
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no job {number}")
    return success(printer.policy, request, _listed(printer, request, job, requested), aside)


def _listed(printer: Printer, request: Request, job: Job | None, requested: set[str]) -> list[Group]:
    """The groups that Get-Subscriptions returns, or what a liar makes of them."""
    lie, limit = printer.policy.listing, request.integer("limit")
    mine = request.boolean("my-subscriptions") and lie != "of-everybody"
    if lie == "in-full" or (lie == "only-numbers" and "all" in requested):
        requested = {"all"} if lie == "in-full" else {printer.policy.vocabulary.subscription_id}
    candidates = printer.subscriptions.live() if lie == "of-jobs-too" else printer.subscriptions.of(job)
    found = [s for s in candidates if not mine or s.grant.user_name == request.user]
    if job is not None and lie == "first-of-a-job":
        found = found[:1]
    if not found and lie == "never-empty":
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, "there are no subscriptions")
    described = (_described(printer, s, requested) for s in (found if lie == "beyond-the-limit" else found[:limit]))
    groups = [Group(group.tag, misstated(group.attributes, printer.policy.listed_wrong)) for group in described]
    if lie == "recipients-mixed-up":
        groups = _mixed_up(groups, printer.policy.vocabulary.recipient)
    return groups * 2 if lie == "twice" else groups


def _mixed_up(groups: list[Group], name: str) -> list[Group]:
    """Each with the attribute of that name that the next one has."""
    others = [*groups[1:], *groups[:1]]
    return [
        Group(group.tag, tuple(other.get(name) or a if a.name == name else a for a in group))
        for group, other in zip(groups, others, strict=True)
    ]


def renew_subscription(printer: Printer, request: Request) -> Message:
    """Renew-Subscription: RFC 3995 section 11.2.6; not-spec-02 section 8.3.3."""
    policy, v = printer.policy, printer.policy.vocabulary
    aside = set_aside(request, v.subscription_id, v.lease_requested)
    subscription = _subscription(printer, request, ended=policy.renewal == "even-of-the-ended")
    theirs = not may_manage(policy, subscription.grant.user_name, request.user)
    if theirs and policy.strangers == "renew-though-refused":
        printer.subscriptions.renew(subscription, _asked_lease(request, v.lease_requested))
    if theirs and policy.strangers != "may-renew":
        raise Refusal(REFUSED_AS, f"subscription {subscription.id} is not yours")
    if subscription.job is not None and refuses_for_jobs(policy):
        raise Refusal(Status.CLIENT_ERROR_NOT_POSSIBLE, "a per-job subscription has no lease")
    asked = _asked_lease(request, v.lease_requested)
    status = Status.SUCCESSFUL_OK
    if subscription.job is None:
        printer.subscriptions.renew(subscription, asked)
        status = changed_lease_status(policy, asked, subscription.lease)
    if v is NTFY_01:
        answer = tuple(granted_lease_end(printer, subscription))
    else:
        answer = (ipp.integer(v.lease_requested, subscription.lease),)
    answer = answer if "renewal" in policy.lease_told_by else ()
    return success(policy, request, [Group(GroupTag.SUBSCRIPTION, answer)], aside, status)


def refuses_for_jobs(policy: Policy) -> bool:
    """RFC 3995 (11.2.6) refuses to renew what has no lease; the drafts grant it for ever (not-spec-02 8.3.3)."""
    if policy.job_renewal == "by-the-text":
        return policy.vocabulary is not NTFY_01
    return policy.job_renewal == "refused"


def cancel_subscription(printer: Printer, request: Request) -> Message:
    """Cancel-Subscription: RFC 3995 section 11.2.7; not-spec-02 section 8.3.4."""
    aside = set_aside(request, printer.policy.vocabulary.subscription_id)
    subscription = _subscription(printer, request)
    theirs, lie = not may_manage(printer.policy, subscription.grant.user_name, request.user), printer.policy.strangers
    if not theirs or lie in ("may-cancel", "cancel-though-refused"):
        printer.subscriptions.cancel(subscription)
    if theirs and lie != "may-cancel":
        raise Refusal(REFUSED_AS, f"subscription {subscription.id} is not yours")
    return success(printer.policy, request, unsupported=aside)


OPERATIONS = {
    Operation.CREATE_PRINTER_SUBSCRIPTIONS: create_printer_subscriptions,
    Operation.CREATE_JOB_SUBSCRIPTIONS: create_job_subscriptions,
    Operation.GET_SUBSCRIPTION_ATTRIBUTES: get_subscription_attributes,
    Operation.GET_SUBSCRIPTIONS: get_subscriptions,
    Operation.RENEW_SUBSCRIPTION: renew_subscription,
    Operation.CANCEL_SUBSCRIPTION: cancel_subscription,
}


# ---------------------------------------------------------------- helpers

_MOST_GIVEN: Final = 1_000_000  # subscriptions that this printer makes while anybody looks


def _subscription_group(request: Request) -> Group | None:
    return request.message.first(GroupTag.SUBSCRIPTION)


def _from_either_group(request: Request, name: str) -> Attribute | None:
    """An attribute from the operation group (RFC 3995) or from a 0x06 group (not-spec-02)."""
    return request.message.find(name, GroupTag.OPERATION, GroupTag.SUBSCRIPTION)


def _subscription(printer: Printer, request: Request, *, ended: bool = False) -> Subscription:
    """The subscription that a request is about; raises ``Refusal``."""
    name = printer.policy.vocabulary.subscription_id
    attribute = _from_either_group(request, name)
    number = attribute.value.integer if attribute is not None and len(attribute.values) == 1 else None
    if number is None:
        raise bad(f"{name} is missing or no number")
    found = printer.subscriptions.ended(number) if ended else printer.subscriptions.find(number)
    if found is None:
        raise Refusal(_none_such(printer.policy, request, number), f"no subscription {number}")
    return found


def _none_such(policy: Policy, request: Request, number: int) -> Status:
    """How a printer answers that does not have it; a lie is told of those alone that it never had."""
    lies = number > _MOST_GIVEN and request.operation in policy.succeeds_at_nothing
    return Status.SUCCESSFUL_OK if lies else Status.CLIENT_ERROR_NOT_FOUND


def _asked_lease(request: Request, name: str) -> int | None:
    attribute = _from_either_group(request, name)
    if attribute is None:
        return None
    if attribute.value.integer is None or len(attribute.values) != 1:
        raise bad(f"{name} is no number")
    return attribute.value.integer


def _described(printer: Printer, subscription: Subscription, requested: set[str]) -> Group:
    return Group(GroupTag.SUBSCRIPTION, chosen(subscription_attributes(printer, subscription), requested))
