"""What a subscription is granted of what was asked for (RFC 3995 section 5.2; not-spec-02 section 8.1.1).

``examine`` reads one group of subscription attributes.  Each attribute has a function of its own, here or in
``content_negotiation``, which returns what goes into the subscription and puts what is not supported with what goes
back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group
from conformance.wire.registry import Status, ValueTag
from fakes.printer.mail.addresses import recipient as mailbox_of
from fakes.printer.policy import Policy
from fakes.printer.state.grant import Grant
from fakes.printer.state.held_events import pulls
from fakes.printer.state.leases import granted_lease

from .content_negotiation import (
    TEXT_ONLY,
    granted_charset,
    granted_events,
    granted_format,
    granted_language,
    granted_text_only,
)
from .subscription_request import Denied, SubscriptionRequest, Unsupported, is_one, supplied

_T = TypeVar("_T")

NO_NAME: Final = "the subscriber has no name"
NO_ADDRESS: Final = "no mail address in the user data"
MAX_USER_DATA: Final = 63  # octets; subscriber-user-data and notify-user-data are octetString(63)
PERSISTENCE_REQUESTED: Final = "notify-persistence-requested"  # the drafts let a printer take it and grant nothing
PULL_METHOD: Final = "notify-pull-method"
# draft-ietf-ipp-not-spec-02 section 15.2 has its own number for an unsupported scheme, the one that RFC 3995 section
# 12.2 later gave to client-error-ignored-all-subscriptions.
NTFY_01_SCHEME_NOT_SUPPORTED: Final = Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS


@dataclass(frozen=True, slots=True)
class Denial:
    """A subscription that is not made.  With ``fatal`` the whole request is refused, job and all."""

    status: Status
    reason: str
    unsupported: tuple[Attribute, ...] = ()
    fatal: bool = False


def examine(request: SubscriptionRequest, group: Group) -> Grant | Denial:
    """What one group of subscription attributes comes to; nothing is made yet."""
    unsupported: Unsupported = []
    denials: list[Denied] = []

    def judge(rule: Callable[[], _T], otherwise: _T) -> _T:
        """Every attribute is looked at, even when one has already cost the subscription (RFC 3995 5.2 rule 9)."""
        try:
            return rule()
        except Denied as denied:
            denials.append(denied)
            return otherwise

    ok = Status.SUCCESSFUL_OK
    no_events: tuple[tuple[str, ...], Status] = ((), ok)
    no_format: tuple[str | None, str | None] = (None, None)
    pull_method = judge(lambda: granted_pull_method(request, group), None)
    recipient = "" if wants_to_pull(request, group) else judge(lambda: granted_recipient(request, group), "")
    user_name = judge(lambda: granted_user_name(request), "")
    user_data = judge(lambda: granted_user_data(request, group, unsupported), None)
    events, status = judge(lambda: granted_events(request, group, unsupported), no_events)
    format_, chosen = judge(lambda: granted_format(request, group, unsupported), no_format)
    charset = judge(lambda: granted_charset(request, group, chosen, unsupported), "")
    language = judge(lambda: granted_language(request, group, unsupported), "")
    text_only = granted_text_only(request, group, unsupported)
    lease, lease_asked = lease_of(request, group, unsupported)
    _set_aside_unknown(request, group, unsupported)
    if denials:
        first = next((d for d in denials if d.fatal), denials[0])
        extra = (a for d in denials for a in d.unsupported)
        return Denial(first.status, first.reason, (*unsupported, *extra), first.fatal)
    if unsupported and status is ok:
        status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return Grant(
        recipient, user_name, user_data, events, format_, text_only, charset, language, lease, lease_asked,
        tuple(unsupported), status, pull_method, chosen is not None,
    )  # fmt: skip


def granted_user_name(request: SubscriptionRequest) -> str:
    """subscriber-user-name; without any the request is refused or the subscription ignored (mailto-00 4.11)."""
    if request.user is not None:
        return request.user
    fatal = request.policy.missing_user_name == "reject"
    raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, NO_NAME, fatal=fatal)


def wants_to_pull(request: SubscriptionRequest, group: Group) -> bool:
    """Whether a subscription is to be fetched from, at a printer that has such."""
    return PULL_METHOD in group and pulls(request.policy)


def granted_pull_method(request: SubscriptionRequest, group: Group) -> str | None:
    """notify-pull-method (RFC 3995 section 5.3.2); ``None`` where it is mail that is asked for."""
    attribute = group.get(PULL_METHOD)
    if attribute is None or not wants_to_pull(request, group):
        return None
    if request.vocabulary.recipient in group:  # section 5.3: a client must not
        raise Denied(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, "both a recipient and a pull method", attribute)
    if not request.policy.pulls_granted:
        raise Denied(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS, "no more of those that are pulled")
    method = attribute.value.text("ascii") if is_one(attribute, ValueTag.KEYWORD) else None
    if method not in request.policy.pull_methods:
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "no such pull method", attribute)
    return method


def granted_recipient(request: SubscriptionRequest, group: Group) -> str:
    """notify-recipient or notify-recipient-uri, as supplied: exactly one mailbox, in the scheme 'mailto'."""
    attribute = supplied(request, group, request.vocabulary.recipient)
    if attribute is None:
        data = supplied(request, group, request.vocabulary.user_data)
        if request.policy.missing_recipient == "subscriber" and data is not None:
            return f"mailto:{data.value.octets.decode('ascii', 'replace')}"
        if PULL_METHOD in group:
            raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "there is no pull method")
        reason = f"{request.vocabulary.recipient} is missing"
        raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, reason, fatal=missing_recipient_is_fatal(request))
    uri = attribute.value.text("ascii") if is_one(attribute, ValueTag.URI) else None
    if uri is not None and not supports_scheme(request.policy, uri):
        fatal = request.policy.unsupported_scheme == "refuses-all"
        reason = f"no delivery method for {uri!a}"
        raise Denied(Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, reason, attribute, fatal=fatal)
    if uri is not None and knows_no(request.policy, uri):
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "there is no such mailbox", attribute)
    if request.policy.unsupported_scheme == "taken" and uri is not None:
        return uri
    if uri is None or mailbox_of(uri) is None or ("+" in uri and not request.policy.takes_plus):
        reason = f"{request.vocabulary.recipient} does not name exactly one mailbox"
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, reason, attribute)
    return uri.lower() if request.policy.recipient_kept == "in-lower-case" else uri


def missing_recipient_is_fatal(request: SubscriptionRequest) -> bool:
    """RFC 3995 (5.2 rule 4) refuses even the job; the drafts print it all the same (not-spec-02 section 15.2)."""
    return request.policy.missing_recipient != "ignored" and not (request.drafts and request.job_creation)


def knows_no(policy: Policy, uri: str) -> bool:
    """Whether a recipient is one that the printer has found to have no mailbox."""
    local = uri.partition("@")[0]
    return any(local.endswith(name) for name in policy.unknown_mailboxes)


def supports_scheme(policy: Policy, uri: str) -> bool:
    """Whether there is a delivery method for the scheme of a URI; a scheme has no case (RFC 2396 section 3.1)."""
    return policy.unsupported_scheme == "taken" or uri.partition(":")[0].lower() in schemes(policy)


def schemes(policy: Policy) -> tuple[str, ...]:
    """notify-schemes-supported."""
    return ("mailto",)


def granted_user_data(request: SubscriptionRequest, group: Group, unsupported: Unsupported) -> bytes | None:
    """subscriber-user-data or notify-user-data."""
    attribute = supplied(request, group, request.vocabulary.user_data)
    data = attribute.value.octets if attribute is not None else None
    if attribute is not None and not is_one(attribute, ValueTag.OCTET_STRING):
        unsupported.append(attribute)
        data = None
    elif attribute is not None and len(attribute.value.octets) > MAX_USER_DATA:
        if request.policy.long_user_data == "reject":
            raise Denied(Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG, "the user data are too long", fatal=True)
        data = too_long(request.policy, attribute.value.octets)
        if data is None:
            unsupported.append(attribute)
    if not data and needs_user_data(request.policy) and not wants_to_pull(request, group):
        fatal = request.policy.missing_user_data not in ("ignore", "unsaid")
        broken = request.policy.missing_user_data == "break"
        status = Status.SERVER_ERROR_INTERNAL_ERROR if broken else Status.CLIENT_ERROR_BAD_REQUEST
        raise Denied(status, NO_ADDRESS, fatal=fatal)
    wants_uri = request.policy.user_data_form == "uri" and not request.per_job
    if data and wants_uri and not data.startswith(b"mailto:"):
        raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, "the user data are no 'mailto:' URI", fatal=True)
    return request.policy.invented_user_data if data is None else kept_user_data(request.policy, data)


def kept_user_data(policy: Policy, data: bytes) -> bytes:
    """The octets of user data that are kept: all of them."""
    return data[: policy.user_data_octets] if len(data) <= MAX_USER_DATA else data


def too_long(policy: Policy, data: bytes) -> bytes | None:
    """What is kept of user data of more octets than there may be; ``None``: nothing."""
    return {"cut": data[:MAX_USER_DATA], "kept": data}.get(policy.long_user_data)


def needs_user_data(policy: Policy) -> bool:
    """mailto-00 section 4.4 needs the subscriber's address for From; the later editions do not."""
    if policy.traits.from_subscriber:
        return policy.missing_user_data != "accept"
    return policy.user_data_needed


