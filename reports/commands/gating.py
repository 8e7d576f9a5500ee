"""``diff``, ``waive`` and ``schema``: what works on verdicts that are there already, without printer or evidence."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Final

from conformance.verdict import JUDGED, Overall
from reports.exits import Exit, UsageError
from reports.gating.comparison import Comparison, compare, comparison_json, comparison_lines
from reports.gating.stored_verdict import stored_verdict
from reports.gating.written_waivers import WaiverTerms, waivers_text
from reports.judging.judging import JudgedRun
from reports.writing import OutputError, remark, say

VERDICT_SCHEMA: Final = "verdict.schema.json"
EXITS: Final[Mapping[Overall, Exit]] = {
    Overall.CONFORMS: Exit.CONFORMS,
    Overall.DOES_NOT_CONFORM: Exit.DOES_NOT_CONFORM,
    Overall.INCONCLUSIVE: Exit.INCONCLUSIVE,
    Overall.NOT_JUDGED: Exit.NOT_JUDGED,
}


def gating(options: argparse.Namespace) -> int:
    """One of the three commands."""
    try:
        return {"diff": _diff, "waive": _waive, "schema": _schema}[options.command](options)
    except UsageError as error:
        remark(error)
        return Exit.USAGE


def exit_code(judged: JudgedRun, *, strict_waivers: bool) -> Exit:
    """What the command ends with: the verdict, or with a baseline what is new; stale waivers if they count."""
    code = EXITS[judged.verdict.overall]
    if judged.baseline is not None and judged.verdict.overall is not Overall.NOT_JUDGED:
        code = _since(judged, judged.baseline)
    stale = strict_waivers and any(use.stale for use in judged.waivers)
    return Exit.USAGE if stale and code in (Exit.CONFORMS, Exit.INCONCLUSIVE) else code


def _since(judged: JudgedRun, found: Comparison) -> Exit:
    """1 for what fails anew; 3 where something cannot be told, or nothing was judged; else 0."""
    if found.new:
        return Exit.DOES_NOT_CONFORM
    judged_at_all = any(judged.verdict.counts.get(verdict) for verdict in JUDGED)
    stray = judged.verdict.unexplained and not found.stray_as_before
    short = found.short or judged.cut_short or stray or judged.verdict.unjudged
    if found.unclear or short or not judged_at_all:
        return Exit.INCONCLUSIVE
    return Exit.CONFORMS


def _diff(options: argparse.Namespace) -> Exit:
    after = stored_verdict(options.after)
    found = compare(stored_verdict(options.before), after)
    say(json.dumps(comparison_json(found), indent=2) if options.json else "\n".join(comparison_lines(found)))
    return since(found, judged_at_all=any(verdict in JUDGED for verdict in after.requirements.values()))


def since(found: Comparison, *, judged_at_all: bool) -> Exit:
    """1 for what fails anew; 3 where something cannot be told, or nothing was judged; else 0."""
    if found.new:
        return Exit.DOES_NOT_CONFORM
    return Exit.CONFORMS if judged_at_all and not (found.unclear or found.short) else Exit.INCONCLUSIVE


def _waive(options: argparse.Namespace) -> Exit:
    for text in (options.owner, options.reason, options.link):
        if text != text.strip() or not text.isprintable():
            raise UsageError(f"{text!a:.60} cannot stand in a waiver: it has blanks around it or control characters")
    if not options.owner or not options.reason:
        raise UsageError("a waiver has an owner and a reason; --owner and --reason are empty")
    last: date = options.expires or (datetime.now(UTC) + timedelta(days=options.days)).date()
    terms = WaiverTerms(options.owner, options.reason, last, options.link)
    text = waivers_text(stored_verdict(options.verdict), options.select, terms)
    if options.output is None:
        say(text.rstrip("\n"))
        return Exit.CONFORMS
    try:
        with options.output.open("w" if options.overwrite else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{options.output} is there already; --overwrite replaces it") from error
    except OSError as error:
        raise OutputError(str(options.output), error) from error
    return Exit.CONFORMS


def _schema(options: argparse.Namespace) -> Exit:
    say(files("reports.formats").joinpath(VERDICT_SCHEMA).read_text(encoding="utf-8").rstrip("\n"))
    return Exit.CONFORMS
