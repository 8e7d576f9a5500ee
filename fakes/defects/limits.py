"""Lies about the operations on subscriptions, and about what there is too much or too little of."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import RFC3995
from conformance.wire.registry import Operation, Status

from .ipp_notifications import CREATED, of_rfc3995
from .row import Defect

OPERATIONS: Final = (
    Defect(
        "renew-not-listed",
        "operations-supported lacks Renew-Subscription, which works.",
        ("N-01",),
        {"operations_unlisted": (Operation.RENEW_SUBSCRIPTION,)},
        CREATED,
    ),
    Defect(
        "get-subscriptions-fails",
        "Get-Subscriptions is answered with an error, always.",
        ("N-01",),
        {"said_to_fail": (Operation.GET_SUBSCRIPTIONS,)},
        CREATED,
    ),
    Defect(
        "renew-fails",
        "Renew-Subscription is answered with an error, always.",
        ("N-01", "N-15"),
        {"said_to_fail": (Operation.RENEW_SUBSCRIPTION,)},
        (*CREATED, "job-renewed"),
    ),
    Defect(
        "cancel-fails",
        "Cancel-Subscription is answered with an error, always.",
        ("N-01",),
        {"said_to_fail": (Operation.CANCEL_SUBSCRIPTION,)},
        CREATED,
    ),
    Defect(
        "schemes-not-listed",
        "There is no notify-schemes-supported.",
        ("N-02",),
        {"lists_schemes": False},
        CREATED,
    ),
    Defect(
        "scheme-with-a-colon",
        "notify-schemes-supported has 'mailto:'.",
        ("N-02",),
        {"scheme_colon": True},
        CREATED,
    ),
    Defect(
        "job-created-not-listed",
        "notify-events-supported lacks an obligatory event.",
        ("N-03",),
        {"events_unlisted": ("job-created",)},
        CREATED,
    ),
    Defect(
        "none-not-listed",
        "notify-events-supported lacks 'none'.",
        ("N-03",),
        {"events_unlisted": ("none",)},
        CREATED,
    ),
    Defect(
        "default-event-not-supported",
        "One of the default events is not among those supported.",
        ("N-03",),
        {"default_events": ("job-completed", "job-progress")},
        CREATED,
    ),
    Defect(
        "subscription-for-a-job-is-the-printers",
        "A subscription added to a job becomes one of the printer.",
        ("3-2",),
        {"added_to": "printer"},
        ("added",),
    ),
    Defect(
        "validating-subscribes",
        "Validate-Job makes the subscriptions that it was to look at.",
        ("N-18",),
        {"validation_makes": True},
        ("only-validated",),
    ),
    Defect(
        "list-has-those-of-jobs",
        "Get-Subscriptions returns every subscription there is, whatever it is asked for.",
        ("N-23",),
        {"listing": "of-jobs-too"},
        ("many",),
    ),
    Defect("list-beyond-the-limit", "limit has no effect.", ("N-23",), {"listing": "beyond-the-limit"}, ("many",)),
    Defect("list-of-everybody", "my-subscriptions has no effect.", ("N-23",), {"listing": "of-everybody"}, ("many",)),
    Defect(
        "list-in-full",
        "Get-Subscriptions returns all attributes unasked.",
        ("N-23",),
        {"listing": "in-full"},
        ("many",),
        vocabulary=RFC3995.name,
    ),
    Defect("list-of-numbers-only", "'all' gets the number alone.", ("N-23",), {"listing": "only-numbers"}, ("many",)),
    Defect(
        "list-has-each-twice", "Every subscription is listed twice.", ("4.8-1", "N-23"), {"listing": "twice"}, ("many",)
    ),
    Defect(
        "list-has-the-first-of-a-job",
        "Of the subscriptions of a job only the first is listed.",
        ("N-23",),
        {"listing": "first-of-a-job"},
        ("two-listed",),
    ),
    Defect(
        "empty-list-is-an-error",
        "Where there is no subscription, Get-Subscriptions fails.",
        ("N-23",),
        {"listing": "never-empty"},
        ("no-subscription",),
        vocabulary=RFC3995.name,
    ),
    Defect(
        "strangers-cancel",
        "Whoever has proved to be somebody else may cancel a subscription.",
        ("3-4",),
        {"strangers": "may-cancel"},
        ("owner",),
    ),
    Defect(
        "refused-and-cancelled-all-the-same",
        "A stranger's Cancel-Subscription is refused, and the subscription is gone.",
        ("1-2", "3-4"),
        {"strangers": "cancel-though-refused"},
        ("owner",),
    ),
    Defect(
        "strangers-renew",
        "Whoever has proved to be somebody else may renew a subscription.",
        ("3-4",),
        {"strangers": "may-renew"},
        ("owner",),
    ),
    Defect(
        "refused-and-renewed-all-the-same",
        "A stranger's Renew-Subscription is refused, and the lease is another.",
        ("3-4",),
        {"strangers": "renew-though-refused"},
        ("owner",),
    ),
    Defect(
        "third-party-spared",
        "Somebody else is not mailed about what the subscriber himself is mailed about.",
        ("10-1a",),
        {"mails_third_parties": False},
        ("third-party",),
        likewise=("1-2", "4.2-2"),  # wherever two subscribe
    ),
    Defect(
        "mailbox-has-to-exist",
        "A recipient is refused because his mailbox is not known.",
        ("10-2",),
        {"unknown_mailboxes": (".nobody",)},
        ("no-mailbox",),
    ),
)

LIMITS: Final = (
    Defect(
        "no-recipient-means-the-subscriber",
        "A subscription without a recipient is made for the address in its user data.",
        ("3-5", "3-6"),
        {"missing_recipient": "subscriber"},
        ("no-recipient",),
    ),
    of_rfc3995(
        "no-recipient-costs-that-one-alone",
        "A subscription without a recipient is passed over, and the rest of the request carried out.",
        ("R-Missing-1",),
        {"missing_recipient": "ignored"},
        ("no-recipient",),
    ),
    Defect(
        "any-scheme-taken",
        "A subscription is made for a recipient that the printer has no way to notify.",
        ("N-09",),
        {"unsupported_scheme": "taken"},
        ("unheard-of-scheme",),
    ),
    Defect(
        "unknown-scheme-costs-the-job",
        "A job with a recipient of an unknown scheme is refused.",
        ("N-09",),
        {"unsupported_scheme": "refuses-all"},
        ("unheard-of-scheme",),
    ),
    Defect(
        "unknown-scheme-unsaid",
        "The answer to a job does not tell that a subscription was left out for its scheme.",
        ("N-09",),
        {"unsupported_scheme": "unsaid"},
        ("unheard-of-scheme",),
    ),
    of_rfc3995(
        "unknown-scheme-has-another-status",
        "notify-status-code gives another reason than the scheme.",
        ("R-Scheme-1",),
        {
            "statuses_told": (
                (Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
            )
        },
        ("unheard-of-scheme",),
    ),
    of_rfc3995(
        "none-made-is-merely-not-possible",
        "A create request that makes nothing fails with client-error-not-possible.",
        ("R-Ignored-1",),
        {"statuses_told": ((Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS, Status.CLIENT_ERROR_NOT_POSSIBLE),)},
        ("all-bad", "printer/unheard-of-scheme"),
    ),
    of_rfc3995(
        "ignored-subscriptions-are-ok",
        "A job some of whose subscriptions were ignored is answered with successful-ok.",
        ("N-07", "R-Job-1"),
        {"statuses_told": ((Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS, Status.SUCCESSFUL_OK),)},
        ("good-bad", "job/unheard-of-scheme", "overfull"),
    ),
    of_rfc3995(
        "groups-only-of-the-made",
        "The answer has groups for the subscriptions that were made, and none for the others.",
        ("N-07", "N-09", "R-Groups-1", "R-Groups-2", "R-Groups-3", "R-Scheme-1", "R-TooMany-1"),
        {"answer_groups": "of-the-made"},
        ("mixed", "unheard-of-scheme", "overfull", "full"),
    ),
    of_rfc3995(
        "groups-backwards",
        "The groups of the answer are in the opposite order.",
        ("R-Groups-1", "R-Groups-2", "4.2-2"),
        {"answer_groups": "backwards"},
        ("mixed",),
    ),
    of_rfc3995(
        "number-for-nothing",
        "A subscription that was not made gets a number in the answer.",
        ("N-07", "N-09", "R-Groups-2"),
        {"numbers_what_is_not": True},
        ("mixed", "unheard-of-scheme", "overfull"),
    ),
    of_rfc3995(
        "groups-without-status",
        "The groups of an answer do not tell why.",
        ("R-Groups-3", "R-Scheme-1", "R-TooMany-1", "R-TooManyEvents-1"),
        {"tells_group_status": False},
        ("mixed", "substitute", "unheard-of-scheme", "overfull", "full", "events-excess"),
    ),
    Defect(
        "four-events-at-most",
        "A subscription can list no more than four events.",
        ("N-06",),
        {"max_events": 4},
        ("events-required",),
    ),
    Defect(
        "excess-events-dropped-unsaid",
        "Events beyond the maximum are dropped without a word.",
        ("N-06",),
        {"excess_events": "unsaid"},
        ("events-excess",),
    ),
    Defect(
        "excess-events-kept",
        "A subscription has more events than the printer says it can have.",
        ("N-06",),
        {"excess_events": "kept"},
        ("events-excess",),
    ),
    of_rfc3995(
        "too-many-events-refused",
        "A subscription with too many events is not made.",
        ("R-TooManyEvents-1",),
        {"excess_events": "refused"},
        ("events-excess",),
    ),
    Defect(
        "full-job-refused", "Too many subscriptions cost the job.", ("N-07",), {"full_job": "refuses"}, ("overfull",)
    ),
    Defect(
        "full-job-takes-more",
        "A job gets more subscriptions than the printer says it can have.",
        ("N-07",),
        {"full_job": "takes-more"},
        ("overfull",),
    ),
    Defect(
        "full-job-drops-unsaid",
        "The answer does not tell which subscriptions of a job were dropped.",
        ("N-07",),
        {"full_job": "drops-unsaid"},
        ("overfull",),
    ),
    Defect(
        "full-printer-takes-more",
        "There are more per-printer subscriptions than the printer says there can be.",
        ("N-08",),
        {"full_printer": "takes-more"},
        ("full",),
    ),
    Defect(
        "full-printer-loses-one",
        "A full printer refuses another subscription, and loses one that it has.",
        ("N-08", "N-12"),
        {"full_printer": "loses-one"},
        ("full",),
    ),
    of_rfc3995(
        "full-has-another-status",
        "notify-status-code does not tell that there is no room.",
        ("R-TooMany-1",),
        {"statuses_told": ((Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS, Status.CLIENT_ERROR_NOT_POSSIBLE),)},
        ("full", "overfull"),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*OPERATIONS, *LIMITS)
