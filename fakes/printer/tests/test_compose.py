"""Mails of mailto-00: header, recipients, body and attachments, choice by choice."""

from __future__ import annotations

import email.header
import re
from dataclasses import replace
from typing import Any

import pytest

from fakes.printer.mail.compose import Uncomposable, compose
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT, Policy

from .notices import JOB_EVENT, PRINTER_EVENT, WHEN, changed
from .readback import EDITIONS, MIME, TABLE_1, address, mail, parts, read, text


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


def test_pages_are_told_only_of_a_completed_job() -> None:
    assert "Impressions completed" not in text(mail(event="job-created"))


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
    assert mail(format="text/plain; charset=utf-16").get_content_type() == "text/plain"


def test_a_line_too_long_for_smtp_comes_through_whole() -> None:
    message = mail(printer_uri=f"ipp://printer.example/{'x' * 1000}")
    assert message["Content-Transfer-Encoding"] == "quoted-printable"
    assert f"Printer URI: ipp://printer.example/{'x' * 1000}" in text(message).splitlines()


def test_utf_8_text_may_be_the_body_itself() -> None:
    message = mail(replace(OBEDIENT, charset_text="body"), format="text/plain; charset=utf-8", job_name="Grüße")
    assert not message.is_multipart()
    assert message.get_content_charset() == "utf-8"
    assert "Job name: Grüße" in text(message)


@pytest.mark.parametrize("disposition", ["inline", None])
def test_the_disposition_is_a_choice(disposition: Any) -> None:
    _, attachment = parts(mail(replace(OBEDIENT, disposition=disposition), format="application/ipp"))
    assert attachment.get_content_disposition() == disposition
