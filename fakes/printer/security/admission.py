"""What is let in: in the clear or in TLS, by whom; each decision a small function, named after what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.connection import Head
from fakes.printer.policy import Policy
from fakes.printer.security_policy import Authentication, Mode

OPEN: Final = (Mode.PLAIN, Mode.MIXED)  # where a request in the clear is as good as any
FOR_JOBS: Final = (Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB, Operation.SEND_DOCUMENT)
FOR_OPERATORS: Final = (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER)
DONE_THOUGH_REFUSED: Final = {
    "jobs": Operation.PRINT_JOB,
    "open-jobs": Operation.CREATE_JOB,
    "subscriptions": Operation.CREATE_PRINTER_SUBSCRIPTIONS,
    "cancellations": Operation.CANCEL_SUBSCRIPTION,
}
LISTS: Final = ("printer-uri-supported", "uri-security-supported", "uri-authentication-supported")


# ---------------------------------------------------------------- who listens


def listens_in_clear(policy: Policy) -> bool:
    """Whether there is a plain port at all."""
    return not policy.security.only_tls


def speaks_tls(policy: Policy) -> bool:
    """Whether there is a port for TLS from the first octet."""
    return policy.security.mode is not Mode.PLAIN


def shakes_hands(policy: Policy, connections: int) -> bool:
    """Whether one more connection on that port gets its TLS, after so many."""
    return policy.security.tls == "spoken" or (policy.security.tls == "once" and not connections)


def shares_its_queue(policy: Policy) -> bool:
    """Whether what is printed in TLS is seen in the clear."""
    return policy.security.behind_tls != "another-queue"


# ---------------------------------------------------------------- Upgrade


def switches(policy: Policy) -> bool:
    """Whether a plain connection goes into TLS when the client asks for it (RFC 2817 section 3)."""
    return policy.security.mode in (Mode.MIXED, Mode.TELL, Mode.ENFORCE)


def only_says_so(policy: Policy) -> bool:
    """Whether 101 is all that comes of it."""
    return policy.security.upgrade in ("only-said", "said-and-left")


def answers_in_clear_after(policy: Policy) -> bool:
    """Whether the answer that should have come in TLS then does come, in the clear."""
    return policy.security.upgrade == "only-said"


def falls_silent(policy: Policy, request: ipp.Message) -> bool:
    """Whether a request that offers TLS is never answered."""
    return policy.security.upgrade == "silent-to-a-job" and request.code == Operation.VALIDATE_JOB


def upgrade_token(policy: Policy) -> str:
    """The value of an Upgrade header."""
    if policy.security.other_words:
        return f"HTTP/1.1 ,{policy.security.token.lower()} ,"
    return f"{policy.security.token}, HTTP/1.1"


# ---------------------------------------------------------------- requests in the clear


def asks_for_proof(policy: Policy, request: ipp.Message) -> bool:
    """Whether who wants this done has to prove who he is, at a printer that knows its users by passwords."""
    return policy.security.asks == "everybody" or request.code in FOR_OPERATORS


def answers_unheard(policy: Policy, head: Head) -> bool:
    """Whether a client that would rather not send its body in vain is told at once that it would (RFC 7231 5.1.1)."""
    refuses_all = policy.security.mode in (Mode.ENFORCE, Mode.REFUSE) and policy.security.clear != "expecting"
    return refuses_all and policy.security.heeds_expect and "100-continue" in head.tokens("expect")


def admitted_in_clear(policy: Policy, head: Head, request: ipp.Message, refused: int) -> bool:
    """Whether a request that came in the clear is carried out, after so many that were refused there."""
    mode = policy.security.mode
    if mode in OPEN or _let_in_all_the_same(policy, head, request, refused):
        return True
    if mode is Mode.TELL and policy.security.tells == "all-but-jobs":
        return request.code not in FOR_JOBS
    return mode is Mode.TELL and request.code == Operation.GET_PRINTER_ATTRIBUTES


def _let_in_all_the_same(policy: Policy, head: Head, request: ipp.Message, refused: int) -> bool:
    """Lies about that."""
    return {
        "as-told": False,
        "expecting": bool(head.get("expect")),
        "offering": bool(head.get("upgrade")),
        "version-1.0": request.version == (1, 0),
        "version-1.0-lists": request.version == (1, 0) and request.code == Operation.GET_JOBS,
        "version-1.0-prints": request.version == (1, 0) and _prints(request),
        "job": request.code == Operation.GET_JOB_ATTRIBUTES,
        "version-1.1": request.version == (1, 1),
        "version-2.1": request.version == (2, 1),
        "cancel-job": request.code == Operation.CANCEL_JOB,
        "print-job": _prints(request),
        "lists": request.code == Operation.GET_JOBS,
        "subscription": request.code == Operation.GET_SUBSCRIPTION_ATTRIBUTES,
        "end-of-subscription": request.code in (Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION),
        "lists-of-subscriptions": request.code == Operation.GET_SUBSCRIPTIONS,
        "create-job": request.code == Operation.CREATE_JOB,
        "once-refused": refused > 0,
    }[policy.security.clear]


def done_though_refused(policy: Policy, request: ipp.Message) -> bool:
    """Whether a request that is refused is carried out all the same."""
    return DONE_THOUGH_REFUSED.get(policy.security.refused) == request.code


def _prints(request: ipp.Message) -> bool:
    return request.code == Operation.PRINT_JOB


def refusal_in_clear(policy: Policy, secure: str) -> tuple[int, str, Sequence[tuple[str, str]]]:
    """Status, reason and headers: 426 names what would do (RFC 2817 section 4.2), a redirection the URI for TLS."""
    if policy.security.refusal == "front-page":
        return 302, "Found", (("Location", urlsplit(secure)._replace(scheme="https", path="/").geturl()),)
    if policy.security.refuses_by == "redirection":
        return 308, "Permanent Redirect", (("Location", urlsplit(secure)._replace(scheme="https").geturl()),)
    if policy.security.refusal == "forbidden":
        return 403, "Forbidden", ()
    if policy.security.refusal == "without-upgrade":
        return 426, "Upgrade Required", ()
    if policy.security.refusal == "another-protocol":
        return 426, "Upgrade Required", (("Upgrade", "HTTP/2.0"), ("Connection", "Upgrade"))
    return 426, "Upgrade Required", (("Upgrade", upgrade_token(policy)), ("Connection", "Upgrade"))


def shown_in_clear(policy: Policy, reply: bytes) -> bytes:
    """An answer as a client in the clear gets it."""
    if policy.security.told_in_clear:
        return reply
    message = ipp.decode(reply)
    groups = tuple(
        ipp.Group(g.tag, tuple(a for a in g if a.name not in LISTS or g.tag != GroupTag.PRINTER))
        for g in message.groups
    )
    return ipp.encode(ipp.Message(message.code, message.request_id, groups, message.data, message.version))


def shown_in_tls(policy: Policy, reply: bytes) -> bytes:
    """An answer as a client in TLS gets it."""
    if policy.security.behind_tls != "other-jobs" and not policy.security.hides_names:
        return reply
    shown = "private" if policy.security.hides_names else "another"
    message = ipp.decode(reply)
    groups = tuple(
        ipp.Group(g.tag, tuple(ipp.name_(a.name, shown) if a.name == "job-name" else a for a in g))
        for g in message.groups
    )
    return ipp.encode(ipp.Message(message.code, message.request_id, groups, message.data, message.version))


# ---------------------------------------------------------------- the three lists


def uris_told(policy: Policy, plain: str, secure: str) -> tuple[str, ...]:
    """printer-uri-supported, the one that jobs are named after first."""
    named = [_at(secure, name) for name in policy.security.other_names] if secure else []
    told = [plain, secure] if policy.security.mode in OPEN else [secure, plain]
    if policy.security.mode is Mode.REFUSE:
        told = [secure]
    if policy.security.lists == "clear-alone":
        told = [plain]
    if policy.security.secure_first:
        told.reverse()
    return tuple(uri for uri in (*told, *named) if uri)


def _at(uri: str, name: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=f"{name}:{parts.port}").geturl()


def security_of(policy: Policy, uri: str) -> str:
    """uri-security-supported for a URI (RFC 2911 section 4.4.3): over ipp, TLS comes by Upgrade."""
    if policy.security.lists == "all-none":
        return "none"
    open_in_part = policy.security.mode is Mode.TELL and policy.security.tells == "all-but-jobs"
    in_tls = uri.startswith("ipps:") or not (policy.security.mode in OPEN or open_in_part)
    return "tls" if in_tls != (policy.security.lists == "swapped") else "none"


def authentication_of(policy: Policy, uri: str) -> str:
    """uri-authentication-supported for a URI (section 4.4.2); nobody shows a certificate in the clear."""
    own = policy.security.authentication
    if policy.security.lists == "proof-for-show":
        return Authentication.BASIC.keyword
    in_clear = own is Authentication.CERTIFICATE and security_of(policy, uri) == "none"
    if in_clear or policy.security.lists == "no-proof":
        return Authentication.NAME.keyword
    return own.keyword


def relisted(policy: Policy, reply: bytes, uris: Sequence[str]) -> bytes:
    """An answer with the lists as this policy tells them, as far as it has any."""
    message, told = ipp.decode(reply), {a.name: a for a in three_lists(policy, uris)}
    groups = []
    for group in message.groups:
        of_printer = group.tag == GroupTag.PRINTER
        kept = (told.get(a.name) if of_printer and a.name in LISTS else a for a in group)
        groups.append(ipp.Group(group.tag, tuple(a for a in kept if a is not None)))
    return ipp.encode(ipp.Message(message.code, message.request_id, tuple(groups), message.data, message.version))


def three_lists(policy: Policy, uris: Sequence[str]) -> list[ipp.Attribute]:
    """The parallel attributes (RFC 2911 sections 4.4.1 to 4.4.3)."""
    security = [security_of(policy, uri) for uri in uris]
    authentication = [authentication_of(policy, uri) for uri in uris]
    how = policy.security.lists
    if how == "last-in-clear":
        security[-1] = "none"
    told = [ipp.uri(LISTS[0], *uris)]
    if how != "without-security":
        words = security[:-1] if how == "short-security" else security
        told.append(ipp.name_(LISTS[1], *words) if how == "names" else ipp.keyword(LISTS[1], *words))
    told.append(ipp.keyword(LISTS[2], *(authentication[:-1] if how == "short-authentication" else authentication)))
    return told
