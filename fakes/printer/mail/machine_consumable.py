"""The Machine Consumable form: application/ipp (draft-ietf-ipp-not-spec-02 sections 7.1.2 to 7.4).

The content looks like the answer to Get-Job-Attributes for a job event and like the answer to Get-Printer-Attributes
for a printer event.  Its names are those of that draft whichever vocabulary the printer speaks, as no later text has
such mail.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime
from typing import Final

from conformance.vocabulary import sub_values
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag
from fakes.printer.notice import JobFacts, Notice
from fakes.printer.policy import Policy

from .headers import clean
from .words import fit, usable_charset

JOB_EVENT: Final = 0x0600  # status-code of section 7.2
PRINTER_EVENT: Final = 0x0601
TIMES: Final = ("trigger-time", "trigger-date-time", "notify-printer-up-time")
COUNTED: Final = ("job-completed", "job-progress")  # the events of table 5 that tell how much was printed


def content(notice: Notice, policy: Policy) -> bytes:
    """The octets of the content.  Raises ``ValueError`` for a value too long for IPP, say 70,000 octets."""
    return ipp.encode(message(notice, policy))


def message(notice: Notice, policy: Policy) -> ipp.Message:
    """The content as a message: the operation group of table 4's head, then one group with all the rest."""
    attributes = [*_common(notice, policy), *(_of_job(notice) if notice.is_job_event else _of_printer(notice))]
    tag = GroupTag.JOB if notice.is_job_event else GroupTag.PRINTER
    groups = (_group(GroupTag.OPERATION, _head(notice, policy), policy), _group(tag, attributes, policy))
    return ipp.Message(status_code(notice), request_id(notice, policy), groups)


def _group(tag: GroupTag, attributes: list[ipp.Attribute], policy: Policy) -> ipp.Group:
    """A group, each attribute as it is told."""
    return ipp.Group(tag, tuple(_told(a, policy) for a in attributes if a.name != policy.content_left_out))


def _told(attribute: ipp.Attribute, policy: Policy) -> ipp.Attribute:
    """An attribute with its own value and syntax, unless the printer lies about that."""
    values = attribute.values
    if attribute.name == policy.content_mistagged:
        values = tuple(ipp.Value(ValueTag.TEXT, value.octets) for value in values)
    elif attribute.name == policy.content_wrong:
        values = tuple(ipp.Value(value.tag, another(attribute.name, value.octets)) for value in values)
    elif attribute.name == "trigger-event" and policy.content_events == "two":
        values *= 2
    return ipp.Attribute(attribute.name, values)


def another(name: str, octets: bytes) -> bytes:
    """A value near the right one; of a time one that is hours away."""
    at = len(octets) - (2 if name in TIMES else 1)
    return octets[:at] + bytes((octets[at] ^ (0x80 if name in TIMES else 1),)) + octets[at + 1 :]


def status_code(notice: Notice) -> int:
    """Which of the two kinds of event it is."""
    return JOB_EVENT if notice.is_job_event else PRINTER_EVENT


def request_id(notice: Notice, policy: Policy) -> int:
    """The number of this notification within its subscription."""
    return notice.subscription.sequence if policy.content_number == "own" else 1


def charset_of(notice: Notice, policy: Policy) -> str:
    """The subscription's charset; application/ipp has no charset parameter that could say otherwise."""
    return usable_charset(notice.subscription.charset if policy.content_charset == "subscription" else "utf-8")


def _head(notice: Notice, policy: Policy) -> list[ipp.Attribute]:
    named = charset_of(notice, policy)
    if policy.content_charset == "only-named":
        named = usable_charset(notice.subscription.charset)
    language = notice.subscription.language if policy.content_language == "subscription" else policy.languages[0]
    first = [
        ipp.charset("attributes-charset", named),
        ipp.natural_language("attributes-natural-language", clean(language)),
    ]
    if policy.content_head == "language-first":
        first.reverse()
    return [*first, ipp.uri("printer-uri", clean(notice.printer.uri))]


