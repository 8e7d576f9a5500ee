"""Whose mail it is: the address of the subscriber, and who stands in where there is none."""

from __future__ import annotations

from typing import Literal

from fakes.printer.notice import Notice, SubscriptionFacts
from fakes.printer.policy import Policy

from .addresses import SendableMailbox, is_address, mailbox


def subscriber_text(subscription: SubscriptionFacts) -> str | None:
    """The user data as text; ``None`` where there is none or it is not ASCII."""
    data = subscription.user_data
    return data.decode("ascii") if data is not None and data.isascii() else None


def subscriber_address(subscription: SubscriptionFacts, policy: Policy) -> str | None:
    """The user data where they are an address and nothing else (mailto-00 section 4.4)."""
    text = subscriber_text(subscription)
    if text is not None and policy.user_data_form == "uri":
        text = text.removeprefix("mailto:")
    return text if text is not None and is_address(text) else None


def subscriber_mailbox(subscription: SubscriptionFacts) -> SendableMailbox | None:
    """The user data where they are a mailbox, name and all (mailto-04 section 6.1.4)."""
    text = subscriber_text(subscription)
    return None if text is None else mailbox(text)


def name_of(who: Literal["printer", "subscriber", "none", "by-event"], notice: Notice) -> str | None:
    """The name to show for an address."""
    if who == "none":
        return None
    printers = who == "printer" or (who == "by-event" and notice.is_job_event)
    return notice.printer.name if printers else notice.subscription.user_name


def from_address(notice: Notice, policy: Policy) -> str:
    """What stands between the brackets of From."""
    if policy.traits.from_subscriber or policy.from_whom == "subscriber-always":
        return subscriber_address(notice.subscription, policy) or policy.administrator
    return policy.administrator


def return_path(notice: Notice, policy: Policy) -> str:
    """Who is told when the mail cannot be delivered: the subscriber where there is an address, never nobody."""
    if policy.return_to != "subscriber":
        return "" if policy.return_to == "nobody" else policy.administrator
    if policy.traits.from_subscriber:
        return from_address(notice, policy)
    found = subscriber_mailbox(notice.subscription)
    return found.address if found else policy.administrator
