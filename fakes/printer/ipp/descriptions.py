"""What jobs and subscriptions say of themselves, each attribute with the name of its group in requested-attributes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from conformance.editions import ContentChoice
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Value
from conformance.wire.registry import ValueTag
from fakes.printer.policy import Policy
from fakes.printer.state.jobs import Job
from fakes.printer.state.printer import Printer
from fakes.printer.state.subscriptions import Subscription

from .content_negotiation import TEXT_ONLY

JOB_DESCRIPTION, JOB_TEMPLATE = "job-description", "job-template"
TEMPLATE, DESCRIPTION = "subscription-template", "subscription-description"
PERSISTENT = False  # nothing outlives the process

GroupedAttributes = Iterator[tuple[str, Attribute]]


def job_attributes(printer: Printer, job: Job, requested: Collection[str] = ("all",)) -> GroupedAttributes:
    """RFC 2911 section 4.3: those that are asked for, by name, by group or all; no others are made."""
    everything, description = "all" in requested, JOB_DESCRIPTION in requested
    for name, make in _JOB_DESCRIPTION.items():
        if everything or description or name in requested:
            yield JOB_DESCRIPTION, make(printer, job)
    yield JOB_TEMPLATE, ipp.integer("copies", job.copies)
    if job.held:
        yield JOB_TEMPLATE, ipp.keyword("job-hold-until", "indefinite")


def job_state(printer: Printer, job: Job) -> Iterator[Attribute]:
    """job-state and job-state-reasons."""
    yield ipp.enum("job-state", int(job.state))
    yield ipp.keyword("job-state-reasons", *printer.job_reasons(job))


def _time(name: str, up_time: int | None) -> Attribute:
    """A moment of a job; no-value before it has come (RFC 2911 section 4.3.14)."""
    return _integer(name, up_time) if up_time is not None else ipp.out_of_band(name, ValueTag.NO_VALUE)


# A thousand jobs have most of their values in common, so that one is made of each: others wait for the list meanwhile.
_SHARED: Final = lru_cache(1_000)
_integer = _SHARED(ipp.integer)
_keyword = _SHARED(ipp.keyword)
_enum = _SHARED(ipp.enum)
_uri = _SHARED(ipp.uri)
_name = _SHARED(ipp.name_)
_charset = _SHARED(ipp.charset)
_language = _SHARED(ipp.natural_language)

_JOB_DESCRIPTION: Final[Mapping[str, Callable[[Printer, Job], Attribute]]] = {
    "job-uri": lambda printer, job: ipp.uri("job-uri", printer.job_uri(job)),
    "job-id": lambda _, job: ipp.integer("job-id", job.id),
    "job-printer-uri": lambda printer, _: _uri("job-printer-uri", printer.uri),
    "job-name": lambda _, job: ipp.name_("job-name", job.name),
    "job-originating-user-name": lambda _, job: _name("job-originating-user-name", job.user_name),
    "job-state": lambda _, job: _enum("job-state", int(job.state)),
    "job-state-reasons": lambda printer, job: _keyword("job-state-reasons", *printer.job_reasons(job)),
    "number-of-documents": lambda _, job: _integer("number-of-documents", job.documents),
    "job-k-octets": lambda _, job: _integer("job-k-octets", -(-job.octets // 1024)),
    "job-impressions-completed": lambda _, job: _integer("job-impressions-completed", job.impressions),
    "job-media-sheets-completed": lambda _, job: _integer("job-media-sheets-completed", job.impressions),
    "job-printer-up-time": lambda printer, _: _integer("job-printer-up-time", printer.clock.told()),
    "time-at-creation": lambda _, job: _time("time-at-creation", job.created),
    "time-at-processing": lambda _, job: _time("time-at-processing", job.started),
    "time-at-completed": lambda _, job: _time("time-at-completed", job.completed),
    "attributes-charset": lambda printer, _: _charset("attributes-charset", printer.policy.charsets[0]),
    "attributes-natural-language": lambda printer, _: _language(
        "attributes-natural-language", printer.policy.languages[0]
    ),
}


def subscription_attributes(printer: Printer, subscription: Subscription) -> GroupedAttributes:
    """All attributes of a subscription (RFC 3995 sections 5.3 and 5.4; not-spec-02 table 2)."""
    policy = printer.policy
    for attribute in _subscription_template(policy, subscription):
        yield TEMPLATE, attribute
    for attribute in _subscription_description(printer, subscription):
        yield DESCRIPTION, attribute


def _subscription_template(policy: Policy, subscription: Subscription) -> Iterator[Attribute]:
    v, grant = policy.vocabulary, subscription.grant
    if grant.pull_method is None:
        yield ipp.uri(v.recipient, shown_recipient(policy, grant.recipient))
    else:
        yield ipp.keyword("notify-pull-method", grant.pull_method)
    if policy.events_told != "none":
        yield ipp.keyword(v.events, *(grant.events if policy.events_told == "kept" else policy.default_events))
    if grant.user_data is not None:
        yield ipp.octet_string(v.user_data, shown_user_data(policy, grant.user_data))
    if policy.tells_charset:
        yield ipp.charset(v.charset, grant.charset)
    yield ipp.natural_language(v.language, grant.language)
    if grant.pull_method is None:
        yield from content_selector(policy, subscription)
    if v is not NTFY_01 and has_lease(policy, subscription):
        yield ipp.integer(v.lease_requested, subscription.lease)


def shown_recipient(policy: Policy, uri: str) -> str:
    """notify-recipient or notify-recipient-uri as told to a client."""
    return uri.removeprefix("mailto:") if policy.recipient_told == "without-scheme" else uri


def shown_user_data(policy: Policy, data: bytes) -> bytes:
    """subscriber-user-data or notify-user-data as told to a client."""
    return data.upper() if policy.user_data_told == "in-capitals" else data


def content_selector(policy: Policy, subscription: Subscription) -> Iterator[Attribute]:
    """notify-format, 'none' as no-value, or what took its place in the later editions."""
    grant = subscription.grant
    if policy.traits.content is ContentChoice.TEXT_ONLY:
        yield ipp.boolean(TEXT_ONLY, grant.text_only)
    elif not policy.tells_format:
        return
    elif policy.default_format_told and not grant.format_named:
        yield ipp.mime_media_type(policy.vocabulary.format, policy.default_format_told)
    elif grant.format is None:
        yield ipp.out_of_band(policy.vocabulary.format, ValueTag.NO_VALUE)
    else:
        yield ipp.mime_media_type(policy.vocabulary.format, grant.format)


def _subscription_description(printer: Printer, subscription: Subscription) -> Iterator[Attribute]:
    v = printer.policy.vocabulary
    yield ipp.integer(v.subscription_id, subscription.id)
    if printer.policy.number_told != "none":
        yield ipp.integer(v.sequence, shown_sequence(printer.policy, subscription))
    yield from lease_end(printer, subscription)
    yield ipp.uri(v.printer_uri, shown_printer_uri(printer, subscription))
    yield ipp.name_(v.user_name, subscription.grant.user_name)
    if v.persistence_granted is not None and "reading" in printer.policy.persistence_told_by:
        yield ipp.boolean(v.persistence_granted, PERSISTENT)
    if v is not NTFY_01 and subscription.job is not None:
        yield ipp.integer(v.job_id, subscription.job.id)


def shown_printer_uri(printer: Printer, subscription: Subscription) -> str:
    """printer-uri or notify-printer-uri as told to a client."""
    told = printer.policy.printer_uri_told
    return f"{printer.uri}{told}" if told.startswith("/") else told or subscription.printer_uri


def shown_sequence(policy: Policy, subscription: Subscription) -> int:
    """The sequence number as told to a client."""
    if policy.number_told == "0":
        return 0
    return subscription.number + (policy.number_told == "next")


def lease_end(printer: Printer, subscription: Subscription) -> Iterator[Attribute]:
    """When the lease ends, and the clock to read that by.

    A per-job subscription has 0 there in the drafts (not-spec-02 section 5.9), and neither attribute in RFC 3995
    (sections 5.4.3 and 5.4.4).
    """
    v = printer.policy.vocabulary
    if v is NTFY_01 or has_lease(printer.policy, subscription):
        if printer.policy.lease_end_told != "nothing":
            yield ipp.integer(v.lease_expiration, shown_expiration(printer.policy, subscription))
        yield ipp.integer(v.up_time, shown_up_time(printer, subscription))


def has_lease(policy: Policy, subscription: Subscription) -> bool:
    """Whether a subscription has the attributes of a lease in RFC 3995: one of a job lasts as long as its job."""
    return subscription.job is None or policy.job_has_lease


def shown_expiration(policy: Policy, subscription: Subscription) -> int:
    """notify-lease-expiration-time as told to a client."""
    if subscription.job is not None and policy.vocabulary is NTFY_01:
        return policy.job_lease_told
    return subscription.lease if policy.lease_end_told == "duration" else subscription.lease_expiration


def shown_up_time(printer: Printer, subscription: Subscription) -> int:
    """notify-printer-up-time as told to a client: the printer's own, now."""
    if printer.policy.up_time_told == "at-creation" and subscription.lease_expiration:
        return subscription.lease_expiration - subscription.lease
    return printer.clock.told()


LEASE_TIMES = (NTFY_01.lease_expiration, NTFY_01.up_time)


def misstated(attributes: Sequence[Attribute], name: str) -> tuple[Attribute, ...]:
    """Attributes as they are, but for the one of that name, which has another value: of a time one hours away."""
    return tuple(_another(a) if a.name == name else a for a in attributes)


def _another(attribute: Attribute) -> Attribute:
    at, bit = (-2, 0x80) if attribute.name in LEASE_TIMES else (-1, 1)
    octets = bytearray(attribute.value.octets)
    octets[at] ^= bit
    return Attribute(attribute.name, (Value(attribute.value.tag, bytes(octets)),))
