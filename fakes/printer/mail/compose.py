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

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from typing import Final

from conformance.scenarios.steps import NONE_WORD
from conformance.vocabulary import Edition
from fakes.printer.mail.composed import Composed
from fakes.printer.notice import Notice
from fakes.printer.policy import Policy
from fakes.printer.state.clock import has_clock

from . import human_consumable, leaks, machine_consumable, words
from .addresses import recipient
from .headers import CRLF, clean, field, phrase, unstructured
from .mime import Entity, MediaType, attached, base64_entity, media_type, multipart, text_entity
from .originator import from_address, name_of, return_path, subscriber_address, subscriber_mailbox
from .words import fit, say, usable_charset


class Uncomposable(Exception):
    """No safe mail can be made of this notice.  ``reason`` says why, in printable ASCII."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compose(notice: Notice, policy: Policy) -> Composed:
    """The mail for one notice.  Raises ``Uncomposable``."""
    to = recipient(notice.subscription.recipient)
    if to is None:
        raise Uncomposable(f"{notice.subscription.recipient!a} does not name one mailbox")
    if withholds(notice, policy):
        raise Uncomposable("this printer withholds it")
    if drops_without_address(notice, policy):
        raise Uncomposable(f"{notice.subscription.user_data!r} is no mail address")
    body = BODIES[policy.edition](notice, policy)
    fields = trace(notice, policy)
    for name, tokens_of in FIELDS[policy.edition]:
        tokens = leaks.field_tokens(name, tokens_of(notice, policy), notice, policy)
        if tokens is not None:
            fields += [field(name, tokens, policy.header_columns)] * times_written(name, policy)
    octets = b"".join((*fields, body.fields(policy.field_left_out), CRLF, body.octets))
    reached = envelope_recipient(to.address, notice.subscription.recipient, policy)
    mail = Composed(return_path(notice, policy), reached, octets, copies(policy))
    return leaks.envelope(mail, notice, policy)


def trace(notice: Notice, policy: Policy) -> list[bytes]:
    """The fields that relays put before all others (RFC 2821 section 4.4)."""
    when = format_datetime(notice.when).split(" ")
    hops = range(policy.trace_fields, 0, -1)
    hop = ["from", policy.hostname, "([127.0.0.1])"]
    return [field("Received", [*hop, f"by relay{n}.example", "with", "SMTP;", *when]) for n in hops]


def withholds(notice: Notice, policy: Policy) -> bool:
    """Whether this printer just does not send that mail."""
    subscription = notice.subscription
    if policy.no_mail_for == "html":
        return (subscription.format or "").startswith("text/html")
    if policy.no_mail_for == "printed-jobs":
        return notice.job is not None and notice.job.impressions_completed > 0
    return policy.no_mail_for == "printer-events" and not notice.is_job_event


def times_written(name: str, policy: Policy) -> int:
    """How often a header field is written."""
    if name == policy.field_left_out:
        return 0
    return 2 if name == policy.field_twice else 1


def envelope_recipient(address: str, uri: str, policy: Policy) -> str:
    """The address of RCPT; the local part belongs to the recipient's host and is not ours to respell (RFC 2821 2.4)."""
    if policy.rcpt == "as-in-the-uri":
        return uri.partition(":")[2].partition("?")[0]
    return address.upper() if policy.rcpt == "in-capitals" else address


def copies(policy: Policy) -> tuple[str, ...]:
    """Who else gets the mail, in the same session."""
    return (policy.administrator,) if policy.rcpt == "copy-to-printer" else ()


def drops_without_address(notice: Notice, policy: Policy) -> bool:
    """Whether this printer rather sends nothing than a mail without its subscriber's address."""
    no_subscriber = policy.traits.from_subscriber and subscriber_address(notice.subscription, policy) is None
    return no_subscriber and policy.no_address == "drop"


# ---------------------------------------------------------------- header fields: tokens, or None for no such field


def date(notice: Notice, policy: Policy) -> list[str] | None:
    """The time of the event, for a printer that has a clock (mailto-04 section 6.1.1)."""
    return format_datetime(notice.when).split(" ") if has_clock(policy) else None


def from_(notice: Notice, policy: Policy) -> list[str]:
    """The printer's name, with an address."""
    address = policy.administrator if policy.from_whom == "printer" else from_address(notice, policy)
    return _party(name_of(policy.from_name, notice), address, notice, policy, brackets=policy.from_brackets)


def sender_00(notice: Notice, policy: Policy) -> list[str] | None:
    """The subscriber's name and address (mailto-00 table 1)."""
    address = subscriber_address(notice.subscription, policy)
    if address is None:
        return None
    shown = address if policy.sender_whom == "subscriber" else policy.administrator
    return _party(name_of(policy.sender_name, notice), shown, notice, policy, brackets=policy.sender_brackets)


