"""Behind ``run``, ``judge`` and ``requirements``: from arguments to files, lines and an exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from conformance.requirements import CatalogueError, catalogue, switched
from conformance.rows import EvidenceError
from conformance.scenarios import BY_ID
from conformance.steps import Scenario
from conformance.verdict import Overall, Waiver
from conformance.vocabulary import Edition

from .exits import Exit
from .inventory import cases
from .judging import JudgedRun, OwnFaultError, judge_file
from .junit import junit_xml
from .page import report_html
from .selection import Selection, SelectionError
from .terminal import summary, wants_colour
from .verdict_json import requirement_json, verdict_json

ALWAYS = (
    "printer/description",
    "printer/user-data",
    "printer/user-data-as-uri",
    "job/isolation",
)  # the others need them


class UsageError(Exception):
    """Wrong usage or configuration: the text says what to do."""


def run_or_judge(options: argparse.Namespace) -> int:
    """``run`` or ``judge``."""
    try:
        waivers = load_waivers(options.waivers) if options.waivers else []
        options.choices = switched(options.reading, catalogue(Edition(options.edition)).readings)
        if options.command == "run":
            return _run(options, waivers)
        codes = [_judge_one(path, options, waivers) for path in options.evidence]
        return max(codes, key=list(Exit).index)
    except (UsageError, EvidenceError, SelectionError, CatalogueError) as error:
        print(f"ippmailto: {error}", file=sys.stderr)
        return Exit.USAGE
    except OwnFaultError as error:
        print(f"ippmailto: our own fault: {error}", file=sys.stderr)
        return Exit.OWN_FAULT


def _run(options: argparse.Namespace, waivers: list[Waiver]) -> int:
    from conformance.scenarios.drawn import draw
    from fakes.bench import Listener
    from fakes.ixit import Ixit, IxitError
    from fakes.journal import JournalError
    from fakes.recipient import RecipientError
    from fakes.stage import FIRST_PLAYS, StageError
    from fakes.subscriber import Target, UriError

    from .resuming import unfinished
    from .running import RunPlan, play

    edition = Edition(options.edition)
    try:
        ixit = Ixit.load(options.ixit) if options.ixit else Ixit.for_loopback() if not options.printer else Ixit()
        if options.printer:
            Target.of(options.printer)
        if options.resume:
            earlier = unfinished(options.resume)
            options.awkward, options.seed = earlier.awkward, earlier.seed
        told = None if options.vocabulary == "auto" else options.vocabulary
        drawn = draw(options.awkward, options.seed)
        scenarios = needed_scenarios(edition, Selection(tuple(options.select)), drawn, told)
        if options.resume:
            scenarios = [s for s in scenarios if s.id not in earlier.done or s.id in FIRST_PLAYS]
            options.vocabulary = earlier.vocabulary
        _make_directory(options.report_dir)  # before all is played for nothing
        plan = RunPlan(
            printer_uri=options.printer or (earlier.printer_uri if options.resume else None),
            resume=bool(options.resume),
            listener=Listener(*options.smtp_listen),
            edition=edition,
            vocabulary=options.vocabulary,
            evidence=options.resume or evidence_path(options),
            scenarios=scenarios,
            awkward=options.awkward,
            seed=options.seed,
            ixit=ixit,
            max_subscriptions=options.max_subscriptions,
            quiet=options.quiet,
        )
        trouble = asyncio.run(play(plan, sys.stderr))
    except JournalError as error:
        raise UsageError(f"{error}; what was recorded before is in {plan.evidence}") from error
    except (IxitError, UriError, RecipientError, StageError) as error:
        raise UsageError(str(error)) from error
    if trouble:
        print(f"ippmailto: {trouble}", file=sys.stderr)
    return _judge_one(plan.evidence, options, waivers)


def needed_scenarios(
    edition: Edition, selection: Selection, drawn: Sequence[Scenario] = (), vocabulary: str | None = None
) -> list[Scenario]:
    """What has to be played for the cases that were asked for; raises ``SelectionError``."""
    wanted = selection.of(cases(edition, drawn, vocabulary), edition)
    names = {*ALWAYS, *(entry.scenario for entry in wanted)}
    return [scenario for scenario in (*BY_ID.values(), *drawn) if scenario.id in names]


def evidence_path(options: argparse.Namespace) -> Path:
    """Where the evidence goes; its directory is made."""
    path: Path | None = options.evidence
    if path is None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        path = options.report_dir / f"run-{stamp}-{os.getpid()}.evidence"
    _make_directory(path.parent)
    return path


def _make_directory(path: Path) -> None:
    """Make it, or see that files can be made in it; raises ``UsageError``."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write in the directory {path}: {error.strerror}; name another (--report-dir, --evidence)"
        ) from error


def load_waivers(path: Path) -> list[Waiver]:
    """Waivers from TOML: [[waiver]] with requirement, reason, owner and perhaps link; raises ``UsageError``."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    waivers = []
    for entry in data.get("waiver", []):
        unknown = set(entry) - {"requirement", "reason", "owner", "link"}
        lacking = [k for k in ("requirement", "reason", "owner") if not entry.get(k)]
        if unknown or lacking:
            raise UsageError(f"{path}: a waiver has requirement, reason and owner, perhaps link; not {entry}")
        waivers.append(Waiver(**entry))
    return waivers


def _judge_one(evidence: Path, options: argparse.Namespace, waivers: list[Waiver]) -> Exit:
    _make_directory(options.report_dir)
    judged = judge_file(
        evidence,
        edition=Edition(options.edition),
        selection=Selection(tuple(options.select)),
        strict=options.strict,
        waivers=waivers,
        choices=options.choices,
        allure_dir=options.report_dir / "allure-results",
    )
    write_reports(judged, options.report_dir)
    if not options.quiet:
        colour = wants_colour(sys.stderr, options.no_color, dict(os.environ))
        for line in summary(judged, colour=colour, verbose=options.verbose):
            print(line, file=sys.stderr)
    if options.json_lines:
        for requirement in judged.verdict.requirements:
            print(json.dumps(requirement_json(judged, requirement), sort_keys=True))
    return {
        Overall.CONFORMS: Exit.CONFORMS,
        Overall.DOES_NOT_CONFORM: Exit.DOES_NOT_CONFORM,
        Overall.INCONCLUSIVE: Exit.INCONCLUSIVE,
    }[judged.verdict.overall]


def write_reports(judged: JudgedRun, directory: Path) -> None:
    """verdict.json, junit.xml and report.html; raises ``UsageError`` when they cannot be written."""
    documents = {
        "verdict.json": (json.dumps(verdict_json(judged), indent=2) + "\n").encode(),
        "junit.xml": junit_xml(judged),
        "report.html": report_html(judged).encode(),
    }
    try:
        for name, octets in documents.items():
            (directory / name).write_bytes(octets)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}; the evidence is kept") from error


def requirements(options: argparse.Namespace) -> int:
    """``requirements``: the catalogue with its coverage."""
    from .coverage import as_json, as_markdown, as_text, coverage

    edition = Edition(options.edition)
    known, covered = catalogue(edition), coverage(cases(edition))
    if options.format == "json":
        document: Any = as_json(known, covered)
        print(json.dumps(document, indent=2))
    else:
        render = as_markdown if options.format == "markdown" else as_text
        print("\n".join(render(known, covered)))
    return Exit.CONFORMS
