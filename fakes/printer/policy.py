"""Every choice the reference printer may make, in one frozen record.

``OBEDIENT`` follows the text in everything.  A defect is ``replace(OBEDIENT, one field)``; a conforming variant is the
same with a permitted choice.  A field is looked at in one small function, named after the behaviour it decides; those
functions are in ``negotiation`` and ``content_negotiation`` (what a subscription gets), ``leases``, ``event_matching``
(who hears what), ``numbering``, ``rights``, ``subscription_creation`` (what is answered), ``descriptions`` and
``printer_description`` (what objects say of themselves) and, for the mail, behind ``compose`` and ``delivery``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conformance.editions import TRAITS, Traits
from conformance.vocabulary import NTFY_01, Edition, Vocabulary
from conformance.wire.registry import Operation, Status
from fakes.mail_security import RelayAccess

from .security_policy import SecurityPolicy


@dataclass(frozen=True, slots=True)
class Policy:
    """The printer's character.  Seconds are seconds; names are as the texts spell them."""

    # who it is
    printer_name: str = "George Washington"
    name_told_later: str = ""  # a lie: whenever the printer is asked but for the first time
    relay_told_later: str = ""  # likewise
    vocabulary: Vocabulary = NTFY_01
    edition: Edition = Edition.MAILTO_00
    make_and_model: str = "ippmailto reference printer"
    location: str = "on a loopback interface"
    up_time_step: int = 1  # seconds from one value of printer-up-time that is told to the next
    up_time_begins: int = 90_000  # seconds; like no port, job or subscription, so that it is known where it is told

    # what it supports; the first charset, language and document format are the configured ones
    formats: tuple[str, ...] = (
        "text/plain",
        "text/plain;charset=utf-8",  # ipptool takes the blank that RFC 2911 section 4.1.9 writes for an error
        "text/html",
        "text/html;charset=utf-8",
        "application/ipp",
        "application/postscript",
    )
    default_format: str = "text/plain"
    charsets: tuple[str, ...] = ("utf-8", "us-ascii", "iso-8859-1")
    languages: tuple[str, ...] = ("en", "de")
    events: tuple[str, ...] = (
        "none",
        "job-created",
        "job-completed",
        "job-state-changed",
        "job-stopped",
        "printer-state-changed",
        "printer-stopped",
    )
    default_events: tuple[str, ...] = ("job-completed",)
    # small, so that a client can see what happens beyond: fewer than there are events, and soon filled
    max_events: int = 5
    max_printer_subscriptions: int = 40
    max_job_subscriptions: int = 20
    versions: tuple[tuple[int, int], ...] = ((1, 0), (1, 1), (2, 0))
    operations: tuple[Operation, ...] = (
        Operation.PRINT_JOB,
        Operation.VALIDATE_JOB,
        Operation.CREATE_JOB,
        Operation.SEND_DOCUMENT,
        Operation.CANCEL_JOB,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.HOLD_JOB,
        Operation.RELEASE_JOB,
        Operation.PAUSE_PRINTER,
        Operation.RESUME_PRINTER,
        Operation.CREATE_PRINTER_SUBSCRIPTIONS,
        Operation.CREATE_JOB_SUBSCRIPTIONS,
        Operation.GET_SUBSCRIPTION_ATTRIBUTES,
        Operation.GET_SUBSCRIPTIONS,
        Operation.RENEW_SUBSCRIPTION,
        Operation.CANCEL_SUBSCRIPTION,
        Operation.GET_NOTIFICATIONS,
    )
    document_formats: tuple[str, ...] = (
        "application/octet-stream",
        "application/pdf",
        "application/postscript",
        "text/plain",
    )
    accepting_jobs: bool = True

    # events that can be fetched, in the vocabulary of RFC 3995 alone, and for how many seconds (RFC 3996 section 8.1)
    pull_methods: tuple[str, ...] = ("ippget",)
    event_life: int = 60
    pulls_granted: bool = True  # else they are listed, and none is made

    # leases, seconds; the shortest is short so that an expiry can be waited for; 0, a lease without end, is granted
    # only if the shortest is 0
    lease_min: int = 2
    lease_max: int = 86_400
    lease_default: int = 3_600
    # a lease without end that is asked for but not supported becomes the longest one ("max") or the nearest number
    endless_lease: Literal["max", "min"] = "max"

    # jobs, seconds; job_history is how many ended jobs are remembered, with their subscriptions
    job_seconds: float = 0.0
    open_job_seconds: int = 120
    cancel_seconds: float = 0.0  # that a job being processed, as open ones are then, goes on (RFC 2911 3.3.3, rule 1)
    job_history: int = 500

    # what is refused and what is ignored.  "ignore": that subscription is not made (section 4.4 of mailto-00 leaves it
    # open); "reject": the whole request is; "accept", "break" (an internal error) and "unsaid" are lies
    missing_user_data: Literal["ignore", "reject", "accept", "break", "unsaid"] = "ignore"
    missing_user_name: Literal["fill", "ignore", "reject", "unsaid"] = "fill"
    anonymous: str = "anonymous"
    # user data of more than 63 octets counts as an unsupported value (RFC 3995 section 5.3.5), or refuses the request
    long_user_data: Literal["unsupported", "reject", "cut", "kept"] = "unsupported"  # cut and kept are lies
    # a notify-format that is not supported is replaced by the default one, or no subscription is made
    unsupported_format: Literal["default", "refuse"] = "default"
    # a subscription none of whose events is supported gets the default ones, or is not made
    unsupported_events: Literal["default", "refuse"] = "default"
    # the keyword or string 'none' as notify-format is taken, and brings what the out-of-band value brings
    string_none_format: bool = True
    # a subscription whose mail was given up is ended; RFC 3995 section 9 wants that where no later mail could do better
    cancel_undeliverable: bool = False
    # a subscription is ended as soon as its recipient is refused for good; None: by the vocabulary, as only RFC 3995
    # section 9 wants it
    cancel_refused: bool | None = None

    # events: disjoint as the drafts have it, or one the sub-value of another as RFC 3995; None: by the vocabulary
    disjoint_events: bool | None = None
    tells_each_match: bool = False  # a value and its sub-value in one subscription bring a notification each

    # rights: jobs and subscriptions are managed by their owner and by operators; names are only compared, since nobody
    # is authenticated
    strangers_may_manage: bool = False
    strangers_may_read: bool = True  # somebody else's subscription, by its number
    operators: tuple[str, ...] = ("operator",)
    # names and passwords; whoever gives none is believed, whoever gives these (HTTP Basic) has proved it
    accounts: tuple[tuple[str, str], ...] = (("Carol Abel", "first-secret"), ("Mallory Chan", "second-secret"))

    security: SecurityPolicy = SecurityPolicy()  # noqa: RUF009 - frozen

    # mail
    delivery_delay: float = 0.0
    retry_delays: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0)
    administrator: str = "printer-admin@printer.example"
    hostname: str = "printer.example"  # in EHLO and Message-ID
    current_time: bool = True  # printer-current-time is supported, and so mails have a Date

    # mail: what the texts leave open
    no_address: Literal["administrator", "drop"] = "administrator"  # user data that is no mail address, mailto-00
    text_encoding: Literal["quoted-printable", "base64", "8bit"] = "quoted-printable"
    word_encoding: Literal["shorter", "q", "b"] = "shorter"  # the two encodings of RFC 2047 section 4
    disposition: Literal["attachment", "inline"] | None = "attachment"
    charset_text: Literal["attachment", "body"] = "attachment"  # where text/plain with another charset goes (ISSUE 06)
    combines_within: float = 0.0  # seconds; what a subscription hears of meanwhile is one mail (mailto-04 section 4)
    free_content: Literal["plain", "alternative"] = "alternative"  # mailto-04 where notify-mailto-text-only is false

    content_names: Literal["drafts", "both"] = "drafts"  # "both": those of RFC 3995 beside those of the drafts
    header_columns: int = 76  # a field is folded before a token that would go beyond
    trace_fields: int = 0  # Received fields, as of relays on the way (RFC 2822 section 3.6.7)
    id_step: int = 1  # from one subscription's or job's number to the next
    tells_charset: bool = True  # notify-charset, which the drafts leave to the printer

    # smtp
    transport: str = "library"  # a key of transports.TRANSPORTS, or of raw_transport.CLIENTS for a lie
    connection: Literal["per-mail", "kept"] = "per-mail"
    max_sessions: int = 32  # at once; a relay that stalls for some recipients must not hold up the others
    relay_access: RelayAccess = RelayAccess()  # noqa: RUF009 - frozen; a bench relay asks for nothing
    smtp_timeout: float = 10.0  # seconds for one reply; RFC 5321 section 4.5.3.2 has minutes, for busy relays

    # ------------------------------------------------------------ lies: the obedient printer has the value given here

    # about Table 1 of mailto-00
    # "by-event": the printer's in mails about jobs alone
    from_name: Literal["printer", "subscriber", "none", "by-event"] = "printer"
    from_whom: Literal["subscriber", "printer", "subscriber-always"] = "subscriber"  # where that is who it has to be
    from_brackets: bool = True
    sender_name: Literal["subscriber", "printer", "none"] = "subscriber"
    sender_whom: Literal["subscriber", "printer"] = "subscriber"
    sender_brackets: bool = True
    replies_to: Literal["from", "printer"] = "from"
    to_whom: Literal["recipient", "subscriber", "uri"] = "recipient"
    subject: Literal["whole", "without-prefix", "lower-case-prefix", "empty", "greeting"] = "whole"
    field_left_out: str = ""
    field_twice: str = ""

    # about the envelope
    return_to: Literal["subscriber", "printer", "nobody"] = "subscriber"
    gives_up: Literal["refused-for-good", "never"] = "refused-for-good"  # before no attempt is left
    rcpt: Literal["one", "copy-to-printer", "in-capitals", "as-in-the-uri"] = "one"
    no_mail_for: Literal["nobody", "html", "printer-events", "printed-jobs"] = "nobody"

    # about the text and what is beside it
    body_charset: str = "us-ascii"  # the label only
    body_tail: bytes = b""
    body_html: Literal["never", "alone", "before-the-text"] = "never"  # where nothing is attached
    facts_left_out: tuple[str, ...] = ()  # keys of words.LABELS, and "headline"
    names_jobs: bool = True
    ends_told_as_beginnings: bool = False  # in Subject and body
    up_time_unit: float = 1.0  # seconds
    form_place: Literal["behind", "before", "alone", "nowhere"] = "behind"  # of what the format asks for, by the body
    form_label: Literal["asked", "without-charset", "other-octets", "windows-1252"] = "asked"
    machine_octets_cut: int = 0  # off the end of application/ipp
    attaches_unasked: Literal["never", "for-none", "for-the-word-none", "for-plain"] = "never"

    # about the mails of mailto-04
    free_text: Literal["same", "shorter", "none", "html-alone"] = "same"  # in mails that may have several parts
    text_charset: str = ""  # whatever was asked for
    foreign_for: str = ""  # subscriptions of that notify-format are told in another language, here and above
    only_english: Literal["nothing", "subject", "body"] = "nothing"
    subscriber_shown: Literal["as-given", "address"] = "as-given"
    stand_in: str = ""  # the field that has the administrator where the user data are no mailbox
    date_of: Literal["event", "attempt"] = "event"
    event_time: Literal["clock", "up-time"] = "clock"  # in the text; up-time: there is no clock either
    stop_told_late: float = 0.0  # seconds; to subscribers who want text only

    # about the subscriptions of mailto-04
    text_only_values: tuple[bool, ...] = (True, False)
    text_only_default: bool = False
    text_only_obeyed: bool = True
    takes_plus: bool = True  # in the recipient's address
    user_data_needed: bool = False
    invented_user_data: bytes | None = None

    # about subscriptions and the relay
    takes_job_subscriptions: bool = True
    user_data_form: Literal["bare", "uri"] = "bare"  # of per-printer subscriptions
    user_data_told: Literal["kept", "in-capitals"] = "kept"
    user_data_octets: int = 63  # that are kept
    recipient_told: Literal["kept", "without-scheme"] = "kept"
    recipient_kept: Literal["as-supplied", "in-lower-case"] = "as-supplied"
    tells_format: bool = True
    relay_told: Literal["host", "missing", "no-value", "words", "integer", "uri", "elsewhere"] = "host"

    # about events: who hears of which, how often, until when
    unasked_event: str = ""  # everybody hears of it
    unheard_event: str = ""  # nobody does, nor of another event because of it
    event_told_twice: str = ""  # in two mails, each with a number of its own
    creation_told: Literal["at-once", "with-the-document"] = "at-once"  # of jobs that come without one
    # what is told by 'ippget' and not by mail
    ends_unmailed: Literal["none", "of-cancelled-jobs", "of-jobs-cancelled-in-print", "of-long-names"] = "none"
    changes_unmailed: Literal["none", "holds", "releases"] = "none"  # of a job's state
    reach: Literal["as-told", "every-job", "subscribers-jobs", "jobs-only", "beyond-the-job"] = "as-told"
    cancels: Literal["it", "it-later", "its-reading-first", "its-twins", "its-job-events"] = "it"
    twins: Literal["two", "one", "two-with-one-mail"] = "two"
    mail_for_each_event: bool = True
    mail_order: Literal["oldest-first", "newest-first"] = "oldest-first"

    # about sequence numbers
    numbering: Literal[
        "from-1", "from-0", "with-a-gap", "with-a-repetition", "by-two", "of-the-printer", "anew-when-renewed",
        "by-attempts",
    ] = "from-1"  # fmt: skip
    number_told: Literal["last", "next", "none", "0"] = "last"
    content_number: Literal["own", "1"] = "own"

    # about what is granted
    # what is done to an unsupported one without a word
    format_unsaid: Literal["never", "replaced", "ignored"] = "never"
    notify_charset_rules: Literal["never", "over-a-parameter", "without-a-parameter"] = "never"  # a text's charset

    # about application/ipp content
    content_left_out: str = ""
    content_wrong: str = ""  # an attribute that has another value than it should
    content_mistagged: str = ""  # an attribute of a syntax that is not its own
    content_head: Literal["charset-first", "language-first"] = "charset-first"
    content_charset: Literal["subscription", "configured", "only-named"] = "subscription"
    content_language: Literal["subscription", "configured"] = "subscription"
    content_events: Literal["one", "two", "another-beside"] = "one"

    # about what comes from outside; a dialogue or a message that is wrong in itself is another ``transport``
    leaks: Literal[
        "nothing", "job-name", "user-name", "unquoted-name", "user-data", "user-data-in-mail", "parameters-in-path",
        "parameters-as-recipients",
    ] = "nothing"  # fmt: skip

    # about what a subscription tells of itself
    events_told: Literal["kept", "default", "none"] = "kept"
    number_read: Literal["given", "another", "none"] = "given"  # by Get-Subscription-Attributes
    printer_uri_told: str = ""  # in place of the one in the create request; "/..." is another name of this printer
    up_time_told: Literal["now", "at-creation"] = "now"
    up_time_slips: Literal["never", "back", "to-one", "for-good", "over"] = "never"  # as the printer tells of itself
    persistence_told_by: tuple[str, ...] = ("creation", "reading")
    lease_end_told: Literal["time", "duration", "nothing"] = "time"
    lease_told_by: tuple[str, ...] = ("creation", "renewal")
    job_has_lease: bool = False  # where RFC 3995 rules
    job_lease_told: int = 0  # notify-lease-expiration-time of a job's subscription in the drafts
    lease_clock_behind: int = 0  # seconds, of the up time in answers that grant a lease
    read_wrong: str = ""  # an attribute, by its name in the drafts, of subscriptions for HTML that are read one by one
    listed_wrong: str = ""  # one that Get-Subscriptions tells otherwise than it is
    default_format_told: str = ""  # of subscriptions that asked for no format, and get another

    # about what else is granted
    omitted_events: Literal["default", "many"] = "default"
    excess_events: Literal["by-the-text", "refused", "unsaid", "kept"] = "by-the-text"
    unsupported_charset: Literal["replaced", "unsaid", "kept", "refused"] = "replaced"
    unsupported_language: Literal["replaced", "unsaid", "kept", "refused"] = "replaced"
    unsupported_lease: Literal["nearest", "farthest", "endless", "as-asked"] = "nearest"
    omitted_lease: Literal["default", "longest"] = "default"
    job_lease: Literal["returned", "unsaid"] = "returned"  # where RFC 3995 rules
    missing_recipient: Literal["by-the-text", "ignored", "subscriber"] = "by-the-text"
    unsupported_scheme: Literal["ignored", "unsaid", "taken", "refuses-all"] = "ignored"  # unsaid: to jobs only
    unknown_mailboxes: tuple[str, ...] = ()  # ends of local parts that are refused
    mails_third_parties: bool = True

    # about numbers
    numbers_reused: bool = False

    # about leases
    lease_ends: Literal["it", "nothing", "its-reading", "it-at-half", "its-mails-at-half"] = "it"
    first_mail_ends: str = ""  # the subscriptions with that notify-format, whatever is left of their lease
    renewal: Literal["done", "only-said", "even-of-the-ended", "of-the-default"] = "done"
    job_renewal: Literal["by-the-text", "refused", "granted"] = "by-the-text"
    changed_lease_said: bool = True  # by a status, where RFC 3995 rules

    # about users
    claims_believed: bool = True  # those of requesting-user-name
    proof_first: bool = True
    strangers: Literal["may-not", "may-cancel", "cancel-though-refused", "may-renew", "renew-though-refused"] = (
        "may-not"
    )

    # about operations, and what is listed
    operations_unlisted: tuple[Operation, ...] = ()
    said_to_fail: tuple[Operation, ...] = ()  # operations that are carried out, and answered with an error
    succeeds_at_nothing: tuple[Operation, ...] = ()  # on subscriptions that there never were
    lists_schemes: bool = True
    scheme_colon: bool = False  # behind the name
    formats_unlisted: tuple[str, ...] = ()
    events_unlisted: tuple[str, ...] = ()
    added_to: Literal["job", "printer"] = "job"  # what Create-Job-Subscriptions brings
    validation_makes: bool = False
    listing: Literal[
        "as-asked", "of-jobs-too", "beyond-the-limit", "of-everybody", "in-full", "only-numbers", "twice",
        "never-empty", "recipients-mixed-up", "first-of-a-job",
    ] = "as-asked"  # fmt: skip

    # about limits, and how answers tell of them
    full_job: Literal["drops", "drops-unsaid", "refuses", "takes-more"] = "drops"
    full_printer: Literal["refuses", "takes-more", "loses-one"] = "refuses"
    answers_in: Literal["subscription-groups", "operation-group"] = "subscription-groups"  # where there is one alone
    answer_groups: Literal["each", "of-the-made", "backwards"] = "each"
    numbers_what_is_not: bool = False
    tells_group_status: bool = True
    statuses_told: tuple[tuple[Status, Status], ...] = ()  # the right one, and what is told in its place

    @property
    def traits(self) -> Traits:
        """What the mail rules of its edition have apart from others."""
        return TRAITS[self.edition]


OBEDIENT = Policy()
