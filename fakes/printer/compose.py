"""A notice becomes a mail: header fields, layout and envelope of both editions.

mailto-00: table 1 and sections 4.3, 4.4, 5.  From is the printer's name with the subscriber's address, Sender the
subscriber.  Where the user data are no address, ``Policy.no_address`` decides: the mail goes out with the
administrator's address in From and without Sender, or not at all.  The body is us-ascii; whatever else the
subscription's format asks for is attached to it.

mailto-04: sections 6.1 to 6.3.  From is the printer's name with the administrator's address; Sender and Reply-To are
the user data if they are a mailbox.  The body is plain text in the subscription's charset, alone or as one of two.

Both: Date is the time of the event.  Nothing a client supplies can add a field, a recipient or a line.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime

from conformance.vocabulary import Edition

from . import content_ipp, human, words
from .addresses import recipient
from .headers import CRLF, clean, field, phrase, unstructured
from .mime import Entity, MediaType, attached, base64_entity, media_type, multipart, text_entity
from .notice import Notice
from .originator import from_address, return_path, subscriber_address, subscriber_mailbox
from .policy import Policy
from .words import fit, say, usable_charset


class Uncomposable(Exception):
    """No safe mail can be made of this notice.  ``reason`` says why, in printable ASCII."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to go: addresses without brackets, and octets with CRLF and a CRLF at the end."""

    sender: str
    recipient: str
    octets: bytes


def compose(notice: Notice, policy: Policy) -> Composed:
    """The mail for one notice.  Raises ``Uncomposable``."""
    to = recipient(notice.subscription.recipient)
    if to is None:
        raise Uncomposable(f"{notice.subscription.recipient!a} does not name one mailbox")
    if drops_without_address(notice, policy):
        raise Uncomposable(f"{notice.subscription.user_data!r} is no mail address")
    body = BODIES[policy.edition](notice, policy)
    fields = []
    for name, tokens_of in FIELDS[policy.edition]:
        tokens = tokens_of(notice, policy)
        if tokens is not None:
            fields.append(field(name, tokens))
    return Composed(return_path(notice, policy), to.address, b"".join((*fields, body.fields(), CRLF, body.octets)))


def drops_without_address(notice: Notice, policy: Policy) -> bool:
    """Whether this printer rather sends nothing than a mail without its subscriber's address."""
    no_subscriber = policy.edition is Edition.MAILTO_00 and subscriber_address(notice.subscription) is None
    return no_subscriber and policy.no_address == "drop"


# ---------------------------------------------------------------- header fields: tokens, or None for no such field


def date(notice: Notice, policy: Policy) -> list[str] | None:
    """The time of the event, for a printer that has a clock (mailto-04 section 6.1.1)."""
    return format_datetime(notice.when).split(" ") if policy.current_time else None


def from_(notice: Notice, policy: Policy) -> list[str]:
    """The printer's name, with an address."""
    return [*_phrase(notice.printer.name, notice, policy), f"<{from_address(notice, policy)}>"]


def sender_00(notice: Notice, policy: Policy) -> list[str] | None:
    """The subscriber's name and address (mailto-00 table 1)."""
    address = subscriber_address(notice.subscription)
    return None if address is None else [*_phrase(notice.subscription.user_name, notice, policy), f"<{address}>"]


def subscriber_04(notice: Notice, policy: Policy) -> list[str] | None:
    """The user data as they stand, for Sender and Reply-To (mailto-04 sections 6.1.4, 6.1.5)."""
    found = subscriber_mailbox(notice.subscription)
    return None if found is None else [found.text]


def to_(notice: Notice, policy: Policy) -> list[str] | None:
    """The rest of the recipient's URI."""
    found = recipient(notice.subscription.recipient)
    return None if found is None else [found.text]


def subject_00(notice: Notice, policy: Policy) -> list[str]:
    """The localized prefix, the event, the job's or printer's name (mailto-00 table 1)."""
    language = notice.subscription.language
    text = say(words.PREFIX, language) + human.headline(notice, language)
    return unstructured(text, header_charset(notice, policy), policy.word_encoding)


def subject_04(notice: Notice, policy: Policy) -> list[str]:
    """Kind, name and event in the subscription's language and charset (mailto-04 section 6.1.3)."""
    language = notice.subscription.language
    start = say(words.PRINT_JOB if notice.is_job_event else words.PRINTER, language)
    text = f"{start}{human.subject_name(notice)} {words.event_words(notice.event, language, short=True)}"
    charset = usable_charset(notice.subscription.charset)
    return unstructured(fit(clean(text), charset, language), charset, policy.word_encoding)


