"""Looks at subscriptions and mails that the cases of the later edition (mailto-04) share."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from conformance.languages import written_language
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Printed, SentinelSent
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf, ipp
from conformance.wire.dates import date_time
from conformance.wire.registry import FIRST_ERROR, GroupTag, Status
from conformance.wire.words import codec

from .ipp_lookup import returned
from .mail_lookup import anothers, kept, mails_of, tells_of_another, words

TEXT_ONLY: Final = "notify-mailto-text-only"
REQUEST_CHARSET: Final = "utf-8"  # what our requests are in, and so the charset of a subscription that names none
REQUEST_LANGUAGE: Final = "en"


# ---------------------------------------------------------------- the subscription as the printer keeps it


def read_back(play: PlayRecord, subscription: SubscriptionRecord) -> tuple[Answer, ipp.Group]:
    """The same; ``Inconclusive`` when there was no subscription, or nothing was told about it."""
    subscription.created()
    found = kept(play, subscription)
    if found is None:
        if (others := anothers(play, subscription)) is not None:
            raise Inconclusive(tells_of_another(subscription, others[1]), (others[0].where(others[1]),))
        raise Inconclusive("Get-Subscription-Attributes told nothing about the subscription")
    return found


def made(subscription: SubscriptionRecord, what: str) -> SubscriptionRecord:
    """Itself; ``NotApplicable`` when the printer refuses subscriptions with ``what``, which other entries judge."""
    status = subscription.judgeable().creation.status
    if subscription.id is None and FIRST_ERROR <= status < Status.SERVER_ERROR_INTERNAL_ERROR:
        answer = subscription.creation
        raise NotApplicable(
            f"the printer answers {answer.operation} with {what} by {answer.keyword}", (answer.where(),)
        )
    return subscription.created()


def wanted(subscription: SubscriptionRecord) -> SubscriptionRecord:
    """Itself; ``NotApplicable`` when it was asked for in a charset for which the printer refuses it."""
    charset = subscription.asked.charset
    return (
        subscription.created()
        if charset is None
        else made(subscription, f"{subscription.vocabulary.charset} {charset}")
    )


def text_only(play: PlayRecord, subscription: SubscriptionRecord) -> bool:
    """notify-mailto-text-only: as the printer keeps it; where it does not tell, as asked for and not sent back."""
    found = kept(play, subscription)
    attribute = found[1].get(TEXT_ONLY) if found is not None else None
    told = attribute.value.boolean if attribute is not None else None
    if told is None:
        return bool(subscription.asked.text_only) and returned(subscription, TEXT_ONLY) is None
    return told


def charset_of(play: PlayRecord, subscription: SubscriptionRecord) -> str:
    """notify-charset: as the printer keeps it; else what it has to be, by what was asked and what the printer lists."""
    found = kept(play, subscription)
    attribute = found[1].get(subscription.vocabulary.charset) if found is not None else None
    told = attribute.value.text("ascii") if attribute is not None else None
    if told is not None:
        return told.lower()
    asked = (subscription.asked.charset or REQUEST_CHARSET).lower()
    if asked not in _listed(play, "charset-supported"):
        raise Inconclusive(f"the printer tells no {subscription.vocabulary.charset}, and does not list {asked}")
    return asked


def language_of(play: PlayRecord, subscription: SubscriptionRecord) -> str:
    """notify-natural-language: as the printer keeps it; else by what was asked and what the printer lists."""
    found = kept(play, subscription)
    attribute = found[1].get(subscription.vocabulary.language) if found is not None else None
    told = attribute.value.text("ascii") if attribute is not None else None
    if told is not None:
        return told.lower()
    asked = (subscription.asked.language or REQUEST_LANGUAGE).lower()
    listed = _listed(play, "generated-natural-language-supported")
    if listed and written_language(asked) not in map(written_language, listed):
        raise Inconclusive(f"the printer tells no {subscription.vocabulary.language}, and does not list {asked}")
    return asked


def _listed(play: PlayRecord, name: str) -> list[str]:
    attribute = play.run_record.printer.get(name) if play.run_record.printer is not None else None
    return [text.lower() for text in attribute.texts()] if attribute is not None else []


def is_english(play: PlayRecord, subscription: SubscriptionRecord) -> bool:
    """Whether its texts are to be in English."""
    return language_of(play, subscription).partition("-")[0] == "en"


def given_mailbox(subscription: SubscriptionRecord) -> imf.Mailbox:
    """The mailbox that the subscriber gave as user data."""
    boxes = imf.mailboxes(subscription.user_data or b"")
    if boxes is None or len(boxes) != 1 or boxes[0].problems:
        raise NotApplicable(f"the user data {subscription.user_data!r} are no mailbox")
    return boxes[0]


# ---------------------------------------------------------------- mails


def expected_mails(play: PlayRecord) -> list[tuple[SubscriptionRecord, ReceivedMail]]:
    """Every mail of a play; ``NotApplicable`` when none came because the printer refused to be paused or resumed."""
    if not any(s.mails for s in play.subscriptions.values()):
        for step in play.steps:
            if step.row.kind == "OnPrinter" and step.answers and not step.answer.ok:
                answer = step.answer
                raise NotApplicable(f"the printer answers {answer.operation} with {answer.keyword}", (answer.where(),))
    return mails_of(play)


def is_printer_event(subscription: SubscriptionRecord) -> bool:
    """Whether its mails are about the printer, and not about jobs."""
    events = subscription.asked.events or ()
    return bool(events) and all(event.startswith("printer-") for event in events)


def may_be_about_the_printer(subscription: SubscriptionRecord) -> bool:
    """Whether some of its mails are, or may be: it lists such an event, or none and has the printer's default ones."""
    return any(event.startswith("printer-") for event in subscription.asked.events or ("printer-",))


