"""What a play under way keeps in mind, and what can end it early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.record import rows
from conformance.record.outcomes import Asked, Carrier

SECOND: Final = 1_000_000_000


class CutShort(Exception):
    """The play cannot go on: the printer gave no answer that one could go on with."""


class Unserved(CutShort):
    """The printer gave no answer at all, or none but that it is busy."""


class Lost(Unserved):
    """The connection was gone before an answer: another time it may not be."""


class TooLate(CutShort):
    """The bench was too slow for the last moments of a lease: nobody can say whether it had ended by then."""


class ToBeAlone(CutShort):
    """Among others nobody can say more: the play has to be by itself."""


class Unvisited(CutShort):
    """Events were to be mailed, and nobody has so much as connected to the recipient."""


class NotPlayable(Exception):
    """The printer does not have what a step needs, and need not."""


@dataclass(slots=True)
class LiveSubscription:
    """A subscription as the stage needs it to go on; judging decodes everything anew."""

    asked: Asked
    added: bool = False  # to a job that was there already
    user: str | None = "Bob Jones"  # who made it, and has to be the one to cancel it
    account: str = ""  # of the IXIT, with which he proved it
    id: int | None = None
    was: int | None = None  # the id of one that was cancelled, which can still be asked about
    made: bool = False
    lease: int | None = None  # seconds granted, 0 for no end, None when it is not known
    created_ns: int = 0
    ends_ns: int = 0  # by our clock, at the earliest, as far as the printer has told; 0 while nobody knows
    near: bool = False  # from now on it is asked about near the end of its lease
    job: int | None = None  # to which it was added
    unsure: bool = False  # asked for, and no answer could be read yet

    def granted(self, lease: int | None, by: rows.Exchange) -> None:
        """So many seconds, from somewhere within that exchange on."""
        self.lease, self.created_ns = lease, by.t_end
        self.ends_ns = by.t_start + lease * SECOND if lease else 0

    @property
    def address(self) -> str:
        """Where its mails belong."""
        return self.asked.address

    @property
    def ends_with_its_job(self) -> bool:
        """Whether nobody need cancel it."""
        return self.asked.carrier is Carrier.JOB and not self.added

    def hears(self, now_ns: int) -> bool:
        """Whether the printer mails it about everybody at that time of ours."""
        over = self.id is None or (self.ends_ns and now_ns >= self.ends_ns)
        return self.asked.carrier is Carrier.PRINTER and not over
