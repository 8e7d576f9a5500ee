"""Behind ``run``, ``judge`` and ``requirements``: from arguments to files, lines and an exit code."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.record.run_record import RunRecord
from conformance.requirements import CatalogueError, catalogue, switched
from conformance.verdict import name_shown
from conformance.vocabulary import Edition
from reports.declarations import Statement, StatementError
from reports.exits import Exit, UsageError
from reports.formats.annotations import annotation_lines, without_commands
from reports.formats.findings import folded
from reports.formats.progress import judging_on
from reports.formats.terminal import is_terminal, summary, verdict_line, wants_colour, width_of
from reports.formats.verdict_json import line_json, verdict_json
from reports.gating.comparison import compare, comparison_lines, see_that_they_compare
from reports.gating.stored_verdict import StoredVerdict, stored_verdict
from reports.judging.isolation import end_untidied, seldom_tidied
from reports.judging.judging import JudgedRun, OwnFaultError, Terms, judge_run
from reports.judging.selection import Selection, SelectionError
from reports.judging.waivers import WaiverEntry, load_waivers
from reports.writing import OutputError, check_places, own_fault, remark, say

from .documents import add_to_job_summary, leave_fault, leave_reports
from .gating import exit_code
from .judging_arguments import REPORT_DIR
from .publishing import check_place, publish_judged
from .report_directory import Subject, make_directory, place_for, reported_beside
from .run_options import sittings, what_counts


def run_or_judge(options: argparse.Namespace) -> int:
    """``run``, ``client`` or ``judge``."""
    end_untidied()
    try:
        if options.strict_waivers and not options.waivers:
            raise UsageError("--strict-waivers is for --waivers FILE")
        waivers = load_waivers(options.waivers) if options.waivers else []
        baseline = stored_verdict(options.baseline) if options.baseline else None
        if options.command == "run":
            from .live import page_kept
            from .run import play_run

            if options.report_dir is None:
                beside = reported_beside(options.resume) if options.resume else None
                options.report_dir = beside or Path(REPORT_DIR)
            if options.publish:
                check_place(options.publish)
            if baseline and not options.resume:  # a wrong one is told before all is played for nothing
                see_that_they_compare(baseline, options.edition or Edition.MAILTO_00.value)
            played = play_run(options)
            with page_kept(played.web):
                return _judge_one(
                    played.evidence, options, waivers, baseline, edition=played.edition, selection=played.selection
                )
        if options.command == "client":
            from .client import play_client

            visited = play_client(options)
            return _judge_one(
                visited.evidence, options, waivers, baseline, edition=visited.edition, selection=visited.selection
            )
        apart = len(options.evidence) > 1
        left = len(options.evidence)
        codes = [
            _judge_one(path, options, waivers, baseline, apart=apart, last=number == left)
            for number, path in enumerate(options.evidence, 1)
        ]
        return max(codes, key=list(Exit).index)
    except (UsageError, EvidenceError, SelectionError, CatalogueError, StatementError) as error:
        remark(error)
        return Exit.USAGE
    except OwnFaultError as error:
        own_fault(error)
        return Exit.OWN_FAULT
    except OutputError as error:
        remark(f"{error}; the evidence is kept")
        return Exit.OWN_FAULT if error.ours else Exit.USAGE


def _judge_one(
    evidence: Path,
    options: argparse.Namespace,
    waivers: list[WaiverEntry],
    baseline: StoredVerdict | None,
    *,
    edition: Edition | None = None,
    selection: Selection | None = None,
    apart: bool = False,
    last: bool = True,
) -> Exit:
    """Judge one file, or the last one, by what was told, else by what its run was asked for."""
    with seldom_tidied(ends=last), EvidenceFile.open(evidence) as file:
        return _judge_open(file, options, waivers, baseline, edition=edition, selection=selection, apart=apart)


def _judge_open(
    file: EvidenceFile,
    options: argparse.Namespace,
    waivers: list[WaiverEntry],
    baseline: StoredVerdict | None,
    *,
    edition: Edition | None,
    selection: Selection | None,
    apart: bool,
) -> Exit:
    asked, known = sittings(file), RunRecord(file)
    began, whom = known.run.began, known.whom
    edition = edition or (Edition(options.edition) if options.edition else None)
    edition, selection = what_counts(asked, edition, selection or Selection(tuple(options.select)))
    choices = switched(options.reading, catalogue(edition).readings)
    subject = Subject(file.path.name, began, edition, selection)
    directory = place_for(options.report_dir, subject, apart=apart, overwrite=options.overwrite)
    if directory != options.report_dir and not apart:
        remark(
            f"{options.report_dir} holds the report on something else; this one goes to {directory} "
            "(--overwrite puts it in its place)"
        )
    make_directory(directory)
    check_places(directory)
    if baseline:
        see_that_they_compare(baseline, edition.value, whom.value)
    statement = Statement.load(options.ics) if options.ics else None
    terms = Terms(edition, selection, options.strict, tuple(waivers), choices, statement)
    run_record = RunRecord(file, choices, edition)
    colour = wants_colour(sys.stderr, options.no_color, dict(os.environ))
    try:
        with judging_on(sys.stderr, quiet=options.quiet, colour=colour) as progress:
            judged = judge_run(run_record, terms, progress)
    except OwnFaultError as error:
        leave_fault(str(error), directory)
        raise
    if baseline:
        now = StoredVerdict.of(verdict_json(judged), str(directory))
        judged = replace(judged, baseline=compare(baseline, now))
    leave_reports(judged, run_record, directory, allure=options.allure)
    if judged.lacks:
        remark(f"{judged.lacks}; what is there is judged")
    for pattern in judged.idle:
        remark(f"{pattern} is not about printers that speak {judged.vocabulary}: not judged")
    _tell(judged, directory, options, named=apart)
    if options.github:
        add_to_job_summary(judged)
    if options.publish:
        publish_judged(options.publish, verdict_json(judged), file.path, directory)
    return exit_code(judged, strict_waivers=options.strict_waivers)


def _tell(judged: JudgedRun, directory: Path, options: argparse.Namespace, *, named: bool) -> None:
    """Verdict and findings on standard output, or JSON alone; ``named``: beside those of other files."""
    stream = sys.stderr if options.json_lines else sys.stdout
    colour = wants_colour(stream, options.no_color, dict(os.environ))
    if options.quiet:
        lines = [verdict_line(judged, colour=colour)]
    else:
        from .again import next_commands

        width = width_of(stream)
        then = next_commands(judged, options, width)
        lines = list(
            summary(
                judged,
                colour=colour,
                verbose=options.verbose,
                width=width,
                directory=directory,
                next_commands=then,
            )
        )
    if judged.baseline:
        since = list(comparison_lines(judged.baseline))
        lines[1:1] = since[:1] if options.quiet else [*since, ""]
    if named:
        lines[0] = f"{name_shown(judged.evidence)}: {lines[0]}"
        lines += [] if options.quiet else [""]
    if options.github:
        lines = [*without_commands([] if options.quiet and options.json_lines else lines), *annotation_lines(judged)]
    if is_terminal(stream):  # a log is searched: its lines stay whole
        lines = list(folded(lines, width_of(stream)))
    text = "\n".join(lines)
    if not options.json_lines:
        say(text)
        return
    if options.github or not options.quiet:
        print(text, file=sys.stderr)
    for requirement in judged.verdict.requirements:
        say(json.dumps(line_json(judged, requirement), sort_keys=True))
