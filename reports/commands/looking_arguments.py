"""The arguments of the commands that look at what there is: ``show``, ``explain`` and ``check``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from .judging_arguments import EDITIONS
from .run_arguments import VOCABULARY_NAMES

LOOKING: Final = ("show", "explain", "check")
PLACES: Final = ("mail", "smtp", "ipp", "play", "ledger")


def add_looking(commands: Any) -> None:
    """Their parsers."""
    _add_show(commands.add_parser("show", help="what stands in the evidence: a mail, a dialogue, an exchange, a play"))
    _add_explain(commands.add_parser("explain", help="what an entry of the catalogue asks, and what breaks it"))
    _add_check(commands.add_parser("check", help="judge one mail in a file, without a printer"))


def look(options: argparse.Namespace) -> int:
    """The command that was named."""
    if options.command == "show":
        from .showing import show

        return show(options)
    if options.command == "check":
        from .checking import check

        return check(options)
    from .explaining import explain

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


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.eml", help="a mail as it was delivered")
    parser.add_argument("--edition", choices=EDITIONS, default=EDITIONS[0], help="whose rules judge")
    parser.add_argument(
        "--vocabulary", choices=VOCABULARY_NAMES, default=VOCABULARY_NAMES[0], help="whose attribute names (ntfy-01)"
    )
    parser.add_argument("--printer-name", metavar="TEXT", help="what the printer is called")
    parser.add_argument("--user-data", metavar="ADDRESS", help="the mail address that the subscriber gave")
    parser.add_argument("--user-name", metavar="TEXT", help="what the subscriber is called")
    parser.add_argument("--recipient", metavar="ADDRESS", help="what followed mailto: in the subscription, or the URI")
    parser.add_argument("--job-name", metavar="TEXT", help="the job that the mail is about")
    parser.add_argument("--job-id", type=int, metavar="N", help="or its number")
    parser.add_argument("--event", metavar="KEYWORD", help="which the mail is about, such as job-completed")
    parser.add_argument("--language", metavar="TAG", help="of the subscription, such as en")
    parser.add_argument("--format", metavar="TYPE", help="a media type as it was granted, or none")
    parser.add_argument("--strict", action="store_true", help="a SHOULD that is not met fails")


def _octets(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()) or int(first) >= int(last):
        raise argparse.ArgumentTypeError(f"{text!r} are no octets; they look like 120-164")
    return int(first), int(last)
