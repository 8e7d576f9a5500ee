"""What a subscription is granted of the content it asked for: events, format, charset, language."""

from __future__ import annotations

from conformance.editions import ContentChoice
from conformance.steps import NONE_WORD
from conformance.wire.ipp import Attribute, Group, Value
from conformance.wire.registry import Status, ValueTag

from .asking import Asking, Denied, Tray, is_one, supplied
from .policy import Policy

TEXT_ONLY = ContentChoice.TEXT_ONLY.value


def granted_events(asking: Asking, group: Group, tray: Tray) -> tuple[tuple[str, ...], Status]:
    """notify-events, and the status that too many of them give."""
    policy, status = asking.policy, Status.SUCCESSFUL_OK
    attribute = supplied(asking, group, asking.vocabulary.events)
    if attribute is None:
        return omitted_events(policy), status
    most = None if policy.excess_events == "kept" else policy.max_events
    kept, excess = attribute.values[:most], attribute.values[most:] if most is not None else ()
    if excess:
        surplus = Attribute(attribute.name, excess)
        if refuses_excess(asking):
            raise Denied(Status.CLIENT_ERROR_TOO_MANY_EVENTS, f"more than {policy.max_events} events", surplus)
        if policy.excess_events != "unsaid":
            tray.append(surplus)
        if not asking.drafts and policy.excess_events != "unsaid":
            status = Status.SUCCESSFUL_OK_TOO_MANY_EVENTS
    good, bad = _sort_events(policy, kept)
    if bad:
        tray.append(Attribute(attribute.name, bad))
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


def refuses_excess(asking: Asking) -> bool:
    """Whether too many events cost the subscription (not-spec-02 section 15.4), where a job is not at stake."""
    if asking.policy.excess_events == "refused":
        return True
    return asking.policy.excess_events == "by-the-text" and asking.drafts and not asking.job_creation


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


def granted_format(asking: Asking, group: Group, tray: Tray) -> tuple[str | None, str | None]:
    """notify-format: the granted one (``None`` stands for out-of-band), and the type the client chose, if it did."""
    policy = asking.policy
    if not asking.formats:
        return policy.default_format, None
    attribute = supplied(asking, group, asking.vocabulary.format)
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
        tray.append(attribute)
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


def granted_charset(asking: Asking, group: Group, chosen_format: str | None, tray: Tray) -> str:
    """notify-charset; it has no say where the chosen format brings a charset of its own (mailto-00 section 4.5)."""
    attribute = supplied(asking, group, asking.vocabulary.charset)
    if attribute is None:
        return omitted_charset(asking)
    asked = (attribute.value.text("ascii") or "").lower() if is_one(attribute, ValueTag.CHARSET) else None
    overruled = (
        chosen_format is not None and permits_charset(chosen_format) and asking.policy.notify_charset_rules == "never"
    )
    if asked in asking.policy.charsets and not overruled:
        return asked
    how = "replaced" if asked in asking.policy.charsets else asking.policy.unsupported_charset
    return _in_place_of(attribute, asked, fallback_charset(asking), how, tray)


def omitted_charset(asking: Asking) -> str:
    """The charset when none is named: configured (not-spec-02 table 8), or that of the request (RFC 3995 5.3.6)."""
    return asking.policy.charsets[0] if asking.drafts else fallback_charset(asking)


def fallback_charset(asking: Asking) -> str:
    """The charset in place of one that is not supported: that of the request, else the configured one."""
    return asking.charset if asking.charset in asking.policy.charsets else asking.policy.charsets[0]


def granted_language(asking: Asking, group: Group, tray: Tray) -> str:
    """notify-natural-language."""
    attribute = supplied(asking, group, asking.vocabulary.language)
    if attribute is None:
        return omitted_language(asking)
    asked = (attribute.value.text("ascii") or "").lower() if is_one(attribute, ValueTag.NATURAL_LANGUAGE) else None
    if asked in asking.policy.languages:
        return asked
    return _in_place_of(attribute, asked, fallback_language(asking), asking.policy.unsupported_language, tray)


def _in_place_of(attribute: Attribute, asked: str | None, fallback: str, how: str, tray: Tray) -> str:
    """What a subscription has in place of a charset or language that is not supported."""
    if how == "refused":
        reason = f"{attribute.name} is not supported"
        raise Denied(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, reason, attribute, fatal=True)
    if how == "replaced":
        tray.append(attribute)
    return asked if how == "kept" and asked is not None else fallback


def omitted_language(asking: Asking) -> str:
    """The language when none is named: configured (not-spec-02 table 8), or that of the request (RFC 3995 5.3.7)."""
    return asking.policy.languages[0] if asking.drafts else fallback_language(asking)


def fallback_language(asking: Asking) -> str:
    """The language in place of one that is not supported: that of the request, else the configured one."""
    return asking.language if asking.language in asking.policy.languages else asking.policy.languages[0]


def granted_text_only(asking: Asking, group: Group, tray: Tray) -> bool:
    """notify-mailto-text-only of the later editions (section 5.1.1); false when omitted."""
    attribute, default = None if asking.formats else group.get(TEXT_ONLY), asking.policy.text_only_default
    if attribute is None:
        return default
    asked = attribute.value.boolean if is_one(attribute, ValueTag.BOOLEAN) else None
    if asked is None or asked not in asking.policy.text_only_values:
        tray.append(attribute)
        return default
    return asked
