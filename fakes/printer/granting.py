"""What a subscription is granted of what was asked for (RFC 3995 section 5.2; not-spec-02 section 8.1.1).

``examine`` reads one group of subscription attributes.  Each attribute has a function of its own, here or in
``granting_content``, which returns what goes into the subscription and puts what is not supported on the tray.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group
from conformance.wire.registry import Status, ValueTag

from .addresses import recipient as mailbox_of
from .asking import Asking, Denied, Tray, is_one, supplied
from .granting_content import (
    TEXT_ONLY,
    granted_charset,
    granted_events,
    granted_format,
    granted_language,
    granted_text_only,
)
from .leases import granted_lease
from .policy import Policy

_T = TypeVar("_T")

MAX_USER_DATA: Final = 63  # octets; subscriber-user-data and notify-user-data are octetString(63)
PERSISTENCE_REQUESTED: Final = "notify-persistence-requested"  # the drafts let a printer take it and grant nothing
PULL_METHOD: Final = "notify-pull-method"
# draft-ietf-ipp-not-spec-02 section 15.2 has its own number for an unsupported scheme, the one that RFC 3995 section
# 12.2 later gave to client-error-ignored-all-subscriptions.
NTFY_01_SCHEME_NOT_SUPPORTED: Final = Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS


@dataclass(frozen=True, slots=True)
class Grant:
    """A subscription that can be made.  ``status`` is its notify-status-code; ``lease`` is 0 where there is none."""

    recipient: str
    user_name: str
    user_data: bytes | None
    events: tuple[str, ...]
    format: str | None
    text_only: bool
    charset: str
    language: str
    lease: int
    lease_asked: int | None
    unsupported: tuple[Attribute, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class Denial:
    """A subscription that is not made.  With ``fatal`` the whole request is refused, job and all."""

    status: Status
    reason: str
    unsupported: tuple[Attribute, ...] = ()
    fatal: bool = False


def examine(asking: Asking, group: Group) -> Grant | Denial:
    """What one group of subscription attributes comes to; nothing is made yet."""
    tray: Tray = []
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
    recipient = judge(lambda: granted_recipient(asking, group), "")
    user_name = judge(lambda: granted_user_name(asking), "")
    user_data = judge(lambda: granted_user_data(asking, group, tray), None)
    events, status = judge(lambda: granted_events(asking, group, tray), no_events)
    format_, chosen = judge(lambda: granted_format(asking, group, tray), no_format)
    charset = judge(lambda: granted_charset(asking, group, chosen, tray), "")
    language = judge(lambda: granted_language(asking, group, tray), "")
    text_only = granted_text_only(asking, group, tray)
    lease, lease_asked = lease_of(asking, group, tray)
    _set_aside_unknown(asking, group, tray)
    if denials:
        first = next((d for d in denials if d.fatal), denials[0])
        extra = (a for d in denials for a in d.unsupported)
        return Denial(first.status, first.reason, (*tray, *extra), first.fatal)
    if tray and status is ok:
        status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return Grant(
        recipient, user_name, user_data, events, format_, text_only, charset, language, lease, lease_asked,
        tuple(tray), status,
    )  # fmt: skip


def granted_user_name(asking: Asking) -> str:
    """subscriber-user-name; without any the request is refused or the subscription ignored (mailto-00 4.11)."""
    if asking.user is not None:
        return asking.user
    fatal = asking.policy.missing_user_name == "reject"
    raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, "the subscriber has no name", fatal=fatal)


def granted_recipient(asking: Asking, group: Group) -> str:
    """notify-recipient or notify-recipient-uri, as supplied: exactly one mailbox, in the scheme 'mailto'."""
    attribute = supplied(asking, group, asking.vocabulary.recipient)
    if attribute is None:
        data = supplied(asking, group, asking.vocabulary.user_data)
        if asking.policy.missing_recipient == "subscriber" and data is not None:
            return f"mailto:{data.value.octets.decode('ascii', 'replace')}"
        if PULL_METHOD in group:
            raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "there is no pull method")
        reason = f"{asking.vocabulary.recipient} is missing"
        raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, reason, fatal=missing_recipient_is_fatal(asking))
    uri = attribute.value.text("ascii") if is_one(attribute, ValueTag.URI) else None
    if uri is not None and not supports_scheme(asking.policy, uri):
        fatal = asking.policy.unsupported_scheme == "refuses-all"
        reason = f"no delivery method for {uri!a}"
        raise Denied(Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, reason, attribute, fatal=fatal)
    if uri is not None and knows_no(asking.policy, uri):
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "there is no such mailbox", attribute)
    if asking.policy.unsupported_scheme == "taken" and uri is not None:
        return uri
    if uri is None or mailbox_of(uri) is None or ("+" in uri and not asking.policy.takes_plus):
        reason = f"{asking.vocabulary.recipient} does not name exactly one mailbox"
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, reason, attribute)
    return uri


def missing_recipient_is_fatal(asking: Asking) -> bool:
    """RFC 3995 (5.2 rule 4) refuses even the job; the drafts print it all the same (not-spec-02 section 15.2)."""
    return asking.policy.missing_recipient != "ignored" and not (asking.drafts and asking.job_creation)


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


def granted_user_data(asking: Asking, group: Group, tray: Tray) -> bytes | None:
    """subscriber-user-data or notify-user-data."""
    attribute = supplied(asking, group, asking.vocabulary.user_data)
    data = attribute.value.octets if attribute is not None else None
    if attribute is not None and not is_one(attribute, ValueTag.OCTET_STRING):
        tray.append(attribute)
        data = None
    elif attribute is not None and len(attribute.value.octets) > MAX_USER_DATA:
        if asking.policy.long_user_data == "reject":
            raise Denied(Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG, "the user data are too long", fatal=True)
        tray.append(attribute)
        data = None
    if not data and needs_user_data(asking.policy):
        fatal = asking.policy.missing_user_data != "ignore"
        broken = asking.policy.missing_user_data == "break"
        status = Status.SERVER_ERROR_INTERNAL_ERROR if broken else Status.CLIENT_ERROR_BAD_REQUEST
        raise Denied(status, "no mail address in the user data", fatal=fatal)
    wants_uri = asking.policy.user_data_form == "uri" and not asking.per_job
    if data and wants_uri and not data.startswith(b"mailto:"):
        raise Denied(Status.CLIENT_ERROR_BAD_REQUEST, "the user data are no 'mailto:' URI", fatal=True)
    return asking.policy.invented_user_data if data is None else data


def needs_user_data(policy: Policy) -> bool:
    """mailto-00 section 4.4 needs the subscriber's address for From; the later editions do not."""
    if policy.traits.from_subscriber:
        return policy.missing_user_data != "accept"
    return policy.user_data_needed


