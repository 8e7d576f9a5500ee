"""Going on with an interrupted run: what its evidence says was played, and how."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from conformance import rows
from conformance.evidence import EvidenceFile
from conformance.rows import EvidenceError
from conformance.story import CUT_SHORT, Story


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An earlier sitting: printer (``None`` for the built-in one), vocabulary, the plays that came to an end, and how
    many scenarios of awkward data had been drawn from which seed.
    """

    printer_uri: str | None
    vocabulary: str
    done: frozenset[str]
    awkward: int = 0
    seed: int = 0


def unfinished(path: Path) -> Unfinished:
    """Read it from the evidence; raises ``EvidenceError``."""
    with EvidenceFile.open(path) as file:
        story = Story(file)
        try:
            options = json.loads(story.run.options)
        except json.JSONDecodeError as error:
            raise EvidenceError(f"{path}: the options of its run are damaged", "begin a new run") from error
        ended = {end.play for end in file.rows(rows.PlayEnd) if end.outcome != CUT_SHORT}
        return Unfinished(
            None if options.get("built-in") else story.run.printer_uri,
            story.facts.get("vocabulary", options.get("vocabulary", "auto")),
            frozenset(play.scenario for play in file.rows(rows.Play) if play.id in ended),
            int(options.get("awkward", 0)),
            int(options.get("seed", 0)),
        )
