"""The arguments of ``run``, and of what belongs to one: ``doctor`` before it, ``judge`` after it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from .argument_types import address, positive, up_to
from .declaring_arguments import add_statement
from .judging_arguments import add_judging
from .mail_path_arguments import add_mail_path
from .store_arguments import add_publish
from .web_arguments import add_web

VOCABULARY_NAMES: Final = ("ntfy-01", "rfc3995")


def add_run(parser: argparse.ArgumentParser) -> None:
    bench = parser.add_argument_group("printer and bench")
    mail = parser.add_argument_group("the mail that comes")
    played = parser.add_argument_group("what is played")
    live = parser.add_argument_group("what others see of it")
    _add_printer_uri(parser)
    bench.add_argument(
        "--variant", metavar="ID", help="which built-in printer: one that conforms in another way, such as desk"
    )
    _add_recipient(mail)
    _add_vocabulary(bench)
    played.add_argument("--evidence", type=Path, metavar="FILE", help="where the evidence goes")
    played.add_argument("--resume", type=Path, metavar="EVIDENCE", help="play what is missing in an interrupted run")
    played.add_argument("--quick", action="store_true", help="what is broken most often, and little paper")
    played.add_argument("--paper", type=up_to(100_000), metavar="N", help="print no more than so many documents")
    bench.add_argument(
        "--no-bench-check", action="store_true", help="go on where the printer does not so much as connect to mail"
    )
    _add_facts(bench)
    add_statement(bench)
    bench.add_argument(
        "--max-subscriptions", type=positive, metavar="N", help="how many at once (by default what the printer says)"
    )
    played.add_argument(
        "--awkward", type=up_to(10_000), default=5, metavar="N", help="so many examples of awkward data are drawn"
    )
    played.add_argument(
        "--seed",
        type=up_to(2**32 - 1),
        default=0,
        metavar="S",
        help="what they are drawn from; the same seed, the same",
    )
    played.add_argument(
        "--walks", type=up_to(1_000), metavar="N", help="so many walks are drawn from the seed (6 unless told)"
    )
    played.add_argument(
        "--walk",
        action="append",
        default=[],
        metavar="WALK",
        help="take this walk, and no others; what is judged is what it shows; repeatable",
    )
    bench.add_argument(
        "--directory",
        action="append",
        default=[],
        metavar="WHERE",
        help="where the printer is listed: ldap://HOST/BASE, dnssd:NAME, or a file with LDIF or a zone; repeatable",
    )
    played.add_argument("--stop-at-eof", action="store_true", help="end when standard input ends, for callers")
    add_publish(live)
    add_web(live)
    live.add_argument("--web-stay", action="store_true", help="keep the live page when the run is over, until Ctrl-C")
    add_judging(parser)
    parser.set_defaults(report_dir=None)  # a run that is gone on with has its report where it had it before


def add_doctor(parser: argparse.ArgumentParser) -> None:
    _add_printer_uri(parser)
    _add_recipient(parser)
    _add_vocabulary(parser)
    _add_facts(parser)


def add_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("evidence", nargs="+", type=Path, metavar="EVIDENCE")
    parser.set_defaults(publish=None, stop_at_eof=False)  # publish does the first
    add_statement(parser)
    add_judging(parser)


def _add_printer_uri(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("printer", nargs="?", metavar="PRINTER_URI", help="ipp://...; without it the built-in printer")


def _add_recipient(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--smtp-listen",
        type=address,
        metavar="HOST:PORT",
        help="where the recipient listens (for a printer elsewhere by default at port 2525)",
    )
    add_mail_path(parser)


def _add_vocabulary(parser: argparse._ActionsContainer) -> None:
    told = "which attribute names to speak (auto: those that the printer lists)"
    parser.add_argument("--vocabulary", choices=("auto", *VOCABULARY_NAMES), default="auto", help=told)


def _add_facts(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--ixit", type=Path, metavar="FILE", help="facts about printer and bench (TOML)")
