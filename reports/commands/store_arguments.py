"""The arguments of the commands about a store; nothing heavy is imported here, ``--help`` answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

STORING: Final = ("publish", "runs")
URL: Final = "a path (SQLite), postgresql://HOST/DATABASE, or env:VARIABLE or file:PATH where one of them stands"


def add_store_commands(commands: Any) -> None:
    """``publish`` and ``runs``."""
    publish = commands.add_parser("publish", help="put runs that are reported already into a store")
    publish.add_argument("url", metavar="URL", help=URL)
    publish.add_argument("directories", nargs="+", type=Path, metavar="REPORT_DIR")
    publish.add_argument("--name", default="", metavar="STATION", help="who publishes")
    runs = commands.add_parser("runs", help="list what a store holds")
    runs.add_argument("url", metavar="URL", help=URL)
    runs.add_argument("--every", action="store_true", help="every judgement of a run, not the last of each edition")
    runs.add_argument("--json-lines", action="store_true", help="each as JSON")


def add_publish(parser: argparse._ActionsContainer) -> None:
    """The option of ``run``."""
    parser.add_argument("--publish", metavar="URL", help=f"put evidence and verdict into a store: {URL}")
