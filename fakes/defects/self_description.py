"""Lies of subscriptions and of the printer about themselves that not each of them tells, or not each answer."""

from __future__ import annotations

from typing import Final

from .row import Defect

# What each tells of a subscription, and what that breaks.
_OF_HTML: Final = (
    ("subscription-id", ("4.8-1",)),
    ("printer-uri", ("4.10-1",)),
    ("subscriber-user-name", ("4.11-1", "T1-Sender-1", "5-4")),
    ("notify-lease-expiration-time", ("4.9-1",)),
    ("notify-printer-up-time", ("4.12-1",)),
    ("notify-persistence-granted", ("4.13-1",)),
)
_IN_LISTS: Final = (
    ("notify-recipient", ("4.1-1",)),
    ("subscriber-user-data", ("4.4-1",)),
    ("printer-uri", ("4.10-1",)),
    ("subscriber-user-name", ("4.11-1",)),
    ("notify-lease-expiration-time", ("4.9-1",)),
    ("notify-printer-up-time", ("4.12-1",)),
    ("notify-persistence-granted", ("4.13-1",)),
)

DEFECTS: Final[tuple[Defect, ...]] = (
    *(
        Defect(
            f"{name}-of-html-is-another",
            f"A subscription for HTML tells another {name} when it is read, and others do not.",
            breaks,
            {"read_wrong": name},
            ("printer/html",),
        )
        for name, breaks in _OF_HTML
    ),
    *(
        Defect(
            f"{name}-in-lists-is-another",
            f"Get-Subscriptions has another {name} than the subscription.",
            breaks,
            {"listed_wrong": name},
            ("many",),
        )
        for name, breaks in _IN_LISTS
    ),
    Defect(
        "recipients-mixed-up-in-lists",
        "Get-Subscriptions tells of each subscription the recipient of another.",
        ("4.1-1",),
        {"listing": "recipients-mixed-up"},
        ("many",),
    ),
    Defect(
        "lease-told-for-a-job",
        "The subscription of a job tells when its lease ends, which it has not.",
        ("4.9-1", "N-15"),
        {"job_lease_told": 172_800},
        ("job/attributes", "job-renewed"),
    ),
    Defect(
        "clock-behind-where-a-lease-is-granted",
        "The up time in the answers to Create and Renew is an hour behind.",
        ("N-14",),
        {"lease_clock_behind": 3_600},
        ("printer/operations",),
    ),
    Defect(
        "default-format-is-another",
        "A subscription that asked for no format tells HTML, and gets none.",
        ("4.3-1", "4.3-2"),
        {"default_format_told": "text/html"},
        ("sequence", "none"),
    ),
    Defect(
        "name-is-another-when-asked-again",
        "From has the printer-name that was told at first, and another one is told later.",
        ("1-6", "MV-5", "T1-From-1"),
        {"name_told_later": "Abraham Lincoln"},
        ("lease-lasts", "security/directory"),
    ),
    Defect(
        "relay-is-another-when-asked-again",
        "The relay that was told at first is used, and another one is told later.",
        ("6.1-2",),
        {"relay_told_later": "192.0.2.25"},
        ("printer/description", "pause", "printer/no-job-event", "printer/lease-ends"),
    ),
)
