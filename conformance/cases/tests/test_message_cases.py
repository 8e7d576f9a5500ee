"""The cases on the message, on mails written down for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.cases import test_fields, test_message
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .written_mail import FROM, MIME, TO, TWO, mail
from .written_run import WrittenRun

Case = Callable[[PlayRecord], None]

LINES = test_message.test_each_header_line_is_a_field
ADDRESSES = test_message.test_addresses_follow_the_grammar
VERSION = test_message.test_mime_is_announced
PARTS = test_message.test_mime_is_well_formed
SINGLE = test_fields.test_no_field_is_there_twice_that_may_be_there_once
DATES = test_fields.test_a_date_is_one_by_grammar_and_calendar
IDENTITY = test_fields.test_a_message_id_is_one_by_the_grammar
STRANGERS = test_fields.test_no_field_names_somebody_else_as_a_recipient
WORDS = test_fields.test_encoded_words_can_be_read


LEGAL: dict[str, tuple[Case, str]] = {
    "folded-field": (LINES, "Subject: a\\r\\n b\\r\\n\\tc\\r\\n\\r\\nx"),
    "field-without-value": (LINES, "Comments:\\r\\n\\r\\nx"),
    "header-only": (LINES, FROM + TO.removesuffix("\\r\\n")),
    "quoted-special": (ADDRESSES, 'From: "Bob, J. \\\\"x\\\\"" <b@x.example>\\r\\n\\r\\nx'),
    "encoded-word": (ADDRESSES, "From: =?utf-8?q?J=C3=BCrgen?= <b@x.example>\\r\\n\\r\\nx"),
    "comment": (ADDRESSES, "From: b@x.example (Bob, the printer)\\r\\n\\r\\nx"),
    "bare-address": (ADDRESSES, "From: b@x.example\\r\\n\\r\\nx"),
    "route": (ADDRESSES, "To: <@a.example:r1.1.s@here.example>\\r\\n\\r\\nx"),
    "group-in-to": (ADDRESSES, "To: subscribers: r1.1.s@here.example;\\r\\n\\r\\nx"),
    "control-in-quotes": (ADDRESSES, 'From: "a\\x07b" <b@x.example>\\r\\n\\r\\nx'),
    "charset-of-the-iana-registry": (ADDRESSES, "From: =?windows-31j?Q?P?= <b@x.example>\\r\\n\\r\\nx"),
    "charset-unknown-here": (ADDRESSES, "From: =?x-mine?Q?P?= <b@x.example>\\r\\n\\r\\nx"),
    "space-around-dots": (ADDRESSES, "From: P <p . q@x .(c)example>\\r\\n\\r\\nx"),
    "version-with-comment": (VERSION, "MIME-Version: 1.0 (by me)\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "version-lower-case": (VERSION, "mime-version:1.0\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "closed-multipart": (PARTS, TWO + "\\r\\ntwo\\r\\n--b--"),
    "disposition-is-not-mime's-own": (
        PARTS,
        MIME + "Content-Type: text/plain\\r\\nContent-Disposition: inline; filename=a b.txt\\r\\n\\r\\nx",
    ),
    "space-and-comment-in-the-type": (PARTS, MIME + "Content-Type: text / (c)plain\\r\\n\\r\\nx"),
    "unknown-charset": (PARTS, MIME + "Content-Type: text/plain; charset=x-mine\\r\\n\\r\\nx"),
    "twice-what-may-be-there-twice": (
        SINGLE,
        "Comments: a\\r\\nComments: b\\r\\nKeywords: c\\r\\nKeywords: d\\r\\n\\r\\nx",
    ),
    "no-date-at-all": (DATES, FROM + "\\r\\nx"),
    "date-with-nested-comment": (DATES, "Date: Sun, 22 Nov 2026 12:00:30(\\\\)) +0000 (UTC (Zulu))\\r\\n\\r\\nx"),
    "date-of-rfc-822": (DATES, "Date: 22 Nov 26 12:00 EST\\r\\n\\r\\nx"),
    "message-id": (IDENTITY, "Message-ID: <1.2.a+b@p.example> (one)\\r\\n\\r\\nx"),
    "message-id-quoted-and-with-a-literal": (IDENTITY, 'Message-ID: <"a b"@[192.0.2.1]>\\r\\n\\r\\nx'),
    "message-id-of-a-host-without-dots": (IDENTITY, "Message-ID: <1@printer>\\r\\n\\r\\nx"),
    "words-of-a-charset-unknown-here": (WORDS, "Subject: =?x-mine?Q?P?=\\r\\n\\r\\nx"),
    "words-in-a-comment": (WORDS, "Date: 22 Nov 2026 12:00:30 +0000 (=?utf-8?q?M=C3=BCnchen?=)\\r\\n\\r\\nx"),
    "neighbouring-words": (WORDS, "Subject: =?utf-8?q?a?=\\r\\n =?utf-8?q?_b?= c\\r\\n\\r\\nx"),
    "cc-and-empty-bcc": (ADDRESSES, "Cc: a@b.example, Bob <b@c.example>\\r\\nBcc:\\r\\n\\r\\nx"),
    "blanks-behind-a-parameter": (PARTS, MIME + 'Content-Type: text/plain; charset="us-ascii" \\r\\n\\r\\nx'),
    "comment-behind-a-parameter": (PARTS, MIME + 'Content-Type: text/plain; charset="us-ascii" (c)\\r\\n\\r\\nx'),
    "raw-octets-are-judged-elsewhere": (PARTS, MIME + "Content-Type: text/plain\\r\\n\\r\\n\\xfc"),
}
GUILTY: dict[str, tuple[Case, str]] = {
    "no-colon": (LINES, "Subject: a\\r\\nhello there\\r\\n\\r\\nx"),
    "space-before-colon": (LINES, "Subject : a\\r\\n\\r\\nx"),
    "first-line-folded": (LINES, " a\\r\\nSubject: a\\r\\n\\r\\nx"),
    "blank-fold": (LINES, "Subject: a\\r\\n  \\r\\n b\\r\\n\\r\\nx"),
    "header-beyond-ascii": (LINES, "Betreff\\xfc: a\\r\\n\\r\\nx"),
    "comma-without-quotes": (ADDRESSES, "From: Jones, Bob <b@x.example>\\r\\n\\r\\nx"),
    "dot-without-quotes": (ADDRESSES, "Reply-To: J. Jones <b@x.example>\\r\\n\\r\\nx"),
    "name-beyond-ascii": (ADDRESSES, "From: J\\xfcrgen <b@x.example>\\r\\n\\r\\nx"),
    "encoded-word-in-quotes": (ADDRESSES, 'From: "=?utf-8?q?J=C3=BCrgen?=" <b@x.example>\\r\\n\\r\\nx'),
    "no-address": (ADDRESSES, "From: The Printer\\r\\n\\r\\nx"),
    "bracket-not-closed": (ADDRESSES, "Sender: Bob <b@x.example\\r\\n\\r\\nx"),
    "two-dots-in-a-row": (ADDRESSES, "To: <a..b@x.example>\\r\\n\\r\\nx"),
    "no-version": (VERSION, "Content-Type: text/plain\\r\\n\\r\\nx"),
    "other-version": (VERSION, "MIME-Version: 2.0\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "two-versions": (VERSION, MIME + MIME + "\\r\\nx"),
    "open-multipart": (PARTS, TWO + "\\r\\ntwo"),
    "no-colon-in-a-part": (PARTS, TWO + "Content-Type text/html\\r\\n\\r\\ntwo\\r\\n--b--"),
    "space-before-colon-in-a-part": (PARTS, TWO + "Content-Type : text/html\\r\\n\\r\\ntwo\\r\\n--b--"),
    "no-empty-line-in-a-part": (PARTS, TWO + "Content-Type: text/plain\\r\\nJob done.\\r\\n--b--"),
    "no-boundary": (PARTS, MIME + "Content-Type: multipart/mixed\\r\\n\\r\\nx"),
    "no-type": (PARTS, MIME + "Content-Type: text\\r\\n\\r\\nx"),
    "unknown-encoding": (PARTS, MIME + "Content-Transfer-Encoding: 7-bit\\r\\n\\r\\nx"),
    "broken-base64": (PARTS, MIME + "Content-Transfer-Encoding: base64\\r\\n\\r\\nabc*def"),
    "broken-quoted-printable": (PARTS, MIME + "Content-Transfer-Encoding: quoted-printable\\r\\n\\r\\n=XY"),
    "77-columns-of-base64": (PARTS, MIME + "Content-Transfer-Encoding: base64\\r\\n\\r\\n" + "A" * 80),
    "two-dates": (SINGLE, "Date: 22 Nov 2026 12:00:30 +0000\\r\\n" * 2 + "\\r\\nx"),
    "two-message-ids": (SINGLE, "Message-ID: <1@p>\\r\\nmessage-id: <2@p>\\r\\n\\r\\nx"),
    "two-copies": (SINGLE, "Cc: a@b.example\\r\\nCC: c@b.example\\r\\n\\r\\nx"),
    "wrong-weekday": (DATES, "Date: Mon, 22 Nov 2026 12:00:30 +0000\\r\\n\\r\\nx"),
    "date-of-a-log": (DATES, "Date: 2026-11-22 12:00:30\\r\\n\\r\\nx"),
    "date-without-a-zone": (DATES, "Date: Sun, 22 Nov 2026 12:00:30\\r\\n\\r\\nx"),
    "date-of-a-day-that-is-not": (DATES, "Date: 31 Feb 2026 12:00:30 +0000\\r\\n\\r\\nx"),
    "empty-date": (DATES, "Date:\\r\\n\\r\\nx"),
    "message-id-without-brackets": (IDENTITY, "Message-ID: 1@p.example\\r\\n\\r\\nx"),
    "message-id-without-at": (IDENTITY, "Message-ID: <1234>\\r\\n\\r\\nx"),
    "message-id-with-blanks": (IDENTITY, "Message-ID: <job 7@p.example>\\r\\n\\r\\nx"),
    "two-identifiers": (IDENTITY, "Message-ID: <1@p> <2@p>\\r\\n\\r\\nx"),
    "split-character": (WORDS, "Comments: =?utf-8?q?caf=C3?= =?utf-8?q?=A9?=\\r\\n\\r\\nx"),
    "glued-words": (WORDS, "Subject: room=?utf-8?q?_7?=\\r\\n\\r\\nx"),
    "long-word": (WORDS, "Subject: =?utf-8?q?" + "a" * 70 + "?=\\r\\n\\r\\nx"),
    "broken-base64-in-a-word": (WORDS, "X-Location: =?utf-8?b?abc?=\\r\\n\\r\\nx"),
    "word-in-a-parameter": (
        WORDS,
        MIME + 'Content-Type: text/plain; name="=?utf-8?q?M=C3=A9moire?="\\r\\n\\r\\nx',
    ),
    "word-in-a-message-id": (WORDS, "Message-ID: <=?utf-8?q?1?=@p.example>\\r\\n\\r\\nx"),
    "glued-word-in-a-part": (WORDS, TWO + "Content-Description: a=?utf-8?q?b?=\\r\\n\\r\\ntwo\\r\\n--b--"),
    "broken-cc": (ADDRESSES, "Cc: Jones, Bob <\\r\\n\\r\\nx"),
    "cc-without-quotes": (ADDRESSES, "Cc: Jones, Bob <b@x.example>\\r\\n\\r\\nx"),
    "empty-cc": (ADDRESSES, "Cc:\\r\\n\\r\\nx"),
    "resent-to-nobody": (ADDRESSES, "Resent-To: the printer room\\r\\n\\r\\nx"),
    "semicolon-without-parameter": (PARTS, MIME + "Content-Type: text/plain;\\r\\n\\r\\nx"),
    "two-semicolons": (PARTS, MIME + "Content-Type: text/plain;; charset=us-ascii\\r\\n\\r\\nx"),
    "not-in-its-charset": (
        PARTS,
        MIME + "Content-Type: text/plain; charset=us-ascii\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n\\xfc",
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_mail_is_not_blamed(bench: WrittenRun, name: str) -> None:
    case, content = LEGAL[name]
    case(bench.run_of(mail(content)))


@pytest.mark.parametrize("name", GUILTY)
def test_an_illegal_mail_is_found(bench: WrittenRun, name: str) -> None:
    case, content = GUILTY[name]
    with pytest.raises(Violation):
        case(bench.run_of(mail(FROM + TO + MIME + "\\r\\nx"), mail(content)))


EACH = [LINES, ADDRESSES, VERSION, PARTS, SINGLE, DATES, IDENTITY, WORDS, STRANGERS]


@pytest.mark.parametrize("case", EACH, ids=lambda case: case.__name__)
def test_a_run_without_mail_is_inconclusive(bench: WrittenRun, case: Case) -> None:
    with pytest.raises(Inconclusive):
        case(bench.run())


def test_a_mail_without_mime_is_not_judged_by_it(bench: WrittenRun) -> None:
    with pytest.raises(NotApplicable):
        VERSION(bench.run_of(mail(FROM + "\\r\\nx")))


# ---------------------------------------------------------------- what is the body, and in which charset
