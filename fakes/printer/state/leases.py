"""How long a per-printer subscription lasts.  Seconds; 0 stands for a lease without end (RFC 3995 section 5.3.8)."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import NTFY_01
from conformance.wire.registry import Status
from fakes.printer.policy import Policy

ENDLESS: Final = 0


def granted_lease(policy: Policy, asked: int | None) -> int:
    """The lease for a request: what was asked if it is supported, else the nearest that is."""
    if asked is None:
        return policy.lease_default if policy.omitted_lease == "default" else policy.lease_max
    if policy.lease_min <= asked <= policy.lease_max or policy.unsupported_lease == "as-asked":
        return asked
    if policy.unsupported_lease == "endless":
        return ENDLESS
    if asked == ENDLESS:
        return _instead_of_endless(policy)
    near = policy.lease_min if asked < policy.lease_min else policy.lease_max
    return near if policy.unsupported_lease == "nearest" else policy.lease_min + policy.lease_max - near


def _instead_of_endless(policy: Policy) -> int:
    return policy.lease_max if policy.endless_lease == "max" else policy.lease_min


def expiration(policy: Policy, up_time: int, lease: int) -> int:
    """notify-lease-expiration-time of a lease that begins now (RFC 3995 section 5.4.3)."""
    return ENDLESS if lease == ENDLESS else up_time + lease


def has_expired(policy: Policy, lease_expiration: int, up_time: int, lease: int) -> bool:
    """Whether the lease is over: from the moment that the up time equals the expiration time."""
    early = lease // 2 if policy.lease_ends == "it-at-half" else 0
    return lease_expiration != ENDLESS and up_time >= lease_expiration - early and policy.lease_ends != "nothing"


def falls_silent(policy: Policy, lease_expiration: int, up_time: int, lease: int) -> bool:
    """Whether a subscription that lives is not mailed any more."""
    halfway = lease_expiration != ENDLESS and up_time >= lease_expiration - lease // 2
    return halfway and policy.lease_ends == "its-mails-at-half"


def changed_lease_status(policy: Policy, asked: int | None, granted: int) -> Status:
    """RFC 3995 (5.2 rule 8d, 11.2.6.2) calls a lease other than asked a substitution; the draft says nothing."""
    if policy.vocabulary is NTFY_01 or asked is None or asked == granted or not policy.changed_lease_said:
        return Status.SUCCESSFUL_OK
    return Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