def message_id(notice: Notice, policy: Policy) -> list[str]:
    """A new identifier (RFC 5322 section 3.6.4)."""
    subscription = notice.subscription
    return [f"<{subscription.id}.{subscription.sequence}.{secrets.token_hex(8)}@{policy.hostname}>"]


def mime_version(notice: Notice, policy: Policy) -> list[str]:
    """RFC 2045 section 4."""
    return ["1.0"]


def header_charset(notice: Notice, policy: Policy) -> str:
    """The charset of encoded words in names, and in the Subject of mailto-00: one that loses nothing."""
    return "utf-8"


def _phrase(name: str, notice: Notice, policy: Policy) -> list[str]:
    return phrase(name, header_charset(notice, policy), policy.word_encoding)


Tokens = Callable[[Notice, Policy], list[str] | None]
FIELDS: dict[Edition, tuple[tuple[str, Tokens], ...]] = {
    Edition.MAILTO_00: (
        ("Date", date),
        ("From", from_),
        ("Subject", subject_00),
        ("Sender", sender_00),
        ("To", to_),
        ("Message-ID", message_id),
        ("MIME-Version", mime_version),
    ),
    Edition.MAILTO_04: (
        ("Date", date),
        ("From", from_),
        ("Subject", subject_04),
        ("Sender", subscriber_04),
        ("Reply-To", subscriber_04),
        ("To", to_),
        ("Message-ID", message_id),
        ("MIME-Version", mime_version),
    ),
}


# ---------------------------------------------------------------- bodies


def body_00(notice: Notice, policy: Policy) -> Entity:
    """The us-ascii body, and behind it the form that the subscription's format asks for, if any."""
    wanted = notice.subscription.format
    found = None if wanted is None else media_type(wanted)
    if found is None or found.is_plain_ascii or not can_make(found):
        return ascii_body(notice, policy)
    form, filename = FORMS[found.kind]
    entity = form(notice, policy, found.text, found.charset)
    if found.kind == "text/plain" and policy.charset_text == "body":
        return entity
    return multipart("mixed", [ascii_body(notice, policy), attached(entity, policy.disposition, filename)])


def can_make(wanted: MediaType) -> bool:
    """Whether this printer can write that type, in that charset."""
    return wanted.kind in FORMS and (wanted.charset is None or usable_charset(wanted.charset) == wanted.charset)


def ascii_body(notice: Notice, policy: Policy) -> Entity:
    """What every mail of mailto-00 begins with (section 4.3)."""
    return text_entity("text/plain; charset=us-ascii", human.plain(notice, policy, "us-ascii"), policy.text_encoding)


def plain_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """Plain text in the charset its type names."""
    return text_entity(content_type, human.plain(notice, policy, form_charset(charset)), policy.text_encoding)


def html_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """HTML in the charset its type names."""
    return text_entity(content_type, human.html(notice, policy, form_charset(charset)), policy.text_encoding)


def postscript_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """A page in PostScript."""
    return base64_entity(content_type, human.postscript(notice, policy))


def ipp_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """The Machine Consumable form."""
    try:
        return base64_entity(content_type, content_ipp.content(notice, policy))
    except ValueError as e:
        raise Uncomposable(f"no application/ipp: {str(e)!a}") from e


def form_charset(charset: str | None) -> str:
    """The charset of a text: what its type says, never notify-charset (mailto-00 section 4.5)."""
    return "us-ascii" if charset is None else usable_charset(charset)


Form = Callable[[Notice, Policy, str, str | None], Entity]
FORMS: dict[str, tuple[Form, str]] = {
    "text/plain": (plain_form, "notification.txt"),
    "text/html": (html_form, "notification.html"),
    "application/postscript": (postscript_form, "notification.ps"),
    "application/ipp": (ipp_form, "notification.ipp"),
}


def body_04(notice: Notice, policy: Policy) -> Entity:
    """Plain text in the subscription's charset, or that and HTML where the subscription leaves it to the printer."""
    charset = usable_charset(notice.subscription.charset)
    text = plain_form(notice, policy, f"text/plain; charset={charset}", charset)
    if notice.subscription.text_only or policy.free_content == "plain":
        return text
    return multipart("alternative", [text, html_form(notice, policy, f"text/html; charset={charset}", charset)])


BODIES: dict[Edition, Callable[[Notice, Policy], Entity]] = {
    Edition.MAILTO_00: body_00,
    Edition.MAILTO_04: body_04,
}
