"""The stimuli, as rows: what an operator does to a printer, and nothing about what ought to happen.

One module for each part of the texts; each has ``SCENARIOS``.  To add a stimulus, add a row there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import awkward, events, faults, given_up, ipp_notifications, languages, mails, mailto_04, reach, security
from .steps import Scenario

__all__ = ["BY_ID", "SCENARIOS", "Scenario", "selected"]

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *mails.SCENARIOS,
    *events.SCENARIOS,
    *reach.SCENARIOS,
    *languages.SCENARIOS,
    *given_up.SCENARIOS,
    *mailto_04.SCENARIOS,
    *ipp_notifications.SCENARIOS,
    *faults.SCENARIOS,
    *awkward.SCENARIOS,
    *security.SCENARIOS,
)
BY_ID: Final = {s.id: s for s in SCENARIOS}


def selected(on: str, drawn: Sequence[Scenario] = ()) -> list[Scenario]:
    """The scenario of that id, or all with that tag, in order; ``drawn`` are those that only this run has."""
    if on in BY_ID:
        return [BY_ID[on]]
    return [s for s in (*SCENARIOS, *drawn) if on == s.id or on in s.tags]
