"""What a defect is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.vocabulary import Edition
from fakes.printer import Policy


@dataclass(frozen=True, slots=True)
class Defect:
    """One lie: the policy field it changes, and the requirements whose cases must then fail (or warn), all of them.

    ``on`` are the scenarios, by id or tag, in which it shows; CI plays those, the full matrix plays everything.
    """

    id: str
    says: str
    breaks: tuple[str, ...]
    change: Mapping[str, Any]
    on: tuple[str, ...]
    edition: Edition = Edition.MAILTO_00
    vocabulary: str = "ntfy-01"

    def applied_to(self, policy: Policy) -> Policy:
        """That printer, but lying."""
        return replace(policy, **self.change)
