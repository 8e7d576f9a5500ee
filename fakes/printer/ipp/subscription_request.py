"""The question that ``negotiation`` answers: who asks for a subscription, in which words, and what cannot be had."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.editions import ContentChoice
from conformance.vocabulary import NTFY_01, Vocabulary
from conformance.wire.ipp import Attribute, Group
from conformance.wire.registry import Status
from fakes.printer.policy import Policy

Unsupported = list[Attribute]  # unsupported attributes and values on their way back to the client


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """Who asks for a subscription, and in what.  ``charset`` and ``language`` are those of the request."""

    policy: Policy
    user: str | None
    charset: str
    language: str
    per_job: bool = False
    job_creation: bool = False

    @property
    def vocabulary(self) -> Vocabulary:
        """The names in use."""
        return self.policy.vocabulary

    @property
    def drafts(self) -> bool:
        """Whether the drafts of 2000 rule, not RFC 3995."""
        return self.policy.vocabulary is NTFY_01

    @property
    def formats(self) -> bool:
        """Whether there is notify-format (mailto-00); mailto-04 has notify-mailto-text-only in its place."""
        return self.policy.traits.content is ContentChoice.FORMAT


class Denied(Exception):
    """Why a subscription cannot be made; becomes a ``Denial``.  ``fatal`` refuses the whole request."""

    def __init__(self, status: Status, reason: str, *unsupported: Attribute, fatal: bool = False) -> None:
        self.status, self.reason, self.unsupported, self.fatal = status, reason, unsupported, fatal


def supplied(request: SubscriptionRequest, group: Group, name: str) -> Attribute | None:
    """The attribute of that name or one of its synonyms."""
    found = request.vocabulary.find(group, name)
    return group.get(found) if found is not None else None


def is_one(attribute: Attribute, tag: int) -> bool:
    """Whether it is a single value of that syntax; any other is a value the printer does not support."""
    return len(attribute.values) == 1 and attribute.value.tag == tag and attribute.value.problem is None
