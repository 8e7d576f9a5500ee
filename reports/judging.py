"""Judging an evidence file: the cases run under pytest, their results are added up by the catalogue."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.evidence import EvidenceFile
from conformance.requirements import Catalogue, Judged
from conformance.rows import Run, RunEnd
from conformance.run_facts import RunFacts
from conformance.scenarios.drawn import recorded
from conformance.story import Story
from conformance.verdict import Outcome, RunVerdict, Waiver, Where, judge
from conformance.vocabulary import Edition

from .excerpt import excerpt
from .inventory import case_files, cases
from .pytest_plugin import JUDGING, Judging
from .selection import EVERYTHING, Selection


class OwnFaultError(Exception):
    """Something of ours went wrong, so that nothing can be said about the printer."""


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A judged evidence file: all that the reports are made of."""

    run: Run
    evidence: Path
    sha256: str
    facts: RunFacts
    printer: dict[str, str]
    edition: Edition
    vocabulary: str
    catalogue: Catalogue
    verdict: RunVerdict
    seconds: float
    cut_short: bool
    excerpts: Mapping[Where, str]  # the octets that failing and warning cases point at


class _Keeper:
    """Keeps the judging of a pytest session for its caller."""

    def __init__(self) -> None:
        self.judging: Judging | None = None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.judging = session.config.stash[JUDGING]


def judge_file(
    evidence: Path,
    *,
    edition: Edition,
    selection: Selection = EVERYTHING,
    strict: bool = False,
    waivers: Sequence[Waiver] = (),
    allure_dir: Path | None = None,
) -> JudgedRun:
    """Judge, with no printer and no network.

    Raises ``EvidenceError`` for a file that cannot be read, ``SelectionError``, and ``OwnFaultError`` when a case
    itself broke.
    """
    with EvidenceFile.open(
        evidence
    ) as file:  # what is wrong with it, or with the selection, is told before pytest starts
        story = Story(file)
        selection.of(cases(edition, recorded(story.plays), story.vocabulary.name), edition)
    keeper = _Keeper()
    arguments = [
        "--disable-plugin-autoload",
        "-p", "reports.pytest_plugin",
        "-p", "no:cacheprovider",
        "-p", "no:terminal",
        "-c", os.devnull,
        "--rootdir", str(Path(evidence).parent.absolute()),
        "--import-mode=importlib",
        f"--evidence={evidence.absolute()}",
        f"--edition={edition.value}",
        *(f"--select-case={pattern}" for pattern in selection.patterns),
    ]  # fmt: skip
    if allure_dir is not None:
        arguments += ["-p", "allure_pytest.plugin", f"--alluredir={allure_dir}", "--clean-alluredir"]
    if pytest.main([*arguments, *map(str, case_files())], plugins=[keeper]) == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt  # of the cases some were not called: what the others say is no verdict
    judging = keeper.judging
    if judging is None:
        raise OwnFaultError("the cases could not be run; the lines above say why")
    if judging.crashes:
        raise OwnFaultError(f"{len(judging.crashes)} cases broke, the first: {judging.crashes[0]}")
    with EvidenceFile.open(evidence) as file:
        return _add_up(judging, Story(file), strict=strict, waivers=waivers)


def _add_up(judging: Judging, story: Story, *, strict: bool, waivers: Sequence[Waiver]) -> JudgedRun:
    known = judging.catalogue
    verdict = judge(
        ((r.id, r.judged is Judged.HARD, r.untested or "no case was selected for it") for r in known.values()),
        judging.results,
        strict=strict,
        waivers=waivers,
    )
    return JudgedRun(
        run=story.run,
        evidence=story.file.path,
        sha256=_digest(story.file.path),
        facts=story.facts,
        printer=_printer(story),
        edition=judging.edition,
        vocabulary=story.vocabulary.name,
        catalogue=known,
        verdict=verdict,
        seconds=max((end.t for end in story.file.rows(RunEnd)), default=0) / 1e9,
        cut_short=story.cut_short,
        excerpts={
            where: excerpt(story.file, where)
            for case in judging.results
            if case.outcome is Outcome.VIOLATED
            for where in case.where[:2]
        },
    )


def _printer(story: Story) -> dict[str, str]:
    told = {"uri": story.run.printer_uri}
    for key, name in (("name", "printer-name"), ("make-and-model", "printer-make-and-model")):
        attribute = story.printer.get(name) if story.printer is not None else None
        told[key] = (attribute.value.text() if attribute else None) or ""
    return told


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
