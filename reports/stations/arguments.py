"""The arguments of ``station`` and ``submit``; nothing heavy is imported here, ``--help`` answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from reports.commands.argument_types import address, ids, up_to
from reports.commands.judging_arguments import EDITIONS
from reports.commands.mail_path_arguments import add_mail_path
from reports.commands.run_arguments import VOCABULARY_NAMES

STATIONS: Final = ("station", "submit")
URL: Final = "postgresql://HOST/DATABASE, or env:VARIABLE or file:PATH where that stands"
STALLED_SECONDS: Final = 30  # a station that lives tells so every other second
WORK_DIR: Final = "ippmailto-station"


def add_station_commands(commands: Any) -> None:
    """Their parsers."""
    station = commands.add_parser("station", help="work off a queue with the printers that are here")
    station.add_argument("url", metavar="URL", help=URL)
    station.add_argument("--name", required=True, help="what the station is called in the store")
    station.add_argument(
        "--printer", action="append", default=[], metavar="PRINTER",
        help="ipp://..., or reference, or reference:VARIANT; repeatable; without one it only judges",
    )  # fmt: skip
    station.add_argument("--smtp-listen", type=address, metavar="HOST:PORT", help="where its recipient listens")
    add_mail_path(station)
    station.add_argument(
        "--ixit", action="append", default=[], metavar="[PRINTER=]FILE", help="facts about the bench; repeatable"
    )
    station.add_argument("--work-dir", type=Path, default=Path(WORK_DIR), metavar="DIR", help="where reports are left")
    station.add_argument("--until-empty", action="store_true", help="end when nothing is left to do")
    station.add_argument(
        "--stalled-after", type=up_to(3600), default=STALLED_SECONDS, metavar="SECONDS",
        help="a station that is silent for so long is dead, and its job is given to another",
    )  # fmt: skip
    _add_submit(commands.add_parser("submit", help="have stations run tests, or judge again"))


def _add_submit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help=URL)
    parser.add_argument("--printer", action="append", default=[], metavar="PRINTER", help="a run at each; repeatable")
    parser.add_argument(
        "--rejudge", type=ids, action="extend", default=[], metavar="all|ID,ID", help="judge stored runs again"
    )
    parser.add_argument("--list", action="store_true", help="what is waiting, at work, or failed")
    parser.add_argument("--wait", action="store_true", help="until all of it is done; the exit code is the worst one")
    both = parser.add_argument_group("what a run or a judging goes by")
    both.add_argument("--edition", choices=EDITIONS, help="whose mail rules judge")
    both.add_argument("--select", type=ids, action="extend", metavar="ID_OR_GLOB", help="as of run; repeatable")
    both.add_argument("--strict", action="store_true", default=None, help="a SHOULD that is not met fails")
    both.add_argument("--reading", action="append", metavar="ID=CHOICE", help="as of run; repeatable")
    run = parser.add_argument_group("what a run goes by")
    run.add_argument("--quick", action="store_true", default=None, help="what is broken most often")
    run.add_argument("--vocabulary", choices=("auto", *VOCABULARY_NAMES), help="which attribute names to speak")
    run.add_argument("--paper", type=up_to(100_000), metavar="N", help="print no more than so many documents")
    run.add_argument("--awkward", type=up_to(10_000), metavar="N", help="so many examples of awkward data")
    run.add_argument("--walks", type=up_to(1_000), metavar="N", help="so many walks")
    run.add_argument("--seed", type=up_to(2**32 - 1), metavar="S", help="what they are drawn from")
