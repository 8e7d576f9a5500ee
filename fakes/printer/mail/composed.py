"""A mail that is ready to be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

_DRAWN: Final = re.compile(rb"(?<=\.)[0-9a-f]{16}(?=@)|=_[0-9a-f]{24}")  # in identifiers and boundaries


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to go: addresses without brackets, and octets with CRLF and a CRLF at the end."""

    sender: str
    recipient: str
    octets: bytes
    copies: tuple[str, ...] = ()


def differ(one: Composed | None, other: Composed | None) -> bool:
    """Whether two mails, or a mail and none, differ in more than what is drawn anew for each."""
    return _without_drawn(one) != _without_drawn(other)


def _without_drawn(mail: Composed | None) -> Composed | None:
    return None if mail is None else replace(mail, octets=_DRAWN.sub(b"", mail.octets))
