"""The arguments of what a pipeline goes by; nothing heavy is imported here, ``--help`` answers at once."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any, Final

from .argument_types import ids

COMMANDS: Final = ("diff", "waive", "schema")
DAYS: Final = 90  # that a waiver counts unless told otherwise


def add_gate(judged: argparse._ActionsContainer, written: argparse._ActionsContainer) -> None:
    """Options of ``run`` and ``judge``."""
    judged.add_argument("--waivers", type=Path, metavar="FILE", help="known failures that somebody answers for (TOML)")
    judged.add_argument("--strict-waivers", action="store_true", help="a waiver that can go ends in exit code 2")
    judged.add_argument(
        "--baseline",
        type=Path,
        metavar="OLD",
        help="fail only for what is new since this verdict or report directory",
    )
    written.add_argument("--allure", action="store_true", help="leave results for Allure, too")
    written.add_argument(
        "--github", action="store_true", help="annotations for a GitHub job, and the verdict on its summary page"
    )


def add_commands(commands: Any) -> None:
    """``diff``, ``waive`` and ``schema``."""
    diff = commands.add_parser("diff", help="what is new, fixed and the same between two verdicts")
    diff.add_argument("before", type=Path, metavar="OLD", help="a verdict.json, or a report directory")
    diff.add_argument("after", type=Path, metavar="NEW", help="the same")
    diff.add_argument("--json", action="store_true", help="for programs")
    waive = commands.add_parser("waive", help="write a waivers file for what failed")
    waive.add_argument("verdict", type=Path, metavar="VERDICT", help="a verdict.json, or a report directory")
    waive.add_argument("--owner", required=True, help="who answers for it")
    waive.add_argument("--reason", required=True, help="why it may stay, in free words")
    waive.add_argument("--link", default="", metavar="URL", help="where it is followed up")
    until = waive.add_mutually_exclusive_group()
    until.add_argument("--expires", type=_day, metavar="YYYY-MM-DD", help="the last day on which it counts")
    until.add_argument("--days", type=_days, default=DAYS, metavar="N", help=f"or for so many days ({DAYS})")
    waive.add_argument(
        "--select",
        type=ids,
        action="extend",
        default=[],
        metavar="ID_OR_GLOB",
        help="of these requirements or cases",
    )
    waive.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write it, if not on standard output")
    waive.add_argument("--overwrite", action="store_true", help="replace the file that is there")
    commands.add_parser("schema", help="print the JSON Schema of verdict.json")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-12-31") from error


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 3660:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3660")
    return int(text)
