"""Lies about the words of what is mailed, and about what application/ipp content says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fakes.printer.conditions import About

from .row import Defect

IPP: Final = ("printer/ipp", "job/ipp")

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
            likewise=("N-19",) if name == "job-id" else (),  # subscribers of their own jobs hear of others
        )
    yield Defect(
        "content-with-an-unknown-event",
        "trigger-event is a keyword that nobody has subscribed to.",
        ("4.2-2",),
        {"content_wrong": "trigger-event"},
        IPP,
        likewise=("N-20",),  # it does not go with the state of a job that has ended
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
    yield Defect(
        "content-names-another-event-beside",
        "Content has two names for its event, and under the second one stands another.",
        ("N-22",),
        {"content_names": "both", "content_events": "another-beside"},
        IPP,
    )


DEFECTS: Final[tuple[Defect, ...]] = (*WORDS, *_content())
