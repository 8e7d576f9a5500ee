"""A step as it was carried out, and a subscription that was asked for in one, with everything seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from conformance.counted import counted
from conformance.trouble import BUSY, FULL, excuse
from conformance.verdict import Inconclusive, NotApplicable
from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import Status, keyword_of

from . import rows
from .exchanges import STATUS_CODE, Answer, granted_group
from .outcomes import Asked, Printed, PrinterOperated, StepOutcome, Subscribed
from .received_mail import ReceivedMail

Kind = TypeVar("Kind", bound=StepOutcome)


@dataclass(frozen=True)
class StepRecord:
    """A step as carried out, with its exchanges."""

    row: rows.Step
    outcome: StepOutcome
    answers: list[Answer]
    exchanges: Sequence[rows.Exchange] = ()  # those that got no answer, too

    @property
    def is_answered(self) -> bool:
        """Whether :attr:`answer` is there, and says more than that the printer is busy."""
        return bool(self.answers) and self.answers[0].status not in BUSY

    @property
    def asked(self) -> int:
        """When what it did was asked for: other plays may have had to get ready for it first."""
        known = self.outcome.asked if isinstance(self.outcome, PrinterOperated) else 0
        return known or self.row.t

    def came_of(self, kind: type[Kind]) -> Kind:
        """What came of it; ``EvidenceError`` where it is a step of another kind."""
        if not isinstance(self.outcome, kind):
            raise rows.EvidenceError(
                f"step {self.row.id} is of kind {self.row.kind}, not as its scenario has it",
                "take the file from where it was recorded, or judge it with the version that wrote it",
            )
        return self.outcome

    @property
    def answer(self) -> Answer:
        """The one answer; ``Inconclusive`` when there was none."""
        if not self.answers:
            raise Inconclusive(f"step {self.row.kind} {self.row.label}: no answer was recorded")
        answer = self.answers[0]
        return answer.judgeable() if answer.status in BUSY else answer


@dataclass(frozen=True)
class SubscriptionRecord:
    """A subscription that was asked for, and everything seen of it."""

    asked: Asked
    step: StepRecord
    place: int  # which of the subscriptions in that request
    vocabulary: Vocabulary
    refusable: str = ""  # why the printer need not make it, if it need not
    no_place: str = ""  # why the printer has none for it, if by its own account it has not
    mails: list[ReceivedMail] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The word that its play has for it."""
        return self.asked.label

    @property
    def address(self) -> str:
        """Where its mails belong."""
        return self.asked.address

    @property
    def user_data(self) -> bytes | None:
        """The user data that were sent."""
        return self.asked.user_data

    @property
    def user_name(self) -> str | None:
        """The user's name that was sent."""
        outcome = self.step.outcome
        return outcome.user if isinstance(outcome, Subscribed | Printed) else None

    @property
    def login(self) -> str | None:
        """The user's name that was proved."""
        outcome = self.step.outcome
        return outcome.login if isinstance(outcome, Subscribed | Printed) else None

    @property
    def creation(self) -> Answer:
        """The answer to the request that carried it."""
        return self.step.answer

    @cached_property
    def group(self) -> ipp.Group | None:
        """Its group in the answer, or the operation group where the printer answers as [n01] has it."""
        return granted_group(self.creation.message, self.place, self.vocabulary)

    @cached_property
    def id(self) -> int | None:
        """The id that the printer gave it; ``None`` when it made none, or nobody knows (:meth:`judgeable` does)."""
        if not self.step.is_answered or not self.creation.ok or self.group is None:
            return None
        attribute = self.group.get(self.vocabulary.subscription_id)
        return attribute.value.integer if attribute else None

    @property
    def format(self) -> str | None:
        """What was asked for as notify-format: a media type, `NONE_FORMAT`, `NONE_WORD`, or ``None`` for nothing."""
        return self.asked.format

    @property
    def told_status(self) -> int | None:
        """notify-status-code in the group that answers it; ``None`` when there is none."""
        attribute = self.group.get(STATUS_CODE) if self.group is not None else None
        return attribute.value.integer if attribute is not None else None

    @property
    def no_room(self) -> bool:
        """Whether the printer says that it did not make it because it holds too many."""
        return self.id is None and FULL in (self.creation.status, self.told_status)

    def judgeable(self) -> SubscriptionRecord:
        """Itself; ``Inconclusive`` when the printer did not make it for a reason that is nobody's failure."""
        if self.id is not None:
            return self
        answer = self.creation.judgeable()
        if why := excuse(self.told_status):
            raise Inconclusive(f"{why}: {keyword_of(Status, self.told_status or 0)}", (answer.where(),))
        if self.no_room and self.no_place:
            raise NotApplicable(self.no_place)
        if self.no_room:
            raise Inconclusive("the printer has no room for another subscription", (answer.where(),))
        return self

    def created(self) -> SubscriptionRecord:
        """Itself; ``Inconclusive`` when the printer did not make it (that is judged by the cases on creation)."""
        self.judgeable()
        if self.id is None and self.refusable:
            raise NotApplicable(self.refusable)
        if self.id is None:
            raise Inconclusive(
                f"the printer answered {self.creation.operation} with {self.creation.keyword} and made no subscription",
                (self.creation.where(),),
            )
        return self

    def some_mails(self, at_least: int = 1) -> list[ReceivedMail]:
        """Its mails; ``Inconclusive`` when fewer came (missing mails are judged by the cases on delivery)."""
        if len(self.mails) < at_least:
            self.created()
            raise Inconclusive(f"{len(self.mails)} of {counted(at_least, 'mail')} came for {self.address}")
        return self.mails
