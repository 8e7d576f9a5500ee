"""Lies about subscriptions that are like another, and those that end."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import Edition

from .row import Defect

TWINS: Final = ("printer/twins", "job/twins-ipp")

# A mail of a subscription that was cancelled is taken for one of the next that has its recipient.
MAILED_LATER: Final = (
    "4.4-3",
    "5-3",
    "5-4",
    "N-19",
    "N-22",
    "S-once",
    "T1-From-1",
    "T1-From-3",
    "T1-Sender-1",
    "T1-Sender-2",
)

DEFECTS: Final[tuple[Defect, ...]] = (
    Defect(
        "cancelling-takes-its-time",
        "Cancel-Subscription succeeds, and the subscription stays a while.",
        ("N-16",),
        {"cancels": "it-later"},
        ("cancelled",),
        likewise=MAILED_LATER,
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
        likewise=MAILED_LATER,
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
    Defect(
        "twins-are-one",
        "A subscription like another is that other.",
        ("1-2", "N-11", "N-12"),
        {"twins": "one"},
        TWINS,
    ),
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
