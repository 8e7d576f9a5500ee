"""The arguments of the recipient: what it offers the printer, and asks of it."""

from __future__ import annotations

import argparse
from typing import Final

TLS: Final = ("none", "offer", "require", "implicit")
AUTH: Final = ("none", "offer", "require")
MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5")


def add_mail_path(parser: argparse._ActionsContainer) -> None:
    """What the recipient offers the printer, and asks of it."""
    parser.add_argument("--smtp-tls", choices=TLS, help="STARTTLS offered or required, or TLS from the first octet")
    parser.add_argument("--smtp-auth", choices=AUTH, help="whether printers may, or have to, log in")
    parser.add_argument(
        "--smtp-mechanism", action="append", default=[], choices=MECHANISMS, type=str.upper,
        help="by which they may; repeatable (by default PLAIN and LOGIN)",
    )  # fmt: skip
    parser.add_argument(
        "--smtp-login",
        metavar="WHERE",
        help="the only login that is taken: env:VARIABLE or file:PATH, of USER:PASSWORD",
    )
    parser.add_argument(
        "--smtp-certificate",
        metavar="WHICH",
        help="good, expired, not-yet-valid, wrong-host, self-signed, weak-key, weak-signature, or a PEM file",
    )
    parser.add_argument(
        "--smtp-name", action="append", default=[], metavar="HOST", help="what the recipient is called; repeatable"
    )
