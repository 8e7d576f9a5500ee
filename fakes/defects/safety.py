"""Lies about the transfer and the message: a dialogue that breaks SMTP, a mail nobody can read, data let through."""

from __future__ import annotations

from typing import Final

from conformance.vocabulary import Edition

from .row import Defect

RUN: Final = ("printer/description", "job/omitted")  # the whole run is looked at, and there is a mail in it


def _client(
    lie: str, says: str, breaks: tuple[str, ...], client: str, *on: str, likewise: tuple[str, ...] = ()
) -> Defect:
    return Defect(lie, says, breaks, {"transport": client}, (*RUN, *on), likewise=likewise)


DIALOGUE: Final = (
    _client("hello-omitted", "The dialogue begins with MAIL.", ("S-hello",), "no-hello"),
    _client("hello-without-name", "HELO stands alone.", ("S-hello",), "nameless-hello"),
    _client("hello-beyond-ascii", "The name in EHLO has an umlaut.", ("S-7bit", "S-name"), "hello-beyond-ascii"),
    _client("hello-of-words", "EHLO has a phrase.", ("S-name",), "hello-of-words"),
    _client(
        "parameter-not-offered", "RCPT asks for something that was not offered.", ("S-params",), "parameter-not-offered"
    ),
    _client("words-behind-a-path", "RCPT has a remark behind its path.", ("S-params",), "words-behind-a-path"),
    _client("spaced-paths", "A blank stands before the bracket of MAIL and RCPT.", ("S-path",), "spaced-paths"),
    _client(
        "spaces-within-paths", "Blanks stand around an address in its brackets.", ("S-path",), "spaces-within-paths"
    ),
    _client(
        "parameter-of-another-command",
        "RCPT has a parameter that was offered for MAIL.",
        ("S-params",),
        "parameter-of-another-command",
    ),
    _client("no-brackets", "MAIL FROM: and RCPT TO: are followed by bare addresses.", ("S-path",), "no-brackets"),
    _client("no-colon", "MAIL FROM and RCPT TO have no colon.", ("S-path",), "no-colon"),
    _client("bare-lf-commands", "Commands end with LF.", ("S-crlf",), "lf-commands"),
    _client("talks-before-answers", "MAIL and RCPT are sent at once, unasked.", ("S-order",), "impatient"),
    _client("message-before-354", "The message follows DATA without the 354.", ("S-order",), "message-first"),
    _client(
        "reads-one-line-of-an-answer",
        "Each line of an answer counts as one.",
        ("S-multiline",),
        "line-by-line",
        "lines",
    ),
    _client(
        "stops-at-multiline-greeting",
        "A greeting of several lines is an error.",
        ("S-multiline",),
        "one-line-greeting",
        "lines",
    ),
    _client(
        "drops-at-multiline-greeting",
        "It breaks off at the first line of a greeting of several.",
        ("S-multiline",),
        "first-line-greeting",
        "lines",
    ),
    _client(
        "takes-4yz-for-success", "Only answers of 500 and above stop it.", ("S-4yz",), "heeds-5yz-only", "refused-4yz"
    ),
    _client(
        "message-after-5yz",
        "Refused recipients do not keep it from sending.",
        ("S-5yz",),
        "heeds-4yz-only",
        "refused-5yz",
    ),
    _client("quit-omitted", "The connection is closed without QUIT.", ("S-quit",), "no-goodbye", "sequence"),
    _client(
        "quit-unanswered",
        "The connection is closed a moment after QUIT.",
        ("S-quit",),
        "hasty-goodbye",
        "slow",
    ),
    _client(
        "sends-twice",
        "Each mail is sent two times.",
        ("S-once", "4.2-2", "4.7-4", "N-20", "N-22"),
        "twice",
        "once",
        "job/only-created",
        "job/ipp",
        "printer/burst-ipp",
    ),
    _client(
        "sends-twice-in-more-words",
        "Each mail is sent two times, the second time under another Message-ID and with a line more.",
        ("S-once", "N-22"),
        "twice-in-more-words",
        "printer/event-job-state-changed",
        "job/event-job-state-changed",
        "printer/event-printer-state-changed",
        likewise=("4.2-2", "4.7-1", "4.7-4", "N-20"),  # the second has the number of the first
    ),
    _client(
        "sends-again-after-lost-goodbye",
        "A mail whose QUIT was not answered is sent again.",
        ("S-once",),
        "again-without-goodbye",
        "once",
    ),
    _client("hello-of-an-address", "EHLO has the printer's bare address.", ("S-name",), "address-for-a-name"),
    Defect(
        "refused-and-tried-again",
        "A mail whose recipient was refused for good is tried again.",
        ("S-5yz",),
        {"gives_up": "never"},
        (*RUN, "refused-for-good"),
    ),
    _client("size-in-words", "MAIL tells the size of the message in a word.", ("S-params",), "size-in-words"),
)

