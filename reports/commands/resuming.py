"""Going on with an interrupted run: what its evidence says was played, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import CUT_SHORT, RunRecord
from conformance.vocabulary import Edition
from reports.judging.selection import Selection

from .run_options import RunOptions, asked_for, edition_of, sittings


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The earlier sittings of a run: printer (``None`` for the built-in one), vocabulary, the scenarios whose play came
    to an end, what they were asked for together, and the options of the last of them.
    """

    printer_uri: str | None
    vocabulary: str
    done: frozenset[str]
    selection: Selection
    edition: Edition
    options: RunOptions


def unfinished(path: Path) -> Unfinished:
    """Read it from the evidence; raises ``EvidenceError``."""
    with EvidenceFile.open(path) as file:
        run_record, earlier = RunRecord(file), sittings(file)
        uri, last = run_record.run.printer_uri, earlier[-1]
        ended = {end.play for end in file.rows(rows.PlayEnd) if end.outcome != CUT_SHORT}
        return Unfinished(
            None if last.built_in else uri,
            run_record.facts.vocabulary or last.vocabulary,
            frozenset(play.scenario for play in file.rows(rows.Play) if play.id in ended),
            asked_for(earlier),
            edition_of(earlier),
            last,
        )
