"""Composed mails read back with the parser of the standard library, which shares nothing with our composer."""

from __future__ import annotations

import email.header
import email.policy
import email.utils
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any, Final

from conformance.vocabulary import Edition
from fakes.printer.mail.compose import compose
from fakes.printer.mail.composed import Composed
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT, Policy

from .notices import JOB_EVENT, changed

LATER: Final = replace(OBEDIENT, edition=Edition.MAILTO_04)
EDITIONS: Final = (OBEDIENT, LATER)
TABLE_1: Final = {"Date", "From", "Subject", "Sender", "To"}
MIME: Final = {"Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}


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
