"""Hostile data: nothing from outside becomes a header field, a recipient or a command; URL parameters stay out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord
from conformance.record.smtp_sessions import SessionRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive
from conformance.wire import imf, smtp

from .case import case
from .findings import Finding, beginning, conclude
from .session_lookup import (
    about_another_job,
    mails_for,
    mark_of,
    naming,
    printer_sessions,
    printers,
    require_read_faults,
    require_something,
    settle,
    touched,
)

INJECTED: Final = "x-injected"  # the field that hostile values of ours try to add
_WITH_ADDRESSES: Final = ("from", "sender", "reply-to", "to", "cc", "bcc")
SAFE: Final = "the header fields, recipients and commands of a harmless mail"


@case("S-inject", on="awkward")
def test_awkward_data_add_no_field_recipient_or_command(play: PlayRecord) -> None:
    found = [
        finding
        for subscription in play.subscriptions.values()
        for finding in (*_injected_recipients(play, subscription), *_injected_fields(play, subscription))
    ]
    found += [
        Finding(f"{session.command(turn)} where commands belong, out of the message", session.where(turn.span))
        for session in printers(play, touched(play))
        if not session.unread_faults and not about_another_job(session.plays_named, play)
        for turn in (*session.spilled(), *_injected_commands(session, play))
    ]
    conclude(found, expected=SAFE)
    require_read_faults(touched(play))
    require_something(play)


def _injected_recipients(play: PlayRecord, subscription: SubscriptionRecord) -> Iterator[Finding]:
    """RCPT commands to the address that no mail ought to go to."""
    other = address_key(subscription.asked.nobody)
    uri = subscription.asked.recipient or ""
    if f"{subscription.address},{other}" in uri or re.search(rf"[?&](?:to|cc|bcc)={re.escape(other)}", uri):
        return  # the URI names it as a recipient: no injection, whatever the printer makes of it; see ISSUE-03
    for session in naming(play.run_record, other):
        for turn, address in session.recipients:
            if address_key(address or "") == other:
                yield Finding(f"{session.command(turn)}, a recipient that nobody subscribed", session.where(turn.span))


def _injected_commands(session: SessionRecord, play: PlayRecord) -> Iterator[smtp.Turn]:
    """Commands that a value of this play spells out: X-Injected, and MAIL from the address that nobody has."""
    others = {address_key(s.asked.nobody) for s in play.subscriptions.values()}
    found = [turn for turn in session.unusual if turn.verb.lower().startswith(INJECTED)]
    found += [turn for turn, sender in session.senders if sender is not None and address_key(sender) in others]
    yield from sorted(found, key=lambda turn: turn.span)


def _injected_fields(play: PlayRecord, subscription: SubscriptionRecord) -> Iterator[Finding]:
    other = subscription.asked.nobody
    mark = mark_of(subscription)
    for mail in mails_for(play, subscription):
        for field in _all_fields(mail):
            name = field.name.lower()
            added = (name == INJECTED and mark.encode() in field.raw) or (
                name in _WITH_ADDRESSES and _names(field, other, subscription)
            )
            if added:
                shown = beginning(field.raw.decode("latin-1"))
                yield Finding(f"the header field {shown!r} in mail #{mail.id} for {mark}", mail.where(field.span))


def _all_fields(mail: ReceivedMail) -> Iterator[imf.Field]:
    """The fields of the mail and of its parts."""
    for part in mail.parsed.root.walk():
        yield from part.fields


def _names(field: imf.Field, other: str, subscription: SubscriptionRecord) -> bool:
    """Whether the field is one that was added: a recipient or author nobody asked for, in a field of its own."""
    boxes = imf.mailboxes(field.value)
    if boxes is None or [address_key(box.address) for box in boxes] != [address_key(other)]:
        return False
    return field.name.lower() != "to" or other not in (subscription.asked.recipient or "").partition("?")[0]


# ---------------------------------------------------------------- parameters of the recipient URL

PLAIN: Final = "RCPT to the address before the question mark, and to nobody else"


@case("ISSUE-03", on="parameters")
def test_parameters_stay_out_of_the_recipients(play: PlayRecord) -> None:
    subscription = play.subscription
    other = address_key(subscription.asked.nobody)
    mark = mark_of(subscription)
    relayed, found, looked = False, list[Finding](), 0
    for session in play.run_record.sessions:
        for turn, address in session.recipients:
            if address is None or mark not in turn.line.decode("latin-1"):
                continue
            looked += 1
            relayed = relayed or play.run_record.session_owner.relay(session.id) is not None
            if "?" in address:
                found.append(
                    Finding(f"{session.command(turn)}, with the parameters in the path", session.where(turn.span))
                )
            elif address_key(address) == other:
                found.append(
                    Finding(f"{session.command(turn)}, a recipient made of a parameter", session.where(turn.span))
                )
    conclude(found, expected=PLAIN, remark="a relay stands between, which passes recipients on" if relayed else "")
    if not looked:
        require_something(play)
        raise Inconclusive("no RCPT for this recipient was seen")


@case("S-inject", on="printer/description")
def test_no_mail_of_the_run_spilled_into_the_dialogue(play: PlayRecord) -> None:
    found = [
        Finding(
            f"{session.command(turn)} where commands belong, out of the message before it", session.where(turn.span)
        )
        for session in printer_sessions(play)
        for turn in session.spilled()
    ]
    settle(play, found, expected=SAFE)
    if not any(session.contents for session in play.run_record.sessions):
        raise Inconclusive("no message was sent in this run")