OCTETS: Final = (
    _client("bare-lf-message", "Lines of the body end with LF.", ("S-crlf",), "lf-in-the-body"),
    _client("lone-cr-in-a-field", "A CR stands alone in a header field.", ("S-crlf",), "lone-cr"),
    _client("nul-in-body", "The last line of the body is a NUL.", ("S-nul",), "nul-in-the-body"),
    _client("long-line", "A header field has 1,100 octets on one line.", ("S-line",), "long-field"),
    _client("dot-not-stuffed", "Lines that begin with a dot are sent as they are.", ("S-dot",), "no-stuffing", "dots"),
    _client("eight-bit-field", "A header field has Latin-1 in it.", ("S-7bit",), "field-beyond-ascii"),
    _client(
        "eight-bit-subject", "The Subject is raw UTF-8.", ("S-7bit",), "subject-in-utf-8", "awkward/names-two-octets"
    ),
    _client("eight-bit-unlabelled", "A text of seven bits ends in Latin-1.", ("S-7bit", "4.3-3"), "text-beyond-ascii"),
    Defect(
        "seven-bits-declared",
        "MAIL tells of seven bits, and the message has eight.",
        ("S-7bit",),
        {"transport": "seven-bits-declared"},
        (*RUN, "overruled"),
    ),
)

