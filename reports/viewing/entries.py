"""An entry of the catalogue in words: why it binds a printer, and what that costs."""

from __future__ import annotations

import re
from typing import Final

from conformance.requirements import Level, Requirement, Severity

_FORCE: Final = {
    Level.MUST: "the text says MUST",
    Level.REQUIRED: "the text says REQUIRED",
    Level.SHOULD: "the text says SHOULD",
    Level.MAY: "the text says MAY, and says how whoever does it has to",
    Level.OPTIONAL: "the text says OPTIONAL, and says how whoever has it has to do it",
    Level.FACT: "the text states it as a fact about every printer that conforms",
    Level.ADVICE: "the text recommends it",
    Level.DEFINITION: "the text defines it so",
    Level.OPEN: "the text leaves it open, and a reading decides",
}
_COSTS: Final = {
    Severity.HARD: "a printer that does otherwise fails",
    Severity.SOFT: "a printer that does otherwise gets a warning",
    Severity.INFO: "what happens is recorded, without a verdict",
    Severity.NONE: "it is not looked at",
}


_NUMBERED: Final = re.compile(r"\d+(\.\d+)*")


def text_address(entry: Requirement) -> str:
    """Where the text can be read, at its section if that has a number; empty for one that is not published."""
    kind, _, number = entry.document.partition(" ")
    if kind == "RFC":
        place = f"https://www.rfc-editor.org/rfc/rfc{number}"
    elif kind.startswith("draft-"):
        place = f"https://datatracker.ietf.org/doc/html/{kind}"
    else:
        return ""
    first = _NUMBERED.match(entry.section)
    return f"{place}#section-{first[0]}" if first else place


def force_of(entry: Requirement) -> str:
    """The force of the text."""
    return _FORCE[entry.level]


def why_it_binds(entry: Requirement) -> str:
    """The force of the text, and what a violation means here."""
    return f"{force_of(entry)}; {_COSTS[entry.severity]}"
