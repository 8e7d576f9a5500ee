"""What a ledger has: how many mails were due and came, and what is left over, each with its kind or its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.verdict import Where

from .printers_word import Account


class Reason(StrEnum):
    """Why a mail came that is not due to anybody."""

    RETRY = "retry"  # what our recipient did had the printer send it again
    RELAY = "relay"  # a relay brought it once more that had been given it once
    OTHER_JOB = "other-job"  # about a job that is not ours, or that a printer tells of to everybody
    HOSTILE = "hostile"  # awkward data brought it about, which other cases judge
    NOTICE = "notice"  # about mail that could not be delivered
    UNDER_WAY = "under-way"  # about what may have happened before the subscription ended
    SOMEBODY_ELSES = "somebody-elses"  # for a subscription of another's, that the printer lists
    UNKNOWN_ORIGIN = "unknown-origin"  # from a host that brought no mail of the printer's
    UNANSWERED = "unanswered"  # for a subscription that was asked for, and no answer says whether it was made
    UNSAID = "unsaid"  # what it is about cannot be read from it, and it may be due


class LeftOverKind(StrEnum):
    """What is left over."""

    THIRD_PARTY = "a mail to somebody who has no subscription"
    SECOND_RECIPIENT = "a mail to more than the recipient of a subscription"
    UNLISTED = "a mail about an event that the subscription does not list"
    COPY = "a mail that had been sent before"
    REFUSED = "a mail for a subscription that was not made"
    AFTER_END = "a mail about what happened after the subscription's end"
    FOREIGN_JOB = "a mail about another job, for a subscription that hangs on one"
    NO_JOB = "a mail about a job that there can hardly have been"
    MISSING = "no mail about an event, though later ones of the subscription came"
    GONE = "a subscription that was gone before its lease was over"
    UNMAILED = "no mail about an event that the printer itself told of"


@dataclass(frozen=True, slots=True)
class LeftOver:
    """One thing that no reason can be given for: what, at which of the catalogue's entries it counts, and where.

    ``in_this_run`` is what is told with the numbers and addresses of its run, where ``told`` has names for them.
    """

    kind: LeftOverKind
    requirements: tuple[str, ...]
    told: str
    where: Where
    relayed: str | None = None  # why it may be a relay's doing, or nothing wrong, if it may
    in_this_run: str = ""

    @property
    def as_told(self) -> str:
        """With everything that is of this run."""
        return self.in_this_run or self.told


@dataclass(slots=True)
class Ledger:
    """``due``: mails that had to come; ``matched``: mails that came for a subscription and fit it.

    ``account`` is what the printer itself told of events, ``None`` where it was not asked.
    """

    due: int = 0
    came: int = 0
    matched: int = 0
    explained: Counter[Reason] = field(default_factory=Counter)
    left_over: list[LeftOver] = field(default_factory=list)
    account: Account | None = None

    @property
    def missing(self) -> int:
        """How many of what is left over are mails that did not come."""
        return sum(left.where.kind != "mail" for left in self.left_over)

    def of(self, requirement: str) -> list[LeftOver]:
        """What is left over at that entry."""
        return [left for left in self.left_over if requirement in left.requirements]
