"""What a subscription is granted of the content it asked for: events, format, charset, language."""

from __future__ import annotations

from conformance.editions import ContentChoice
from conformance.scenarios.steps import NONE_WORD
from conformance.wire.ipp import Attribute, Group, Value
from conformance.wire.registry import Status, ValueTag
from fakes.printer.policy import Policy

from .subscription_request import Denied, SubscriptionRequest, Unsupported, is_one, supplied

TEXT_ONLY = ContentChoice.TEXT_ONLY.value


def granted_events(
    request: SubscriptionRequest, group: Group, unsupported: Unsupported
) -> tuple[tuple[str, ...], Status]:
    """notify-events, and the status that too many of them give."""
    policy, status = request.policy, Status.SUCCESSFUL_OK
    attribute = supplied(request, group, request.vocabulary.events)
    if attribute is None:
        return omitted_events(policy), status
    most = None if policy.excess_events == "kept" else policy.max_events
    kept, excess = attribute.values[:most], attribute.values[most:] if most is not None else ()
    if excess:
        surplus = Attribute(attribute.name, excess)
        if refuses_excess(request):
            raise Denied(Status.CLIENT_ERROR_TOO_MANY_EVENTS, f"more than {policy.max_events} events", surplus)
        if policy.excess_events != "unsaid":
            unsupported.append(surplus)
        if not request.drafts and policy.excess_events != "unsaid":
            status = Status.SUCCESSFUL_OK_TOO_MANY_EVENTS
    good, bad = _sort_events(policy, kept)
    if bad:
        unsupported.append(Attribute(attribute.name, bad))
    if good == ("none",):
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "a subscription to no event", attribute)
    if good:
        return good, status
    if policy.unsupported_events == "refuse":
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "none of the events is supported")
    return policy.default_events, status


def omitted_events(policy: Policy) -> tuple[str, ...]:
    """The events of a subscription that names none."""
    return policy.default_events if policy.omitted_events == "default" else policy.events[1 : policy.max_events]


def refuses_excess(request: SubscriptionRequest) -> bool:
    """Whether too many events cost the subscription (not-spec-02 section 15.4), where a job is not at stake."""
    if request.policy.excess_events == "refused":
        return True
    return request.policy.excess_events == "by-the-text" and request.drafts and not request.job_creation


def _sort_events(policy: Policy, values: tuple[Value, ...]) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """The events that are supported, each once, and the values that are not; 'none' beside others is not."""
    good: list[str] = []
    bad: list[Value] = []
    for value in values:
        word = value.text("ascii") if value.tag == ValueTag.KEYWORD else None
        if word is None or word not in policy.events or (word == "none" and len(values) > 1):
            bad.append(value)
        elif word not in good:
            good.append(word)
    return tuple(good), tuple(bad)


def granted_format(
    request: SubscriptionRequest, group: Group, unsupported: Unsupported
) -> tuple[str | None, str | None]:
    """notify-format: the granted one (``None`` stands for out-of-band), and the type the client chose, if it did."""
    policy = request.policy
    if not request.formats:
        return policy.default_format, None
    attribute = supplied(request, group, request.vocabulary.format)
    if attribute is None:
        return policy.default_format, None
    if len(attribute.values) == 1 and attribute.value.tag == ValueTag.NO_VALUE:
        return None, None
    if means_none(policy, attribute):
        return NONE_WORD, None
    asked = attribute.value.text("ascii") if is_one(attribute, ValueTag.MIME_MEDIA_TYPE) else None
    if asked is not None and (supports_format(policy, asked) or policy.format_unsaid == "ignored"):
        return asked, asked
    if policy.unsupported_format == "refuse":
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "unsupported format", attribute)
    if policy.format_unsaid != "replaced":
        unsupported.append(attribute)
    return policy.default_format, None


def means_none(policy: Policy, attribute: Attribute) -> bool:
    """The word 'none' in the place of the out-of-band value (mailto-00 section 4.3), which never got a number."""
    one = attribute.values[0] if len(attribute.values) == 1 else None
    return policy.string_none_format and one is not None and (one.text("ascii") or "").lower() == NONE_WORD