def _common(notice: Notice, policy: Policy) -> list[ipp.Attribute]:
    """Table 4 after its head, in the table's order."""
    subscription = notice.subscription
    said = [_name("printer-name", notice.printer.name, notice, policy)]
    if notice.is_job_event or subscription.job_id is not None:
        said.append(_known(notice.job, "job-id", lambda name, job: ipp.integer(name, job.id)))
        said.append(_known(notice.job, "job-name", lambda name, job: _name(name, job.name, notice, policy)))
    said.append(_keywords("trigger-event", (notice.event,)))
    if policy.content_names == "both":
        said.append(_keywords("notify-subscribed-event", (_subscribed(notice, policy),)))
        said.append(ipp.integer("printer-up-time", notice.printer.up_time))
    said.append(ipp.integer("trigger-time", notice.printer.up_time))
    if policy.current_time:
        said.append(ipp.date_time("trigger-date-time", date_and_time(notice.when)))
    said.append(ipp.integer("subscription-id", subscription.id))
    if policy.content_names == "both":
        said.append(ipp.integer("notify-subscription-id", subscription.id))
        said.append(ipp.integer("notify-sequence-number", subscription.sequence))
    said.append(_name("subscriber-user-name", subscription.user_name, notice, policy))
    if subscription.user_data is None:
        said.append(_unknown("subscriber-user-data"))
    else:
        said.append(ipp.octet_string("subscriber-user-data", subscription.user_data))
    said.append(ipp.integer("notify-printer-up-time", notice.printer.up_time))  # mailto-00 section 4.12
    return said


def _subscribed(notice: Notice, policy: Policy) -> str:
    """The event that the subscription lists, and that the one which took place is or is a kind of."""
    if policy.content_events == "another-beside":
        return "printer-state-changed" if notice.is_job_event else "job-state-changed"
    listed = notice.subscription.events
    return next((e for e in listed if notice.event in (e, *sub_values(policy.vocabulary, e))), notice.event)


def _of_job(notice: Notice) -> list[ipp.Attribute]:
    """Table 5."""
    said = [("job-state", _state), ("job-state-reasons", _reasons)]
    if notice.event in COUNTED:
        said += [("job-impressions-completed", _impressions), ("job-media-sheets-completed", _sheets)]
    return [_known(notice.job, name, make) for name, make in said]


def _state(name: str, job: JobFacts) -> ipp.Attribute:
    return ipp.enum(name, job.state)


def _reasons(name: str, job: JobFacts) -> ipp.Attribute:
    return _keywords(name, job.state_reasons or ("none",))


def _impressions(name: str, job: JobFacts) -> ipp.Attribute:
    return ipp.integer(name, job.impressions_completed)


def _sheets(name: str, job: JobFacts) -> ipp.Attribute:
    return ipp.integer(name, job.media_sheets_completed)


def _of_printer(notice: Notice) -> list[ipp.Attribute]:
    """Table 6."""
    printer = notice.printer
    return [
        ipp.enum("printer-state", printer.state),
        _keywords("printer-state-reasons", printer.state_reasons or ("none",)),
        ipp.boolean("printer-is-accepting-jobs", printer.accepting_jobs),
    ]


def _keywords(attribute: str, keywords: tuple[str, ...]) -> ipp.Attribute:
    return ipp.keyword(attribute, *map(clean, keywords))


def _name(attribute: str, text: str, notice: Notice, policy: Policy) -> ipp.Attribute:
    charset = charset_of(notice, policy)
    return ipp.name_(attribute, fit(text, charset, notice.subscription.language).encode(charset))


def _known(job: JobFacts | None, name: str, make: Callable[[str, JobFacts], ipp.Attribute]) -> ipp.Attribute:
    return _unknown(name) if job is None else make(name, job)


def _unknown(name: str) -> ipp.Attribute:
    """What stands for a value nobody knows: the attribute is there all the same (section 7.1.2, rule 6)."""
    return ipp.out_of_band(name, ValueTag.UNKNOWN)


def date_and_time(when: datetime) -> bytes:
    """DateAndTime of RFC 2579, eleven octets."""
    aware = when.astimezone() if when.tzinfo is None else when
    offset = aware.utcoffset()
    minutes = 0 if offset is None else round(offset.total_seconds() / 60)
    sign, (hours, rest) = (b"-" if minutes < 0 else b"+"), divmod(abs(minutes), 60)
    deciseconds = aware.microsecond // 100_000
    return struct.pack(
        ">HBBBBBBcBB", aware.year, aware.month, aware.day, aware.hour, aware.minute, aware.second, deciseconds, sign,
        hours, rest,
    )  # fmt: skip