def reply_to_00(notice: Notice, policy: Policy) -> list[str] | None:
    """No field of mailto-00: replies go to the address in From."""
    return None if policy.replies_to == "from" else [policy.administrator]


def sender_04(notice: Notice, policy: Policy) -> list[str] | None:
    """The user data as they stand (mailto-04 section 6.1.4)."""
    return _subscriber_04("Sender", notice, policy)


def reply_to_04(notice: Notice, policy: Policy) -> list[str] | None:
    """The user data as they stand (mailto-04 section 6.1.5)."""
    return _subscriber_04("Reply-To", notice, policy)


def _subscriber_04(name: str, notice: Notice, policy: Policy) -> list[str] | None:
    found = subscriber_mailbox(notice.subscription)
    if found is None:
        return [policy.administrator] if policy.stand_in == name else None
    return [found.text if policy.subscriber_shown == "as-given" else found.address]


def to_(notice: Notice, policy: Policy) -> list[str] | None:
    """The rest of the recipient's URI."""
    if policy.to_whom != "recipient":
        return [f"<{notice.subscription.recipient}>" if policy.to_whom == "uri" else from_address(notice, policy)]
    found = recipient(notice.subscription.recipient)
    return None if found is None else [found.text]


def subject_00(notice: Notice, policy: Policy) -> list[str]:
    """The localized prefix, the event, the job's or printer's name (mailto-00 table 1)."""
    language = notice.subscription.language
    text = prefixed(human_consumable.headline(notice, policy), say(words.PREFIX, language), policy)
    return unstructured(text, header_charset(notice, policy), policy.word_encoding)


def prefixed(text: str, prefix: str, policy: Policy) -> str:
    """The Subject in characters."""
    if policy.subject == "empty":
        return ""
    if policy.subject == "greeting":
        return f"{prefix}hello"
    if policy.subject == "without-prefix":
        return text
    return (prefix.lower() if policy.subject == "lower-case-prefix" else prefix) + text


def subject_04(notice: Notice, policy: Policy) -> list[str]:
    """Kind, name and event in the subscription's language and charset (mailto-04 section 6.1.3)."""
    language = "en" if policy.only_english == "subject" else notice.subscription.language
    start = say(words.PRINT_JOB if notice.is_job_event else words.PRINTER, language)
    event = words.event_words(human_consumable.told_event(notice, policy), language, short=True)
    text = prefixed(f"{human_consumable.subject_name(notice, policy)} {event}", start, policy)
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


def _party(name: str | None, address: str, notice: Notice, policy: Policy, *, brackets: bool) -> list[str]:
    """A name, if there is one, and the address in angle brackets; or the address, and the name in a comment."""
    if not brackets:
        plain = re.sub("[^A-Za-z0-9. -]", "", name or "")  # only this one thing is to be wrong with it
        return [address, *f"({plain})".split(" ")]
    shown = [] if name is None else phrase(name, header_charset(notice, policy), policy.word_encoding)
    return [*shown, f"<{address}>"]


Tokens = Callable[[Notice, Policy], list[str] | None]
FIELDS: dict[Edition, tuple[tuple[str, Tokens], ...]] = {
    Edition.MAILTO_00: (
        ("Date", date),
        ("From", from_),
        ("Subject", subject_00),
        ("Sender", sender_00),
        ("Reply-To", reply_to_00),
        ("To", to_),
        ("Message-ID", message_id),
        ("MIME-Version", mime_version),
    ),
    Edition.MAILTO_04: (
        ("Date", date),
        ("From", from_),
        ("Subject", subject_04),
        ("Sender", sender_04),
        ("Reply-To", reply_to_04),
        ("To", to_),
        ("Message-ID", message_id),
        ("MIME-Version", mime_version),
    ),
}


# ---------------------------------------------------------------- bodies


def body_00(notice: Notice, policy: Policy) -> Entity:
    """The us-ascii body, and behind it the form that the subscription's format asks for, if any."""
    wanted, said = notice.subscription.format, in_its_words(notice, policy)
    found = None if wanted is None else media_type(wanted)
    if found is None or found.is_plain_ascii or not can_make(found):
        return plain_body(said, policy, wanted)
    form, filename = FORMS[found.kind]
    if notify_charset_rules(found, policy):
        found = media_type(f"{found.kind}; charset={notice.subscription.charset}") or found
    elif policy.form_label == "windows-1252" and found.charset is not None:
        found = media_type(f"{found.kind}; charset=windows-1252") or found
    entity = form(notice if found.kind == "application/ipp" else said, policy, found.text, found.charset)
    if policy.form_place == "alone" or (found.kind == "text/plain" and policy.charset_text == "body"):
        return entity
    if policy.form_place == "nowhere":
        return ascii_body(said, policy)
    body = ascii_body(said, policy)
    if policy.form_place == "before":
        return multipart("mixed", [entity, attached(body, policy.disposition, "log.txt")])
    return multipart("mixed", [body, attached(entity, policy.disposition, filename)])


