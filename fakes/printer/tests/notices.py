"""Notices to make mails of: an ordinary one, changed where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from conformance.wire.registry import JobState, PrinterState
from fakes.printer.notice import JobFacts, Notice, PrinterFacts, SubscriptionFacts

WHEN: Final = datetime(2000, 3, 9, 12, 30, 45, 600_000, tzinfo=UTC)
JOB_EVENT: Final = Notice(
    event="job-completed",
    is_job_event=True,
    when=WHEN,
    printer=PrinterFacts(
        name="George Washington",
        uri="ipp://printer.example/ipp/print",
        state=PrinterState.IDLE,
        state_reasons=("none",),
        accepting_jobs=True,
        up_time=4711,
    ),
    job=JobFacts(
        id=17,
        uri="ipp://printer.example/jobs/17",
        name="financials",
        user_name="Ann Owner",
        state=JobState.COMPLETED,
        state_reasons=("job-completed-successfully",),
        impressions_completed=33,
        media_sheets_completed=22,
    ),
    subscription=SubscriptionFacts(
        id=5,
        recipient="mailto:smith@acme.com",
        user_data=b"jones@acme.com",
        user_name="Bob Jones",
        events=("job-completed",),
        format="text/plain",
        text_only=False,
        charset="utf-8",
        language="en",
        sequence=3,
        job_id=None,
        lease_expiration=8000,
    ),
)
PRINTER_EVENT: Final = replace(
    JOB_EVENT,
    event="printer-state-changed",
    is_job_event=False,
    job=None,
    printer=replace(JOB_EVENT.printer, state=PrinterState.STOPPED, state_reasons=("paused",), accepting_jobs=False),
)


def changed(notice: Notice = JOB_EVENT, **changes: Any) -> Notice:
    """``notice`` with other facts; ``printer_name`` is the ``name`` of its printer, ``job_name`` of its job; a name
    without either is the subscription's, or the notice's own."""
    for name, value in changes.items():
        owner, _, rest = name.partition("_")
        if name in Notice.__dataclass_fields__:
            notice = replace(notice, **{name: value})
        elif owner == "printer":
            notice = replace(notice, printer=replace(notice.printer, **{rest: value}))
        elif owner == "job" and name != "job_id":
            assert notice.job is not None
            notice = replace(notice, job=replace(notice.job, **{rest: value}))
        else:
            notice = replace(notice, subscription=replace(notice.subscription, **{name: value}))
    return notice