def lease_of(asking: Asking, group: Group, tray: Tray) -> tuple[int, int | None]:
    """The granted lease and the one asked for, in seconds; per-job subscriptions have none (0)."""
    if asking.per_job:
        return 0, None  # the attribute itself is set aside as unknown
    attribute = supplied(asking, group, asking.vocabulary.lease_requested)
    asked = None
    if attribute is not None:
        asked = attribute.value.integer if is_one(attribute, ValueTag.INTEGER) else None
        if asked is None:
            tray.append(attribute)
    return granted_lease(asking.policy, asked), asked


def known_names(asking: Asking) -> set[str]:
    """The subscription attributes that a client may supply."""
    v = asking.vocabulary
    names = {v.recipient, v.events, v.user_data, v.charset, v.language}
    names.add(v.format if asking.formats else TEXT_ONLY)
    if not asking.per_job or asking.policy.job_lease == "unsaid":
        names.add(v.lease_requested)
    if asking.drafts:
        names.add(PERSISTENCE_REQUESTED)
    return names | {other for own, other in v.synonyms if own in names}


def _set_aside_unknown(asking: Asking, group: Group, tray: Tray) -> None:
    """Attributes that are not supported at all go back with 'unsupported' for a value (RFC 3995 5.2 rule 2b)."""
    known = known_names(asking)
    tray.extend(ipp.out_of_band(a.name, ValueTag.UNSUPPORTED) for a in group if a.name not in known)
