"""Lies about the mails and subscriptions of the later edition (mailto-04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.vocabulary import Edition
from fakes.printer.conditions import About
from fakes.printer.mail.words import LABELS

from .row import Defect

FREE: Final = ("printer/later-text-only-false",)
PLAIN: Final = ("printer/later-text-only-true",)
JOB: Final = ("job/later-text-only-true",)
EVENTS: Final = ("job/later-text-only-true", "printer/later-printer-event")  # one of each kind
NUMBERS: Final = ("printer-uri", "subscription", "sequence", "time", "impressions", "sheets")  # could be a job's


def _lie(
    id_: str,
    says: str,
    breaks: tuple[str, ...],
    change: Mapping[str, Any],
    on: tuple[str, ...],
    about: About = About.ANYTHING,
) -> Defect:
    return Defect(id_, says, breaks, change, on, Edition.MAILTO_04, "rfc3995", about)


SUBSCRIPTIONS: Final = (
    _lie(
        "later-text-only-true-unsupported",
        "notify-mailto-text-only is always false; true is set aside.",
        ("M4-TextOnly-1",),
        {"text_only_values": (False,)},
        ("later-text-only",),
    ),
    _lie(
        "later-text-only-true-when-left-out",
        "A subscription made without notify-mailto-text-only has it as true.",
        ("M4-TextOnly-2",),
        {"text_only_default": True},
        ("later-omitted",),
    ),
    _lie(
        "later-plus-refused",
        "A recipient with a plus sign in the address is refused.",
        ("M4-Recipient-1",),
        {"takes_plus": False},
        ("later-recipient",),
    ),
    _lie(
        "later-user-data-demanded",
        "A subscription without user data is not made.",
        ("M4-UserData-1",),
        {"user_data_needed": True},
        ("later-no-user-data",),
    ),
    _lie(
        "later-user-data-invented",
        "A subscriber who gave no user data has some.",
        ("M4-UserData-2", "4.4-1", "R-UserData-1"),  # the last two where those that were given are set aside
        {"invented_user_data": b"unknown"},
        ("later-no-user-data", "long-user-data"),
    ),
    _lie(
        "later-user-data-empty",
        "A subscriber who gave no user data has some, with no octets in them.",
        ("M4-UserData-2",),
        {"invented_user_data": b""},
        ("later-no-user-data",),
    ),
)

CONTENT: Final = (
    _lie(
        "later-text-only-disobeyed",
        "A subscriber who wants text only gets HTML beside it.",
        ("M4-TextOnly-3",),
        {"text_only_obeyed": False},
        PLAIN,
    ),
    _lie(
        "later-always-utf-8",
        "Every text is in UTF-8, whatever charset was granted.",
        ("M4-TextOnly-3", "M4-TextOnly-5"),
        {"text_charset": "utf-8"},
        ("later-charset",),
    ),
    _lie(
        "later-html-alone",
        "Who does not ask for text only gets HTML and nothing else.",
        ("M4-TextOnly-4", "M4-Body-1"),
        {"free_text": "html-alone"},
        FREE,
    ),
    _lie(
        "later-no-text-among-the-parts",
        "The only part of the multipart is HTML.",
        ("M4-TextOnly-5", "M4-Body-1"),
        {"free_text": "none"},
        FREE,
    ),
    _lie(
        "later-shorter-text-among-the-parts",
        "Beside HTML the plain text is shorter than what a text-only subscriber gets.",
        ("M4-TextOnly-6",),
        {"free_text": "shorter"},
        ("later-both",),
    ),
    _lie(
        "later-blank-text",
        "The plain text is empty.",
        ("M4-Body-1",),
        {"facts_left_out": ("headline", *LABELS)},
        EVENTS,
    ),
    _lie(
        "later-text-in-english-only",
        "The text is in English, whatever language was granted.",
        ("M4-Body-2",),
        {"only_english": "body"},
        ("later-languages",),
    ),
    _lie(
        "later-text-without-printer",
        "The text does not say which printer it is about.",
        ("M4-Body-3",),
        {"facts_left_out": ("headline", "printer", "printer-uri")},
        EVENTS,
    ),
    _lie(
        "later-printer-event-untold",
        "The text about the printer says nothing of event and state.",
        ("M4-Body-4",),
        {"facts_left_out": ("headline", "event", "printer-state", "printer-reasons", "accepting")},
        EVENTS,
        About.PRINTER,
    ),
    _lie(
        "later-text-without-job",
        "The text does not say which job it is about.",
        ("M4-Body-5",),
        {"facts_left_out": ("headline", "job-name", "job-id", *NUMBERS)},
        EVENTS,
        About.JOBS,
    ),
    _lie(
        "later-job-event-untold",
        "The text about a job says nothing of event and state.",
        ("M4-Body-6",),
        {"facts_left_out": ("headline", "event", "job-state", "job-reasons", "impressions", "sheets")},
        EVENTS,
        About.JOBS,
    ),
    _lie(
        "later-up-time-for-the-time",
        "The printer has no clock and tells its up time as the time of the event.",
        ("M4-Body-8",),
        {"event_time": "up-time"},
        JOB,
        About.NOTHING_ALONE,
    ),
)

HEADER: Final = (
    _lie(
        "later-stop-told-late",
        "A mail about a stop goes out 5.5 s after it.",
        ("M4-Send-1",),
        {"stop_told_late": 5.5},
        ("later-at-once",),
    ),
    _lie("later-no-date", "There is a clock, and no Date.", ("M4-Date-1",), {"field_left_out": "Date"}, JOB),
    _lie(
        "later-two-dates",
        "Date is there twice.",
        ("M4-Date-1", "S-single"),
        {"field_twice": "Date"},
        (*JOB, "printer/description"),
    ),
    _lie(
        "later-date-of-the-attempt",
        "Date is the time of the attempt that went through, not that of the event.",
        ("M4-Date-3",),
        {"date_of": "attempt"},
        ("later-refused-at-first",),
    ),
    _lie(
        "later-from-shows-the-user-name",
        "From has the subscriber's name where the printer's belongs.",
        ("M4-From-1",),
        {"from_name": "subscriber"},
        EVENTS,
    ),
    _lie(
        "later-from-shows-the-user-name-in-printer-events",
        "From has the subscriber's name in mails about the printer, and the printer's in those about jobs.",
        ("M4-From-1",),
        {"from_name": "by-event"},
        ("event-printer-state-changed",),
    ),
    _lie(
        "later-from-without-name",
        "From is an address in angle brackets with no name to it.",
        ("M4-From-1", "M4-From-2"),
        {"from_name": "none"},
        JOB,
    ),
    _lie(
        "later-from-without-brackets",
        "From is a bare address, the name follows in a comment.",
        ("M4-From-1", "M4-From-2"),
        {"from_brackets": False},
        JOB,
    ),
    _lie(
        "later-from-is-the-subscriber",
        "From has the subscriber's address.",
        ("M4-From-3",),
        {"from_whom": "subscriber-always"},
        EVENTS,
    ),
    _lie("later-no-subject", "There is no Subject.", ("M4-Subject-1",), {"field_left_out": "Subject"}, EVENTS),
    _lie("later-empty-subject", "Subject is empty.", ("M4-Subject-1",), {"subject": "empty"}, EVENTS),
    _lie(
        "later-subject-in-english-only",
        "Subject is in English, whatever language was granted.",
        ("M4-Subject-2",),
        {"only_english": "subject"},
        ("later-languages",),
    ),
    _lie(
        "later-subject-without-kind",
        "Subject begins with the name, without saying whether it is a printer's or a job's.",
        ("M4-Subject-3", "M4-Subject-4"),
        {"subject": "without-prefix"},
        EVENTS,
    ),
    _lie(
        "later-no-sender",
        "The user data are a mailbox, and there is no Sender.",
        ("M4-Sender-1",),
        {"field_left_out": "Sender"},
        ("job/later-user-data-address",),
    ),
    _lie(
        "later-no-reply-to",
        "The user data are a mailbox, and there is no Reply-To.",
        ("M4-ReplyTo-1",),
        {"field_left_out": "Reply-To"},
        ("job/later-user-data-address",),
    ),
    _lie(
        "later-subscriber-without-name",
        "Sender and Reply-To have the address of the user data, and not the name.",
        ("M4-Sender-1", "M4-ReplyTo-1"),
        {"subscriber_shown": "address"},
        ("later-mailbox",),
    ),
    _lie(
        "later-sender-stands-in",
        "Where the user data are no mailbox, the administrator is Sender.",
        ("M4-Sender-2",),
        {"stand_in": "Sender"},
        ("later-no-mailbox",),
    ),
    _lie(
        "later-reply-to-stands-in",
        "Where the user data are no mailbox, replies go to the administrator.",
        ("M4-ReplyTo-2",),
        {"stand_in": "Reply-To"},
        ("later-no-mailbox",),
    ),
    _lie(
        "later-ends-told-as-beginnings",
        "Subject and text say of a job that has ended that it was created.",
        ("M4-Subject-4", "M4-Body-6"),
        {"ends_told_as_beginnings": True},
        JOB,
    ),
    _lie("later-no-to", "There is no To.", ("M4-To-1",), {"field_left_out": "To"}, JOB),
    _lie("later-to-another", "To is the printer's own address.", ("M4-To-1",), {"to_whom": "subscriber"}, JOB),
    _lie(
        "later-no-content-type",
        "There is no Content-Type.",
        ("M4-CT-1", "M4-TextOnly-3", "S-mime"),  # the text is then taken for US-ASCII, which it is not
        {"field_left_out": "Content-Type"},
        (*JOB, "job/later-charset-utf-8", "printer/description"),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*SUBSCRIPTIONS, *CONTENT, *HEADER)
