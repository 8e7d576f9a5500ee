"""The printer's certificate, and one for a client that has to show one; made when the printer starts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from fakes.certificates import Authority, Certificate, Flaw
from fakes.printer.security_policy import Authentication, SecurityPolicy
from fakes.put_file import put

CLIENT = "Bob Jones"  # whom the client's certificate is for
AUTHORITY, CLIENT_FILE = "ca.pem", "client"


@dataclass(frozen=True, slots=True)
class Identity:
    """All that TLS needs on both sides."""

    authority: Authority
    server: Certificate
    client: Certificate

    @classmethod
    def of(cls, security: SecurityPolicy, host: str) -> Identity:
        """For a printer of that kind on that host."""
        authority = Authority("ippmailto reference printer")
        hosts = dict.fromkeys((host, "localhost", *security.other_names))
        return cls(authority, authority.issue(*hosts, flaw=security.certificate), authority.issue(CLIENT))

    def context(self, security: SecurityPolicy) -> ssl.SSLContext:
        """The server's side."""
        looks = security.authentication is Authentication.CERTIFICATE and security.proof == "looked-at"
        clients_of = self.authority if looks else None
        weak = security.certificate in (Flaw.WEAK_KEY, Flaw.WEAK_SIGNATURE)
        return self.server.server_context(clients_of=clients_of, old_peers=weak)

    def write(self, directory: Path) -> tuple[Path, Path, Path]:
        """The files that a client needs: the authority, a certificate and its key; raises ``OSError``."""
        directory.mkdir(parents=True, exist_ok=True)
        authority = directory / AUTHORITY
        put(authority, self.authority.pem, 0o644)
        return authority, *self.client.write(directory, CLIENT_FILE)


def common_name(der: bytes) -> str | None:
    """Whom a client's certificate is for; ``None`` without one."""
    if not der:
        return None
    found = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else None