MESSAGE: Final = (
    _client(
        "space-before-colon", "A space stands before the colon of Subject.", ("S-header",), "space-before-the-colon"
    ),
    _client("header-line-without-colon", "A line of the header is no field.", ("S-header",), "line-without-colon"),
    _client("blank-folded-line", "A folded field has an empty line in it.", ("S-header",), "blank-fold"),
    _client("unquoted-dot-in-name", "A display name has a dot, and no quotes.", ("S-addr",), "bare-dot-in-a-name"),
    _client(
        "boundary-never-closed",
        "The last boundary of a multipart is missing.",
        ("S-mime",),
        "boundary-not-closed",
        "job/html",
    ),
    _client("wrong-base64", "Lines of base64 begin with a star.", ("S-mime",), "stars-in-base64", "job/ipp"),
    _client("misspelt-encoding", "The encoding is called 7-bit.", ("S-mime",), "encoding-misspelt"),
    _client("unknown-mime-version", "MIME-Version is 1.1.", ("S-mime",), "other-mime-version"),
    Defect(
        "encoding-unsaid",
        "A text is in quoted-printable and does not say so.",
        ("S-mime",),
        {"transport": "encoding-unsaid"},
        ("beyond-ascii",),
        edition=Edition.MAILTO_04,
        vocabulary="rfc3995",
    ),
    _client("empty-parameter", "A semicolon ends the media type.", ("S-mime",), "empty-parameter"),
    _client("stranger-in-cc", "Cc names somebody who gets no copy.", ("3-6",), "stranger-in-cc"),
    _client("resent-to-a-stranger", "Resent-To names somebody else.", ("3-6",), "resent-to-a-stranger"),
    _client("broken-cc", "Cc is no list of addresses.", ("S-addr",), "broken-cc"),
    _client("wrong-weekday", "Date has another day of the week.", ("S-date",), "another-weekday"),
    _client("date-of-a-log", "Date is written as in a log.", ("S-date",), "date-of-a-log"),
    _client("bare-message-id", "Message-ID has no brackets.", ("S-id",), "bare-message-id"),
    _client("split-character", "A character is split over two encoded words.", ("S-words",), "split-character"),
    _client("glued-word", "An encoded word is glued to another word.", ("S-words",), "glued-word"),
    _client(
        "word-in-a-parameter", "A file's name is an encoded word.", ("S-words",), "word-in-a-parameter", "job/html"
    ),
    _client("one-message-id", "All mails have one Message-ID.", ("S-id",), "one-message-id", "printer/omitted"),
    _client("html-without-words", "The part of HTML has no word in it.", ("5.1-1", "N-21"), "empty-html", "job/html"),
    _client(
        "postscript-without-octets", "The part of PostScript is empty.", ("5.1-1",), "empty-postscript", "postscript"
    ),
    _client(
        "two-contents",
        "The part for programs is there twice.",
        ("N-22",),
        "two-contents",
        "job/ipp",
        likewise=("4.7-4",),  # both have one number
    ),
    Defect("two-message-ids", "Message-ID is there twice.", ("S-single",), {"field_twice": "Message-ID"}, RUN),
    Defect("two-dates", "Date is there twice.", ("S-single",), {"field_twice": "Date"}, RUN),
    Defect(
        "missing-mime-version",
        "There is no MIME-Version.",
        ("S-mime", "5.1-1"),
        {"field_left_out": "MIME-Version"},
        (*RUN, "job/utf-8"),
    ),
)

OUTSIDE: Final = (
    Defect(
        "crlf-in-job-name-injects-header",
        "Line breaks of a job's name are kept in Subject.",
        ("S-inject", "S-header"),
        {"leaks": "job-name"},
        ("awkward/job-crlf-field", "awkward/job-crlf-blank-fold"),
        likewise=(
            "3-6",
            "4.4-3",
            "5-3",
            "T1-Sender-1",
            "T1-To-1",
        ),  # the blank line ends the header, also for who hears of all jobs
    ),
    Defect(
        "crlf-in-user-name-injects-header",
        "Line breaks of the subscriber's name are kept in Sender.",
        ("S-inject", "S-header", "S-addr"),
        {"leaks": "user-name"},
        ("awkward/user-crlf-field", "awkward/user-crlf-blank-fold"),
    ),
    Defect(
        "name-not-quoted",
        "The subscriber's name stands in Sender as it is.",
        ("S-addr", "T1-Sender-1", "4.4-3"),
        {"leaks": "unquoted-name"},
        ("awkward/names-commas",),
    ),
    Defect(
        "crlf-in-user-data-injects-header",
        "Only the first line of the user data is checked.",
        ("S-inject",),
        {"leaks": "user-data"},
        ("awkward/user-data-crlf-field", "awkward/user-data-crlf-bcc"),
    ),
    Defect(
        "crlf-in-user-data-injects-recipient",
        "MAIL FROM has the user data, whatever stands behind an address.",
        ("S-inject",),
        {"leaks": "user-data-in-mail"},
        ("awkward/user-data-crlf-rcpt",),
    ),
    Defect(
        "parameters-in-rcpt",
        "RCPT has the recipient's URL with its parameters.",
        ("ISSUE-03",),
        {"leaks": "parameters-in-path"},
        ("parameters",),
    ),
    Defect(
        "parameters-add-recipients",
        "Addresses among the parameters get the mail as well.",
        ("ISSUE-03",),
        {"leaks": "parameters-as-recipients"},
        ("parameters",),
    ),
)

DEFECTS: Final[tuple[Defect, ...]] = (*DIALOGUE, *OCTETS, *MESSAGE, *OUTSIDE)
