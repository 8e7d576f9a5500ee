"""``ippmailto run``: from arguments to a plan, and the playing of it."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.record.rows import EvidenceLostError
from conformance.requirements import catalogue, switched
from conformance.scenarios import BY_ID
from conformance.scenarios.drawn import draw
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import Edition
from fakes.mail_security import Auth, Tls
from fakes.recipient.journal import JournalError
from fakes.recipient.recipient import RecipientError
from fakes.stage.bench import Listener
from fakes.stage.directory import DirectoryError, directory_at
from fakes.stage.first_plays import FIRST_PLAYS
from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.printer_uri import Target, UriError, storable
from fakes.stage.shared import StageError
from fakes.whole_file import whole_file
from reports.declarations import Statement
from reports.exits import UsageError
from reports.formats.terminal import wants_colour
from reports.judging.judging import OwnFaultError
from reports.judging.quick import quick_selection
from reports.judging.selection import Selection

from .live import WebAsked
from .mail_path import GOOD, MailPath, mail_path
from .playing import RunPlan, play
from .report_directory import Subject, make_directory, named_evidence, place_for
from .resuming import Unfinished, unfinished
from .run_options import RunOptions
from .variants import variant_called
from .walking import nothing_kept, walks_to_take
from .what_remains import what_remains
from .where_to_listen import where_to_listen

ALWAYS = (
    "printer/description",
    "printer/user-data",
    "printer/user-data-as-uri",
    "job/ended-unprinted",
    "job/isolation",
)  # the others need them
WHOLE_RUN = Selection(("*[run]",))  # the cases that look at whatever was played


@dataclass(frozen=True, slots=True)
class Played:
    """A run that was played: its evidence, and what it is to be judged by."""

    evidence: Path
    edition: Edition
    selection: Selection
    web: WebAsked | None = None


def play_run(options: argparse.Namespace) -> Played:
    """Play what the arguments ask for; raises what the caller has to tell: what is wrong with them, or with us."""
    try:
        plan = _plan(options)
        with ExitStack() as failed:
            if plan.web is not None:
                failed.callback(plan.web.drop)
            asyncio.run(play(plan, sys.stderr))
            failed.pop_all()
    except (JournalError, EvidenceLostError) as error:
        raise OwnFaultError(f"{error}; {what_remains(error, plan.evidence)}") from error
    except (IxitError, UriError, RecipientError, StageError, DirectoryError) as error:
        raise UsageError(str(error)) from error
    return Played(plan.evidence, plan.edition, plan.selection, plan.web)


def _plan(options: argparse.Namespace) -> RunPlan:
    """What the arguments ask for, and, of a run that is gone on with, what they leave open."""
    earlier = unfinished(options.resume) if options.resume else None
    before = earlier.options if earlier else RunOptions()
    variant = options.variant or before.variant
    edition = _edition(options, earlier, variant)
    choices = switched(
        options.reading, catalogue(edition).readings
    )  # a wrong one is told before all is played for nothing
    selection = _selection(options, edition) or (earlier.selection if earlier else Selection())
    paper = before.paper if options.paper is None else options.paper
    if options.walk and not selection:
        selection = WHOLE_RUN
    vocabulary = earlier.vocabulary if earlier else options.vocabulary
    awkward, seed = (before.awkward, before.seed) if earlier else (options.awkward, options.seed)
    if options.resume and options.evidence:
        raise UsageError("--resume goes on in the evidence that it names; leave --evidence out")
    printer: str | None = earlier.printer_uri if earlier else None
    if options.printer is not None:  # an empty one is a variable that nobody set, and not the built-in printer
        Target.of(options.printer)
        printer = storable(options.printer)
    if options.variant and printer:
        raise UsageError(f"--variant is for the built-in printer, and {printer} is another one; leave one of them out")
    entries, ixit = _ixit(options, earlier, printer, variant)
    walks = walks_to_take(options, before if earlier else None, edition, selection)
    scenarios = needed_scenarios(edition, selection, drawn(awkward, seed), None if vocabulary == "auto" else vocabulary)
    scenarios += walks
    if earlier:
        scenarios = [s for s in scenarios if s.id not in earlier.done or s.id in FIRST_PLAYS]
    host, port = options.smtp_listen or before.listen or where_to_listen(printer)
    way, asked = _mail_path(options, before, host)
    make_directory(options.report_dir)
    return RunPlan(
        printer_uri=printer,
        resume=earlier is not None,
        listener=Listener(host, port, way.security, way.hostname),
        mail_path=way,
        asked=asked,
        edition=edition,
        vocabulary=vocabulary,
        evidence=options.resume or _new_evidence(options, edition, selection),
        scenarios=scenarios,
        awkward=awkward,
        walks=tuple(walk.id for walk in walks),
        seed=seed,
        selection=selection,
        ixit=ixit,
        ixit_entries=entries,
        max_subscriptions=options.max_subscriptions or before.max_subscriptions or None,
        quiet=options.quiet,
        verbose=options.verbose,
        colour=wants_colour(sys.stderr, options.no_color, dict(os.environ)),
        directories=tuple(map(directory_at, options.directory)),
        variant=variant,
        paper=None if paper < 0 else paper,
        bench_check=bool(printer) and before.bench_check and not options.no_bench_check,
        statement=Statement.load(options.ics).as_json() if options.ics else None,
        web=WebAsked.of(options),
        readings=tuple(sorted(choices)),
    )


def _selection(options: argparse.Namespace, edition: Edition) -> Selection:
    """What was named, or what a quick run looks at."""
    if not options.quick:
        return Selection(tuple(options.select))
    if options.select:
        raise UsageError("--quick is a selection of its own; leave --select out, or name what you want by it")
    return quick_selection(edition)


def _edition(options: argparse.Namespace, earlier: Unfinished | None, variant: str) -> Edition:
    """Whose mail rules: those that were named, those of an earlier sitting, those that the printer writes by."""
    if options.edition:
        return Edition(options.edition)
    if earlier:
        return earlier.edition
    return variant_called(variant).edition if variant else Edition.MAILTO_00


def _mail_path(options: argparse.Namespace, before: RunOptions, host: str) -> tuple[MailPath, RunOptions]:
    """What the recipient offers and asks for, and how that was asked for."""
    asked = RunOptions(
        tls=options.smtp_tls or before.tls or Tls.NONE,
        auth=options.smtp_auth or before.auth or Auth.NONE,
        certificate=options.smtp_certificate or before.certificate or GOOD,
        names=tuple(options.smtp_name) or before.names,
        mechanisms=tuple(options.smtp_mechanism) or before.mechanisms,
        has_login=bool(options.smtp_login) or (before.has_login and not options.smtp_auth),
    )
    if asked.has_login and not options.smtp_login:
        raise UsageError(f"{options.resume} does not keep the login of its recipient; name that with --smtp-login")
    way = mail_path(
        asked.tls, asked.auth, options.smtp_login, asked.certificate, list(asked.names), host,
        mechanisms=asked.mechanisms,
    )  # fmt: skip
    return way, asked


def _ixit(
    options: argparse.Namespace, earlier: Unfinished | None, printer: str | None, variant: str
) -> tuple[Mapping[str, Any] | None, Ixit]:
    """What the IXIT file says, if there is or was one, and what follows."""
    if options.ixit:
        ixit = Ixit.load(options.ixit)
        return ixit.entries(), ixit
    if earlier is None or earlier.options.ixit is None:
        loopback = Ixit.for_loopback()
        return None, Ixit() if printer else replace(loopback, mail_timeout=Ixit().mail_timeout) if variant else loopback
    ixit = Ixit.of(dict(earlier.options.ixit), str(options.resume))
    if earlier.options.accounts or not _is_the_same_document(ixit.document, earlier.options.document):
        raise UsageError(
            f"{options.resume} does not keep users, commands or document of its IXIT; name that with --ixit"
        )
    return earlier.options.ixit, ixit


def _is_the_same_document(name: str, digest: str) -> bool:
    """Whether the file of that name is what was printed before."""
    try:
        return not name or hashlib.sha256(whole_file(Path(name))).hexdigest() == digest
    except OSError:
        return False


def drawn(count: int, seed: int) -> tuple[Scenario, ...]:
    """Scenarios of awkward data."""
    if not count:
        return ()
    with nothing_kept():
        return draw(count, seed)


def needed_scenarios(
    edition: Edition, selection: Selection, drawn: Sequence[Scenario] = (), vocabulary: str | None = None
) -> list[Scenario]:
    """What has to be played for the cases that were asked for; raises ``SelectionError``."""
    wanted = selection.cases(edition, drawn, vocabulary)
    names = {*ALWAYS, *(entry.scenario for entry in wanted)}
    return [scenario for scenario in (*BY_ID.values(), *drawn) if scenario.id in names]


def _new_evidence(options: argparse.Namespace, edition: Edition, selection: Selection) -> Path:
    """Where the evidence goes: the file that was named, or one where the report will be."""
    if options.evidence:
        path = named_evidence(options.evidence)
    else:
        name = f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.evidence"
        subject = Subject(name, "", edition, selection)
        path = place_for(options.report_dir, subject, overwrite=options.overwrite) / name
    make_directory(path.parent)
    return path
