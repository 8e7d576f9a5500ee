"""What the printer knows when an event has happened: all that a mail about it can be made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PrinterFacts:
    """The printer as it stood at the event."""

    name: str
    uri: str
    state: int
    state_reasons: tuple[str, ...]
    accepting_jobs: bool
    up_time: int
    after_cancellation: bool = False  # the last job that ended was cancelled


@dataclass(frozen=True, slots=True)
class JobFacts:
    """The job as it stood at the event."""

    id: int
    uri: str
    name: str
    user_name: str
    state: int
    state_reasons: tuple[str, ...]
    impressions_completed: int
    media_sheets_completed: int


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """The subscription as it stood at the event; ``sequence`` is the number of this very notification.

    ``format`` is the granted media type or word, or ``None`` for the out-of-band 'none'; ``text_only`` is
    notify-mailto-text-only of the later editions; ``job_id`` is ``None`` for a per-printer subscription.
    """

    id: int
    recipient: str
    user_data: bytes | None
    user_name: str
    events: tuple[str, ...]
    format: str | None
    text_only: bool
    charset: str
    language: str
    sequence: int
    job_id: int | None
    lease_expiration: int
    renewals: int = 0
    format_named: bool = False  # by the subscriber, and not by the printer in his place


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for one subscription.

    ``event`` is the keyword subscribed to by which the subscription hears of it (RFC 3995 section 8.1).  ``job`` is set
    for job events, and for printer events of a per-job subscription.  ``earlier`` are told in the same mail.
    """

    event: str
    is_job_event: bool
    when: datetime
    printer: PrinterFacts
    job: JobFacts | None
    subscription: SubscriptionFacts
    earlier: tuple[Notice, ...] = ()
