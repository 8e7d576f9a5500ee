"""What the printer says of itself (RFC 2911 section 4.4; RFC 3995 sections 5.3 and 6; not-spec-02 section 6).

Each attribute comes with the name of the group it belongs to in requested-attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.editions import ContentChoice
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.ipp import Attribute
from conformance.wire.registry import ValueTag
from fakes.printer.policy import Policy
from fakes.printer.security.admission import three_lists
from fakes.printer.state.clock import date_time, has_clock
from fakes.printer.state.held_events import pulls
from fakes.printer.state.printer import Printer

from .negotiation import schemes
from .requests import PAGE, operations

DESCRIPTION, TEMPLATE, SUBSCRIPTION = "printer-description", "job-template", "subscription-template"
HOLDS = ("no-hold", "indefinite")  # job-hold-until-supported
MAX_COPIES = 99
DOCUMENT_HANDLING = "separate-documents-uncollated-copies"  # multiple-document-handling-supported

GroupedAttributes = Iterator[tuple[str, Attribute]]


def printer_attributes(printer: Printer) -> GroupedAttributes:
    """All of them."""
    for attribute in _addresses(printer):
        yield DESCRIPTION, attribute
    for attribute in _identity(printer):
        yield DESCRIPTION, attribute
    for attribute in _state(printer):
        yield DESCRIPTION, attribute
    for attribute in _abilities(printer.policy):
        yield DESCRIPTION, attribute
    for attribute in _job_template():
        yield TEMPLATE, attribute
    for attribute in _notification(printer.policy):
        yield SUBSCRIPTION, attribute
    for attribute in _limits(printer.policy):
        yield DESCRIPTION, attribute
    if printer.policy.traits.names_relay:
        for attribute in relay(printer):
            yield DESCRIPTION, attribute


def _addresses(printer: Printer) -> Iterator[Attribute]:
    """Three parallel attributes, one value for each URI (RFC 2911 sections 4.4.1 to 4.4.3)."""
    yield from three_lists(printer.policy, (*printer.uris, *other_names(printer)))


def other_names(printer: Printer) -> tuple[str, ...]:
    """URIs of this printer that its subscriptions tell, and that nobody has used."""
    told = printer.policy.printer_uri_told
    return (f"{printer.uri}{told}",) if told.startswith("/") else ()


def _identity(printer: Printer) -> Iterator[Attribute]:
    policy = printer.policy
    yield ipp.name_("printer-name", policy.printer_name)
    yield ipp.text("printer-info", policy.printer_name)
    yield ipp.text("printer-location", policy.location)
    yield ipp.text("printer-make-and-model", policy.make_and_model)
    yield ipp.uri("printer-uuid", printer.uuid.urn)
    yield ipp.uri("printer-more-info", more_info(printer.uri))


def more_info(uri: str) -> str:
    """Where the page about the printer at that URI is."""
    parts = urlsplit(uri)
    return f"{'https' if parts.scheme == 'ipps' else 'http'}://{parts.netloc}{PAGE}"


def _state(printer: Printer) -> Iterator[Attribute]:
    yield ipp.enum("printer-state", int(printer.state))
    yield ipp.keyword("printer-state-reasons", *printer.reasons)
    yield ipp.integer("printer-state-change-time", printer.changed)
    yield ipp.boolean("printer-is-accepting-jobs", printer.policy.accepting_jobs)
    yield ipp.integer("queued-job-count", len(printer.jobs.waiting()))
    yield ipp.integer("printer-up-time", printer.clock.described(printer.policy.up_time_slips))
    if has_clock(printer.policy):
        yield ipp.date_time("printer-current-time", date_time(printer.clock.today()))


def _abilities(policy: Policy) -> Iterator[Attribute]:
    yield ipp.keyword("ipp-versions-supported", *(f"{major}.{minor}" for major, minor in policy.versions))
    yield ipp.enum("operations-supported", *(o for o in operations(policy) if o not in policy.operations_unlisted))
    yield ipp.charset("charset-configured", policy.charsets[0])
    yield ipp.charset("charset-supported", *policy.charsets)
    yield ipp.natural_language("natural-language-configured", policy.languages[0])
    yield ipp.natural_language("generated-natural-language-supported", *policy.languages)
    yield ipp.mime_media_type("document-format-default", policy.document_formats[0])
    yield ipp.mime_media_type("document-format-supported", *policy.document_formats)
    yield ipp.keyword("compression-supported", "none")
    yield ipp.keyword("pdl-override-supported", "not-attempted")
    yield ipp.boolean("multiple-document-jobs-supported", True)
    yield ipp.integer("multiple-operation-time-out", policy.open_job_seconds)
    yield ipp.boolean("color-supported", False)
    if policy.security.hides_names:
        yield ipp.keyword("job-privacy-attributes", "job-name")
        yield ipp.keyword("job-privacy-scope", "owner")


def _job_template() -> Iterator[Attribute]:
    yield ipp.integer("copies-default", 1)
    yield ipp.range_of_integer("copies-supported", (1, MAX_COPIES))
    yield ipp.keyword("job-hold-until-default", HOLDS[0])
    yield ipp.keyword("job-hold-until-supported", *HOLDS)
    yield ipp.keyword("multiple-document-handling-default", DOCUMENT_HANDLING)
    yield ipp.keyword("multiple-document-handling-supported", DOCUMENT_HANDLING)


def _notification(policy: Policy) -> Iterator[Attribute]:
    """The printer's side of the subscription attributes (RFC 3995 table 1; not-spec-02 table 3)."""
    v = policy.vocabulary
    if policy.lists_schemes:
        colon = ":" if policy.scheme_colon else ""
        yield ipp.uri_scheme(v.schemes_supported, *(f"{scheme}{colon}" for scheme in schemes(policy)))
    if pulls(policy):
        yield ipp.keyword("notify-pull-method-supported", *policy.pull_methods)
    yield ipp.keyword(v.events_default, *policy.default_events)
    yield ipp.keyword(v.events_supported, *(e for e in policy.events if e not in policy.events_unlisted))
    yield ipp.integer(v.max_events, policy.max_events)
    yield ipp.range_of_integer(v.lease_supported, (policy.lease_min, policy.lease_max))
    yield ipp.integer(v.lease_default, policy.lease_default)
    if policy.traits.content is ContentChoice.FORMAT:
        yield ipp.mime_media_type(v.format_supported, *(f for f in policy.formats if f not in policy.formats_unlisted))


