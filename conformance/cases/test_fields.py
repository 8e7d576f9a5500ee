"""Header fields one by one: how often, Date, Message-ID, encoded words (RFC 5322, RFC 2047; RFC 822 for the draft)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.counted import counted
from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import NotApplicable
from conformance.wire import imf
from conformance.wire.comments import without_comments
from conformance.wire.dates import date_time
from conformance.wire.problem import Kind
from conformance.wire.words import WORD, plain, word_problems

from .case import case
from .every_mail import everything, judge, of_play, shown
from .findings import Finding, conclude
from .mail_lookup import own_fields

# RFC 5322 section 3.6; the fields of MIME are S-mime's.
_ONCE: Final = (
    "Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To", "References", "Subject",
)  # fmt: skip


def _single(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    own = [field.name.lower() for field in own_fields(play.run_record, mail)]
    for name in _ONCE:
        fields = mail.parsed.all(name)
        if own.count(name.lower()) > 1:
            yield Finding(
                f"{name} {counted(len(fields), 'time')}: {' and '.join(map(shown, fields[:3]))}",
                mail.where(fields[1].span),
            )


@case("S-single", on="printer/description")
def test_no_field_is_there_twice_that_may_be_there_once(play: PlayRecord) -> None:
    judge(_single, everything(play), f"at most one each of {', '.join(_ONCE)}", added=True)


# ---------------------------------------------------------------- who else is named

_RECIPIENTS: Final = ("Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")  # To has rules of its own


def _strangers(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    """Whom fields beside To name as a recipient, but for who was to get the mail and who subscribed."""
    if subscription is None or play.run_record.perhaps_relayed(mail) is not None:
        return
    known = {address_key(subscription.address)}
    if subscription.user_data is not None:
        known.add(address_key(subscription.user_data.decode("latin-1").removeprefix("mailto:")))
    other = subscription.asked.other.encode()
    for field in mail.parsed.fields:
        if field.name.lower() not in map(str.lower, _RECIPIENTS) or (other and other in field.raw):
            continue  # what a hostile value has brought into a field is judged by S-inject
        named = [box.address for box in imf.mailboxes(field.value) or () if address_key(box.address) not in known]
        if named:
            yield Finding(f"{shown(field)}, which names {', '.join(named)!a}", mail.where(field.span))


@case("3-6", on="printer/description")
def test_no_field_names_somebody_else_as_a_recipient(play: PlayRecord) -> None:
    judge(_strangers, everything(play), "no recipient beside the one of the subscription", binding=False)


# ---------------------------------------------------------------- Date


def _dates(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    for field in mail.parsed.all("Date"):
        told = date_time(field.value)
        if told is None or told.problem is not None:
            why = told.problem if told is not None else "no date-time by the grammar"
            yield Finding(f"{shown(field)}: {why}", mail.where(field.span))


@case("S-date", on="printer/description")
def test_a_date_is_one_by_grammar_and_calendar(play: PlayRecord) -> None:
    judge(_dates, everything(play), "a date-time of RFC 822 or RFC 5322, its day of the week that of its date")


# ---------------------------------------------------------------- Message-ID


def _identities(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    for field in mail.parsed.all("Message-ID"):
        value = plain(without_comments(field.value)[0]).strip(" \t")
        inside = value.removeprefix("<").removesuffix(">")
        problem = imf.addr_spec_problem(inside)
        if len(value) - len(inside) != 2:
            yield Finding(f"{shown(field)}, without < and >", mail.where(field.span))
        elif problem is not None:
            yield Finding(f"{shown(field)}: {problem.replace('address', 'identifier')}", mail.where(field.span))


@case("S-id", on="printer/description")
def test_a_message_id_is_one_by_the_grammar(play: PlayRecord) -> None:
    judge(_identities, everything(play), "<left@right>, and nothing else but comments, in Message-ID")


@case("S-id", on="printer/description")
def test_different_mails_have_different_message_ids(play: PlayRecord) -> None:
    """Two copies of one message may share theirs; readers of mail throw the second one away."""
    first: dict[str, ReceivedMail] = {}
    looked, found = 0, list[Finding]()
    for mail, _, _ in everything(play):
        field = mail.parsed.one("Message-ID")
        if field is None:
            continue
        looked += 1
        before = first.setdefault(field.text.strip(), mail)
        if before is mail:
            continue
        # one that nobody is known to have taken may be made anew, and sent again under its name
        changed = play.run_record.surely_acknowledged(before) and _words_of(before) != _words_of(mail)
        if _are_of_other_jobs(before, mail) or _are_of_other_recipients(before, mail) or changed:
            found.append(Finding(f"{shown(field)} of mail #{before.id} again", mail.where(field.span)))
    if not looked:
        raise NotApplicable("no mail has a Message-ID")
    conclude(found, expected="a Message-ID of its own for each message")


def _are_of_other_jobs(one: ReceivedMail, other: ReceivedMail) -> bool:
    return bool(one.plays_named and other.plays_named) and one.plays_named.isdisjoint(other.plays_named)


def _are_of_other_recipients(one: ReceivedMail, other: ReceivedMail) -> bool:
    """Whether two texts went to two recipients; one text may be sent to many, each for himself."""
    apart = {*map(address_key, one.recipients)}.isdisjoint(map(address_key, other.recipients))
    return apart and None not in (one.text, other.text) and one.text != other.text


def _words_of(mail: ReceivedMail) -> tuple[str, str]:
    """Subject and text, numbers aside: a mail that is sent again may count anew."""
    field = mail.parsed.one("Subject")
    subject = field.text.strip() if field is not None else ""
    return re.sub(r"[0-9]+", "", subject), re.sub(r"[0-9]+", "", mail.text or "")


# ---------------------------------------------------------------- encoded words

WORDS: Final = "encoded words of at most 75 characters, set apart by blanks, each decodable and of whole characters"
_BAD_WORDS: Final = (
    Kind.ENCODED_WORD_BAD, Kind.ENCODED_WORD_GLUED, Kind.ENCODED_WORD_LONG, Kind.ENCODED_WORD_SPLITS_CHARACTER
)  # fmt: skip
_UNKNOWN_HERE: Final = "is unknown here"  # which says nothing against the printer
_NO_WORDS_IN: Final = (  # RFC 2047 section 5: in none of these, but for comments
    "date", "message-id", "in-reply-to", "references", "mime-version", "content-type", "content-disposition",
    "content-transfer-encoding", "content-id",
)  # fmt: skip
_ADDRESSES: Final = ("from", "sender", "reply-to", "to", "cc", "bcc")  # where names are S-addr's


def _words(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    if subscription is not None and _looks_encoded(play, subscription):
        return  # text that looks like an encoded word may stand for itself
    parts = (field for part in mail.parsed.root.walk() if part is not mail.parsed.root for field in part.fields)
    for field in (*own_fields(play.run_record, mail), *parts):
        name = field.name.lower()
        if name in _NO_WORDS_IN and b"?" in field.raw and WORD.search(without_comments(field.value)[0]):
            yield Finding(f"{shown(field)}, where no encoded word may be", mail.where(field.span))
        for problem in word_problems(field.raw, field.start) if name not in _ADDRESSES else ():
            if problem.kind in _BAD_WORDS and not problem.reason.endswith(_UNKNOWN_HERE):
                yield Finding(f"{shown(field)}: {problem.reason}", mail.where(problem.span))


def _looks_encoded(play: PlayRecord, subscription: SubscriptionRecord) -> bool:
    """Whether a value that the printer was given has the beginning of an encoded word in it."""
    requests = (answer.row.request for step in play.steps for answer in step.answers)
    return b"=?" in (subscription.user_data or b"") or any(b"=?" in request for request in requests)


@case("S-words", on="printer/description")
def test_encoded_words_can_be_read(play: PlayRecord) -> None:
    judge(_words, everything(play), WORDS, added=True)


@case("S-words", on="beyond-ascii")
def test_names_beyond_ascii_are_encoded_readably(play: PlayRecord) -> None:
    judge(_words, of_play(play), WORDS, added=True)
