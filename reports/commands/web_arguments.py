"""The arguments of the page: ``--web`` of what serves one beside its work, and those of ``web``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from reports.listening import host_and_port

from .judging_arguments import EDITIONS, add_reading

WEB: Final = ("127.0.0.1", 0)


def _web_address(text: str) -> tuple[str, int]:
    try:
        return host_and_port(text)
    except ValueError as error:
        told = f"{error}; what is no address of the page stands before --web"
        raise argparse.ArgumentTypeError(told) from error


def add_web(parser: argparse._ActionsContainer) -> None:
    """The live page."""
    parser.add_argument(
        "--web",
        nargs="?",
        type=_web_address,
        const=WEB,
        metavar="HOST:PORT",
        help="serve a live page there (without a value on a free port of the loopback); needs the extra web",
    )
    parser.add_argument(
        "--web-token",
        metavar="WHERE",
        help="what has to be shown at the page: env:VARIABLE or file:PATH; beyond the loopback one is made otherwise",
    )


def add_stored_page(parser: argparse.ArgumentParser) -> None:
    """What is there already is shown."""
    parser.add_argument("evidence", type=Path, metavar="EVIDENCE")
    add_web(parser)
    parser.set_defaults(web=WEB)
    parser.add_argument("--edition", choices=EDITIONS, help="whose mail rules judge; else those of its run")
    add_reading(parser)