def in_its_words(notice: Notice, policy: Policy) -> Notice:
    """The notice as text for people tells it: in the subscription's language."""
    language = notice.subscription.language
    if policy.only_english == "body":
        language = "en"
    elif policy.foreign_for and (notice.subscription.format or "").startswith(policy.foreign_for):
        language = next((one for one in policy.languages if one != language), language)
    return replace(notice, subscription=replace(notice.subscription, language=language))


def plain_body(said: Notice, policy: Policy, wanted: str | None) -> Entity:
    """The mail of a subscription that gets nothing but the body."""
    body, html = ascii_body(said, policy), html_form(said, policy, "text/html", None)
    if attaches_unasked(wanted, policy, named=said.subscription.format_named):
        return multipart("mixed", [body, attached(html, policy.disposition, "extra.html")])
    if policy.body_html == "before-the-text":
        return multipart("mixed", [html, attached(body, policy.disposition, "log.txt")])
    return html if policy.body_html == "alone" else body


def attaches_unasked(wanted: str | None, policy: Policy, *, named: bool) -> bool:
    """Whether something is put beside a text that was asked for alone, by its name."""
    word = {None: "for-none", NONE_WORD: "for-the-word-none"}.get(wanted, "for-plain" if named else "")
    return policy.attaches_unasked == word


def notify_charset_rules(wanted: MediaType, policy: Policy) -> bool:
    """Whether a text is in notify-charset, though its media type has a charset parameter, given or not."""
    way = "without-a-parameter" if wanted.charset is None else "over-a-parameter"
    return policy.notify_charset_rules == way and wanted.kind.startswith("text/")


def can_make(wanted: MediaType) -> bool:
    """Whether this printer can write that type, in that charset."""
    return wanted.kind in FORMS and (wanted.charset is None or usable_charset(wanted.charset) == wanted.charset)


def ascii_body(notice: Notice, policy: Policy) -> Entity:
    """What every mail of mailto-00 begins with (section 4.3)."""
    octets = human_consumable.plain(notice, policy, "us-ascii") + policy.body_tail
    return text_entity(f"text/plain; charset={policy.body_charset}", octets, policy.text_encoding)


def plain_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """Plain text in the charset its type names."""
    every = (human_consumable.plain(one, policy, form_charset(charset)) for one in (*notice.earlier, notice))
    octets = b"\r\n".join(every)
    if policy.form_label == "without-charset":
        content_type = content_type.partition(";")[0]
    elif policy.form_label == "other-octets":
        octets += "Grüße\r\n".encode("utf-16")
    return text_entity(content_type, octets, policy.text_encoding)


def html_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """HTML in the charset its type names."""
    return text_entity(content_type, human_consumable.html(notice, policy, form_charset(charset)), policy.text_encoding)


def postscript_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """A page in PostScript."""
    return base64_entity(content_type, human_consumable.postscript(notice, policy))


def ipp_form(notice: Notice, policy: Policy, content_type: str, charset: str | None) -> Entity:
    """The Machine Consumable form."""
    try:
        octets = machine_consumable.content(notice, policy)
    except ValueError as e:
        raise Uncomposable(f"no application/ipp: {str(e)!a}") from e
    return base64_entity(content_type, octets[: len(octets) - policy.machine_octets_cut])


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
    notice = in_its_words(notice, policy)
    charset = usable_charset(policy.text_charset or notice.subscription.charset)
    text = plain_form(notice, policy, f"text/plain; charset={charset}", charset)
    if policy.free_content == "plain" or (notice.subscription.text_only and policy.text_only_obeyed):
        return text
    html = html_form(notice, policy, f"text/html; charset={charset}", charset)
    if policy.free_text == "html-alone":
        return html
    if policy.free_text == "shorter":
        short = replace(policy, facts_left_out=SIDE_FACTS)
        text = plain_form(notice, short, f"text/plain; charset={charset}", charset)
    return multipart("alternative", [html] if policy.free_text == "none" else [text, html])


SIDE_FACTS: Final = ("printer-uri", "subscription", "sequence")

BODIES: dict[Edition, Callable[[Notice, Policy], Entity]] = {
    Edition.MAILTO_00: body_00,
    Edition.MAILTO_04: body_04,
}
