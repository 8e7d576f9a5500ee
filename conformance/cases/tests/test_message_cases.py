"""The cases on the message and on hostile data, on mails written down for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.cases import (
    test_awkward,
    test_content,
    test_fields,
    test_format,
    test_message,
    test_smtp_refusals,
    test_table1,
)
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .written_run import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, WrittenRun

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
ONCE = test_smtp_refusals.test_no_notification_of_the_run_is_sent_twice
INJECT = test_awkward.test_awkward_data_add_no_field_recipient_or_command
PARAMETERS = test_awkward.test_parameters_stay_out_of_the_recipients

FROM, TO = "From: P <p@x.example>\\r\\n", "To: <r1.1.s@here.example>\\r\\n"
MIME = "MIME-Version: 1.0\\r\\n"
TWO = MIME + "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n--b\\r\\n\\r\\none\\r\\n--b\\r\\n"


def mail(content: str, rcpt: str = "<r1.1.s@here.example>") -> list[str]:
    """A session with that mail."""
    data = ["C: DATA", "S: 354 go", f"C: {content}\\r\\n.", "S: 250 taken"]
    return [*PLAIN_HEAD, *MAIL, f"C: RCPT TO:{rcpt}", "S: 250 ok", *data, *QUIT]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()


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


# ---------------------------------------------------------------- plays


def asked(recipient: str = "mailto:r1.1.s@here.example", **more: object) -> dict[str, object]:
    """What the stage notes of a job with a subscription."""
    ask = {
        "label": "s", "address": "r1.1.s@here.example", "other": "r1.1.sx@here.example", "recipient": recipient,
        "user_data": b"bob@x.example".hex(), "events": ["job-completed"],
    }  # fmt: skip
    return {"asks": [ask], "user": "Bob", "name": "job 1j", "job": 7} | more


def play_of(bench: WrittenRun, scenario: str, *sessions: list[str], **more: object) -> PlayRecord:
    """A play of a scenario whose job and subscription the printer took, and these sessions."""
    for session in sessions:
        bench.session(session)
    bench.print(scenario, asked(**more))  # type: ignore[arg-type]  # the words of ``asked`` are of several types
    return bench.run_record().play(scenario)


def test_a_mail_sent_twice_after_250_is_found(bench: WrittenRun) -> None:
    twice = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    with pytest.raises(Violation):
        ONCE(play_of(bench, "job/omitted", twice, twice))


def test_two_mails_about_two_events_are_not_one_sent_twice(bench: WrittenRun) -> None:
    one, two = (mail(FROM + TO + f"Subject: job 1j is done\\r\\n\\r\\nnumber {n}") for n in (1, 2))
    ONCE(play_of(bench, "job/omitted", one, two))


def test_a_mail_whose_250_was_never_seen_may_come_again(bench: WrittenRun) -> None:
    again = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    lost = [*again[: again.index("S: 250 taken") + 1], "L: reset"]
    ONCE(play_of(bench, "job/omitted", lost, again))


def test_an_injected_field_is_found(bench: WrittenRun) -> None:
    with pytest.raises(Violation, match="X-Injected: r1"):
        INJECT(
            play_of(
                bench,
                "awkward/job-crlf-field",
                mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 1j\\r\\n\\r\\nx"),
            )
        )


def test_hostile_text_that_stays_text_is_not_blamed(bench: WrittenRun) -> None:
    text = "Subject: job 1j X-Injected: r1.1.s Bcc: r1.1.sx@here.example\\r\\n\\r\\nX-Injected: r1.1.s\\r\\n"
    INJECT(play_of(bench, "awkward/job-crlf-field", mail(FROM + TO + text)))


def test_an_injected_recipient_is_found(bench: WrittenRun) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    with pytest.raises(Violation, match="nobody subscribed"):
        INJECT(play_of(bench, "awkward/user-data-crlf-rcpt", script))


def test_a_second_recipient_that_the_url_names_is_no_injection(bench: WrittenRun) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    recipient = "mailto:r1.1.s@here.example,r1.1.sx@here.example"
    INJECT(play_of(bench, "awkward/recipient-two-addresses", script, recipient=recipient))


def test_parameters_in_rcpt_are_found(bench: WrittenRun) -> None:
    recipient = "mailto:r1.1.s@here.example?subject=x"
    with pytest.raises(Violation, match="parameters in the path"):
        PARAMETERS(
            play_of(
                bench,
                "awkward/recipient-with-subject",
                mail(FROM + TO + "\\r\\nx", rcpt="<r1.1.s@here.example?subject=x>"),
                recipient=recipient,
            )
        )


def test_an_address_without_the_parameters_is_right(bench: WrittenRun) -> None:
    recipient = "mailto:r1.1.s@here.example?subject=x"
    PARAMETERS(play_of(bench, "awkward/recipient-with-subject", mail(FROM + TO + "\\r\\nx"), recipient=recipient))


def test_a_mail_about_another_play_s_job_is_not_this_play_s_doing(bench: WrittenRun) -> None:
    leaked = mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 9999j\\r\\n\\r\\nx")
    with pytest.raises((Inconclusive, NotApplicable)):
        test_message.test_the_header_bears_awkward_data(play_of(bench, "awkward/job-crlf-field", leaked))


def test_a_job_number_in_the_text_is_no_play_number(bench: WrittenRun) -> None:
    text = "X-Injected: r1.1.s\\r\\nSubject: Printer message: job 57 done\\r\\n\\r\\nJob 57 is done."
    with pytest.raises(Violation, match="X-Injected: r1"):
        INJECT(play_of(bench, "awkward/user-data-crlf-field", mail(FROM + TO + text), job=57))


def test_a_mail_that_only_the_value_brought_about_is_judged_elsewhere(bench: WrittenRun) -> None:
    both = mail(FROM + TO + "\\r\\nx", rcpt="<r1.1.s@here.example,r1.1.sx@here.example>")
    with pytest.raises(NotApplicable, match="other cases judge"):
        test_message.test_the_header_bears_awkward_data(play_of(bench, "awkward/recipient-two-addresses", both))


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("Cc: Stranger <a@b.example>", "a@b.example"),
        ("Cc: r1.1.s@here.example, a@b.example", "a@b.example"),
        ("bcc: a@b.example", "a@b.example"),
        ("Resent-To: a@b.example", "a@b.example"),
        ("Resent-Bcc: others: a@b.example, c@d.example;", "a@b.example, c@d.example"),
        ("Cc: r1.1.s@here.example", ""),
        ("Cc: Bob <bob@x.example>", ""),
        ("Bcc:", ""),
        ("Resent-From: a@b.example", ""),
        ("Cc: x\\r\\nBcc: r1.1.sx@here.example", ""),
    ],
)
def test_a_recipient_that_nobody_asked_for_is_told_of(bench: WrittenRun, field: str, named: str) -> None:
    play = play_of(bench, "job/omitted", mail(FROM + TO + field + "\\r\\nSubject: job 1j\\r\\n\\r\\nx"))
    if not named:
        STRANGERS(play)
        return
    with pytest.raises(Violation, match=f"names '{named}'") as caught:
        STRANGERS(play)
    assert caught.value.binding is False


# ---------------------------------------------------------------- what a conforming mail may look like


def body(charset: str) -> str:
    """A mail whose body has that label."""
    return FROM + TO + MIME + f"Content-Type: text/plain; charset={charset}\\r\\n\\r\\njob 1j is done"


@pytest.mark.parametrize("charset", ["us-ascii", "ANSI_X3.4-1968", '"ISO_646.irv:1991"', "csASCII", "IBM367", "us"])
def test_us_ascii_has_many_names(bench: WrittenRun, charset: str) -> None:
    test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", mail(body(charset))))


def test_another_charset_is_not_us_ascii(bench: WrittenRun) -> None:
    with pytest.raises(Violation):
        test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", mail(body("iso-8859-1"))))


def asked_for(format_: str, **more: object) -> dict[str, object]:
    """What the stage notes of a job whose subscription asks for that format."""
    asks = asked()["asks"]
    assert isinstance(asks, list)
    return {"asks": [asks[0] | {"format": format_, "carrier": "job"} | more]}


@pytest.mark.parametrize(("parts", "attached"), [("", False), ("--b\\r\\n\\r\\ntwo\\r\\n", True)])
def test_a_multipart_of_the_text_alone_attaches_nothing(bench: WrittenRun, parts: str, attached: bool) -> None:
    head = FROM + TO + MIME + "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n"
    text = "--b\\r\\nContent-Type: text/plain\\r\\n\\r\\njob 1j is done\\r\\n"
    play = play_of(bench, "job/text-plain", mail(head + text + parts + "--b--"), **asked_for("text/plain"))
    if attached:
        with pytest.raises(Violation, match="one part, the text"):
            test_format.test_text_plain_keeps_attachments_away(play)
    else:
        test_format.test_text_plain_keeps_attachments_away(play)


@pytest.mark.parametrize("label", ["latin1", "ISO_8859-1", "iso-8859-1"])
def test_notify_charset_is_known_by_each_of_its_names(bench: WrittenRun, label: str) -> None:
    part = f"Content-Type: text/html; charset={label}\\r\\nContent-Transfer-Encoding: quoted-printable"
    content = mail(FROM + TO + TWO + part + "\\r\\n\\r\\nGr=FC=DFe\\r\\n--b--")
    asks = asked_for("text/html; charset=utf-8", charset="iso-8859-1")
    with pytest.raises(Violation, match="which is notify-charset"):
        test_content.test_the_charset_of_the_media_type_overrules_notify_charset(
            play_of(bench, "printer/charset-html-utf-8", content, **asks)
        )


@pytest.mark.parametrize("fold", [" ", "\\r\\n\\t", "\\r\\n "])
def test_the_prefix_may_be_folded_off(bench: WrittenRun, fold: str) -> None:
    content = mail(FROM + TO + f"Subject: Printer message:{fold}job 1j completed\\r\\n\\r\\nx")
    test_table1.test_the_subject_begins_with_the_prefix(play_of(bench, "job/omitted", content, **asked_for("none")))


@pytest.mark.parametrize("written", ["Groesse Angstroem", "Gr??e ?ngstr?m", ""])
def test_a_name_beyond_ascii_may_be_rewritten_in_the_body(bench: WrittenRun, written: str) -> None:
    content = mail(FROM + TO + f"\\r\\nPrinter P: the job 'job 1j {written}' has completed.")
    play = play_of(bench, "awkward/names-two-octets", content, name="job 1j Größe Ångström", job=4711)
    test_table1.test_the_body_of_a_job_event_identifies_the_job(play)


# ---------------------------------------------------------------- what is the body, and in which charset


HTML, LOG = "Content-Type: text/html", "Content-Type: text/plain\\r\\nContent-Disposition: attachment; filename=log.txt"
MIXED, ALTERNATIVE = (MIME + f"Content-Type: multipart/{kind}; boundary=b\\r\\n" for kind in ("mixed", "alternative"))


def parts(head: str, *inner: str) -> list[str]:
    """A session with a mail of these parts."""
    return mail(
        FROM + TO + head + "".join(f"\\r\\n--b\\r\\n{p}\\r\\n\\r\\njob 1j is done" for p in inner) + "\\r\\n--b--"
    )


def test_text_behind_html_is_an_attachment_and_not_the_body(bench: WrittenRun) -> None:
    with pytest.raises(Violation) as caught:
        test_format.test_the_body_is_us_ascii(play_of(bench, "job/omitted", parts(MIXED, HTML, LOG)))
    assert caught.value.actual == "text/html as the body, text/plain ('log.txt') beside it"


@pytest.mark.parametrize("head", ["", MIXED + "\\r\\n--b\\r\\n"], ids=["alone", "in-a-multipart"])
def test_an_only_text_that_calls_itself_an_attachment_is_none_to_send(bench: WrittenRun, head: str) -> None:
    content = FROM + TO + (head or MIME) + LOG + "\\r\\n\\r\\njob 1j is done" + ("\\r\\n--b--" if head else "")
    play = play_of(bench, "job/text-plain", mail(content), **asked_for("text/plain"))
    with pytest.raises(Violation, match="calls itself an attachment") as warned:
        test_format.test_the_body_is_us_ascii(play)
    assert warned.value.binding is False
    with pytest.raises(Violation, match="calls itself an attachment") as failed:
        test_format.test_text_plain_keeps_attachments_away(play)
    assert failed.value.binding is None


def test_the_plain_one_of_alternatives_is_the_body(bench: WrittenRun) -> None:
    test_format.test_the_body_is_us_ascii(
        play_of(bench, "job/omitted", parts(ALTERNATIVE, HTML, "Content-Type: text/plain"))
    )


def test_html_that_is_the_body_is_not_attached(bench: WrittenRun) -> None:
    play = play_of(bench, "job/html", parts(MIXED, HTML, LOG), **asked_for("text/html"))
    with pytest.raises(Violation, match="it is the body"):
        test_format.test_another_format_is_not_the_body(play)


@pytest.mark.parametrize(
    ("label", "octets", "right"),
    [
        ("; charset=windows-1252", "Gr=FC=DFe", False),
        ("; charset=iso-8859-15", "Gr=FC=DFe", False),
        ("", "Gr=C3=BC=C3=9Fe", False),
        ("; charset=utf-8", "Gr=FC=DFe", False),
        ("; charset=utf-8", "Gr=C3=BC=C3=9Fe", True),
        ("; charset=UTF8", "Gr=C3=BC=C3=9Fe", True),
        ("", "Gruesse", True),
        ("; charset=us-ascii", "Gruesse", True),
    ],
)
def test_a_text_is_in_the_charset_that_its_type_names(bench: WrittenRun, label: str, octets: str, right: bool) -> None:
    part = f"{HTML}{label}\\r\\nContent-Transfer-Encoding: quoted-printable"
    content = mail(FROM + TO + TWO + part + f"\\r\\n\\r\\n{octets}\\r\\n--b--")
    asks = asked_for("text/html; charset=utf-8", charset="iso-8859-1")
    play = play_of(bench, "printer/charset-html-utf-8", content, **asks)
    case = test_content.test_the_charset_of_the_media_type_overrules_notify_charset
    if right:
        case(play)
        return
    with pytest.raises(Violation):
        case(play)


@pytest.mark.parametrize(
    ("sender", "form", "address"),
    [
        ("Bob Jones <bob@x.example>", True, True),
        ("bob@x.example (Bob Jones)", False, True),
        ("Bob Jones <printer@x.example>", True, False),
    ],
)
def test_address_and_form_of_sender_are_two_things(bench: WrittenRun, sender: str, form: bool, address: bool) -> None:
    content = mail(FROM + TO + f"Sender: {sender}\\r\\n\\r\\nx")
    play = play_of(bench, "job/omitted", content, **asked_for("none", user_data=b"bob@x.example".hex()))
    for case, right in (
        (test_table1.test_the_address_in_sender_stands_in_angle_brackets, form),
        (test_table1.test_sender_has_the_address_in_the_user_data, address),
    ):
        if right:
            case(play)
        else:
            with pytest.raises(Violation):
                case(play)
