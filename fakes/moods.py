"""The faults that plays have asked of the recipient: each play's own, and gone with it."""

from __future__ import annotations

from .faults import Fault, FaultScript
from .recipient import Recipient


class Moods:
    """The scripts of several plays at one recipient, each with its own counts; ``session N`` counts from the first."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient
        self._of: dict[int, tuple[Fault, ...]] = {}

    def set(self, play: int, script: str) -> None:
        """The recipient follows this script from now on, in place of the play's last one.  Raises ``FaultError``."""
        faults = FaultScript.parse(script.splitlines()).faults
        self._recipient.faults.change(self._of.pop(play, ()), faults)
        if faults:
            self._of[play] = faults

    def clear(self, play: int) -> None:
        """The play is over; harmless if it asked for nothing."""
        self._recipient.faults.change(self._of.pop(play, ()), ())
