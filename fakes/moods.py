"""The faults that plays have asked of the recipient: each play's own, and gone with it."""

from __future__ import annotations

from .faults import Fault, FaultScript
from .recipient import Recipient


class Moods:
    """The scripts of several plays at one recipient.

    When one play changes its mood, the counts (``x2``) and session numbers of all scripts begin anew: a script with
    either belongs in a scenario that is alone.
    """

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient
        self._of: dict[int, tuple[Fault, ...]] = {}

    def set(self, play: int, script: str) -> None:
        """The recipient follows this script from now on, in place of the play's last one.  Raises ``FaultError``."""
        faults = FaultScript.parse(script.splitlines()).faults
        self.clear(play)
        if faults:
            self._of[play] = faults
            self._apply()

    def clear(self, play: int) -> None:
        """The play is over; harmless if it asked for nothing."""
        if self._of.pop(play, None) is not None:
            self._apply()

    def _apply(self) -> None:
        self._recipient.faults = FaultScript([fault for faults in self._of.values() for fault in faults])
