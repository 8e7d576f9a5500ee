"""The arguments of what is done with finished runs: ``bundle``, ``verify``, ``rejudge`` and ``matrix``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

FINISHED: Final = ("bundle", "verify", "rejudge", "matrix")
SITE: Final = "ippmailto-matrix"


def add_finished(commands: Any) -> None:
    """Their parsers."""
    _add_bundle(commands.add_parser("bundle", help="put a run into one signed archive, for others to verify"))
    _add_verify(commands.add_parser("verify", help="whether a bundle is as it was signed, and its evidence gives it"))
    _add_matrix(commands.add_parser("matrix", help="many printers side by side, as a static site"))
    again = commands.add_parser("rejudge", help="what kept bundles come to by the catalogue of today, and why")
    again.add_argument("bundle", nargs="+", type=Path, metavar="BUNDLE")
    again.add_argument("--json", action="store_true", help="for programs, a line for each bundle")


def finish(options: argparse.Namespace) -> int:
    """The command that was named."""
    if options.command == "matrix":
        from .matrix import matrix

        return matrix(options)
    from .bundling import bundling

    return bundling(options)


def _add_matrix(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="+", metavar="SOURCE", help="verdict.json, a report directory, a bundle, a store's URL or file"
    )
    parser.add_argument("--anonymous", action="store_true", help="letters for vendors, and no name of a printer")
    parser.add_argument("--skip-broken", action="store_true", help="leave out what cannot be used, and go on")
    parser.add_argument("-o", "--output", type=Path, default=Path(SITE), metavar="DIR", help=f"{SITE} unless told")
    parser.add_argument("--overwrite", action="store_true", help="replace the site that is there")


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reports", nargs="?", type=Path, metavar="REPORT_DIR", help="with verdict.json and evidence")
    parser.add_argument("--new-key", type=Path, metavar="FILE", help="make a key to sign with, and FILE.pub for others")
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign with this private key (Ed25519, PEM)")
    parser.add_argument("--timestamp", type=Path, metavar="FILE", help="a time-stamp on its manifest (RFC 3161)")
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="where the evidence is, if not in REPORT_DIR")
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="the waivers that it was judged with")
    parser.add_argument("--ics", type=Path, metavar="FILE", help="the statement that it was judged with")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the archive; REPORT_DIR.bundle unless told")
    parser.add_argument("--overwrite", action="store_true", help="replace the archive that is there")


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--key", type=Path, metavar="PUBLIC", help="whose signature it has to have (PEM)")
    whom.add_argument("--any-signer", action="store_true", help="do not ask who has signed it, if anybody")
    parser.add_argument(
        "--timestamp-authority",
        type=Path,
        metavar="FILE",
        help="whose time-stamp it has to have (certificate, PEM)",
    )
