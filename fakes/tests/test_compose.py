"""Composed mails, read by the parser of the standard library."""

from __future__ import annotations

import email.header
import email.policy
import email.utils
import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.vocabulary import Edition
from conformance.wire import mail as judge
from conformance.wire.transparency import stuff, wire_problems
from fakes.printer.compose import Composed, Uncomposable, compose
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT, Policy
from fakes.tests.notices import JOB_EVENT, PRINTER_EVENT, WHEN, changed

LATER = replace(OBEDIENT, edition=Edition.MAILTO_04)
EDITIONS = (OBEDIENT, LATER)
TABLE_1 = {"Date", "From", "Subject", "Sender", "To"}
MIME = {"Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
CRLF_ATTACK = "x\r\nBcc: victim@evil.example\r\n\r\nbody\n.\nRCPT TO:<victim@evil.example>\r"


def mail(policy: Policy = OBEDIENT, notice: Notice = JOB_EVENT, **changes: Any) -> EmailMessage:
    """The mail for the notice with these changes, read back."""
    return read(compose(changed(notice, **changes), policy))


def read(composed: Composed) -> EmailMessage:
    message = message_from_bytes(composed.octets, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        for field in part.values():
            assert list(field.defects) == []
    return message


def address(message: EmailMessage, field: str) -> tuple[str, str]:
    """Display name and address, by the older half of the library: the newer one adds spaces between encoded words."""
    (value,) = (value for name, value in message.raw_items() if name == field)
    name, addr_spec = email.utils.parseaddr(str(value).replace("\r\n", ""))
    return str(email.header.make_header(email.header.decode_header(name))), addr_spec


def parts(message: EmailMessage) -> list[EmailMessage]:
    return [p for p in message.walk() if isinstance(p, EmailMessage) and not p.is_multipart()]


def text(part: EmailMessage) -> str:
    content = part.get_content()
    assert isinstance(content, str)
    return content


# ---------------------------------------------------------------- the header of mailto-00


def test_the_fields_of_table_1_are_there_once_and_nothing_else_is() -> None:
    message = mail()
    assert sorted(message.keys()) == sorted(TABLE_1 | MIME)


def test_from_is_the_printers_name_with_the_subscribers_address() -> None:
    assert address(mail(), "From") == ("George Washington", "jones@acme.com")
    assert b"\r\nFrom: George Washington <jones@acme.com>\r\n" in compose(JOB_EVENT, OBEDIENT).octets


def test_sender_is_the_subscriber() -> None:
    assert address(mail(), "Sender") == ("Bob Jones", "jones@acme.com")


def test_to_is_the_rest_of_the_uri() -> None:
    assert address(mail(), "To") == ("", "smith@acme.com")


def test_the_envelope_names_subscriber_and_recipient() -> None:
    composed = compose(JOB_EVENT, OBEDIENT)
    assert (composed.sender, composed.recipient) == ("jones@acme.com", "smith@acme.com")


@pytest.mark.parametrize(
    ("notice", "language", "subject"),
    [
        (JOB_EVENT, "en", "Printer message: job completed: financials"),
        (JOB_EVENT, "en-us", "Printer message: job completed: financials"),
        (JOB_EVENT, "de", "Druckermeldung: Druckauftrag abgeschlossen: financials"),
        (JOB_EVENT, "DE-ch", "Druckermeldung: Druckauftrag abgeschlossen: financials"),
        (PRINTER_EVENT, "en", "Printer message: printer state changed: George Washington"),
        (PRINTER_EVENT, "de", "Druckermeldung: Drucker mit neuem Zustand: George Washington"),
    ],
)
def test_the_subject_is_localized(notice: Notice, language: str, subject: str) -> None:
    assert mail(notice=notice, language=language)["Subject"] == subject


def test_a_plain_prefix_stays_readable_before_an_encoded_name() -> None:
    octets = compose(changed(job_name="Grüße"), OBEDIENT).octets
    assert re.search(rb"^Subject: Printer message: job completed:\s+=\?utf-8\?", octets, re.MULTILINE)


def test_a_job_without_a_name_is_called_by_its_number() -> None:
    assert mail(job_name="")["Subject"] == "Printer message: job completed: 17"


@pytest.mark.parametrize("policy", EDITIONS)
def test_date_is_the_time_of_the_event(policy: Policy) -> None:
    assert mail(policy)["Date"].datetime == WHEN.replace(microsecond=0)


@pytest.mark.parametrize("policy", EDITIONS)
def test_a_printer_without_a_clock_sends_no_date(policy: Policy) -> None:
    message = mail(replace(policy, current_time=False), text_only=True)
    assert "Date" not in message
    assert "2000" not in text(message)


def test_every_mail_has_a_message_id_of_its_own() -> None:
    assert mail()["Message-ID"] != mail()["Message-ID"]


NAMES = [
    "plain",
    'the "best" one',
    "Jones, Bob",
    "<root@evil.example>",
    "a (comment) \\ and more",
    "3rd floor: room 4; left.",
    "Drucker Büro",
    " ",
    "打印机二号",
    "😀 emoji",
    "=?utf-8?q?look-alike?=",
    "a=?b",
    "two  spaces",
    " leading and trailing ",
    "é" * 127,
    "x" * 255,
    "long words, " + "ab " * 80,
    '"' * 255,
    "😀" * 63,
]


@pytest.mark.parametrize("encoding", ["shorter", "q", "b"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_comes_back_from_the_header(name: str, encoding: Any) -> None:
    policy = replace(OBEDIENT, word_encoding=encoding)
    message = mail(policy, printer_name=name, user_name=name, job_name=name)
    assert address(message, "From") == (name, "jones@acme.com")
    assert address(message, "Sender") == (name, "jones@acme.com")
    assert message["Subject"] == f"Printer message: job completed: {name}"


def test_encoded_words_have_whole_characters_and_at_most_75_columns() -> None:
    octets = compose(changed(printer_name="ü😀" * 40), OBEDIENT).octets
    words = re.findall(rb"=\?utf-8\?([qb])\?([^?]+)\?=", octets)
    assert len(words) > 4
    for word in re.findall(rb"=\?[^ \r]+\?=", octets):
        assert len(word) <= 75
        email.header.decode_header(word.decode())[0][0].decode("utf-8")


# ---------------------------------------------------------------- recipients and user data


@pytest.mark.parametrize(
    ("uri", "to"),
    [
        ("MAILTO:smith@acme.com", "smith@acme.com"),
        ("mailto:smith@acme.com?cc=other@acme.com&subject=x", "smith@acme.com"),
        ("mailto:smith@acme.com?bcc=other@acme.com%0d%0aTo:%20x@y", "smith@acme.com"),
        ("mailto:smith@acme.com#there", "smith@acme.com"),
        ("mailto:smith%2Bprint@acme.com", "smith+print@acme.com"),
        ("mailto:%22a%20b%22@acme.com", '"a b"@acme.com'),
        ("mailto:smith@[127.0.0.1]", "smith@[127.0.0.1]"),
        ("mailto:smith@[IPv6:::1]", "smith@[IPv6:::1]"),
        ("mailto:smith@localhost", "smith@localhost"),
    ],
)
def test_the_recipient_is_the_one_address_of_the_uri(uri: str, to: str) -> None:
    composed = compose(changed(recipient=uri), OBEDIENT)
    assert composed.recipient == to
    assert f"\r\nTo: {to}\r\n".encode() in composed.octets
    assert read(composed)["Cc"] is None


@pytest.mark.parametrize(
    "uri",
    [
        "mailto:",
        "mailto:smith",
        "mailto:@acme.com",
        "mailto:smith@",
        "mailto://smith@acme.com",
        "mailto:a@acme.com,b@acme.com",
        "mailto:a@acme.com%2Cb@acme.com",
        "mailto:a@acme.com b@acme.com",
        "mailto:a@acme.com%0d%0aBcc:%20b@acme.com",
        "mailto:a%00@acme.com",
        "mailto:a%zz@acme.com",
        "mailto:a%C3%BC@acme.com",
        "mailto:aü@acme.com",
        "mailto:a..b@acme.com",
        "mailto:a@-acme.com",
        "mailto:a@[300.1.1.1]",
        "mailto:" + "a" * 65 + "@acme.com",
        "mailto:a@" + "a." * 130 + "com",
        "ipp:smith@acme.com",
        "smith@acme.com",
        "",
    ],
)
def test_nothing_is_sent_where_the_uri_names_no_mailbox(uri: str) -> None:
    with pytest.raises(Uncomposable) as e:
        compose(changed(recipient=uri), OBEDIENT)
    assert e.value.reason.isascii()
    assert e.value.reason.isprintable()


BAD_USER_DATA = [
    None,
    b"",
    b"jones",
    b"Bob <jones@acme.com>",
    b"<jones@acme.com>",
    b"jones@acme.com, smith@acme.com",
    b"jones@acme.com\r\nBcc: victim@evil.example",
    b"jones@acme.com>\r\nX: y",
    b"jones@acme.com\n",
    b"jones@acme.com\0",
    b"j\xfcnes@acme.com",
    b"\xff" * 63,
]


@pytest.mark.parametrize("data", BAD_USER_DATA, ids=range(len(BAD_USER_DATA)))
def test_without_a_subscribers_address_the_administrator_stands_in(data: bytes | None) -> None:
    composed = compose(changed(user_data=data), OBEDIENT)
    message = read(composed)
    assert address(message, "From") == ("George Washington", OBEDIENT.administrator)
    assert sorted(message.keys()) == sorted((TABLE_1 | MIME) - {"Sender"})
    assert composed.sender == OBEDIENT.administrator
    assert b"victim" not in composed.octets


def test_a_printer_may_rather_send_nothing_without_a_subscribers_address() -> None:
    with pytest.raises(Uncomposable, match="no mail address"):
        compose(changed(user_data=b"jones"), replace(OBEDIENT, no_address="drop"))
    assert compose(JOB_EVENT, replace(OBEDIENT, no_address="drop")).sender == "jones@acme.com"


# ---------------------------------------------------------------- the body of mailto-00


def test_the_body_repeats_the_header_and_tells_the_rest() -> None:
    said = text(mail())
    for fact in (
        "Printer: George Washington",
        "Subscriber: Bob Jones <jones@acme.com>",
        "Recipient: smith@acme.com",
        "Event: job completed (job-completed)",
        "Job name: financials",
        "Job number: 17",
        "Job owner: Ann Owner",
        "Job state: completed",
        "Job state reasons: job completed successfully",
        "Impressions completed: 33",
        "Media sheets completed: 22",
        "Printer up time: 4711 seconds",
        "Printer URI: ipp://printer.example/ipp/print",
        "Subscription: 5",
        "Notification: 3",
    ):
        assert fact in said.splitlines()


def test_the_body_of_a_printer_event_tells_the_printers_state() -> None:
    lines = text(mail(notice=PRINTER_EVENT)).splitlines()
    assert {"Printer state: stopped", "Printer state reasons: paused", "Accepting jobs: no"} <= set(lines)
    assert not any(line.startswith("Job") for line in lines)


def test_a_printer_event_of_a_per_job_subscription_names_the_job() -> None:
    lines = text(mail(notice=PRINTER_EVENT, job=JOB_EVENT.job, job_id=17)).splitlines()
    assert {"Job name: financials", "Job number: 17", "Printer state: stopped"} <= set(lines)
    assert not any(line.startswith("Job state") for line in lines)


def test_a_german_body_is_german_and_still_us_ascii() -> None:
    message = mail(language="de", printer_name="Büro 打", job_name="Øre \u2013 „Größe“")
    assert message.get_content_charset() == "us-ascii"
    lines = text(message).splitlines()
    assert {"Drucker: Buero ?", 'Auftragsname: Ore - "Groesse"', "Empfaenger: smith@acme.com"} <= set(lines)


@pytest.mark.parametrize(
    "granted", ["text/plain", "text/plain; charset=us-ascii", 'Text/Plain;Charset="US-ASCII"', None]
)
def test_plain_ascii_and_none_are_one_part(granted: str | None) -> None:
    message = mail(format=granted, job_name="Grüße")
    assert not message.is_multipart()
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "us-ascii"
    assert message["Content-Transfer-Encoding"] == "7bit"
    assert message["Content-Disposition"] is None


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize(
    "granted",
    ["text/plain; charset=utf-8", "text/html; charset=utf-8", "text/html; charset=iso-8859-1", "text/html",
     "application/postscript", "application/ipp"],
)  # fmt: skip
def test_any_other_form_is_attached_behind_the_us_ascii_body(granted: str, encoding: Any) -> None:
    composed = compose(changed(format=granted, job_name="Grüße"), replace(OBEDIENT, text_encoding=encoding))
    message = read(composed)
    assert message.get_content_type() == "multipart/mixed"
    body, attachment = parts(message)
    assert (body.get_content_type(), body.get_content_charset()) == ("text/plain", "us-ascii")
    assert "Job name: Grusse" in text(body).splitlines()
    assert str(attachment["Content-Type"]) == granted.replace("; charset=", '; charset="') + '"' * (
        "charset" in granted
    )
    assert attachment.get_content_disposition() == "attachment"
    assert composed.octets.isascii() == (encoding != "8bit" or "charset" not in granted)
    assert (message["Content-Transfer-Encoding"] == "8bit") == (not composed.octets.isascii())


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_text_in_another_charset_keeps_its_letters(charset: str) -> None:
    _, attachment = parts(mail(format=f"text/plain; charset={charset}", charset="us-ascii", job_name="Grüße"))
    assert "Job name: Grüße" in text(attachment).splitlines()


def test_notify_charset_has_no_say_where_the_type_has_a_charset() -> None:
    _, attachment = parts(mail(format="text/html; charset=utf-8", charset="iso-8859-1", job_name="Grüße"))
    assert attachment.get_content_charset() == "utf-8"
    assert "<td>Grüße</td>" in text(attachment)


def test_html_without_a_charset_writes_references() -> None:
    _, attachment = parts(mail(format="text/html", job_name="<b>Grüße & 打</b>"))
    assert str(attachment["Content-Type"]) == "text/html"
    content = attachment.get_payload()
    assert isinstance(content, str)
    assert "<td>&lt;b&gt;Gr&#252;&#223;e &amp; &#25171;&lt;/b&gt;</td>" in content


def test_html_with_lines_too_long_for_smtp_is_encoded() -> None:
    _, attachment = parts(mail(format="text/html", job_name="&" * 255))
    assert attachment["Content-Transfer-Encoding"] == "quoted-printable"
    assert f"<td>{'&amp;' * 255}</td>" in text(attachment)


def test_postscript_is_a_page_with_the_same_words() -> None:
    _, attachment = parts(mail(format="application/postscript", job_name="Größe (1) \\ 打"))
    page = attachment.get_content()
    assert page.startswith(b"%!PS-Adobe-3.0\n")
    assert page.endswith(b"showpage\n%%Trailer\n%%EOF\n")
    assert page.isascii()
    assert rb"(Job name: Gr\366\337e \(1\) \\ ?) line" in page
    assert page.count(b"(") - 2 * page.count(rb"\(") == page.count(b")") - 2 * page.count(rb"\)") != 0


def test_a_form_nobody_can_make_is_not_attached() -> None:
    assert mail(format="image/tiff").get_content_type() == "text/plain"
    assert mail(format="no media type").get_content_type() == "text/plain"
    assert mail(format="text/plain; charset=x-nobody-knows").get_content_type() == "text/plain"


def test_utf_8_text_may_be_the_body_itself() -> None:
    message = mail(replace(OBEDIENT, charset_text="body"), format="text/plain; charset=utf-8", job_name="Grüße")
    assert not message.is_multipart()
    assert message.get_content_charset() == "utf-8"
    assert "Job name: Grüße" in text(message)


@pytest.mark.parametrize("disposition", ["inline", None])
def test_the_disposition_is_a_choice(disposition: Any) -> None:
    _, attachment = parts(mail(replace(OBEDIENT, disposition=disposition), format="application/ipp"))
    assert attachment.get_content_disposition() == disposition


# ---------------------------------------------------------------- mailto-04


def test_later_editions_put_the_administrator_into_from() -> None:
    composed = compose(JOB_EVENT, LATER)
    message = read(composed)
    assert address(message, "From") == ("George Washington", LATER.administrator)
    assert sorted(message.keys()) == sorted(TABLE_1 | MIME | {"Reply-To"})
    assert composed.sender == "jones@acme.com"


@pytest.mark.parametrize(
    ("data", "sender"),
    [
        (b"jones@acme.com", "jones@acme.com"),
        (b"Mike Jones <mjones@xyz.com>", "mjones@xyz.com"),
        (b'"Jones, Mike" <mjones@xyz.com>', "mjones@xyz.com"),
        (b"mjones@xyz.com (Mike Jones)", "mjones@xyz.com"),
    ],
)
def test_a_mailbox_is_sender_and_reply_to_as_it_stands(data: bytes, sender: str) -> None:
    composed = compose(changed(user_data=data), LATER)
    assert b"\r\nSender: " + data + b"\r\nReply-To: " + data + b"\r\n" in composed.octets
    assert composed.sender == sender


@pytest.mark.parametrize(
    "data", [None, b"Bob", b"Jones, Mike <mjones@xyz.com>", b"a@b.c\r\nBcc: d@e.f", b"a@b.c, d@e.f"]
)
def test_anything_else_is_neither_sender_nor_reply_to(data: bytes | None) -> None:
    composed = compose(changed(user_data=data), LATER)
    message = read(composed)
    assert sorted(message.keys()) == sorted((TABLE_1 | MIME) - {"Sender"})
    assert composed.sender == LATER.administrator


@pytest.mark.parametrize(
    ("notice", "language", "subject"),
    [
        (JOB_EVENT, "en", "Print Job: financials completed"),
        (JOB_EVENT, "de", "Druckauftrag: financials abgeschlossen"),
        (PRINTER_EVENT, "en", "Printer: George Washington state changed"),
        (PRINTER_EVENT, "de", "Drucker: George Washington mit neuem Zustand"),
    ],
)
def test_a_later_subject_says_what_kind_of_thing_it_is(notice: Notice, language: str, subject: str) -> None:
    assert mail(LATER, notice, language=language)["Subject"] == subject


def test_a_later_subject_is_in_the_subscriptions_charset() -> None:
    assert b"=?iso-8859-1?b?R3L832U=?=" in compose(changed(charset="iso-8859-1", job_name="Grüße"), LATER).octets
    assert mail(LATER, charset="us-ascii", job_name="Grüße")["Subject"] == "Print Job: Grusse completed"


@pytest.mark.parametrize("charset", ["us-ascii", "utf-8", "iso-8859-1"])
def test_text_only_is_plain_text_in_the_subscriptions_charset(charset: str) -> None:
    message = mail(LATER, text_only=True, charset=charset, format="text/html", job_name="Grüße")
    assert not message.is_multipart()
    assert str(message["Content-Type"]) == f'text/plain; charset="{charset}"'
    assert f"Job name: {'Grusse' if charset == 'us-ascii' else 'Grüße'}" in text(message).splitlines()


def test_the_alternative_has_the_text_only_body_as_a_part() -> None:
    both = mail(LATER, charset="iso-8859-1", job_name="Grüße")
    alone = mail(LATER, charset="iso-8859-1", job_name="Grüße", text_only=True)
    assert both.get_content_type() == "multipart/alternative"
    plain, html = parts(both)
    assert plain["Content-Type"] == alone["Content-Type"]
    assert plain.get_payload() == str(alone.get_payload()).removesuffix("\r\n") + "\r\n"
    assert (html.get_content_type(), html.get_content_charset()) == ("text/html", "iso-8859-1")


def test_a_later_printer_may_send_plain_text_only() -> None:
    assert mail(replace(LATER, free_content="plain")).get_content_type() == "text/plain"


def test_a_later_body_has_no_up_time() -> None:
    said = text(mail(LATER, text_only=True))
    assert "4711" not in said
    assert {"Printer: George Washington", "Job name: financials", "Job state: completed"} <= set(said.splitlines())


# ---------------------------------------------------------------- whatever a client supplies

SOURCES = {
    "event", "printer_name", "printer_uri", "printer_state_reasons", "job_name", "job_user_name", "job_state_reasons",
    "recipient", "user_data", "user_name", "format", "charset", "language",
}  # fmt: skip


def as_kind(source: str, value: str) -> Any:
    if source == "user_data":
        return value.encode("utf-8", "surrogatepass")
    return (value,) if source.endswith("reasons") else value


def check_safe(composed: Composed, policy: Policy) -> None:
    """What holds for every mail, whatever it says."""
    octets = composed.octets
    assert octets.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", octets)
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    header = octets.partition(b"\r\n\r\n")[0]
    assert header.isascii()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\t]", header)
    assert not re.search(rb"^[ \t]*\r?$", header, re.MULTILINE)
    assert max(map(len, (line for line in header.split(b"\r\n") if b"@" not in line))) <= 78
    assert policy.text_encoding == "8bit" or octets.isascii()
    judged = judge.read(octets)
    assert judged.defects == judged.root.defects == ()
    expected = set() if octets.isascii() else {judge.Kind.EIGHT_BIT, judge.Kind.LIMIT}  # the limit: very many of them
    assert {d.kind for d in wire_problems(stuff(octets))} <= expected
    assert [d for part in judged.leaves for d in part.defects] == []
    message = read(composed)
    allowed = TABLE_1 | MIME | ({"Reply-To"} if policy.edition is Edition.MAILTO_04 else set())
    assert set(message.keys()) <= allowed
    assert len(message.keys()) == len(set(message.keys()))
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == composed.recipient
    assert re.fullmatch(r"[ -~]+@[ -~]+", composed.sender)
    assert len(parts(message)) <= 2


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize("policy", EDITIONS, ids=lambda p: p.edition.value)
@pytest.mark.parametrize("granted", ["text/plain", "text/html; charset=utf-8", "application/ipp"])
def test_an_injected_line_gets_nowhere(source: str, policy: Policy, granted: str) -> None:
    notice = changed(format=granted)
    attacked = changed(notice, **{source: as_kind(source, CRLF_ATTACK)})
    if source == "recipient":
        with pytest.raises(Uncomposable):
            compose(attacked, policy)
        return
    composed = compose(attacked, policy)
    check_safe(composed, policy)
    for part in parts(read(composed)):
        if part.get_content_maintype() == "text":
            assert not any(line.startswith(("Bcc", "RCPT", ".")) for line in text(part).splitlines())


ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.text('ab "\\<>,;:@().=?_\r\n\t\0é打😀\x85\u2028\ud800', max_size=300),
    st.sampled_from([CRLF_ATTACK, "=?utf-8?q?a?= =?utf-8?q?b?=", "--=_", ".", "From me", "x" * 2000, "é " * 600]),
)
ADDRESSES = st.sampled_from(["mailto:a@b.example", 'mailto:"a b"@b.example', "mailto:x@[127.0.0.1]?cc=c@d.example"])
CHARSETS = st.one_of(
    st.sampled_from(
        ["utf-8", "us-ascii", "iso-8859-1", "utf-16", "utf-7", "idna", "punycode", "base64", "iso-2022-jp"]
    ),
    st.text(max_size=20),
)
FORMATS = st.one_of(
    st.none(),
    st.sampled_from(OBEDIENT.formats),
    st.builds("text/{}; charset={}".format, st.sampled_from(["plain", "html"]), CHARSETS),
    st.text(max_size=40),
)
POLICIES = st.builds(
    lambda **choices: replace(OBEDIENT, **choices),
    edition=st.sampled_from(Edition),
    text_encoding=st.sampled_from(["quoted-printable", "base64", "8bit"]),
    word_encoding=st.sampled_from(["shorter", "q", "b"]),
    charset_text=st.sampled_from(["attachment", "body"]),
    free_content=st.sampled_from(["plain", "alternative"]),
)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    source: ANY_TEXT.map(partial(as_kind, source)) for source in sorted(SOURCES - {"recipient"})
}
OPTIONAL["user_data"] |= st.sampled_from([None, b"Bob <a@b.example>", b"a@b.example"])
OPTIONAL["charset"] = CHARSETS
OPTIONAL["format"] = FORMATS
OPTIONAL["text_only"] = st.booleans()
CHANGES = st.fixed_dictionaries(
    {"recipient": st.one_of(ADDRESSES, ADDRESSES, ANY_TEXT.map("mailto:".__add__))}, optional=OPTIONAL
)


@given(policy=POLICIES, notice=st.sampled_from([JOB_EVENT, PRINTER_EVENT]), changes=CHANGES)
@example(policy=LATER, notice=JOB_EVENT, changes={"recipient": "mailto:a@b.example", "charset": "idna"})
@settings(max_examples=400, deadline=None)
def test_no_input_adds_a_field_a_recipient_or_a_line(policy: Policy, notice: Notice, changes: dict[str, Any]) -> None:
    changes = {k: v for k, v in changes.items() if notice.job is not None or not k.startswith("job_")}
    try:
        composed = compose(changed(notice, **changes), policy)
    except Uncomposable:
        assert changes["recipient"] not in ("mailto:a@b.example", 'mailto:"a b"@b.example')
        return
    check_safe(composed, policy)
