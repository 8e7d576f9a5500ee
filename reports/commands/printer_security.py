"""What the reference printer is told about security on the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from fakes.named_secret import SecretError, named_secret
from reports.exits import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.printer import Policy, ReferencePrinter
    from fakes.printer.security.identity import Identity


def secured(policy: Policy, options: argparse.Namespace) -> Policy:
    """The same printer with the security and the users that were asked for; raises ``UsageError``."""
    from fakes.printer.security_policy import Authentication, Mode

    security = policy.security
    if options.security is not None:
        security = replace(security, mode=Mode(options.security))
    if options.auth is not None:
        security = replace(security, authentication=Authentication(options.auth))
    if security.authentication is Authentication.CERTIFICATE and security.mode is Mode.PLAIN:
        raise UsageError("nobody shows a certificate in the clear; --security says which printer has TLS")
    return replace(policy, security=security, accounts=accounts(options) or policy.accounts)


def accounts(options: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    """The users that were named; raises ``UsageError``."""
    return tuple(map(_account, options.account))


def _account(text: str) -> tuple[str, str]:
    name, equals, named = text.partition("=")
    if not name or not equals:
        raise UsageError("--account takes NAME=env:VARIABLE or NAME=file:PATH")
    try:
        secret = named_secret(named)
    except SecretError as error:
        raise UsageError(f"--account {name}: {error}") from error
    if not secret:
        raise UsageError(f"--account {name}: {named} is empty; an account has a password")
    return name, secret


def leave_certificates(printer: ReferencePrinter, options: argparse.Namespace) -> None:
    """Write what a client needs, if that is wanted; raises ``UsageError``."""
    if options.certificates is None:
        return
    if printer.identity is None:
        raise UsageError("a printer without TLS has no certificates; --security says which has")
    write_certificates(printer.identity, options.certificates)


def write_certificates(identity: Identity, directory: Path) -> tuple[Path, Path, Path]:
    """The files of an identity there; raises ``UsageError``."""
    try:
        return identity.write(directory)
    except OSError as error:
        why = f"{error.strerror}; name another directory (--certificates)"
        raise UsageError(f"cannot write in {directory}: {why}") from error


def addresses(printer: ReferencePrinter) -> str:
    """The printer's URIs beside the one that a client should use, for the line that says it is ready."""
    others = {"plain": printer.plain_uri, "secure": printer.secure_uri}
    return "".join(f" {word} {uri}" for word, uri in others.items() if uri and uri != printer.uri)