def _limits(policy: Policy) -> Iterator[Attribute]:
    """How many subscriptions; the drafts name these attributes, and to RFC 3995 they are an extension."""
    v = policy.vocabulary
    yield ipp.integer(v.max_printer_subscriptions, policy.max_printer_subscriptions)
    yield ipp.integer(v.max_job_subscriptions, policy.max_job_subscriptions)
    if pulls(policy):
        yield ipp.integer("ippget-event-life", policy.event_life)
    if v is NTFY_01:
        yield ipp.boolean("persistent-subscriptions-supported", False)


def relay(printer: Printer) -> Iterator[Attribute]:
    """printer-smtp-mail-service-address (mailto-00 section 6.1): DNS name or address, which has no room for a port."""
    name, told = printer.policy.vocabulary.relay, printer.policy.relay_told
    if told == "no-value":
        yield ipp.out_of_band(name, ValueTag.NO_VALUE)
    elif told == "integer":
        yield ipp.integer(name, 25)
    elif told != "missing":
        lies = {"words": "the mail host in the cellar", "uri": f"smtp://{printer.relay}", "elsewhere": "192.0.2.25"}
        yield ipp.text(name, lies.get(told, printer.relay))


def later_told(printer: Printer, attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """What the printer says of itself, if it has said so before."""
    name, relay = printer.policy.name_told_later, printer.policy.relay_told_later
    if printer.described == 1:
        return attributes
    others = {"printer-name": ipp.name_("printer-name", name)} if name else {}
    if relay:
        others[printer.policy.vocabulary.relay] = ipp.text(printer.policy.vocabulary.relay, relay)
    return tuple(others.get(a.name, a) for a in attributes)