def in_two_languages(play: PlayRecord) -> list[tuple[ReceivedMail, ReceivedMail]]:
    """The mails of two subscriptions that differ in their language: both first ones, both second ones, and so on."""
    first, second = play.subscriptions["s"], play.subscriptions["t"]
    spoken = [language_of(play, made(s, f"language {s.asked.language}")) for s in (first, second)]
    if written_language(spoken[0]) == written_language(spoken[1]):
        raise NotApplicable(f"the printer has both subscriptions in {spoken[0]}")
    expected_mails(play)
    return list(zip(first.some_mails(), second.some_mails(), strict=False))


def plain_part(mail: ReceivedMail) -> imf.Part:
    """The text/plain of a mail; ``Inconclusive`` without one, which M4-Body-1 judges."""
    part = mail.parsed.text
    if part is None:
        raise Inconclusive(f"a mail of {mail.parsed.root.type} has no text/plain to read", (mail.where(),))
    return part


def plain_text(mail: ReceivedMail) -> str:
    """The characters of its plain text on one line; ``Inconclusive`` when there is nothing that could be read."""
    part = plain_part(mail)
    text = words(part.string or part.content.decode("ascii", "replace"))
    if not text:
        raise Inconclusive("the plain text is empty", (mail.where(),))
    return text


def readings(play: PlayRecord) -> Iterator[tuple[SubscriptionRecord, ReceivedMail, str]]:
    """The plain text of every mail; raises as :func:`expected_mails` and :func:`plain_text` do."""
    for subscription, mail in expected_mails(play):
        yield subscription, mail, plain_text(mail)


def same_charset(one: str, other: str) -> bool:
    """Whether two names are those of one charset."""
    return one.lower() == other.lower() or (codec(one) is not None and codec(one) == codec(other))


def in_charset(part: imf.Part, charset: str) -> bool:
    """Whether a part is text in that charset, by its label and by its octets.

    Text of nothing but US-ASCII may be labelled so in the place of a charset that contains it (RFC 2046 section 4.1.2
    even asks for that); a label left out means US-ASCII.
    """
    label = part.charset or "us-ascii"
    if same_charset(label, charset):
        return codec(label) is None or part.string is not None
    return same_charset(label, "us-ascii") and part.content.isascii() and _contains_ascii(charset)


def _contains_ascii(charset: str) -> bool:
    name = codec(charset)
    if name is None:
        return False
    octets = bytes(range(0x20, 0x7F))
    try:
        return octets.decode(name) == octets.decode("ascii")
    except UnicodeError:
        return False


# ---------------------------------------------------------------- numbers


def numbers(text: str) -> list[int]:
    """The numbers in a text, those of absurd length left out."""
    return [int(run) for run in re.findall(r"[0-9]+", text) if len(run) <= 18]


def jobs_of(play: PlayRecord) -> list[tuple[str, int]]:
    """Names and numbers of the jobs that a play made; who subscribed at the printer hears of its sentinels', too."""
    found = [(words(printed.name), printed.job) for _, printed in play.steps_of(Printed) if printed.job]
    if not found:
        raise NotApplicable("no job was made in this play")
    return found + [(words(sent.name), sent.job) for _, sent in play.steps_of(SentinelSent) if sent.job]