def lease_of(request: SubscriptionRequest, group: Group, unsupported: Unsupported) -> tuple[int, int | None]:
    """The granted lease and the one asked for, in seconds; per-job subscriptions have none (0)."""
    if request.per_job:
        return 0, None  # the attribute itself is set aside as unknown
    attribute = supplied(request, group, request.vocabulary.lease_requested)
    asked = None
    if attribute is not None:
        asked = attribute.value.integer if is_one(attribute, ValueTag.INTEGER) else None
        if asked is None:
            unsupported.append(attribute)
    return granted_lease(request.policy, asked), asked


def known_names(request: SubscriptionRequest) -> set[str]:
    """The subscription attributes that a client may supply."""
    v = request.vocabulary
    names = {v.recipient, v.events, v.user_data, v.charset, v.language}
    names.add(v.format if request.formats else TEXT_ONLY)
    if not request.per_job or request.policy.job_lease == "unsaid":
        names.add(v.lease_requested)
    if request.drafts:
        names.add(PERSISTENCE_REQUESTED)
    if pulls(request.policy):
        names.add(PULL_METHOD)
    return names | {other for own, other in v.synonyms if own in names}


def _set_aside_unknown(request: SubscriptionRequest, group: Group, unsupported: Unsupported) -> None:
    """Attributes that are not supported at all go back with 'unsupported' for a value (RFC 3995 5.2 rule 2b)."""
    known = known_names(request)
    unsupported.extend(ipp.out_of_band(a.name, ValueTag.UNSUPPORTED) for a in group if a.name not in known)
