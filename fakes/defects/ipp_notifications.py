"""Lies about what the base documents ask of a subscription: its attributes, what it is granted, its lease."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.vocabulary import RFC3995, Edition
from conformance.wire.registry import Operation

from .row import Defect

READ: Final = ("attributes",)
CREATED: Final = ("printer/operations",)


def of_rfc3995(id_: str, says: str, breaks: tuple[str, ...], change: Mapping[str, Any], on: tuple[str, ...]) -> Defect:
    """A lie that only RFC 3995 calls one."""
    return Defect(id_, says, breaks, change, on, Edition.MAILTO_04, RFC3995.name)


ATTRIBUTES: Final = (
    Defect("events-not-told", "The subscription does not tell its events.", ("4.2-1",), {"events_told": "none"}, READ),
    Defect(
        "events-told-are-the-default-ones",
        "The subscription tells the default events, whatever it was made for.",
        ("4.2-1", "N-06"),
        {"events_told": "default"},
        (*READ, "events-required", "events-most"),
    ),
    Defect(
        "omitted-events-become-many",
        "A subscription that names no events gets all there are, not the default ones.",
        ("N-04", "4.2-2"),
        {"omitted_events": "many"},
        ("events-omitted",),
    ),
    Defect(
        "number-read-is-another",
        "Get-Subscription-Attributes tells another number than the answer to Create.",
        ("4.8-1",),
        {"number_read": "another"},
        READ,
    ),
    Defect(
        "number-not-told",
        "Get-Subscription-Attributes does not tell the subscription's number.",
        ("4.8-1",),
        {"number_read": "none"},
        READ,
    ),
    Defect(
        "printer-uri-is-elsewhere",
        "The subscription names a printer that the client never addressed.",
        ("4.10-1",),
        {"printer_uri_told": "ipp://elsewhere.example/ipp/print"},
        READ,
    ),
    Defect(
        "printer-uri-is-another-of-its-own",
        "The subscription names the printer by a URI that it lists, and that neither client nor directory has.",
        ("4.10-1", "MV-4"),
        {"printer_uri_told": "/other"},
        (*READ, "security/directory"),
    ),
    Defect(
        "claimed-names-not-kept",
        "Whoever does not prove who he is becomes anonymous, though the printer says it goes by requesting-user-name.",
        ("4.11-1",),
        {"claims_believed": False},
        (*READ, "job/omitted"),
    ),
    Defect(
        "claimed-name-before-the-proved",
        "requesting-user-name goes before the name that was authenticated.",
        ("4.11-4",),
        {"proof_first": False},
        ("login",),
    ),
    Defect(
        "nobody-has-an-empty-name",
        "A subscription by nobody is made, for a user without a name.",
        ("4.11-5",),
        {"anonymous": ""},
        ("nameless",),
    ),
    Defect(
        "nobody-is-dropped-unsaid",
        "A job's subscription by nobody is dropped without a word.",
        ("4.11-5",),
        {"missing_user_name": "unsaid"},
        ("nameless",),
    ),
    of_rfc3995(
        "long-user-data-cut-later",
        "Of user data that are too long the first 63 octets are kept.",
        ("4.4-1", "R-UserData-1"),
        {"long_user_data": "cut"},
        ("long-user-data",),
    ),
    of_rfc3995(
        "long-user-data-kept",
        "User data are kept, however long they are.",
        ("R-UserData-1",),
        {"long_user_data": "kept"},
        ("long-user-data",),
    ),
    Defect(
        "up-time-stands-still",
        "The subscription goes on telling the up time at which it was made.",
        ("4.12-1",),
        {"up_time_told": "at-creation"},
        ("up-time",),
    ),
    *(
        Defect(f"printer-up-time-{name}", says, ("4.12-1",), {"up_time_slips": slip}, ("up-time", "printer/attributes"))
        for name, slip, says in (
            ("slips-back", "back", "Every third time the printer tells an up time of minutes ago."),
            ("slips-to-one", "to-one", "Every third time the printer tells that it just came up."),
            ("runs-over", "over", "The printer's up time becomes a number below 0."),
            ("goes-back-for-good", "for-good", "The printer's up time goes back by minutes, and on from there."),
        )
    ),
    Defect(
        "persistence-not-told-at-creation",
        "The answer to Create does not tell whether the subscription persists.",
        ("4.13-1", "N-14"),
        {"persistence_told_by": ("reading",)},
        CREATED,
    ),
    Defect(
        "persistence-not-told-later",
        "The subscription does not tell whether it persists.",
        ("4.13-1",),
        {"persistence_told_by": ("creation",)},
        READ,
    ),
    of_rfc3995(
        "job-subscription-has-a-lease",
        "A subscription of a job tells a lease and the up time.",
        ("R-Lease-3",),
        {"job_has_lease": True},
        ("job/attributes",),
    ),
    of_rfc3995(
        "lease-for-a-job-passed-over",
        "A lease that is asked for a job's subscription is ignored without a word.",
        ("R-Lease-4",),
        {"job_lease": "unsaid"},
        ("job-lease",),
    ),
)

SUBSTITUTES: Final = (
    Defect(
        "unknown-charset-refuses",
        "A charset that is not supported costs the whole request.",
        ("N-10",),
        {"unsupported_charset": "refused"},
        ("charset-unheard-of",),
    ),
    Defect(
        "unknown-language-replaced-unsaid",
        "A language that is not supported is replaced without a word.",
        ("N-10",),
        {"unsupported_language": "unsaid"},
        ("language-unheard-of",),
    ),
    of_rfc3995(
        "unknown-charset-kept",
        "A charset that the printer does not have is kept as if it had it.",
        ("N-10", "R-Charset-1", "R-Groups-3", "M4-TextOnly-5"),
        {"unsupported_charset": "kept"},
        ("charset-unheard-of",),
    ),
    of_rfc3995(
        "unknown-language-kept",
        "A language that the printer does not have is kept as if it had it.",
        ("N-10", "R-Language-1", "R-Groups-3"),
        {"unsupported_language": "kept"},
        ("language-unheard-of",),
    ),
)

LEASES: Final = (
    Defect(
        "lease-never-ends",
        "The subscription lives on after the end of its lease.",
        ("4.9-1", "N-12"),
        {"lease_ends": "nothing"},
        ("lease-ends", "renewed-in-time", "renewed-too-late"),
    ),
    Defect(
        "lease-ends-but-mails-go-on",
        "A subscription whose lease has ended cannot be read any more, and is mailed all the same.",
        ("N-12",),
        {"lease_ends": "its-reading"},
        ("lease-ends",),
    ),
    Defect(
        "lease-ends-at-half",
        "The subscription is gone when half of its lease has passed.",
        ("4.9-1", "N-01", "N-12"),
        {"lease_ends": "it-at-half"},
        ("lease-lasts",),
    ),
    Defect(
        "first-mail-ends-subscriptions-for-html",
        "A subscription that asks for HTML is gone with its first mail, whatever is left of its lease.",
        ("N-12",),
        {"first_mail_ends": "text/html"},
        ("printer/html",),
    ),
    Defect(
        "mails-end-at-half-of-the-lease",
        "The subscription can be read until the end of its lease, and is mailed for half of it.",
        ("4.9-1", "N-01", "N-12"),
        {"lease_ends": "its-mails-at-half"},
        ("lease-lasts",),
    ),
    Defect(
        "lease-out-of-range-kept",
        "A lease outside the range that is listed is granted as it was asked for.",
        ("N-12",),
        {"unsupported_lease": "as-asked"},
        ("lease", "renewed"),
    ),
    Defect(
        "lease-default-ignored",
        "Who asks for no lease gets the longest one.",
        ("N-13",),
        {"omitted_lease": "longest"},
        ("lease-omitted", "renewed-omitted"),
    ),
    Defect(
        "expiration-time-is-a-duration",
        "notify-lease-expiration-time has the seconds of the lease, not the time of its end.",
        ("4.9-1", "N-12", "N-13"),
        {"lease_end_told": "duration"},
        ("lease", "renewed", "renewed-omitted", "renewed-in-time"),
    ),
    Defect(
        "expiration-missing",
        "The subscription does not tell when its lease ends.",
        ("4.9-1",),
        {"lease_end_told": "nothing"},
        ("lease",),
        vocabulary=RFC3995.name,
    ),
    Defect(
        "renewal-only-said",
        "Renew-Subscription tells a new lease, and the old one ends it.",
        ("N-01", "N-12"),
        {"renewal": "only-said"},
        ("renewed-in-time",),
    ),
    Defect(
        "renewal-grants-the-default",
        "Renew grants the default lease, whatever is asked for.",
        ("4.9-1",),
        {"renewal": "of-the-default"},
        ("renewed-longer", "renewed-omitted"),
    ),
    Defect(
        "renewal-revives",
        "A subscription that has ended can still be renewed, and is there again.",
        ("N-12",),
        {"renewal": "even-of-the-ended"},
        ("renewed-too-late",),
    ),
    of_rfc3995(
        "lease-out-of-range-becomes-endless",
        "A lease outside the range never ends.",
        ("N-12", "R-Lease-1", "R-Lease-2"),
        {"unsupported_lease": "endless"},
        ("lease", "renewed"),
    ),
    of_rfc3995(
        "lease-becomes-the-farthest",
        "A lease that is too short becomes the longest, one that is too long the shortest.",
        ("R-Lease-2",),
        {"unsupported_lease": "farthest"},
        ("lease",),
    ),
    Defect(
        "creation-tells-no-lease",
        "The answer to Create does not tell the lease.",
        ("N-14",),
        {"lease_told_by": ("renewal",)},
        CREATED,
    ),
    Defect(
        "renewal-tells-no-lease",
        "The answer to Renew does not tell the lease.",
        ("N-14",),
        {"lease_told_by": ("creation",)},
        CREATED,
        vocabulary=RFC3995.name,
    ),
    Defect(
        "job-renewal-refused",
        "Renew of a job's subscription is refused, as a later text has it.",
        ("N-15",),
        {"job_renewal": "refused"},
        ("job-renewed",),
    ),
    Defect(
        "job-renewal-granted",
        "Renew of a job's subscription succeeds, as an earlier text has it.",
        ("R-Renew-1",),
        {"job_renewal": "granted"},
        ("job-renewed",),
        vocabulary=RFC3995.name,
    ),
    of_rfc3995(
        "other-lease-unsaid",
        "The status does not tell that the lease is another than was asked for.",
        ("R-Renew-2",),
        {"changed_lease_said": False},
        ("renewed",),
    ),
)

NEVER_MADE: Final = tuple(
    Defect(
        f"{done}-what-never-was",
        f"{name} succeeds with whatever number.",
        ("N-24",),
        {"succeeds_at_nothing": (operation,)},
        ("never-made",),
    )
    for done, name, operation in (
        ("reads", "Get-Subscription-Attributes", Operation.GET_SUBSCRIPTION_ATTRIBUTES),
        ("renews", "Renew-Subscription", Operation.RENEW_SUBSCRIPTION),
        ("cancels", "Cancel-Subscription", Operation.CANCEL_SUBSCRIPTION),
    )
)

DEFECTS: Final[tuple[Defect, ...]] = (*ATTRIBUTES, *SUBSTITUTES, *LEASES, *NEVER_MADE)
