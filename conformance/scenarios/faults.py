"""Stimuli in which the recipient refuses, is slow, speaks in several lines, or breaks off: for one mail of the printer.

A fault that concerns one address leaves other plays alone; one that any connection may meet is played alone.
"""

from __future__ import annotations

from typing import Final

from conformance.faults import script

from .steps import Ask, AwaitMail, Print, Refuse, Scenario, Silence


def _fault(name: str, lines: str, *tags: str, alone: bool = False) -> Scenario:
    """A job with a subscription whose mail meets these faults."""
    steps = (Refuse(script(lines)), Print(asks=(Ask(),)), AwaitMail())
    return Scenario(f"faults/{name}", steps, frozenset(("fault", *tags)), alone=alone)


def _until_goodbye(name: str, lines: str, *tags: str) -> Scenario:
    """Two jobs, one after the other: when the second's mail has come, the leave-taking after the first is over."""
    steps = (Refuse(script(lines)), Print(asks=(Ask(),)), AwaitMail(), Print("k", asks=(Ask("t"),)), AwaitMail("t"))
    return Scenario(f"faults/{name}", steps, frozenset(("fault", *tags)), alone=True)


SCENARIOS: Final[tuple[Scenario, ...]] = (
    # for now
    _fault("greeting-421", "greeting: 421 too busy x1", "refused-4yz", alone=True),
    _fault("hello-451", "ehlo: 451 x1\nhelo: 451 x1", "refused-4yz", alone=True),
    _fault("mail-451", "mail: 451 x1", "refused-4yz", alone=True),
    _fault("rcpt-451-twice", "rcpt to {address}: 451 mailbox busy x2", "refused-4yz", "retry"),
    _fault("rcpt-451-in-lines", "rcpt to {address}: 451 x1\nrcpt to {address}: multiline 3", "refused-4yz", "retry"),
    _fault("data-451", "data to {address}: 451 x1", "refused-4yz", "retry"),
    _fault("data-end-451", "data-end to {address}: 451 x1", "retry"),
    # for good
    Scenario(
        "faults/mail-550",
        (Refuse(script("mail: 550 x1")), Print(asks=(Ask(),)), Silence(deaf=True)),
        frozenset(("fault", "refused-5yz")),
        alone=True,
    ),
    _fault("rcpt-550", "rcpt to {address}: 550 no such mailbox", "refused-5yz", "refused-for-good"),
    _fault("rcpt-550-in-lines", "rcpt to {address}: 550\nrcpt to {address}: multiline 3", "refused-5yz"),
    # several lines, slowly
    _fault("greeting-in-lines", "greeting: multiline 3 x1", "lines", alone=True),
    _fault("greeting-in-slow-lines", "greeting: multiline 3 x1\ngreeting: trickle 1ms x1", "lines", alone=True),
    _fault("answers-in-slow-lines", "any: multiline 2\nmail: trickle 1ms\nrcpt: trickle 1ms", "lines", alone=True),
    _until_goodbye("slow-answers", "any: delay 40ms", "slow"),
    # broken off
    _fault("drop-in-message", "data to {address}: drop-after 50 x1", "retry"),
    _fault("answer-lost", "data-end to {address}: close x1", "retry"),
    _until_goodbye("goodbye-lost", "quit: drop x1", "once"),
)
