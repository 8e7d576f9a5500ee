"""``ippmailto ixit`` and ``ippmailto ics``: what a run has to be told, and what a printer is said to have."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.features import Words, discovered
from conformance.record.rows import EvidenceError
from conformance.record.run_record import RunRecord
from conformance.requirements import Binds
from conformance.verdict import name_shown, printable
from conformance.vocabulary import Edition
from fakes.stage.bench import Sitting, bench, printer_at
from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.printer_uri import Target, UriError
from fakes.stage.shared import StageError
from fakes.typed_toml import written
from reports.declarations import Statement
from reports.exits import Exit, UsageError
from reports.version import tool_version
from reports.writing import remark, say, write_reports

from .run_options import edition_of, sittings

IXIT_HEAD: Final = (
    "The IXIT of a bench: what a run has to know about printer and bench and cannot find out by itself. All entries "
    "are here with their defaults; take the # away from those that are otherwise. docs/ixit.md tells more."
)
ICS_HEAD: Final = (
    "A conformance statement (ICS): what a printer is said to have. Drafted by ippmailto {version} from what {source} "
    "says of itself: mend what is not so, leave out what is not to be said, and give it to run or judge as --ics. "
    "Entries that are comments are those of which the printer tells nothing."
)


def ixit(options: argparse.Namespace) -> int:
    """Write a file with all entries, or read one."""
    if options.init:
        return _leave(written(Ixit, IXIT_HEAD), options.file, overwrite=options.overwrite)
    if options.file is None:
        remark("name an IXIT file to see whether it is right, or --init to write one")
        return Exit.USAGE
    try:
        Ixit.load(options.file)
    except IxitError as error:
        for wrong in error.args:
            remark(wrong)
        return Exit.USAGE
    say(f"{name_shown(options.file)} is right")
    return Exit.CONFORMS


def ics(options: argparse.Namespace) -> int:
    """Draft a statement."""
    try:
        found = _of_evidence(Path(options.printer)) if "://" not in options.printer else _of_printer(options)
    except StageError as error:
        remark(error)
        return Exit.NOT_JUDGED
    except (EvidenceError, IxitError, UriError, UsageError) as error:
        remark(error)
        return Exit.USAGE
    head = ICS_HEAD.format(version=tool_version(), source=printable(found.source))
    text = Statement.draft(found.features, options.edition or found.edition.value, head)
    return _leave(text, options.output, overwrite=options.overwrite)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a printer says of itself, and who it is."""

    source: str
    edition: Edition
    features: Mapping[str, Words]


def _of_evidence(path: Path) -> _Found:
    with EvidenceFile.open(path) as file:
        run_record = RunRecord(file)
        if run_record.whom is not Binds.PRINTER or run_record.printer is None:
            raise UsageError(f"{path}: no printer says in it what it is; name the evidence of a run, or a printer")
        features = discovered(run_record.printer, run_record.vocabulary)
        return _Found(run_record.run.printer_uri, edition_of(sittings(file)), features)


def _of_printer(options: argparse.Namespace) -> _Found:
    Target.of(options.printer)
    known = Ixit.load(options.ixit) if options.ixit else Ixit()
    return _Found(options.printer, Edition.MAILTO_00, asyncio.run(_asked(options.printer, known)))


async def _asked(uri: str, known: Ixit) -> Mapping[str, Words]:
    """The printer's own words, by the same question that a run begins with."""
    with (
        TemporaryDirectory(prefix="ippmailto-") as nowhere,
        EvidenceFile.create(Path(nowhere) / "ics.evidence") as file,
    ):
        async with bench(file, printer_at(uri), Sitting(known, f"ippmailto {tool_version()}")) as stage:
            await stage.prepare()
            return discovered(stage.printer, stage.vocabulary)


def _leave(text: str, path: Path | None, *, overwrite: bool) -> int:
    """Write a file, unless there is one of that name; without a name, print it."""
    if path is None:
        say(text.removesuffix("\n"))
        return Exit.CONFORMS
    if path.exists() and not overwrite:
        remark(f"{path} is there already; name another, or give --overwrite")
        return Exit.USAGE
    write_reports(path.parent, {path.name: text.encode()})
    say(f"{name_shown(path)} is written")
    return Exit.CONFORMS
