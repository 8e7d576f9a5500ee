"""IPP requests and their answers, decoded, and what an answer tells of a subscription, in whichever group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.trouble import FULL, excuse
from conformance.verdict import Inconclusive, Where
from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import FIRST_ERROR, GroupTag, Operation, Status, keyword_of

from . import rows

STATUS_CODE: Final = "notify-status-code"  # RFC 3995 section 5.2 rule 8d


@dataclass(frozen=True, slots=True)
class Answer:
    """A request and what came back, decoded."""

    row: rows.Exchange
    request: ipp.Message
    message: ipp.Message

    @property
    def status(self) -> int:
        """The status-code."""
        return self.message.code

    @property
    def ok(self) -> bool:
        """Whether the status is one of the successful ones."""
        return self.status < FIRST_ERROR

    @property
    def keyword(self) -> str:
        """The status-code in words."""
        return keyword_of(Status, self.status)

    @property
    def operation(self) -> str:
        """The operation in words."""
        return keyword_of(Operation, self.row.operation)

    def where(self, attribute: ipp.Attribute | None = None) -> Where:
        """A place in the response."""
        return Where("ipp", self.row.id, attribute.span if attribute else None)

    def judgeable(self) -> Answer:
        """Itself; ``Inconclusive`` when the printer refused for a reason that is nobody's failure."""
        if why := excuse(self.status):
            raise Inconclusive(f"{why}: {self.operation} gave {self.keyword}", (self.where(),))
        return self


def answer_of(row: rows.Exchange) -> Answer | None:
    """The exchange decoded, or ``None`` when no complete response came."""
    if row.problem:
        return None
    return Answer(row, ipp.decode(row.request), ipp.decode(row.response))


def granted_group(message: ipp.Message, place: int, vocabulary: Vocabulary) -> ipp.Group | None:
    """What a response says about the subscription at ``place`` (from 0) of the request.

    That is the group at the same place (RFC 3995 section 11.1.3), or the operation group where a printer answers as the
    older texts have it.
    """
    groups = message.all(GroupTag.SUBSCRIPTION)
    if groups or place:
        return groups[place] if place < len(groups) else None
    first = message.first(GroupTag.OPERATION)
    return first if first is not None and vocabulary.subscription_id in first else None


def is_full(answer: Answer) -> bool:
    """Whether it refuses a request for subscriptions, or one of them, for want of room."""
    told = (group.get(STATUS_CODE) for group in answer.message.all(GroupTag.SUBSCRIPTION))
    codes = {code.value.integer for code in told if code is not None}
    return not answer.ok and (answer.status == FULL or FULL in codes)


def told_group(message: ipp.Message, vocabulary: Vocabulary) -> ipp.Group | None:
    """What an answer tells of the one subscription that it is about.

    That is its subscription group, or the operation group where a printer answers as the oldest text has it.
    """
    group = message.first(GroupTag.SUBSCRIPTION)
    if group is not None:
        return group
    first = message.first(GroupTag.OPERATION)
    return first if first is not None and any(name in first for name in vocabulary.of_subscriptions) else None


def lease_told(group: ipp.Group, vocabulary: Vocabulary) -> int | None:
    """Seconds from then on, by expiration and up time or by duration; 0 has no end, ``None`` if it does not tell."""
    end, now = group.get(vocabulary.lease_expiration), group.get(vocabulary.find(group, vocabulary.up_time) or "")
    if end is not None and now is not None:
        end_s, now_s = end.value.integer, now.value.integer
        if end_s is not None and now_s is not None:
            return end_s - now_s if end_s else 0
    duration = group.get(vocabulary.lease_requested)
    return duration.value.integer if duration else None
