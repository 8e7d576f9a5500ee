"""What a defect is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.vocabulary import Edition
from fakes.printer import Policy
from fakes.printer.conditions import About


@dataclass(frozen=True, slots=True)
class Defect:
    """One lie: the policy field it changes, and the requirements whose cases must then fail (or warn), all of them.

    ``on`` are the scenarios, by id or tag, in which it shows; CI plays those, the full matrix plays everything.
    ``about`` are the mails about which it is a lie, ``likewise`` what it breaks too when it is told only sometimes, or
    in other scenarios than its own.
    """

    id: str
    says: str
    breaks: tuple[str, ...]
    change: Mapping[str, Any]
    on: tuple[str, ...]
    edition: Edition = Edition.MAILTO_00
    vocabulary: str = "ntfy-01"
    about: About = About.ANYTHING
    likewise: tuple[str, ...] = ()

    @property
    def right(self) -> frozenset[str]:
        """The requirements under which it is rightly caught, if it is told only sometimes."""
        return frozenset((*self.breaks, *self.likewise))

    def applied_to(self, policy: Policy) -> Policy:
        """That printer, but lying."""
        return replace(policy, **self.change)
