"""The arguments of the commands that look at what there is: ``show`` and ``explain``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

LOOKING: Final = ("show", "explain")
PLACES: Final = ("mail", "smtp", "ipp", "play", "ledger")


def add_looking(commands: Any) -> None:
    """Their parsers."""
    _add_show(commands.add_parser("show", help="what stands in the evidence: a mail, a dialogue, an exchange, a play"))
    _add_explain(commands.add_parser("explain", help="what an entry of the catalogue asks, and what breaks it"))


def look(options: argparse.Namespace) -> int:
    """The command that was named."""
    if options.command == "show":
        from reports.commands.showing import show

        return show(options)
    from reports.commands.explaining import explain

    return explain(options)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("evidence", type=Path, metavar="EVIDENCE")
    parser.add_argument("what", nargs="?", choices=PLACES, metavar="WHAT", help=", ".join(PLACES))
    parser.add_argument(
        "which", nargs="?", metavar="WHICH", help="its number, or the name of a play; else all are listed"
    )
    parser.add_argument("--octets", type=_octets, metavar="A-B", help="mark these, as a verdict has them")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--eml", action="store_true", help="write the mail, as delivered")
    form.add_argument(
        "--raw", action="store_true", help="write the octets: mail as sent, what a client said, an answer"
    )
    form.add_argument(
        "--test", action="store_true", help="write a test of ipptool's that asks the same as the exchange"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", nargs="+", metavar="ID", help="of a requirement or a reading; letters match in either case"
    )


def _octets(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()) or int(first) >= int(last):
        raise argparse.ArgumentTypeError(f"{text!r} are no octets; they look like 120-164")
    return int(first), int(last)