# ---------------------------------------------------------------- times


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as somebody told it: the first instant that it can mean, and how long it can still mean that."""

    first: datetime
    unit: timedelta


def moment_of(value: bytes) -> Moment | None:
    """A date-time of RFC 822 section 5.1 or RFC 5322 section 3.3; ``None`` if it is none.

    ``Inconclusive`` for a zone whose name says nothing.
    """
    told = date_time(value)
    if told is None:
        return None
    if told.first is None:
        raise Inconclusive(f"nobody can know how far the time zone of {value.decode('latin-1')!r} is from UTC")
    return Moment(told.first, told.unit)


def _clock_readings(run: RunRecord) -> list[tuple[Answer, Moment]]:
    """printer-current-time, every time that it was told."""
    found = []
    for answer in run.descriptions:
        group = answer.message.first(GroupTag.PRINTER)
        attribute = group.get("printer-current-time") if group is not None else None
        told = attribute.value.date_time if attribute is not None else None
        if told is not None and MINYEAR < told.year < MAXYEAR:  # at the ends of what Python has there is no reckoning
            unit = timedelta(seconds=0.1) if told.microsecond else timedelta(seconds=1)
            found.append((answer, Moment(told.astimezone(UTC), unit)))
    return found


def clock_reading(play: PlayRecord, before: int) -> tuple[Answer, Moment]:
    """printer-current-time as last told before that time of ours; ``NotApplicable`` for a printer without a clock."""
    readings = play.run_record.once(_clock_readings)
    if not readings:
        raise NotApplicable("the printer tells no printer-current-time")
    return [readings[0], *(one for one in readings[1:] if one[0].row.t_end <= before)][-1]


def require_steady_clock(play: PlayRecord, begin: int, end: int) -> None:
    """``Inconclusive`` where the printer's clock was set between two looks at it, the last of them after that end.

    A clock that is set by the network, or goes over to summer time, is right and goes by no clock of ours.
    """
    readings = sorted(play.run_record.once(_clock_readings), key=lambda one: one[0].row.t_start)
    for (earlier, first), (later, second) in pairwise(readings):
        if later.row.t_end < begin or earlier.row.t_start > end:
            continue
        least = timedelta(microseconds=(later.row.t_start - earlier.row.t_end) / 1000) - first.unit - CLOCK_GRACE
        most = timedelta(microseconds=(later.row.t_end - earlier.row.t_start) / 1000) + second.unit + CLOCK_GRACE
        if not least <= second.first - first.first <= most:
            raise Inconclusive(
                f"the printer's clock was set meanwhile, or goes by steps: it was {first.first:%H:%M:%S} UTC, and "
                f"{(later.row.t_start - earlier.row.t_start) / 1e9:.0f} s later {second.first:%H:%M:%S}",
                (earlier.where(), later.where()),
            )


def has_clock(play: PlayRecord) -> bool:
    """Whether the printer tells the time of day."""
    return any(answer.message.find("printer-current-time") is not None for answer in play.run_record.descriptions)


CLOCK_GRACE: Final = timedelta(seconds=1)  # beside the units that both times are told in: rounding, drift since then


def event_bounds(play: PlayRecord, subscription: SubscriptionRecord, latest: int) -> tuple[Answer, datetime, datetime]:
    """Between which times of printer-current-time an event was, with grace; and the answer that told that clock.

    It lies between the request for the subscription and ``latest``, in nanoseconds of the evidence.
    """
    reading, now = clock_reading(play, latest)
    begin, end = subscription.creation.row.t_start - reading.row.t_end, latest - reading.row.t_start
    low = now.first + timedelta(microseconds=begin / 1000) - CLOCK_GRACE
    high = now.first + now.unit + timedelta(microseconds=end / 1000) + CLOCK_GRACE
    return reading, low, high


def first_named(play: PlayRecord, subscription: SubscriptionRecord, mail: ReceivedMail) -> int:
    """When the printer first named the recipient to us for that mail, in nanoseconds of the evidence."""
    name = subscription.address.rpartition("@")[0].encode()
    came = play.run_record.deliveries_to(subscription.address)  # about another event, or once more about that
    earlier = max((other.t for other in came if other.t < mail.t), default=0)
    answers = play.run_record.rcpt_answers(name)
    later = bisect_right(answers, earlier)
    return min([*answers[later : later + 1], mail.t])
