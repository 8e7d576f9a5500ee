"""Going on with an interrupted run: what its evidence says was played, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance import rows
from conformance.evidence import EvidenceFile
from conformance.run_facts import RunOptions
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
        options = RunOptions.of(story.run.options)
        ended = {end.play for end in file.rows(rows.PlayEnd) if end.outcome != CUT_SHORT}
        return Unfinished(
            None if options.built_in else story.run.printer_uri,
            story.facts.vocabulary or options.vocabulary,
            frozenset(play.scenario for play in file.rows(rows.Play) if play.id in ended),
            options.awkward,
            options.seed,
        )
