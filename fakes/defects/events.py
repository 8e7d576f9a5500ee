"""Lies about events, their numbers, and what application/ipp content says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.vocabulary import Edition
from fakes.printer.conditions import About

from .row import Defect

TWINS: Final = ("printer/twins", "job/twins-ipp")
IPP: Final = ("printer/ipp", "job/ipp")
NUMBERED: Final = ("sequence", "job-sequence", "fresh")
BY_ATTRIBUTE: Final = ("4.7-1", "4.7-3", "4.7-4")

HEARING: Final = (
    Defect(
        "job-created-is-mailed-unasked",
        "Every subscription hears of each job's creation, whatever it lists.",
        ("4.2-2", "N-05"),
        {"unasked_event": "job-created"},
        ("job/only-completed", "job/state-changed-alone", "job/ipp"),
    ),
    Defect(
        "job-completed-is-mailed-unasked",
        "Every subscription hears of each job's completion, whatever it lists.",
        ("4.2-2", "N-05", "N-22"),
        {"unasked_event": "job-completed"},
        ("job/only-created", "job/state-changed-alone", "burst"),
    ),
    Defect(
        "printer-stopped-is-mailed-unasked",
        "Every subscription hears of the printer's stop, whatever it lists.",
        ("4.2-2", "T1-Subject-1"),
        {"unasked_event": "printer-stopped"},
        ("job/no-printer-event",),
    ),
    Defect(
        "printer-state-changed-is-mailed-unasked",
        "Every subscription hears of the printer's changes of state, whatever it lists.",
        ("4.2-2", "T1-Subject-1"),
        {"unasked_event": "printer-state-changed"},
        ("job/no-printer-event", "job/only-created"),
    ),
    Defect(
        "job-state-changed-is-never-mailed",
        "Nobody hears of a job that changes its state.",
        ("4.2-2",),
        {"unheard_event": "job-state-changed"},
        ("event-job-state-changed",),
        likewise=("1-2",),
    ),
    Defect(
        "creation-is-told-with-the-document",
        "A job is said to be created when its document comes, however long ago it was.",
        ("4.2-2",),
        {"creation_told": "with-the-document"},
        ("job-sequence",),
    ),
    Defect(
        "printer-stopped-is-never-mailed",
        "Nobody hears of the printer's stop.",
        ("4.2-2",),
        {"unheard_event": "printer-stopped"},
        ("event-printer-stopped",),
    ),
    Defect(
        "a-stop-is-no-change-of-state",
        "Nobody hears of the printer's stop, not even who lists printer-state-changed.",
        ("4.2-2", "R-Events-1"),
        {"unheard_event": "printer-stopped"},
        ("pause",),
        vocabulary="rfc3995",
    ),
    Defect(
        "printer-state-changed-is-never-mailed",
        "Nobody who lists printer-state-changed hears of anything.",
        ("1-2", "4.2-2", "N-19"),
        {"unheard_event": "printer-state-changed"},
        ("pause", "printer/state-changed"),
    ),
    Defect(
        "creation-and-end-are-state-changes",
        "Who lists job-state-changed hears of creation and completion, too.",
        ("N-05",),
        {"disjoint_events": False},
        ("job/state-changed-alone",),
    ),
    Defect(
        "creation-and-end-are-no-state-changes",
        "Who lists job-state-changed does not hear of creation and completion.",
        ("R-Events-1",),
        {"disjoint_events": True},
        ("job/state-changed-alone",),
        vocabulary="rfc3995",
    ),
)

TWICE: Final = (
    Defect(
        "changes-of-a-job-are-told-twice",
        "Each job-state-changed is two notifications with two numbers.",
        ("S-once", "N-22"),
        {"event_told_twice": "job-state-changed"},
        ("event-job-state-changed",),
    ),
    Defect(
        "third-change-is-told-again",
        "Behind the third mail about a job's changes comes the same, one line longer.",
        ("S-once", "N-22"),
        {"transport": "third-change-again"},
        ("event-job-state-changed",),
    ),
)

REACH: Final = (
    Defect(
        "job-subscriptions-hear-every-job",
        "A per-job subscription is mailed about all jobs until its own has ended.",
        ("N-19",),
        {"reach": "every-job"},
        ("job/isolation",),
    ),
    Defect(
        "printer-subscriptions-hear-their-owners-jobs",
        "A per-printer subscription is mailed about its own subscriber's jobs only.",
        ("N-19", "3-4", "1-2"),  # where a subscriber proves who he is, the next job is not his
        {"reach": "subscribers-jobs"},
        ("printer/every-job", "printer/other-login"),
    ),
    Defect(
        "job-subscriptions-are-deaf-to-the-printer",
        "A per-job subscription hears of no printer event.",
        ("N-19", "4.2-2"),
        {"reach": "jobs-only"},
        ("job/event-printer-state-changed", "job/event-printer-stopped"),
    ),
    Defect(
        "job-subscriptions-outlive-their-job",
        "A per-job subscription hears of the printer after its job has ended.",
        ("N-17",),
        {"reach": "beyond-the-job"},
        ("job/ended",),
    ),
)

ENDINGS: Final = (
    Defect(
        "cancelling-takes-its-time",
        "Cancel-Subscription succeeds, and the subscription stays a while.",
        ("N-16",),
        {"cancels": "it-later"},
        ("cancelled",),
    ),
    Defect(
        "cancelled-subscriptions-hear-of-the-printer",
        "A subscription that was cancelled hears of jobs no more, and of the printer's own events as before.",
        ("N-16",),
        {"cancels": "its-job-events"},
        ("cancelled-printer-event",),
    ),
    Defect(
        "cancelled-subscriptions-are-mailed",
        "A cancelled subscription cannot be read any more, but still brings mail for a while.",
        ("N-16",),
        {"cancels": "its-reading-first"},
        ("cancelled",),
    ),
    Defect(
        "numbers-are-used-again-at-once",
        "The next subscription gets the number of one that was cancelled.",
        ("N-16",),
        {"numbers_reused": True},
        ("cancelled",),
    ),
    Defect(
        "cancelling-ends-the-twin",
        "Cancel-Subscription ends each subscription that asked for the same.",
        ("N-11", "N-12"),
        {"cancels": "its-twins"},
        TWINS,
    ),
    Defect("twins-are-one", "A subscription like another is that other.", ("1-2", "N-11"), {"twins": "one"}, TWINS),
    Defect(
        "one-address-one-mail",
        "Of two subscriptions to one address, one is mailed about an event.",
        ("N-11", "1-2"),
        {"twins": "two-with-one-mail"},
        TWINS,
    ),
    Defect(
        "a-cancellation-is-told-and-not-mailed",
        "A job's cancellation is mailed to nobody who lists its end, and told by 'ippget' all the same.",
        ("1-2",),
        {"ends_unmailed": "of-cancelled-jobs"},
        ("given-up",),
        vocabulary="rfc3995",
    ),
    Defect(
        "undeliverable-subscriptions-stay",
        "A subscription whose recipient does not exist is kept.",
        ("R-Error-1",),
        {"cancel_refused": False},
        ("printer/undeliverable",),
        edition=Edition.MAILTO_04,
        vocabulary="rfc3995",
    ),
)

BURSTS: Final = (
    Defect(
        "late-events-replace-earlier-ones",
        "Of the events that wait for their mail, only the last gets one.",
        ("N-22", "4.7-4", "N-20", "1-2"),
        {"mail_for_each_event": False},
        ("burst",),
    ),
    Defect(
        "newest-mail-first",
        "Of the mails that wait, the newest is sent first.",
        ("R-Order-1", "4.7-4"),
        {"mail_order": "newest-first"},
        ("burst",),
        edition=Edition.MAILTO_04,
        vocabulary="rfc3995",
    ),
    Defect(
        "numbered-mails-newest-first",
        "Of the mails that wait, the one with the greatest number is sent first.",
        ("4.7-4",),
        {"mail_order": "newest-first"},
        ("burst",),
    ),
)

NUMBERS: Final = (
    Defect(
        "sequence-starts-at-0",
        "The first notification has number 0.",
        ("4.7-1", "4.7-3", "N-20"),
        {"numbering": "from-0"},
        NUMBERED,
    ),
    Defect(
        "sequence-skips-2",
        "The numbers are 1, 3, 4.",
        ("4.7-1", "4.7-4", "N-20"),
        {"numbering": "with-a-gap"},
        NUMBERED,
    ),
    Defect(
        "sequence-repeats-1",
        "The numbers are 1, 1, 2.",
        ("4.7-1", "4.7-4", "N-20"),
        {"numbering": "with-a-repetition"},
        NUMBERED,
    ),
    Defect(
        "sequence-counts-by-two",
        "The numbers are 2, 4, 6.",
        (*BY_ATTRIBUTE, "N-20"),
        {"numbering": "by-two"},
        NUMBERED,
    ),
    Defect(
        "sequence-shared-by-all-subscriptions",
        "One series of numbers serves every subscription of the printer.",
        (*BY_ATTRIBUTE, "N-20"),
        {"numbering": "of-the-printer"},
        (*NUMBERED, "twins"),
    ),
    Defect(
        "sequence-attribute-missing", "No subscription tells its number.", ("4.7-1",), {"number_told": "none"}, NUMBERED
    ),
    Defect(
        "sequence-attribute-stays-0", "Each subscription tells number 0.", BY_ATTRIBUTE, {"number_told": "0"}, NUMBERED
    ),
    Defect(
        "sequence-attribute-is-the-next",
        "Each subscription tells the number of the notification to come.",
        ("4.7-1", "4.7-2", "4.7-3"),
        {"number_told": "next"},
        NUMBERED,
    ),
    Defect(
        "request-id-is-always-1",
        "Each application/ipp content has request-id 1.",
        ("4.7-4", "N-20"),
        {"content_number": "1"},
        NUMBERED,
    ),
)

WORDS: Final = (
    Defect(
        "content-is-always-utf-8",
        "application/ipp content is in utf-8, whatever charset was granted.",
        ("4.5-2", "9-3"),
        {"content_charset": "configured"},
        ("charset",),
    ),
    Defect(
        "content-is-utf-8-by-another-name",
        "application/ipp content names the charset granted, and has names in utf-8.",
        ("4.5-2",),
        {"content_charset": "only-named"},
        ("charset",),
    ),
    Defect(
        "content-is-always-in-the-first-language",
        "application/ipp content names the printer's first language, whatever was granted.",
        ("4.6-2", "9-3"),
        {"content_language": "configured"},
        ("language",),
    ),
    Defect(
        "notify-charset-overrules-the-media-type",
        "A text is in notify-charset where its media type names another charset.",
        ("4.5-4", "5.1-2"),
        {"notify_charset_rules": "over-a-parameter"},
        ("overruled",),
    ),
    Defect(
        "notify-charset-takes-the-place-of-a-parameter",
        "A text whose media type names no charset is in notify-charset.",
        ("4.5-4",),
        {"notify_charset_rules": "without-a-parameter"},
        ("without-parameter",),
        about=About.NOTHING_ALONE,  # it is granted so, too; a mail alone in the charset of the request is right
    ),
    Defect(
        "text-is-always-english",
        "Text for people is in English.",
        ("9-2",),
        {"only_english": "body"},
        ("two-languages", "language"),
    ),
    Defect(
        "unsupported-formats-are-replaced-unsaid",
        "A subscription with an unsupported format gets another, and nobody is told.",
        ("4.3-2", "5.1-1", "7-4"),
        {"format_unsaid": "replaced"},
        ("job/tiff", "printer/tiff"),
    ),
    Defect(
        "unsupported-formats-are-accepted",
        "Every format is granted, and what cannot be made is left out.",
        ("4.3-2", "5.1-1", "7-4"),
        {"format_unsaid": "ignored"},
        ("job/tiff", "printer/tiff"),
    ),
    Defect(
        "plus-refused",
        "No subscription is made for an address with a plus sign.",
        ("1-3",),
        {"takes_plus": False},
        ("plain-address", "job/omitted"),
    ),
)

# Which content lacks them: that about jobs, printers, or all.  The last column is what breaks beside N-20.
LEFT_OUT: Final = (
    ("attributes-charset", (*IPP, "words"), ("9-3",)),
    ("attributes-natural-language", (*IPP, "words"), ("9-3",)),
    ("printer-uri", IPP, ()),
    ("printer-name", IPP, ()),
    ("job-id", IPP, ()),
    ("job-name", IPP, ()),
    ("trigger-event", IPP, ()),
    ("trigger-time", IPP, ()),
    ("subscription-id", IPP, ()),
    ("subscriber-user-data", IPP, ()),
    ("job-state", IPP, ()),
    ("job-state-reasons", IPP, ()),
    ("job-impressions-completed", ("counted",), ()),
    ("job-media-sheets-completed", ("counted",), ()),
    ("printer-state", ("event-printer-state-changed",), ()),
    ("printer-state-reasons", ("event-printer-state-changed",), ()),
    ("printer-is-accepting-jobs", ("event-printer-state-changed",), ()),
)
PAUSED: Final = ("printer-told",)
# Which attribute of the content has another value, and where that can be seen.
WRONG: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    *((name, IPP) for name in ("subscription-id", "subscriber-user-data", "printer-name", "job-id", "job-name")),
    *((name, IPP) for name in ("printer-uri", "subscriber-user-name", "job-state", "job-state-reasons")),
    *((name, IPP) for name in ("trigger-time", "trigger-date-time", "notify-printer-up-time")),
    *((name, PAUSED) for name in ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs")),
    *((name, ("counted",)) for name in ("job-impressions-completed", "job-media-sheets-completed")),
)


def _content() -> Iterator[Defect]:
    for name, on, more in LEFT_OUT:
        yield Defect(
            f"content-without-{name}",
            f"application/ipp content lacks {name}.",
            ("N-20", *more),
            {"content_left_out": name},
            on,
        )
    for name, shows in WRONG:
        yield Defect(
            f"content-with-another-{name}",
            f"application/ipp content has another {name} than it should.",
            ("N-20",),
            {"content_wrong": name},
            shows,
        )
    yield Defect(
        "content-with-an-unknown-event",
        "trigger-event is a keyword that nobody has subscribed to.",
        ("4.2-2",),
        {"content_wrong": "trigger-event"},
        IPP,
    )
    yield Defect(
        "content-has-waiting-jobs-printed",
        "application/ipp content has the reason job-printing with a state of jobs that wait.",
        ("N-20",),
        {"transport": "reasons-of-another-state"},
        ("event-job-state-changed", "event-job-created"),
    )
    yield Defect(
        "content-with-a-reason-of-nobody",
        "application/ipp content about a job that is held has a reason that the printer tells nowhere else.",
        ("N-20",),
        {"transport": "reasons-of-nobody"},
        ("event-job-state-changed",),
    )
    yield Defect(
        "content-has-job-state-as-text", "job-state is a text.", ("N-20",), {"content_mistagged": "job-state"}, IPP
    )
    yield Defect(
        "content-begins-with-the-language",
        "attributes-natural-language stands before attributes-charset.",
        ("N-20",),
        {"content_head": "language-first"},
        IPP,
    )
    yield Defect(
        "content-tells-of-two-events", "trigger-event has two values.", ("N-22",), {"content_events": "two"}, IPP
    )


DEFECTS: Final[tuple[Defect, ...]] = (
    *HEARING,
    *TWICE,
    *REACH,
    *ENDINGS,
    *BURSTS,
    *NUMBERS,
    *WORDS,
    *_content(),
)
