"""TLS and AUTH on the way of the mails, as the command line asks for them: at the recipient, and at our own printer."""

from __future__ import annotations

import secrets
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fakes.certificates import Authority, Flaw
from fakes.mail_security import USUAL, Auth, Credentials, MailSecurity, MailSecurityError, Mechanism, RelayAccess, Tls
from fakes.put_file import put
from fakes.whole_file import see_that_it_is_a_file, whole_file
from reports.exits import UsageError

PEM: Final = "-----BEGIN"  # in what a file in PEM has first
GOOD: Final = "good"  # Flaw.NONE, as one says it of a certificate
LOGIN_VARIABLE: Final = "IPPMAILTO_RELAY_LOGIN"  # by which the built-in printer is told; nobody sees its environment
HOSTNAME: Final = "recipient.example"


@dataclass(frozen=True, slots=True)
class MailPath:
    """What the recipient asks for, what it is called, and the authority (PEM) that has signed its certificate, if one
    of ours has.
    """

    security: MailSecurity = MailSecurity()  # noqa: RUF009 - frozen
    hostname: str = HOSTNAME
    authority: str = ""

    def write_authority(self, evidence: Path) -> Path | None:
        """Beside the evidence, for a printer to trust; ``None`` where there is none.  Raises ``UsageError``."""
        if not self.authority:
            return None
        path = evidence.with_suffix(".authority.pem")
        try:
            put(path, self.authority.encode("ascii"), 0o644)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}; name another directory (--evidence)") from error
        return path

    def relay_arguments(self, evidence: Path) -> tuple[list[str], Mapping[str, str]]:
        """What the built-in printer is told, so that its mails arrive: arguments, and variables of its environment."""
        security, arguments = self.security, list[str]()
        if security.tls is not Tls.NONE:
            arguments += ["--smtp-tls", security.tls.value]
            arguments += ["--smtp-authority", str(evidence.with_suffix(".authority.pem"))] if self.authority else []
        if security.auth is Auth.NONE:
            return arguments, {}
        known = security.credentials
        login = f"{known.user.decode()}:{known.password.decode()}" if known else f"printer:{secrets.token_hex(8)}"
        return [*arguments, "--smtp-login", f"env:{LOGIN_VARIABLE}"], {LOGIN_VARIABLE: login}


def mail_path(
    tls: str,
    auth: str,
    login: str | None,
    certificate: str,
    names: list[str],
    host: str,
    *,
    mechanisms: Iterable[str] = (),
) -> MailPath:
    """As the options say; ``host`` is where the recipient listens.  Raises ``UsageError``."""
    try:
        credentials = Credentials.at(login) if login else None
    except MailSecurityError as error:
        raise UsageError(f"--smtp-login: {error}") from error
    if certificate != GOOD and tls == Tls.NONE:
        raise UsageError("--smtp-certificate is for a recipient with --smtp-tls offer, require or implicit")
    if credentials is not None and auth == Auth.NONE:
        raise UsageError("--smtp-login is for a recipient with --smtp-auth offer or require")
    offered = tuple(dict.fromkeys(Mechanism(name) for name in mechanisms)) or USUAL
    if offered != USUAL and auth == Auth.NONE:
        raise UsageError("--smtp-mechanism is for a recipient with --smtp-auth offer or require")
    hostname = names[0] if names else HOSTNAME
    if tls == Tls.NONE:
        return MailPath(MailSecurity(auth=Auth(auth), credentials=credentials, mechanisms=offered), hostname)
    context, authority = _context(certificate, [hostname, *names[1:], *_called(host)])
    return MailPath(MailSecurity(Tls(tls), context, Auth(auth), credentials, offered), hostname, authority)


def _context(certificate: str, names: list[str]) -> tuple[ssl.SSLContext, str]:
    """For the handshake, and who has signed what is shown there: a certificate of that kind, or of that file."""
    kinds = {GOOD if flaw is Flaw.NONE else flaw.value: flaw for flaw in Flaw}
    if certificate in kinds:
        authority, flaw = Authority(), kinds[certificate]
        weak = flaw in (Flaw.WEAK_KEY, Flaw.WEAK_SIGNATURE)
        issued = authority.issue(*dict.fromkeys(names), flaw=flaw)
        return issued.server_context(old_peers=weak), authority.pem.decode("ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        see_that_it_is_a_file(Path(certificate), of_shell=False)
        context.load_cert_chain(certificate, password="")  # none is asked for on a terminal
    except ssl.SSLError as error:
        raise UsageError(f"{certificate} does not hold a certificate and its private key in PEM") from error
    except OSError as error:
        raise UsageError(
            f"--smtp-certificate: cannot read {certificate}: {error.strerror}; a kind is one of {', '.join(kinds)}"
        ) from error
    return context, ""


def _called(host: str) -> list[str]:
    """How this machine is called by who mails to it: where the recipient listens, its names, its own addresses."""
    name = socket.gethostname()
    found = [host, name, "localhost", "127.0.0.1", "::1"]
    try:
        found += [str(place[4][0]) for place in socket.getaddrinfo(name, None)]
    except OSError:  # a name that nobody knows is no name for a certificate
        found.remove(name)
    return [each for each in found if each and "%" not in each]


def relay_access(tls: str, authority: Path | None, login: str | None) -> RelayAccess:
    """How our own printer gets at its relay; raises ``UsageError``."""
    try:
        known = whole_file(authority).decode("latin-1") if authority else ""
        if authority and PEM not in known:
            raise UsageError(f"--smtp-authority: {authority} is no certificate in PEM")
        access = RelayAccess(Tls(tls), known, credentials=Credentials.at(login) if login else None)
        access.context()
    except OSError as error:
        raise UsageError(f"--smtp-authority: cannot read {authority}: {error.strerror}") from error
    except MailSecurityError as error:
        raise UsageError(str(error)) from error
    return access
