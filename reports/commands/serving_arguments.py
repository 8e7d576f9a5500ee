"""The arguments of what serves until it is ended: ``printer``, ``client`` and ``recipient``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from .argument_types import address, port, positive
from .judging_arguments import EDITIONS, add_judging
from .mail_path_arguments import TLS, add_mail_path
from .run_arguments import VOCABULARY_NAMES
from .web_arguments import add_web

SECURITY: Final = ("plain", "mixed", "tell", "refuse", "enforce")
AUTHENTICATION: Final = ("none", "name", "basic", "digest", "certificate")


def add_printer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=0, help="IPP port; 0 picks a free one")
    parser.add_argument("--smtp", type=address, metavar="HOST:PORT", default=("127.0.0.1", 25), help="where mail goes")
    parser.add_argument("--smtp-tls", choices=TLS, default=TLS[0], help="whether mail goes by TLS, and how")
    parser.add_argument("--smtp-authority", type=Path, metavar="FILE", help="whom to trust for the relay (PEM)")
    parser.add_argument(
        "--smtp-login", metavar="WHERE", help="how to log in there: env:VARIABLE or file:PATH, of USER:PASSWORD"
    )
    parser.add_argument("--vocabulary", choices=VOCABULARY_NAMES, help="whose attribute names it has")
    parser.add_argument("--edition", choices=EDITIONS, help="which mails it writes")
    parser.add_argument("--variant", metavar="ID", help="make it another one that conforms, such as desk")
    parser.add_argument("--defect", action="append", default=[], metavar="ID", help="make it lie in this one way")
    parser.add_argument("--security", choices=SECURITY, help="how IPP in the clear and in TLS live together")
    parser.add_argument("--auth", choices=AUTHENTICATION, help="how it knows its users")
    _add_users(parser, "its clients need")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not log mails that could not be delivered")
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when standard input ends, for callers")
    parser.add_argument("--list-defects", action="store_true", help="print the ids of the defects and exit")
    parser.add_argument("--list-variants", action="store_true", help="print those of the variants and exit")


def add_client(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="COMMAND",
        help="behind --: a client to start for each way; {uri}, {ipp}, {ipps}, {host}, {port}, {way}, {ca}, "
        "{certificate} and {key} in it are filled in",
    )
    parser.add_argument(
        "--security", choices=SECURITY, action="append", default=[], help="the way to play; repeatable, default all"
    )
    parser.add_argument("--auth", choices=AUTHENTICATION, help="how the printer knows its users")
    parser.set_defaults(ics=None, publish=None, stop_at_eof=False)  # a statement is about a printer
    parser.add_argument("--insist-tls", action="store_true", help="the client was told to use TLS or nothing")
    parser.add_argument("--no-address-given", action="store_true", help="nobody told the client its user's address")
    parser.add_argument(
        "--serve-for",
        type=positive,
        metavar="SECONDS",
        help="end then; a client that we start, each time (default 60)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=port, default=0, help="IPP port, of one way; 0 picks a free one")
    _add_users(parser, "the client needs")
    parser.add_argument(
        "--vocabulary", choices=VOCABULARY_NAMES, default="rfc3995", help="whose attribute names the printer has"
    )
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="where the evidence goes")
    add_judging(parser)


def add_recipient(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smtp-listen",
        type=address,
        metavar="HOST:PORT",
        default=("127.0.0.1", 0),
        help="where it listens (by default a free port of the loopback)",
    )
    add_mail_path(parser)
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="keep what comes in there")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="SCRIPT", help="misbehave so, e.g. 'rcpt: 451 x2'; repeatable"
    )
    add_web(parser)
    parser.add_argument("--edition", choices=EDITIONS, default=EDITIONS[0], help="whose mail rules the live page knows")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each mail that is kept")


def _add_users(parser: argparse.ArgumentParser, need: str) -> None:
    """Who may come to the printer, and how they know it."""
    parser.add_argument("--tls-port", type=port, default=0, help="port for TLS from the first octet")
    parser.add_argument("--certificates", type=Path, metavar="DIR", help=f"leave there what {need} for TLS")
    parser.add_argument(
        "--account", action="append", default=[], metavar="NAME=env:VARIABLE", help="a user; also NAME=file:PATH"
    )
