"""Lies about the mail itself: Table 1 and the envelope."""

from __future__ import annotations

from typing import Final

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

FOREIGN: Final = (
    Defect(
        "postscript-is-told-in-another-language",
        "Who asked for PostScript has the text in the printer's other language.",
        ("9-2",),
        {"foreign_for": "application/postscript"},
        ("format", "two-languages"),
    ),
)

UNTRUE: Final = tuple(
    Defect(flaw, says, (broken,), {"transport": flaw}, ("plain", *ANY, "event-job-created", "human"), about=about)
    for flaw, says, broken, about in (
        ("date-of-another-year", "Date is years away from the printer's clock.", "5-3", About.ANYTHING),
        ("name-of-another-job", "The HTML has another job's name behind the label.", "N-21", About.JOBS),
        ("number-of-another-job", "The text has a number that is not the job's.", "N-21", About.JOBS),
        ("owner-of-another-job", "The text has an owner who is not the job's.", "N-21", About.JOBS),
        ("state-of-another-job", "The text has a state that the job did not come to.", "N-21", About.JOBS),
        ("pages-of-another-job", "The HTML has a number that is not the job's.", "N-21", About.JOBS),
        ("pages-of-beginnings", "The HTML says of a job that has ended that it was created.", "N-21", About.JOBS),
        ("time-of-another-year", "The text has a time years away from the printer's clock.", "N-21", About.ANYTHING),
    )
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
        ("3-6", "N-22", "S-once", "T1-Sender-2"),  # the last three where the subscriber has a subscription as well
        {"transport": "copies-to-the-sender"},
        (*ANY, "third-party"),
    ),
    Defect(
        "copies-to-the-name-elsewhere",
        "Each mail goes to the recipient's name in another domain as well.",
        ("3-6",),
        {"transport": "copies-to-the-name-elsewhere"},
        ANY,
    ),
    Defect(
        "copies-to-a-stranger",
        "Each mail goes to a stranger as well, as if he had a subscription of his own.",
        ("3-6",),
        {"transport": "copies-to-a-stranger"},
        ("printer/user-data", "printer/many", *ANY, "printer/omitted"),
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
        "no-mail-for-jobs-cancelled-in-print",
        "There is no mail about the end of a job that was cancelled while it was printed.",
        ("1-2",),
        {"ends_unmailed": "of-jobs-cancelled-in-print", "job_seconds": 1.0},
        ("cancelled-in-print",),
    ),
    Defect(
        "no-mail-for-long-names",
        "There is no mail about a job whose name has more than 100 characters.",
        ("1-2",),
        {"ends_unmailed": "of-long-names"},
        ("long",),
    ),
    Defect(
        "no-mail-for-printer-events",
        "There is no mail about the printer's own events.",
        ("1-2", "4.2-2", "N-19"),
        {"no_mail_for": "printer-events"},
        ("printer/state-changed", "job/event-printer-state-changed"),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*TABLE_1, *UNTRUE, *FOREIGN, *ENVELOPE)
