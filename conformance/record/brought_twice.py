"""Mails that a relay brought once more, though it had been given them once: they are nobody's copies but its own.

A relay that takes a mail gives it a name in its trace field (``id``, RFC 5321 section 4.4).  A printer that sends one
twice gets two names; deliveries that have the same octets, that name among them, are of one mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from conformance.wire.comments import without_comments

from .received_mail import ReceivedMail

_NAMED: Final = re.compile(rb"(?i)(?:\A|[ \t\r\n])id[ \t\r\n]+[^ \t\r\n;]")


def brought_twice(mails: Sequence[ReceivedMail], relayed: Callable[[ReceivedMail], str | None]) -> frozenset[int]:
    """The ids of those that a relay had brought before; ``relayed`` says whether it was one."""
    seen, found = set[tuple[bytes, ...]](), list[int]()
    for mail in mails:
        if relayed(mail) is None or not _is_named(mail):
            continue
        one = (*sorted(recipient.encode() for recipient in mail.recipients), sha256(mail.wire).digest())
        if one in seen:
            found.append(mail.id)
        seen.add(one)
    return frozenset(found)


def _is_named(mail: ReceivedMail) -> bool:
    """Whether the last host that took it gave it a name."""
    fields = mail.parsed.all("Received")
    return bool(fields) and _NAMED.search(without_comments(fields[0].value)[0]) is not None
