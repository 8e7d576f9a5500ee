"""What a bench needs to get at a reference printer that wants TLS, a password or a certificate."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fakes.printer import Policy
from fakes.printer.security.admission import speaks_tls
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Authentication, Mode

from .bench import Surroundings
from .directory import DirectoryFile
from .ixit import Ixit
from .play_under_way import OPERATOR

PASSWORD: Final = "third-secret"  # of the user whose name every request has
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The printer with a user more, what is around it, and what the bench knows of it."""

    policy: Policy
    surroundings: Surroundings
    ixit: Ixit
    directories: tuple[DirectoryFile, ...]


def prepared(policy: Policy, ixit: Ixit, directory: Path) -> Prepared:
    """All that for a printer of that policy; files go below ``directory``."""
    security = policy.security
    ldif, zone = directory / "printer.ldif", directory / "printer.zone"
    around = Surroundings(ldif=ldif, zone=zone)
    if speaks_tls(policy):
        identity = Identity.of(security, HOST)
        around = replace(around, identity=identity)
    if security.authentication in (Authentication.BASIC, Authentication.DIGEST):
        policy = replace(policy, accounts=(*policy.accounts, (OPERATOR, PASSWORD)))
        ixit = replace(ixit, user=OPERATOR, password=PASSWORD)
    if security.authentication is Authentication.CERTIFICATE and around.identity is not None:
        _, pem, key = around.identity.write(directory)
        ixit = replace(ixit, client_certificate=str(pem), client_key=str(key))
    if security.mode is Mode.REFUSE:  # nothing that the printer lists leads there
        around = replace(around, port=_free_port())
        ixit = replace(ixit, plain_uri=f"ipp://{HOST}:{around.port}/ipp/print")
    return Prepared(policy, around, ixit, (DirectoryFile(ldif), DirectoryFile(zone)))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
