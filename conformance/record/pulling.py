"""The second witness in the evidence: one pull subscription of our own, and what it was told (RFC 3996).

Where a printer lets events be fetched, the stage subscribes for the whole run to a few that nobody can take for one
another, and asks now and then.  So the printer says itself what happened, beside what our own requests let one expect.
It has no play: its exchanges stand by themselves, and are known by the subscription's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import gcd
from typing import Final

from conformance.vocabulary import RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from . import rows
from .exchanges import Answer, answer_of, granted_group
from .run_record import RunRecord

IPPGET: Final = "ippget"
METHOD: Final = "notify-pull-method"
METHODS: Final = "notify-pull-method-supported"
IDS: Final = "notify-subscription-ids"
NUMBERS: Final = "notify-sequence-numbers"
EVENT: Final = "notify-subscribed-event"
NUMBER: Final = RFC3995.sequence
UP_TIME: Final = "printer-up-time"

CREATED, COMPLETED, STOPPED = "job-created", "job-completed", "printer-stopped"
FETCHED: Final = (COMPLETED, CREATED, STOPPED)
"""What is subscribed to: a job has each of the first two once, and none of them can stand for another."""

SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as Get-Notifications told it.

    It happened from ``earliest``, when an answer did not have it yet, to ``latest``, by the printer's own clock.
    """

    event: str
    number: int
    job: int | None
    earliest: int
    latest: int
    answer: Answer
    up_time: int | None = None  # seconds, when it happened


@dataclass(slots=True)
class Hearing:
    """What one subscription told from ``since`` to ``until``, the last time that it was asked.

    In the ``gaps`` more may have happened: numbers are missing, of events that the printer kept no longer.
    """

    id: int
    events: frozenset[str]
    user: bytes | None  # requesting-user-name, by whose rights it is told
    since: int
    until: int
    told: list[ToldEvent] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    ticks: set[int] = field(default_factory=set)  # all values of its clock, by which one sees in what steps it goes

    def covers(self, earliest: int, latest: int) -> bool:
        """Whether an event of that time must have been told."""
        whole = all(end < earliest or latest < begin for begin, end in self.gaps)
        return whole and self.since <= earliest and latest <= self.until


def asks_to_pull(group: ipp.Group) -> bool:
    """Whether a subscription is asked for, or listed, that is to be fetched from."""
    return METHOD in group


def hearings_of(run_record: RunRecord) -> list[Hearing]:
    """One for each pull subscription of the run; most runs have one, or none."""
    found: dict[int, Hearing] = {}
    last: dict[int, Answer] = {}
    for row in run_record.file.rows(rows.Exchange, "play=?", 0):
        answer = answer_of(row)
        if answer is None or not answer.ok or answer.message.problem is not None:
            continue
        if answer.row.operation == Operation.CREATE_PRINTER_SUBSCRIPTIONS:
            made = _made(answer)
            if made is not None:
                found[made.id] = made
        elif answer.row.operation == Operation.GET_NOTIFICATIONS:
            number = _integer(answer.request.find(IDS))
            if number in found:
                _hear(found[number], answer, last.get(number))
                last[number] = answer
    for hearing in found.values():
        hearing.told = [_dated(event, hearing) for event in hearing.told]
    return list(found.values())


def is_pulled(run_record: RunRecord, group: ipp.Group) -> bool:
    """Whether an answer tells there of our own pull subscription, which no play has asked for."""
    number = _integer(group.get(RFC3995.subscription_id))
    asked = (
        ipp.decode(row.request).find(IDS)
        for row in run_record.file.rows(rows.Exchange, "operation=?", int(Operation.GET_NOTIFICATIONS))
    )
    return METHOD in group or any(number in a.integers() for a in asked if a is not None)


def _made(answer: Answer) -> Hearing | None:
    asked = answer.request.first(GroupTag.SUBSCRIPTION)
    told = granted_group(answer.message, 0, RFC3995)
    if asked is None or told is None or not asks_to_pull(asked):
        return None
    number, events = _integer(told.get(RFC3995.subscription_id)), told.get(RFC3995.events) or asked.get(RFC3995.events)
    if number is None or events is None:
        return None
    name = answer.request.find("requesting-user-name")
    user = name.value.octets if name is not None else None
    return Hearing(number, frozenset(events.texts()), user, answer.row.t_end, answer.row.t_end)


def _hear(hearing: Hearing, answer: Answer, before: Answer | None) -> None:
    """What one answer adds; one that could not be asked in time leaves a gap in the numbers."""
    known = hearing.told[-1].number if hearing.told else None
    not_before = before.row.t_start if before is not None else hearing.since
    now = _integer(answer.message.find(UP_TIME, GroupTag.OPERATION))
    hearing.ticks |= {now} if now is not None else set()
    for group in answer.message.all(GroupTag.EVENT_NOTIFICATION):
        number, event = _integer(group.get(NUMBER)), group.get(EVENT)
        if number is None or event is None or _integer(group.get(RFC3995.subscription_id)) not in (hearing.id, None):
            hearing.gaps.append((not_before, answer.row.t_end))
        elif known is None or number > known:
            if number > (1 if known is None else known + 1):
                hearing.gaps.append((not_before, answer.row.t_end))
            known = number
            then = _integer(group.get(UP_TIME))
            hearing.ticks |= {then} if then is not None else set()
            job = _integer(group.get("job-id") or group.get(RFC3995.job_id))
            word = event.value.text() or ""
            hearing.told.append(ToldEvent(word, number, job, not_before, answer.row.t_end, answer, then))
    hearing.until = answer.row.t_start


def _dated(event: ToldEvent, hearing: Hearing) -> ToldEvent:
    """The event with the time by which it had happened, if the printer's clock tells it.

    Clocks go in steps, of a second or of more.  That it happened no earlier is not read from a clock: there are
    printers that tell the time of their answer.
    """
    now = _integer(event.answer.message.find(UP_TIME, GroupTag.OPERATION))
    first = min(hearing.ticks, default=0)
    step = gcd(*(tick - first for tick in hearing.ticks))
    if now is None or event.up_time is None or not step or event.up_time > now:
        return event
    happened = event.answer.row.t_end - (now - event.up_time - step) * SECOND
    if happened < event.earliest:  # that answer would have had it: the clock was set meanwhile
        return event
    return replace(event, latest=min(event.latest, happened))


def _integer(attribute: ipp.Attribute | None) -> int | None:
    return attribute.value.integer if attribute is not None else None
