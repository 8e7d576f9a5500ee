"""Lies about the mail itself: Table 1, the envelope, the formats, the user data, the relay."""

from __future__ import annotations

from typing import Final

from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.printer.conditions import About

from .row import Defect

FROM: Final = ("T1-From-1", "1-6")
SUBJECT: Final = ("T1-Subject-1", "T1-Subject-2", "1-7")
ANY: Final = ("job/omitted",)  # every mail shows it
BOTH: Final = ("job/omitted", "printer/omitted")

TABLE_1: Final = (
    Defect(
        "from-shows-the-user-name",
        "From has the subscriber's name where the printer's belongs.",
        FROM,
        {"from_name": "subscriber"},
        BOTH,
    ),
    Defect(
        "from-shows-the-user-name-in-printer-events",
        "From has the subscriber's name in mails about the printer, and the printer's in those about jobs.",
        FROM,
        {"from_name": "by-event"},
        ("event-printer-state-changed",),
    ),
    Defect("from-without-name", "From is an address with no name to it.", FROM, {"from_name": "none"}, ANY),
    Defect(
        "from-without-brackets",
        "From is a bare address, the name follows in a comment.",
        (*FROM, "4.4-2"),
        {"from_brackets": False},
        ANY,
    ),
    Defect(
        "from-has-another-address",
        "From has the printer's own address.",
        ("T1-From-1", "4.4-2", "T1-From-3"),
        {"from_whom": "printer"},
        BOTH,
    ),
    Defect("from-missing", "There is no From.", (*FROM, "5-3", "4.4-2", "T1-From-3"), {"field_left_out": "From"}, ANY),
    Defect(
        "two-from-fields",
        "From is there twice.",
        (*FROM, "5-3", "4.4-2", "T1-From-3", "S-single"),
        {"field_twice": "From"},
        (*ANY, "printer/description"),
    ),
    Defect("sender-missing", "There is no Sender.", ("5-3", "T1-Sender-1", "4.4-3"), {"field_left_out": "Sender"}, ANY),
    Defect(
        "two-sender-fields",
        "Sender is there twice.",
        ("5-3", "T1-Sender-1", "4.4-3", "S-single"),
        {"field_twice": "Sender"},
        (*ANY, "printer/description"),
    ),
    Defect(
        "sender-shows-the-printer-name",
        "Sender has the printer's name where the subscriber's belongs.",
        ("T1-Sender-1",),
        {"sender_name": "printer"},
        ANY,
    ),
    Defect(
        "sender-without-name",
        "Sender is an address with no name to it.",
        ("T1-Sender-1",),
        {"sender_name": "none"},
        ANY,
    ),
    Defect(
        "sender-has-another-address",
        "Sender has the printer's own address.",
        ("T1-Sender-1", "4.4-3"),
        {"sender_whom": "printer"},
        BOTH,
    ),
    Defect(
        "sender-without-brackets",
        "Sender is a bare address, the name follows in a comment.",
        ("T1-Sender-1",),
        {"sender_brackets": False},
        ANY,
    ),
    Defect("reply-to-elsewhere", "Reply-To leads to the printer.", ("T1-From-3",), {"replies_to": "printer"}, ANY),
    Defect("to-missing", "There is no To.", ("5-3", "T1-To-1"), {"field_left_out": "To"}, ANY),
    Defect(
        "two-to-fields",
        "To is there twice.",
        ("5-3", "T1-To-1", "S-single"),
        {"field_twice": "To"},
        (*ANY, "printer/description"),
    ),
    Defect("to-has-another-address", "To names the subscriber.", ("T1-To-1",), {"to_whom": "subscriber"}, ANY),
    Defect(
        "to-keeps-the-scheme",
        "To is the whole URI, scheme and all.",
        ("T1-To-1", "S-addr"),
        {"to_whom": "uri"},
        (*ANY, "printer/description"),
    ),
    Defect(
        "subject-missing",
        "There is no Subject.",
        (*SUBJECT, "T1-Subject-3", "5-3"),
        {"field_left_out": "Subject"},
        ANY,
    ),
    Defect(
        "two-subjects",
        "Subject is there twice.",
        (*SUBJECT, "T1-Subject-3", "5-3", "S-single"),
        {"field_twice": "Subject"},
        (*ANY, "printer/description"),
    ),
    Defect(
        "subject-empty",
        "Subject has no text.",
        (*SUBJECT, "T1-Subject-3"),
        {"subject": "empty"},
        ANY,
    ),
    Defect("subject-without-prefix", "Subject begins with the event.", SUBJECT, {"subject": "without-prefix"}, BOTH),
    Defect(
        "subject-prefix-in-lower-case",
        "Subject begins with the prefix, but in lower case.",
        SUBJECT,
        {"subject": "lower-case-prefix"},
        ANY,
    ),
    Defect(
        "subject-says-nothing",
        "Subject has the prefix, and a greeting behind it.",
        ("T1-Subject-1",),
        {"subject": "greeting"},
        ANY,
    ),
    Defect("no-date", "There is no Date.", ("5-3",), {"field_left_out": "Date"}, BOTH),
)

ENVELOPE: Final = (
    Defect(
        "envelope-sender-is-the-printer",
        "What cannot be delivered goes back to the printer.",
        ("T1-Sender-2",),
        {"return_to": "printer"},
        ANY,
    ),
    Defect(
        "envelope-sender-is-nobody",
        "The reverse-path is null, so that nobody hears of mail that cannot be delivered.",
        ("T1-Sender-2",),
        {"return_to": "nobody"},
        ANY,
    ),
    Defect(
        "two-recipients-in-one-session",
        "Each mail goes to the printer's administrator as well.",
        ("3-6",),
        {"rcpt": "copy-to-printer"},
        ANY,
    ),
    Defect(
        "copies-that-look-like-notices",
        "Each mail goes to the subscriber as well, with a null reverse-path, as notices of undelivered mail do.",
        ("3-6",),
        {"transport": "copies-to-the-sender"},
        ANY,
    ),
    Defect(
        "copies-to-the-name-elsewhere",
        "Each mail goes to the recipient's name in another domain as well.",
        ("3-6",),
        {"transport": "copies-to-the-name-elsewhere"},
        ANY,
    ),
    Defect(
        "recipient-in-capitals",
        "The local part of the recipient's address is written in capitals.",
        ("3-7",),
        {"rcpt": "in-capitals"},
        ANY,
    ),
    Defect(
        "percent-encoding-kept",
        "RCPT has the address as the URI spells it.",
        ("3-7",),
        {"rcpt": "as-in-the-uri"},
        ("percent-encoded",),
    ),
    Defect(
        "no-mail-for-html",
        "There is no mail where HTML was asked for.",
        ("1-2",),
        {"no_mail_for": "html"},
        ("job/html",),
    ),
    Defect(
        "no-mail-for-printed-jobs",
        "There is no mail about a job that has a document, only about those that are cancelled without one.",
        ("1-2",),
        {"no_mail_for": "printed-jobs"},
        ("printed",),
    ),
    Defect(
        "no-mail-for-printer-events",
        "There is no mail about the printer's own events.",
        ("1-2", "4.2-2", "N-19"),
        {"no_mail_for": "printer-events"},
        ("printer/state-changed", "job/event-printer-state-changed"),
    ),
)

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
        ("4.3-2", "4.3-3"),
        {"body_html": "alone"},
        ("plain", "none"),
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

DEFECTS: Final[tuple[Defect, ...]] = (*TABLE_1, *ENVELOPE, *TEXT, *FORMATS, *SUBSCRIPTIONS, *RELAY)
