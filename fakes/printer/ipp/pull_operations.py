"""Get-Notifications: events are fetched by whoever subscribed to them (RFC 3996 section 5).

Event Wait Mode is refused in the first answer, by telling when to ask again, as section 5.2 lets a printer do at any
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.printer.mail.human_consumable import headline
from fakes.printer.mail.machine_consumable import COUNTED
from fakes.printer.mail.words import fit
from fakes.printer.notice import JobFacts, Notice, PrinterFacts
from fakes.printer.state.clock import date_time, has_clock
from fakes.printer.state.printer import Printer
from fakes.printer.state.rights import REFUSED_AS, may_manage
from fakes.printer.state.subscriptions import Subscription

from .descriptions import shown_printer_uri
from .operation_attributes import set_aside
from .requests import Refusal, Request, bad
from .responses import answer
from .subscription_creation import STATUS

IDS, NUMBERS, WAIT = "notify-subscription-ids", "notify-sequence-numbers", "notify-wait"
INTERVAL, UP_TIME = "notify-get-interval", "printer-up-time"
OVER = Status.SUCCESSFUL_OK_EVENTS_COMPLETE


def get_notifications(printer: Printer, request: Request) -> Message:
    """RFC 3996 section 5."""
    aside = set_aside(request, IDS, NUMBERS, WAIT)
    request.boolean(WAIT)
    ids, lowest = _numbers(request, IDS), _numbers(request, NUMBERS)
    if not ids:
        raise bad(f"{IDS} is missing")
    asked = [_subscription(printer, request, number) for number in ids]
    over = [ends_with_its_job(subscription) for subscription in asked]
    differ = len(set(over)) > 1
    lowest += [1] * len(asked)  # where none is named; too many are no harm (section 5.1.2)
    groups = [
        _event(printer, subscription, notice, OVER if ended else Status.SUCCESSFUL_OK, differ=differ)
        for subscription, first, ended in zip(asked, lowest, over, strict=False)
        for notice in printer.held.of(subscription.id, first)
    ]
    status = OVER if all(over) else Status.SUCCESSFUL_OK
    return _answer(printer, request, asked[0], status, groups, aside)


def ends_with_its_job(subscription: Subscription) -> bool:
    """Whether it hears of nothing more: its job has ended, though both are kept for a while."""
    return subscription.job is not None and subscription.job.ended


def _numbers(request: Request, name: str) -> list[int]:
    attribute = request.get(name)
    if attribute is None:
        return []
    numbers = [value.integer for value in attribute.values]
    if any(number is None or number < 1 for number in numbers):
        raise bad(f"{name} has a value that is no number from 1 to 2147483647")
    return [number for number in numbers if number is not None]


def _subscription(printer: Printer, request: Request, number: int) -> Subscription:
    """One that may be asked about; raises ``Refusal``."""
    found = printer.subscriptions.find(number)
    if found is None or found.grant.pull_method is None:
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no subscription {number} that is pulled")
    if not may_manage(printer.policy, found.grant.user_name, request.user):
        raise Refusal(REFUSED_AS, f"subscription {number} is not yours")
    return found


def _answer(
    printer: Printer,
    request: Request,
    speaker: Subscription,
    status: Status,
    groups: Sequence[Group],
    aside: Sequence[Attribute],
) -> Message:
    """In the charset and language of one of the subscriptions (RFC 3996 section 5.2)."""
    grant = speaker.grant
    reply = answer(printer.policy, request.message, grant.charset, grant.language, status, "", groups, aside)
    more = [ipp.integer(UP_TIME, printer.clock.told())]
    if status is not OVER:
        more.append(ipp.integer(INTERVAL, printer.policy.event_life))
    operation = Group(GroupTag.OPERATION, (*reply.groups[0], *more))
    return Message(reply.code, reply.request_id, (operation, *reply.groups[1:]), reply.data, reply.version)


def _event(printer: Printer, subscription: Subscription, notice: Notice, status: Status, *, differ: bool) -> Group:
    """One event (RFC 3996 tables 3, 4 and 6)."""
    attributes = [*_common(printer, subscription, notice)]
    if notice.is_job_event and notice.job is not None:
        attributes += _of_job(notice.job, notice.event)
    else:
        attributes += _of_printer(notice.printer)
    if differ:
        attributes.append(ipp.enum(STATUS, int(status)))
    return Group(GroupTag.EVENT_NOTIFICATION, tuple(attributes))


def _common(printer: Printer, subscription: Subscription, notice: Notice) -> Iterator[Attribute]:
    facts, policy = notice.subscription, printer.policy
    yield ipp.integer("notify-subscription-id", facts.id)
    yield ipp.uri("notify-printer-uri", shown_printer_uri(printer, subscription))
    yield ipp.keyword("notify-subscribed-event", notice.event)
    yield ipp.integer(UP_TIME, notice.printer.up_time)
    if has_clock(policy):
        yield ipp.date_time("printer-current-time", date_time(notice.when))
    yield ipp.integer("notify-sequence-number", facts.sequence)
    yield ipp.charset("notify-charset", facts.charset)
    yield ipp.natural_language("notify-natural-language", facts.language)
    yield ipp.octet_string("notify-user-data", facts.user_data or b"")
    yield ipp.text("notify-text", fit(headline(notice, policy), "utf-8", facts.language))


def _of_job(job: JobFacts, event: str) -> Iterator[Attribute]:
    yield ipp.integer("job-id", job.id)
    yield ipp.enum("job-state", job.state)
    yield ipp.keyword("job-state-reasons", *(job.state_reasons or ("none",)))
    if event in COUNTED:
        yield ipp.integer("job-impressions-completed", job.impressions_completed)


def _of_printer(facts: PrinterFacts) -> Iterator[Attribute]:
    yield ipp.enum("printer-state", facts.state)
    yield ipp.keyword("printer-state-reasons", *(facts.state_reasons or ("none",)))
    yield ipp.boolean("printer-is-accepting-jobs", facts.accepting_jobs)


OPERATIONS = {Operation.GET_NOTIFICATIONS: get_notifications}
