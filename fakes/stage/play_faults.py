"""The faults that plays have asked of the recipient: each play's own, and gone with it."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.faults import Fault
from fakes.recipient.recipient import Recipient


class PlayFaults:
    """The faults of several plays at one recipient, each with its own counts; ``session N`` counts from the first."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient

    def set(self, play: int, faults: Iterable[Fault]) -> None:
        """The recipient has these faults from now on, in place of the play's last ones."""
        self._recipient.faults.change(play, faults)

    def clear(self, play: int) -> None:
        """The play is over; harmless if it asked for nothing."""
        self._recipient.faults.change(play, ())
