"""The arguments of the commands about what a bench and a printer are said to be: ``ixit``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

DECLARING: Final = ("ixit",)


def add_declaring(commands: Any) -> None:
    """Their parsers."""
    _add_ixit(commands.add_parser("ixit", help="write an IXIT file to fill in, or see whether one is right"))


def declare(options: argparse.Namespace) -> int:
    """The command that was named."""
    from reports.commands.declaring import ixit

    return ixit(options)


def _add_ixit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an IXIT file (TOML)")
    parser.add_argument("--init", action="store_true", help="write it, with every entry; without FILE print it")
    parser.add_argument("--overwrite", action="store_true", help="replace the file that is there")
