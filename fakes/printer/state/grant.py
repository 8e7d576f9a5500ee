"""What a subscription was granted."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.ipp import Attribute
from conformance.wire.registry import Status


@dataclass(frozen=True, slots=True)
class Grant:
    """A subscription that can be made.  ``status`` is its notify-status-code; ``lease`` is 0 where there is none."""

    recipient: str
    user_name: str
    user_data: bytes | None
    events: tuple[str, ...]
    format: str | None
    text_only: bool
    charset: str
    language: str
    lease: int
    lease_asked: int | None
    unsupported: tuple[Attribute, ...]
    status: Status
    pull_method: str | None = None  # of a subscription that mails nothing and is asked; ``recipient`` is then empty
    format_named: bool = False  # by the subscriber, and not by the printer in his place
