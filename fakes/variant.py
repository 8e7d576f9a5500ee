"""What a conforming variant is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.vocabulary import VOCABULARIES, Edition

from .printer import OBEDIENT, Policy


@dataclass(frozen=True, slots=True)
class ConformingVariant:
    """One permitted character.

    ``on`` are the scenarios, by id or tag, that its choice touches besides those that every printer is tried in.
    ``warns`` are the SHOULDs that it leaves undone, and why; ``unjudged`` what cannot be judged on it, and why.
    """

    id: str
    says: str
    change: Mapping[str, Any]
    on: tuple[str, ...] = ()
    warns: Mapping[str, str] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)
    edition: Edition = Edition.MAILTO_00
    vocabulary: str = "ntfy-01"
    combined: bool = False  # of several, of which one may keep another from doing what it warns of

    @property
    def policy(self) -> Policy:
        """That printer."""
        plain = replace(OBEDIENT, vocabulary=VOCABULARIES[self.vocabulary], edition=self.edition)
        return replace(plain, **self.change)
