"""Lies about the order and the numbers of notifications."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import Edition

from .row import Defect

NUMBERED: Final = ("sequence", "job-sequence", "fresh")
BY_ATTRIBUTE: Final = ("4.7-1", "4.7-3", "4.7-4")

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
        "sequence-begins-anew-when-renewed",
        "Behind a renewal the numbers begin with 1 again.",
        ("4.7-1", "4.7-4", "N-20"),
        {"numbering": "anew-when-renewed"},
        ("printer/sequence-renewed",),
    ),
    Defect(
        "sequence-counts-attempts",
        "A mail that is tried again costs a number.",
        ("4.7-4",),
        {"numbering": "by-attempts"},
        ("printer/sequence-refused",),
        likewise=("4.7-1", "N-20"),
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

DEFECTS: Final[tuple[Defect, ...]] = (*BURSTS, *NUMBERS)
