"""The numbers a printer gives out."""

from __future__ import annotations

from collections.abc import Container
from itertools import count
from typing import Final

from fakes.printer.policy import Policy

MAX: Final = 2**31 - 1  # RFC 2911 section 4.1


def first_sequence(policy: Policy) -> int:
    """The sequence number of a subscription that has sent nothing yet."""
    return 0


def next_sequence(policy: Policy, sequence: int, sent: int = 0) -> int:
    """The number of the next notification of a subscription (RFC 3995 section 5.4.2); it wraps to 0.

    ``sent`` counts the notifications of all subscriptions, this one among them.
    """
    if policy.numbering == "of-the-printer":
        return sent
    return 0 if sequence >= MAX else sequence + 1


def numbered(policy: Policy, sequence: int) -> int:
    """The sequence number that a notification is told to have."""
    lies = {
        "from-0": sequence - 1,
        "with-a-gap": sequence + (sequence > 1),
        "with-a-repetition": sequence - (sequence > 1),
        "by-two": 2 * sequence,
    }
    return lies.get(policy.numbering, sequence)


def next_subscription_id(policy: Policy, last: int, taken: Container[int] = ()) -> int:
    """The id after ``last``; 0 is none, and an id is not used again while the numbers last."""
    if policy.numbers_reused:
        return next(number for number in count(1) if number not in taken)
    step = policy.id_step
    return step if last > MAX - step else last + step
