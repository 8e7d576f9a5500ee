"""The arguments of whatever judges, and of ``requirements``: by which rules, and what is written of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from .argument_types import ids
from .gating_arguments import add_gate

EDITIONS: Final = ("mailto-00", "mailto-04")
REPORT_DIR: Final = "ippmailto-report"


def add_judging(parser: argparse.ArgumentParser) -> None:
    judged = parser.add_argument_group("what is judged")
    written = parser.add_argument_group("what is written and said")
    judged.add_argument("--edition", choices=EDITIONS, help="whose mail rules judge (mailto-00)")
    written.add_argument("--overwrite", action="store_true", help="replace a report on something else")
    written.add_argument(
        "--report-dir", type=Path, default=Path(REPORT_DIR), metavar="DIR", help=f"where reports go ({REPORT_DIR})"
    )
    add_gate(judged, written)
    judged.add_argument("--strict", action="store_true", help="a SHOULD that is not met fails")
    judged.add_argument(
        "--select",
        type=ids,
        action="extend",
        default=[],
        metavar="ID_OR_GLOB",
        help="a requirement's or a case's id; once for each, or with commas",
    )
    add_reading(judged)
    written.add_argument("-q", "--quiet", action="store_true", help="the line of the verdict, and no progress")
    written.add_argument("-v", "--verbose", action="store_true", help="each requirement, and each play")
    written.add_argument("--no-color", action="store_true", help="as with NO_COLOR in the environment")
    written.add_argument("--json-lines", action="store_true", help="each requirement's verdict as JSON on stdout")


def add_reading(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="ID=CHOICE",
        help="read a point that the texts leave open otherwise; ippmailto requirements lists the choices",
    )


def add_requirements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", choices=EDITIONS, default=EDITIONS[0], help="whose entries (mailto-00)")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="how to print it (text)")
