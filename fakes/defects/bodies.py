"""Lies about what a mail says: its text, and the formats."""

from __future__ import annotations

from typing import Final

from fakes.printer import OBEDIENT
from fakes.printer.conditions import About

from .row import Defect

ANY: Final = ("job/omitted",)  # every mail shows it
BOTH: Final = ("job/omitted", "printer/omitted")

TEXT: Final = (
    Defect(
        "body-without-printer-name",
        "The body does not say which printer it is about.",
        ("5-4", "N-21"),
        {"facts_left_out": ("printer", "headline")},
        ANY,
    ),
    Defect(
        "body-without-job",
        "The body neither names nor numbers the job; the Subject names it.",
        ("5-4", "N-21"),
        {"facts_left_out": ("headline", "job-name", "job-id", "subscription", "printer-uri")},
        ("per-job",),
        about=About.JOBS,
    ),
    Defect(
        "body-without-parties",
        "The body repeats neither the subscriber nor the recipient.",
        ("5-4",),
        {"facts_left_out": ("subscriber", "recipient")},
        BOTH,
    ),
    Defect(
        "job-name-nowhere",
        "Neither Subject nor body names the job.",
        ("5-1", "T1-Subject-1"),
        {"names_jobs": False},
        BOTH,
    ),
    Defect(
        "body-without-event",
        "The body tells neither the event nor the state.",
        ("5-2", "N-21"),
        {"facts_left_out": ("headline", "event", "job-state", "job-reasons", "impressions", "sheets", "printer-state")},
        ANY,
        about=About.JOBS,  # that it takes jobs the text about the printer tells all the same
    ),
    Defect(
        "ends-told-as-beginnings",
        "Subject and body say of a job that has ended that it was created.",
        ("5-2", "T1-Subject-1"),
        {"ends_told_as_beginnings": True},
        ANY,
    ),
    Defect("body-without-up-time", "The body lacks the up time.", ("4.12-2",), {"facts_left_out": ("up-time",)}, ANY),
    Defect("up-time-in-hours", "The body tells the up time in hours.", ("4.12-2",), {"up_time_unit": 3600.0}, ANY),
    Defect(
        "body-latin-1",
        "The body is labelled iso-8859-1.",
        ("4.3-3", "4.5-4"),
        {"body_charset": "iso-8859-1"},
        (*ANY, "printer/charset-text-utf-8"),
    ),
    Defect("body-utf-8", "The body is labelled utf-8.", ("4.3-3",), {"body_charset": "utf-8"}, BOTH),
    Defect(
        "body-beyond-ascii",
        "The body has utf-8 in it and says us-ascii.",
        ("4.3-3", "S-mime"),
        {"body_tail": "Grüße\r\n".encode()},
        (*ANY, "awkward/names-two-octets"),
    ),
    Defect(
        "html-as-the-body",
        "A mail that should be plain text is HTML.",
        ("4.3-1", "4.3-2", "4.3-3"),
        {"body_html": "alone"},
        ("plain", "none", "up-time"),
    ),
    Defect(
        "text-is-an-attachment",
        "The body is HTML; the plain text is attached behind it as log.txt.",
        ("4.3-3", "4.3-8", "10-7"),
        {"body_html": "before-the-text"},
        (*ANY, "plain", "none"),
    ),
)

FORMATS: Final = (
    Defect(
        "utf-8-unlabelled",
        "The utf-8 text says text/plain and no charset.",
        ("5.1-2", "4.5-4", "S-mime"),
        {"form_label": "without-charset"},
        ("utf-8", "awkward/dots-row-utf-8", "printer/charset-text-utf-8"),
    ),
    Defect(
        "utf-8-text-is-utf-16",
        "The text that is labelled utf-8 has other octets in it.",
        ("5.1-2", "4.5-4", "S-mime"),
        {"form_label": "other-octets"},
        ("utf-8", "awkward/dots-row-utf-8", "printer/charset-text-utf-8"),
    ),
    Defect(
        "utf-8-becomes-windows-1252",
        "Where utf-8 was granted, text is in windows-1252, and says so.",
        ("5.1-2", "4.5-4"),
        {"form_label": "windows-1252"},
        ("utf-8", "overruled"),
    ),
    Defect(
        "utf-8-text-is-the-body",
        "text/plain; charset=utf-8 is the whole mail.",
        ("ISSUE-06",),
        {"charset_text": "body"},
        ("utf-8",),
    ),
    Defect(
        "attachment-although-none",
        "HTML is attached where 'none' was asked for.",
        ("4.3-8",),
        {"attaches_unasked": "for-none"},
        ("none",),
    ),
    Defect(
        "attachment-although-the-word-none",
        "HTML is attached where the word 'none' was taken for a format.",
        ("4.3-8",),
        {"attaches_unasked": "for-the-word-none"},
        ("none",),
    ),
    Defect(
        "attachment-although-plain",
        "HTML is attached where text/plain was asked for.",
        ("10-7",),
        {"attaches_unasked": "for-plain"},
        ("plain",),
    ),
    Defect(
        "form-left-out",
        "Whatever the format, the mail is plain text.",
        ("4.3-2", "5.1-1", "5.1-2", "7-4", "5.2-1", "5.2-2"),
        {"form_place": "nowhere"},
        ("attached",),
    ),
    Defect(
        "form-before-the-body",
        "What the format asks for is the body, and the text attached behind it.",
        ("4.3-3", "7-4", "5.2-1"),
        {"form_place": "before"},
        ("attached",),
    ),
    Defect(
        "form-is-the-whole-mail",
        "What the format asks for is the whole mail; there is no body.",
        ("4.3-3", "7-4", "5.2-1", "ISSUE-06"),
        {"form_place": "alone"},
        ("attached",),
    ),
    Defect(
        "ipp-part-cut", "The application/ipp part lacks its end.", ("5.2-2",), {"machine_octets_cut": 7}, ("machine",)
    ),
    Defect(
        "mime-version-missing",
        "There is no MIME-Version.",
        ("5.1-1", "S-mime"),
        {"field_left_out": "MIME-Version"},
        ("human", "printer/description"),
    ),
    Defect(
        "format-not-told",
        "A subscription does not tell its notify-format.",
        ("4.3-1", "4.3-5"),
        {"tells_format": False},
        ("printer/omitted", "printer/html"),
    ),
    Defect(
        "text-plain-not-supported",
        "notify-format 'text/plain' is set aside.",
        ("7-2",),
        {"formats": OBEDIENT.formats[1:]},
        ("text-plain",),
    ),
    Defect(
        "text-plain-not-listed",
        "notify-format-supported lacks text/plain, which is taken.",
        ("7-2",),
        {"formats_unlisted": ("text/plain",)},
        ("description",),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*TEXT, *FORMATS)
