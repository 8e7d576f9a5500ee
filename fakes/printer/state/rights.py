"""Who may do what (RFC 2911 section 8.3); names are compared, whether they are proved or claimed."""

from __future__ import annotations

from conformance.wire.registry import Status
from fakes.printer.policy import Policy
from fakes.printer.security_policy import Authentication


def user_name(policy: Policy, authenticated: str | None, requesting: str | None) -> str | None:
    """The best name there is for a user (RFC 2911 section 4.3.6); ``None`` if the policy makes none up."""
    believed = policy.claims_believed and policy.security.authentication is not Authentication.NONE
    claimed = requesting if believed else None
    name = authenticated or claimed if policy.proof_first else claimed or authenticated
    if name:
        return name
    return policy.anonymous if policy.missing_user_name == "fill" else None


def may_manage(policy: Policy, owner: str, user: str | None) -> bool:
    """Whether a user may change or end somebody's job or subscription."""
    return policy.strangers_may_manage or user == owner or user in policy.operators


def may_operate(policy: Policy, user: str | None) -> bool:
    """Whether a user may pause and resume the printer; anybody may stand before it."""
    return True


REFUSED_AS = Status.CLIENT_ERROR_FORBIDDEN  # the other two would promise that credentials could help
