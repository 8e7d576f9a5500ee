"""Lies about what a subscription keeps, the user data above all, and about the relay."""

from __future__ import annotations

from typing import Final

from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT

from .row import Defect

SUBSCRIPTIONS: Final = (
    Defect(
        "no-printer-subscriptions",
        "There is no Create-Printer-Subscriptions.",
        ("3-3", "N-01"),
        {"operations": tuple(o for o in OBEDIENT.operations if o is not Operation.CREATE_PRINTER_SUBSCRIPTIONS)},
        ("printer/omitted", "printer/operations", "printer/user-data"),
    ),
    Defect(
        "job-subscriptions-ignored",
        "A job is taken without the subscriptions that came with it.",
        ("3-1",),
        {"takes_job_subscriptions": False},
        ("job/omitted", "job/text-plain", "printer/omitted"),
    ),
    Defect(
        "recipient-told-without-scheme",
        "The recipient's URI comes back without 'mailto:'.",
        ("4.1-1",),
        {"recipient_told": "without-scheme"},
        ("printer/omitted",),
    ),
    Defect(
        "recipient-in-lower-case",
        "The recipient is kept, and mailed to, in lower case.",
        ("1-2", "1-3", "3-7", "4.1-1"),
        {"recipient_kept": "in-lower-case"},
        ("plain-address", "job/omitted", "printer/description"),
    ),
    Defect(
        "user-data-cut-to-40-octets",
        "Of the user data forty octets are kept; what is then no address stands in no field.",
        ("4.4-1", "4.4-2", "4.4-3", "5-3", "5-4", "T1-From-1", "T1-From-3", "T1-Sender-1", "T1-Sender-2"),
        {"user_data_octets": 40},
        ("user-data-shape", "printer/description", "awkward/user-data-63-octets"),
    ),
    Defect(
        "long-user-data-cut",
        "Of user data that are too long the first 63 octets are kept.",
        ("4.4-1",),
        {"long_user_data": "cut"},
        ("long-user-data",),
    ),
    Defect(
        "user-data-refused",
        "A mail address is refused as user data; it has to be a 'mailto:' URI.",
        ("4.4-1",),
        {"user_data_form": "uri"},
        ("printer/user-data", "printer/user-data-as-uri", "printer/omitted"),
    ),
    Defect(
        "user-data-changed-case",
        "The user data come back in capitals.",
        ("4.4-1",),
        {"user_data_told": "in-capitals"},
        ("printer/user-data",),
    ),
    Defect(
        "no-user-data-mails-anyway",
        "A subscription without user data is made, and gets mail.",
        ("4.4-5",),
        {"missing_user_data": "accept"},
        ("no-user-data",),
    ),
    Defect(
        "no-user-data-breaks-the-printer",
        "A subscription without user data is answered with an internal error.",
        ("4.4-5",),
        {"missing_user_data": "break"},
        ("no-user-data",),
    ),
    Defect(
        "no-user-data-unsaid",
        "A job's subscription without user data is dropped without a word.",
        ("4.4-5",),
        {"missing_user_data": "unsaid"},
        ("no-user-data",),
    ),
)

RELAY: Final = (
    Defect(
        "relay-missing", "The printer names no relay.", ("6-1", "6.1-1"), {"relay_told": "missing"}, ("description",)
    ),
    Defect(
        "relay-without-value",
        "The relay's attribute has no value.",
        ("6-1", "6.1-1"),
        {"relay_told": "no-value"},
        ("description",),
    ),
    Defect(
        "relay-not-a-host", "The relay is a phrase, not a name.", ("6.1-1",), {"relay_told": "words"}, ("description",)
    ),
    Defect("relay-is-an-integer", "The relay is a number.", ("6.1-1",), {"relay_told": "integer"}, ("description",)),
    Defect("relay-is-a-uri", "The relay is an smtp: URI.", ("6.1-1",), {"relay_told": "uri"}, ("description",)),
    Defect(
        "relay-elsewhere",
        "The printer names one relay and uses another.",
        ("6.1-2",),
        {"relay_told": "elsewhere"},
        ("description", "job/omitted"),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*SUBSCRIPTIONS, *RELAY)