def media_type(text: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Type and parameters for comparing (RFC 2046 section 1); us-ascii is what 'text/plain' means anyway."""
    kind, *rest = (part.strip() for part in text.split(";"))
    pairs = [p.partition("=") for p in rest if p]
    parameters = {(n.strip().lower(), v.strip().strip('"').lower()) for n, _, v in pairs}
    if kind.lower() == "text/plain":
        parameters.discard(("charset", "us-ascii"))
    return kind.lower(), frozenset(parameters)


def supports_format(policy: Policy, asked: str) -> bool:
    """Whether a media type is one of notify-format-supported, however it is spelt."""
    return media_type(asked) in {media_type(f) for f in policy.formats}


def permits_charset(format_: str) -> bool:
    """Whether the registration of a media type has a charset parameter; of those we know, all of text/* do."""
    kind, parameters = media_type(format_)
    return kind.startswith("text/") or any(name == "charset" for name, _ in parameters)


def granted_charset(
    request: SubscriptionRequest, group: Group, chosen_format: str | None, unsupported: Unsupported
) -> str:
    """notify-charset; it has no say where the chosen format brings a charset of its own (mailto-00 section 4.5)."""
    attribute = supplied(request, group, request.vocabulary.charset)
    if attribute is None:
        return omitted_charset(request)
    asked = (attribute.value.text("ascii") or "").lower() if is_one(attribute, ValueTag.CHARSET) else None
    overruled = (
        chosen_format is not None and permits_charset(chosen_format) and request.policy.notify_charset_rules == "never"
    )
    if asked in request.policy.charsets and not overruled:
        return asked
    how = "replaced" if asked in request.policy.charsets else request.policy.unsupported_charset
    return _in_place_of(attribute, asked, fallback_charset(request), how, unsupported)


def omitted_charset(request: SubscriptionRequest) -> str:
    """The charset when none is named: configured (not-spec-02 table 8), or that of the request (RFC 3995 5.3.6)."""
    return request.policy.charsets[0] if request.drafts else fallback_charset(request)


def fallback_charset(request: SubscriptionRequest) -> str:
    """The charset in place of one that is not supported: that of the request, else the configured one."""
    return request.charset if request.charset in request.policy.charsets else request.policy.charsets[0]


def granted_language(request: SubscriptionRequest, group: Group, unsupported: Unsupported) -> str:
    """notify-natural-language."""
    attribute = supplied(request, group, request.vocabulary.language)
    if attribute is None:
        return omitted_language(request)
    asked = (attribute.value.text("ascii") or "").lower() if is_one(attribute, ValueTag.NATURAL_LANGUAGE) else None
    if asked in request.policy.languages:
        return asked
    return _in_place_of(attribute, asked, fallback_language(request), request.policy.unsupported_language, unsupported)


def _in_place_of(attribute: Attribute, asked: str | None, fallback: str, how: str, unsupported: Unsupported) -> str:
    """What a subscription has in place of a charset or language that is not supported."""
    if how == "refused":
        reason = f"{attribute.name} is not supported"
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, reason, attribute, fatal=True)
    if how == "replaced":
        unsupported.append(attribute)
    return asked if how == "kept" and asked is not None else fallback


def omitted_language(request: SubscriptionRequest) -> str:
    """The language when none is named: configured (not-spec-02 table 8), or that of the request (RFC 3995 5.3.7)."""
    return request.policy.languages[0] if request.drafts else fallback_language(request)


def fallback_language(request: SubscriptionRequest) -> str:
    """The language in place of one that is not supported: that of the request, else the configured one."""
    return request.language if request.language in request.policy.languages else request.policy.languages[0]


def granted_text_only(request: SubscriptionRequest, group: Group, unsupported: Unsupported) -> bool:
    """notify-mailto-text-only of the later editions (section 5.1.1); false when omitted."""
    attribute, default = None if request.formats else group.get(TEXT_ONLY), request.policy.text_only_default
    if attribute is None:
        return default
    asked = attribute.value.boolean if is_one(attribute, ValueTag.BOOLEAN) else None
    if asked is None or asked not in request.policy.text_only_values:
        unsupported.append(attribute)
        return default
    return asked
