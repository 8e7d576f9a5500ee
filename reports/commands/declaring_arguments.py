"""The arguments of what a bench and a printer are said to be: ``ixit``, ``ics``, and the statement of a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from .judging_arguments import EDITIONS

DECLARING: Final = ("ixit", "ics")


def add_statement(parser: argparse._ActionsContainer) -> None:
    """An option of ``run`` and ``judge``."""
    parser.add_argument("--ics", type=Path, metavar="FILE", help="what the printer is declared to have (TOML)")


def add_declaring(commands: Any) -> None:
    """Their parsers."""
    _add_ixit(commands.add_parser("ixit", help="write an IXIT file to fill in, or see whether one is right"))
    _add_ics(commands.add_parser("ics", help="draft a conformance statement from what a printer says of itself"))


def declare(options: argparse.Namespace) -> int:
    """The command that was named."""
    from .declaring import ics, ixit

    return ixit(options) if options.command == "ixit" else ics(options)


def _add_ixit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an IXIT file (TOML)")
    parser.add_argument("--init", action="store_true", help="write it, with every entry; without FILE print it")
    parser.add_argument("--overwrite", action="store_true", help="replace the file that is there")


def _add_ics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("printer", metavar="PRINTER_URI", help="ipp://..., or the evidence of a run")
    parser.add_argument("--edition", choices=EDITIONS, help="whose mail rules it follows")
    parser.add_argument("--ixit", type=Path, metavar="FILE", help="facts about printer and bench (TOML)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write, if not on standard output")
    parser.add_argument("--overwrite", action="store_true", help="replace the file that is there")
