"""Who a request comes from: by HTTP authentication, by a certificate, or by what it says."""

from __future__ import annotations

from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.http.auth import NotProved, Verifier
from fakes.http.connection import Head
from fakes.printer.policy import Policy
from fakes.printer.security_policy import Authentication

from . import admission
from .identity import common_name

UNPROVED = {  # what nobody is asked to prove, by whoever lies about that
    "not-of-jobs": Operation.PRINT_JOB,
    "not-of-open-jobs": Operation.CREATE_JOB,
    "not-of-subscriptions": Operation.CREATE_PRINTER_SUBSCRIPTIONS,
}
_DEMANDED = {Authentication.BASIC: "basic", Authentication.DIGEST: "digest"}


def lets_in_unproved(policy: Policy, head: Head, request: ipp.Message) -> bool:
    """Whether a request that should prove something is let in for what it says, or for what it asks."""
    given, proof = bool(head.get("authorization")), policy.security.proof
    return given if proof == "taken-unseen" else not given and UNPROVED.get(proof) == request.code


class Accounts:
    """The users that a printer knows, and how it has them prove who they are."""

    def __init__(self, policy: Policy) -> None:
        own = policy.security.authentication
        self._ignores = own is Authentication.NONE
        self._demands = own in _DEMANDED
        self._verifier = Verifier(_DEMANDED.get(own, "basic"), dict(policy.accounts))

    def proved(self, head: Head, certificate: bytes, request: ipp.Message, policy: Policy) -> str | None:
        """The user that a request proves, ``None`` if it need not; raises ``NotProved``."""
        authorization = head.get("authorization")
        if self._ignores:
            return None
        if not authorization and not (self._demands and admission.asks_for_proof(policy, request)):
            return common_name(certificate)
        if lets_in_unproved(policy, head, request):
            return None
        return self._verifier.proved(authorization, head.method, head.target)

    def challenge(self, refused: NotProved, request: ipp.Message, policy: Policy) -> list[tuple[str, str]]:
        """The headers of the answer to a request that proves nothing."""
        if policy.security.challenge == "realm-alone-for-lists" and request.code == Operation.GET_JOBS:
            return [("WWW-Authenticate", 'realm="printer"')]
        return self._verifier.challenge(stale=refused.stale)
