"""What a scenario needs that a printer need not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.scenarios.steps import Scenario
from conformance.wire.registry import Operation

from .shared import Shared

PAUSE: Final = ("Pause-Printer", "Resume-Printer")
OF_THE_PRINTER: Final = frozenset(
    {"event-printer-state-changed", "event-printer-stopped"}
)  # tags of what a pause is for


def missing_need(stage: Shared, scenario: Scenario) -> str | None:
    """Which need of a scenario the printer does not list; ``None`` if none."""
    for need in scenario.needs:
        kind, _, word = need.partition(":")
        if not word:
            if kind in PAUSE and stage.ixit.stops_by_hand:
                continue
            if not lists_operation(stage, kind):
                hint = "; cause-printer-stopped in the IXIT would do" if kind in PAUSE else ""
                return f"the printer does not list {kind} in operations-supported{hint}"
        elif kind == "event" and not _lists(stage, stage.vocabulary.events_supported, word):
            return f"the printer does not list {word} in {stage.vocabulary.events_supported}"
        elif kind == "attribute" and word == "notify-format" and not _has_formats(stage):
            return f"vocabulary {stage.vocabulary.name} has no notify-format, and the printer lists none"
        elif kind == "listener" and word not in stage.offers:
            return f"the recipient of this run offers no {word.upper()}"
        elif kind == "vocabulary" and word != stage.vocabulary.name:
            return f"vocabulary {stage.vocabulary.name} has no such thing"
    return None


def lacks_a_cause(stage: Shared, scenario: Scenario) -> bool:
    """Whether all that keeps the printer's own events from being seen is that no request brings them about."""
    others = replace(scenario, needs=tuple(need for need in scenario.needs if need not in PAUSE))
    told = bool(OF_THE_PRINTER & scenario.tags) and "machine" not in scenario.tags
    return told and missing_need(stage, others) is None


def _has_formats(stage: Shared) -> bool:
    v = stage.vocabulary
    return v.name == "ntfy-01" or v.find(stage.printer, v.format_supported) is not None


def lists_operation(stage: Shared, name: str) -> bool:
    """Whether the printer says that it has that operation."""
    listed = stage.printer.get("operations-supported")
    number = Operation[name.upper().replace("-", "_")]
    return listed is not None and int(number) in listed.integers()


def _lists(stage: Shared, attribute: str, word: str) -> bool:
    listed = stage.printer.get(attribute)
    return listed is not None and word in listed.texts()
