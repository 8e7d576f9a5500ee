"""Mails of mailto-04 and the editions after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.printer.mail.compose import compose
from fakes.printer.notice import Notice

from .notices import JOB_EVENT, PRINTER_EVENT, changed
from .readback import LATER, MIME, TABLE_1, address, mail, parts, read, text


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


@pytest.mark.parametrize("charset", ["utf-16", "x-nobody-knows", "idna", "utf 8", "iso-8859-1;", "a\r\nBcc: b"])
def test_a_charset_that_mail_text_cannot_have_becomes_utf_8(charset: str) -> None:
    message = mail(LATER, text_only=True, charset=charset, job_name="Grüße")
    assert message.get_content_charset() == "utf-8"
    assert "Job name: Grüße" in text(message).splitlines()


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
