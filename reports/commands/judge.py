"""Behind ``run``, ``judge`` and ``requirements``: from arguments to files, lines and an exit code."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.record.run_record import RunRecord
from conformance.requirements import CatalogueError, catalogue, switched
from conformance.verdict import Overall
from conformance.vocabulary import Edition
from reports.exits import Exit, UsageError
from reports.formats.allure import add_head
from reports.formats.html import report_html
from reports.formats.junit import junit_xml
from reports.formats.terminal import summary, verdict_line, wants_colour, width_of
from reports.formats.verdict_json import line_json, verdict_json
from reports.judging.judging import JudgedRun, OwnFaultError, judge_file
from reports.judging.selection import Selection, SelectionError
from reports.judging.waivers import WaiverEntry, load_waivers
from reports.writing import OutputError, allure_results, check_places, say, write_reports

from .report_directory import VERDICT, Subject, make_directory, place_for
from .run_options import asked_for, edition_of, sittings


def run_or_judge(options: argparse.Namespace) -> int:
    """``run`` or ``judge``."""
    try:
        waivers = load_waivers(options.waivers) if options.waivers else []
        if options.command == "run":
            from .run import play_run

            played = play_run(options)
            return _judge_one(played.evidence, options, waivers, edition=played.edition, selection=played.selection)
        apart = len(options.evidence) > 1
        codes = [_judge_one(path, options, waivers, apart=apart) for path in options.evidence]
        return max(codes, key=list(Exit).index)
    except (UsageError, EvidenceError, SelectionError, CatalogueError) as error:
        print(f"ippmailto: {error}", file=sys.stderr)
        return Exit.USAGE
    except OwnFaultError as error:
        print(f"ippmailto: our own fault: {error}", file=sys.stderr)
        return Exit.OWN_FAULT
    except OutputError as error:
        print(f"ippmailto: {error}; the evidence is kept", file=sys.stderr)
        return Exit.OWN_FAULT if error.ours else Exit.USAGE


def _judge_one(
    evidence: Path,
    options: argparse.Namespace,
    waivers: list[WaiverEntry],
    *,
    edition: Edition | None = None,
    selection: Selection | None = None,
    apart: bool = False,
) -> Exit:
    """Judge one file by what was told, else by what its run was asked for."""
    with EvidenceFile.open(evidence) as file:
        asked, began = sittings(file), RunRecord(file).run.began
    edition = edition or (Edition(options.edition) if options.edition else edition_of(asked))
    selection = selection or Selection(tuple(options.select))
    if not selection and edition is edition_of(asked):  # another edition has other ids
        selection = asked_for(asked)
    choices = switched(options.reading, catalogue(edition).readings)
    subject = Subject(evidence.name, began, edition, selection)
    directory = place_for(options.report_dir, subject, apart=apart, overwrite=options.overwrite)
    if directory != options.report_dir and not apart:
        print(
            f"ippmailto: {options.report_dir} holds the report on something else; this one goes to {directory} "
            "(--overwrite puts it in its place)",
            file=sys.stderr,
        )
    make_directory(directory)
    check_places(directory)
    with allure_results(directory) as allure_dir:
        judged = judge_file(
            evidence,
            edition=edition,
            selection=selection,
            strict=options.strict,
            waivers=waivers,
            choices=choices,
            allure_dir=allure_dir,
        )
        add_head(judged, allure_dir)
    write_reports(directory, documents(judged))
    if judged.lacks:
        print(f"ippmailto: {judged.lacks}; what is there is judged", file=sys.stderr)
    for pattern in judged.idle:
        print(f"ippmailto: {pattern} is not about printers that speak {judged.vocabulary}: not judged", file=sys.stderr)
    _tell(judged, directory, options, named=apart)
    return {
        Overall.CONFORMS: Exit.CONFORMS,
        Overall.DOES_NOT_CONFORM: Exit.DOES_NOT_CONFORM,
        Overall.INCONCLUSIVE: Exit.INCONCLUSIVE,
        Overall.NOT_JUDGED: Exit.NOT_JUDGED,
    }[judged.verdict.overall]


def _tell(judged: JudgedRun, directory: Path, options: argparse.Namespace, *, named: bool) -> None:
    """Verdict and findings on standard output, or JSON alone; ``named``: beside those of other files."""
    stream = sys.stderr if options.json_lines else sys.stdout
    colour = wants_colour(stream, options.no_color, dict(os.environ))
    if options.quiet:
        lines = [verdict_line(judged, colour=colour)]
    else:
        width = width_of(stream)
        lines = list(summary(judged, colour=colour, verbose=options.verbose, width=width, directory=directory))
    if named:
        lines[0] = f"{judged.evidence}: {lines[0]}"
        lines += [] if options.quiet else [""]
    text = "\n".join(lines)
    if not options.json_lines:
        say(text)
        return
    if not options.quiet:
        print(text, file=sys.stderr)
    for requirement in judged.verdict.requirements:
        say(json.dumps(line_json(judged, requirement), sort_keys=True))


def documents(judged: JudgedRun) -> dict[str, bytes]:
    """What a report directory holds, by name."""
    return {
        VERDICT: (json.dumps(verdict_json(judged), indent=2) + "\n").encode(),
        "junit.xml": junit_xml(judged),
        "report.html": report_html(judged).encode(),
    }
