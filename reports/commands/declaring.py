"""``ippmailto ixit``: what a run has to be told."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fakes.stage.ixit import Ixit, IxitError
from fakes.typed_toml import written
from reports.exits import Exit
from reports.writing import say, write_reports

IXIT_HEAD = (
    "The IXIT of a bench: what a run has to know about printer and bench and cannot find out by itself. All entries "
    "are here with their defaults; take the # away from those that are otherwise. docs/ixit.md tells more."
)


def ixit(options: argparse.Namespace) -> int:
    """Write a file with all entries, or read one."""
    if options.init:
        return leave(written(Ixit, IXIT_HEAD), options.file, overwrite=options.overwrite)
    if options.file is None:
        print("ippmailto: name an IXIT file to see whether it is right, or --init to write one", file=sys.stderr)
        return Exit.USAGE
    try:
        Ixit.load(options.file)
    except IxitError as error:
        print(f"ippmailto: {error}", file=sys.stderr)
        return Exit.USAGE
    say(f"{options.file} is right")
    return Exit.CONFORMS


def leave(text: str, path: Path | None, *, overwrite: bool) -> int:
    """Write a file, unless there is one of that name; without a name, print it."""
    if path is None:
        say(text.removesuffix("\n"))
        return Exit.CONFORMS
    if path.exists() and not overwrite:
        print(f"ippmailto: {path} is there already; name another, or give --overwrite", file=sys.stderr)
        return Exit.USAGE
    write_reports(path.parent, {path.name: text.encode()})
    say(f"{path} is written")
    return Exit.CONFORMS
