"""Conforming variants: they choose otherwise than the reference printer where the texts leave the choice to them.

They prove that the suite asks for nothing that is not required: no requirement may fail on any of them, and nothing
may be inconclusive that could be judged.
"""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import Edition
from conformance.wire.registry import Operation

from .printer import OBEDIENT
from .secured_variants import SECURED
from .variant import ConformingVariant


def _without(*left_out: Operation) -> tuple[Operation, ...]:
    return tuple(o for o in OBEDIENT.operations if o not in left_out)


_LEASE: Final = "nobody waits for the end of such a lease in a test"
TOO_LONG: Final = {"4.9-1": _LEASE, "N-01": _LEASE, "N-12": _LEASE}
JOB_REFUSED: Final = "a job is refused for its subscription, which the draft's letter allows and its base does not"
LATER: Final = Edition.MAILTO_04

CONFORMING_VARIANTS: Final[tuple[ConformingVariant, ...]] = (
    *SECURED,
    # ------------------------------------------------------------ what is refused, and how
    ConformingVariant(
        "rejects-missing-user-data",
        "A request without user data is refused whole, where others ignore the subscription.",
        {"missing_user_data": "reject"},
        ("no-user-data",),
        warns={"4.4-5": JOB_REFUSED},
    ),
    ConformingVariant(
        "rejects-the-nameless",
        "A subscriber without a name is refused.",
        {"missing_user_name": "reject"},
        ("nameless",),
        warns={"4.11-5": JOB_REFUSED},
    ),
    ConformingVariant(
        "ignores-the-nameless",
        "A subscription without a name is ignored.",
        {"missing_user_name": "ignore"},
        ("nameless",),
    ),
    ConformingVariant(
        "has-a-name-of-its-own-for-the-nameless", "Anonymous is called guest.", {"anonymous": "guest"}, ("nameless",)
    ),
    ConformingVariant(
        "rejects-long-user-data",
        "User data of 64 octets refuse the request.",
        {"long_user_data": "reject"},
        ("awkward-user-data",),
    ),
    ConformingVariant(
        "refuses-unsupported-formats",
        "An unsupported format costs the subscription.",
        {"unsupported_format": "refuse"},
        ("format",),
    ),
    ConformingVariant(
        "refuses-unsupported-events",
        "A subscription to unsupported events is not made.",
        {"unsupported_events": "refuse"},
    ),
    ConformingVariant(
        "drops-mails-without-address",
        "User data that are no address mean no mail.",
        {"no_address": "drop"},
        ("awkward-user-data",),
    ),
    ConformingVariant(
        "answers-in-the-operation-group",
        "What is told of a subscription stands in the operation group, as the oldest text has it.",
        {"answers_in": "operation-group"},
        ("operations", "attributes", "renewed", "twins", "lease-inside", "bare-user-data", "added"),
    ),
    # ------------------------------------------------------------ how mails are written
    ConformingVariant("base64", "Text beyond us-ascii goes in base64.", {"text_encoding": "base64"}, ("beyond-ascii",)),
    ConformingVariant(
        "eight-bit",
        "Text beyond us-ascii goes in 8bit, where the relay takes it.",
        {"text_encoding": "8bit"},
        ("beyond-ascii",),
    ),
    ConformingVariant("words-in-base64", "Encoded words are all in B.", {"word_encoding": "b"}, ("beyond-ascii",)),
    ConformingVariant("words-quoted", "Encoded words are all in Q.", {"word_encoding": "q"}, ("beyond-ascii",)),
    ConformingVariant("attachments-inline", "Parts are shown inline.", {"disposition": "inline"}),
    ConformingVariant("attachments-without-disposition", "Parts have no Content-Disposition.", {"disposition": None}),
    ConformingVariant(
        "folds-early", "Header fields are folded wherever they may be.", {"header_columns": 10}, ("words", "long")
    ),
    ConformingVariant("mails-pass-relays", "Received fields stand before the others.", {"trace_fields": 3}),
    ConformingVariant(
        "has-no-clock",
        "There is no printer-current-time, and no Date.",
        {"current_time": False},
        warns={"5-3": "RFC 822 wants a Date of every mail, which the draft's Table 1 passes over"},
    ),
    ConformingVariant(
        "utf-8-as-the-whole-mail",
        "text/plain; charset=utf-8 is the mail itself, which issue 06 leaves open.",
        {"charset_text": "body"},
        warns={"ISSUE-06": "the draft leaves it open, the suite prefers the body to be us-ascii"},
    ),
    ConformingVariant(
        "multipart-by-default",
        "Where no format is asked for, HTML is attached.",
        {"default_format": "text/html; charset=utf-8"},
    ),
    ConformingVariant(
        "only-plain-text",
        "text/plain is the only format.",
        {"formats": ("text/plain",)},
    ),
    ConformingVariant("no-word-for-none", "The word 'none' as a format is not taken.", {"string_none_format": False}),
    # ------------------------------------------------------------ names
    ConformingVariant(
        "name-in-quotes", "The name needs quotes.", {"printer_name": 'Dr. "Q", 2nd floor (east); <rear>'}, ("words",)
    ),
    ConformingVariant(
        "name-beyond-ascii", "The name needs encoded words.", {"printer_name": "Grüße aus Zürich, 東京"}, ("words",)
    ),
    ConformingVariant(
        "name-of-127-octets", "The name is as long as it may be.", {"printer_name": "Long " * 25 + "ok"}, ("words",)
    ),
    ConformingVariant("name-of-one-letter", "The name is short.", {"printer_name": "x"}),
    ConformingVariant(
        "names-things-twice",
        "Content for programs has the names of RFC 3995 beside those of the drafts, the event listed among them.",
        {"content_names": "both"},
        ("machine",),
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "shows-subscriptions-to-their-owners",
        "Nobody else is told of a subscription by its number.",
        {"strangers_may_read": False},
        ("many", "owner", "operations", "attributes"),
    ),
    # ------------------------------------------------------------ languages and charsets
    ConformingVariant(
        "german-by-default",
        "Mails are German where nothing else is asked for.",
        {"languages": ("de", "en")},
        ("language", "words"),
    ),
    ConformingVariant("german-only", "There is no English.", {"languages": ("de",)}, ("language", "words")),
    ConformingVariant("tells-no-charset", "There is no notify-charset.", {"tells_charset": False}, ("charset",)),
    ConformingVariant(
        "us-ascii-first", "The charset of its own is us-ascii.", {"charsets": ("us-ascii", "utf-8")}, ("charset",)
    ),
    ConformingVariant("only-utf-8", "The only charset is utf-8.", {"charsets": ("utf-8",)}, ("charset",)),
    # ------------------------------------------------------------ what there is not
    ConformingVariant(
        "speaks-ipp-2-alone",
        "Requests of version 1.1 are refused for that.",
        {"versions": ((2, 0),)},
        ("operations", "security/versions"),
    ),
    ConformingVariant(
        "cannot-be-paused",
        "There is no Pause-Printer and no Resume-Printer.",
        {"operations": _without(Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER)},
        ("pause", "printer-event"),
        unjudged=dict.fromkeys(
            ("4.2-2", "N-19", "R-Events-1"), "nothing stops it, so that its own events are not seen"
        ),
    ),
    ConformingVariant(
        "no-create-job",
        "There is no Create-Job.",
        {"operations": _without(Operation.CREATE_JOB, Operation.SEND_DOCUMENT)},
        ("per-job",),
    ),
    ConformingVariant(
        "no-job-operations",
        "Jobs cannot be held or looked at.",
        {"operations": _without(Operation.HOLD_JOB, Operation.RELEASE_JOB, Operation.GET_JOBS)},
    ),
    ConformingVariant(
        "fewest-events",
        "Only the events that every printer has.",
        {"events": ("none", "job-completed", "job-state-changed", "job-created", "printer-state-changed")},
        ("printer-event", "event-job-created"),
    ),
    ConformingVariant(
        "five-events",
        "A subscription holds as few events as it may.",
        {"max_events": 5},
        ("events-most", "events-excess"),
    ),
    ConformingVariant(
        "one-subscription-a-job",
        "A job has room for one.",
        {"max_job_subscriptions": 1},
        ("per-job", "twins", "two-listed"),
    ),
    ConformingVariant(
        "one-printer-subscription",
        "The printer has room for one that is not a job's.",
        {"max_printer_subscriptions": 1},
        ("per-printer", "twins"),
    ),
    # ------------------------------------------------------------ numbers
    ConformingVariant("sparse-numbers", "Subscriptions and jobs are numbered by sevens.", {"id_step": 7}),
    ConformingVariant("large-numbers", "Numbers are large.", {"id_step": 2_000_000}),
    ConformingVariant(
        "counts-by-tens",
        "printer-up-time moves on every ten seconds.",
        {"up_time_step": 10},
        ("up-time", "lease", "attributes", "words"),
        unjudged={"4.12-1": "the clock may not move on while a short run looks at it"},
    ),
    ConformingVariant(
        "lists-in-full",
        "Get-Subscriptions tells everything unasked, as one draft has it.",
        {"listing": "in-full"},
        ("many",),
    ),
    ConformingVariant(
        "just-switched-on", "The printer came up a moment ago.", {"up_time_begins": 1}, ("up-time", "lease")
    ),
    ConformingVariant(
        "up-for-years", "The printer has been up for decades.", {"up_time_begins": 2_000_000_000}, ("up-time", "lease")
    ),
    # ------------------------------------------------------------ leases
    ConformingVariant(
        "long-shortest-lease",
        "No lease is shorter than ten minutes.",
        {"lease_min": 600},
        ("lease",),
        unjudged=TOO_LONG,
    ),
    ConformingVariant(
        "one-lease", "Every lease is an hour.", {"lease_min": 3600, "lease_max": 3600}, ("lease",), unjudged=TOO_LONG
    ),
    ConformingVariant("leases-without-end", "A lease may be without end.", {"lease_min": 0}, ("lease", "lease-zero")),
    ConformingVariant(
        "short-for-endless", "Who asks for no end gets the shortest lease.", {"endless_lease": "min"}, ("lease-zero",)
    ),
    # ------------------------------------------------------------ time and connections
    ConformingVariant("slow-jobs", "A job takes a fifth of a second.", {"job_seconds": 0.2}),
    ConformingVariant(
        "cancels-at-a-stop-point",
        "A job that is cancelled while it is processed goes on for a second.",
        {"cancel_seconds": 1.0},
        ("given-up", "job/ended", "job/only-completed", "job/state-changed-alone"),
        unjudged={"N-05": "nobody knows whether the job's state changed before its end"},
    ),
    ConformingVariant("slow-mail", "Every mail comes three seconds late.", {"delivery_delay": 3.0}),
    ConformingVariant(
        "one-connection",
        "All mails go over one SMTP connection.",
        {"connection": "kept", "max_sessions": 1},
        ("fault",),
    ),
    ConformingVariant("one-session-at-a-time", "Mails go one after the other.", {"max_sessions": 1}),
    ConformingVariant(
        "gives-up-at-once", "A mail is tried once.", {"retry_delays": ()}, ("fault", "printer/sequence-refused")
    ),
    ConformingVariant(
        "tries-again-later",
        "A mail is tried again after half a minute.",
        {"retry_delays": (30.0,)},
        ("fault", "printer/sequence-refused"),
    ),
    ConformingVariant(
        "writes-its-own-smtp", "The dialogue is led by a program of its own.", {"transport": "raw"}, ("fault",)
    ),
    ConformingVariant(
        "tells-of-refused-mail",
        "Whoever subscribed is told by mail of a notification that was refused for good.",
        {"transport": "tells-of-refusals"},
        ("fault",),
    ),
    ConformingVariant("says-helo", "It knows no EHLO.", {"transport": "helo-only"}, ("fault", "beyond-ascii", "dots")),
    ConformingVariant("greets-by-number", "EHLO has an address literal.", {"hostname": "[127.0.0.1]"}),
    ConformingVariant(
        "tells-jobs-by-number",
        "Mails tell of a job by its number alone.",
        {"names_jobs": False},
        ("per-job", "per-printer", "lease"),
        warns={"5-1": "the job's name is left out, for its number", "T1-Subject-1": "likewise"},
    ),
    ConformingVariant(
        "scanned-on-the-way",
        "A scanner on the way adds a footer, below a text or as a part of its own.",
        {"transport": "scanned"},
        ("format", "words"),
    ),
    # ------------------------------------------------------------ all of it at once, as on a desk
    ConformingVariant(
        "desk",
        "A printer on a desk: six seconds a job, mails two seconds late and one by one, few places, long leases.",
        {
            "job_seconds": 6.0,
            "delivery_delay": 2.0,
            "max_sessions": 1,
            "max_printer_subscriptions": 10,
            "max_job_subscriptions": 10,
            "lease_min": 60,
        },
        vocabulary="rfc3995",
    ),
    # ------------------------------------------------------------ events that are fetched
    ConformingVariant(
        "fetches-nothing", "It has no pull method.", {"pull_methods": ()}, ("given-up",), vocabulary="rfc3995"
    ),
    ConformingVariant(
        "refuses-to-be-asked",
        "It lists the pull method, and makes no subscription that is pulled.",
        {"pulls_granted": False},
        ("given-up",),
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "holds-few-subscriptions",
        "It holds four.",
        {"max_printer_subscriptions": 4},
        ("given-up",),
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "pulls-by-a-coarse-clock",
        "Events live for the shortest time, and are told by a clock of ten seconds.",
        {"event_life": 15, "up_time_step": 10},
        ("given-up", "lease", "renewal"),
        vocabulary="rfc3995",
    ),
    # ------------------------------------------------------------ the later editions
    ConformingVariant(
        "later-plain-only",
        "Mails of mailto-04 are plain text alone.",
        {"free_content": "plain"},
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-base64",
        "mailto-04 in base64.",
        {"text_encoding": "base64"},
        ("beyond-ascii",),
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-folds-early", "mailto-04 folded early.", {"header_columns": 10}, edition=LATER, vocabulary="rfc3995"
    ),
    ConformingVariant(
        "later-combines",
        "One mail of mailto-04 tells of all that happened in a moment.",
        {"combines_within": 0.3, "free_content": "plain"},
        ("given-up", "burst", "event-job-created", "printer-event", "twins"),
        unjudged={"N-11": "one mail may tell both of two subscriptions"},
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-tells-jobs-by-number",
        "Mails of mailto-04 tell of a job by its number alone.",
        {"names_jobs": False},
        ("burst", "event-job-created"),
        warns={"M4-Subject-4": "the job's name is left out, for its number"},
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-without-clock", "mailto-04 without Date.", {"current_time": False}, edition=LATER, vocabulary="rfc3995"
    ),
    ConformingVariant(
        "later-name-beyond-ascii",
        "The name of a printer of mailto-04 has letters that us-ascii lacks.",
        {"printer_name": "Büro „Süd“, №3"},
        ("later-charset",),
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-tells-each-match",
        "Who lists an event and its kind gets a mail for each.",
        {"tells_each_match": True},
        ("event-all", "event-printer-stopped", "event-job-created", "several"),
        edition=LATER,
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "tells-each-match",
        "Who lists an event and its kind gets a mail for each.",
        {"tells_each_match": True},
        ("printer-event", "event-job-created", "machine"),
        vocabulary="rfc3995",
    ),
    ConformingVariant(
        "later-without-clock-up-for-an-hour",
        "mailto-04 without Date, from a printer whose up time is no large number.",
        {"current_time": False, "up_time_begins": 4711},
        edition=LATER,
        vocabulary="rfc3995",
    ),
)
BY_ID: Final = {variant.id: variant for variant in CONFORMING_VARIANTS}
