"""Mails that a relay brought once more, though it had been given them once: they are nobody's copies but its own.

A relay that takes a mail gives it a name in its trace field (``id``, RFC 5321 section 4.4).  A printer that sends one
twice gets two names; deliveries that have the same octets, that name among them, are of one mail.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from conformance.wire.comments import without_comments

from .received_mail import ReceivedMail

_NAMED: Final = re.compile(rb"(?i)(?:\A|[ \t\r\n])id[ \t\r\n]+([^ \t\r\n;]+)")


def brought_twice(mails: Sequence[ReceivedMail], relayed: Callable[[ReceivedMail], str | None]) -> frozenset[int]:
    """The ids of those that a relay had brought before; ``relayed`` says whether it was one.

    A name that different mails have is none: who gives it to all says nothing by it.
    """
    named: dict[bytes, dict[bytes, list[ReceivedMail]]] = defaultdict(lambda: defaultdict(list))
    for mail in mails:
        if relayed(mail) is not None and (name := _name(mail)):
            named[name][sha256(mail.wire).digest()].append(mail)
    return frozenset(
        again.id
        for alike in (next(iter(contents.values())) for contents in named.values() if len(contents) == 1)
        for place, again in enumerate(alike)
        if any(set(again.recipients) == set(before.recipients) for before in alike[:place])
    )


def _name(mail: ReceivedMail) -> bytes:
    """What the last host that took it named it; empty where it gave it no name."""
    fields = mail.parsed.all("Received")
    found = _NAMED.search(without_comments(fields[0].value)[0]) if fields else None
    return found[1] if found is not None else b""
