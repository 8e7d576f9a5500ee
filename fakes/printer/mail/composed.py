"""A mail that is ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to go: addresses without brackets, and octets with CRLF and a CRLF at the end."""

    sender: str
    recipient: str
    octets: bytes
    copies: tuple[str, ...] = ()
