"""How a printer is approached: what stands in the IXIT about TLS, certificates and passwords."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fakes.certificates import Authority, allow_old_peers
from fakes.http.auth import Login
from fakes.whole_file import see_that_it_is_a_file

from .certificate_look import common_name

ANY, SYSTEM, PIN = "any", "system", "sha256:"
_LEGACY_RENEGOTIATION: Final = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
_HEX_DIGITS: Final = 64  # of SHA-256


class AccessError(Exception):
    """Something in the IXIT that TLS cannot be made with; says which entry, and nothing that is secret."""


@dataclass(frozen=True, slots=True)
class Access:
    """Those settings.

    ``trust`` is ``any`` certificate (what is wrong with it is observed, and no more), those that the ``system`` trusts,
    those of a PEM file, or the one with that ``sha256:`` fingerprint.  ``upgrade``: TLS is asked for on the plain port
    before each request (RFC 2817 section 3.2).  ``old_peers``: all that OpenSSL still knows will do.  ``login`` goes
    with every request that names no other.
    """

    trust: str = ANY
    client_certificate: str = ""
    client_key: str = ""
    client_key_password: str = field(default="", repr=False)
    old_peers: bool = False
    upgrade: bool = False
    login: Login | None = None

    @property
    def pin(self) -> str:
        """The fingerprint that the printer's certificate has to have, in lower case; empty for none."""
        return self.trust.removeprefix(PIN).replace(":", "").lower() if self.trust.startswith(PIN) else ""

    @property
    def checks(self) -> bool:
        """Whether a certificate has to be trusted; else it is only looked at."""
        return self.trust != ANY

    @property
    def proves(self) -> str | None:
        """Whom every request comes from, by a password or a certificate; ``None`` where nobody proves anything."""
        if self.login is not None or not self.client_certificate:
            return self.login.name if self.login is not None else None
        return common_name(Path(self.client_certificate).read_bytes()) or "(nobody by name)"

    def of_a_stranger(self) -> ssl.SSLContext:
        """TLS with a certificate that has the same name, and that nobody knows the issuer of."""
        context = replace(self, client_certificate="").context()
        Authority("nobody's authority").issue(self.proves or "").load_into(context)
        context.post_handshake_auth = True
        return context

    def context(self) -> ssl.SSLContext:
        """TLS by these settings; raises ``AccessError``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self.checks or self.pin:  # a pin is compared when the handshake is over
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.old_peers:
            allow_old_peers(context)
            context.options |= _LEGACY_RENEGOTIATION
        self._load_trust(context)
        self._load_own(context)
        return context

    def _load_trust(self, context: ssl.SSLContext) -> None:
        if self.trust == SYSTEM:
            context.load_default_certs()
        elif self.pin:
            if len(self.pin) != _HEX_DIGITS or set(self.pin) - set("0123456789abcdef"):
                raise AccessError(f"trust has no SHA-256 fingerprint behind {PIN} ({_HEX_DIGITS} hexadecimal digits)")
        elif self.checks:
            try:
                see_that_it_is_a_file(Path(self.trust), of_shell=False)
                context.load_verify_locations(self.trust)
            except OSError as error:  # SSLError is one of them
                why = "holds no certificates in PEM" if isinstance(error, ssl.SSLError) else f"{error.strerror}"
                raise AccessError(
                    f"trust: {self.trust!r}: {why}; trust is {ANY}, {SYSTEM}, a PEM file, or {PIN} and a fingerprint"
                ) from error

    def _load_own(self, context: ssl.SSLContext) -> None:
        if not self.client_certificate:
            return
        context.post_handshake_auth = True  # a server may ask when it has seen what is asked of it (RFC 8446 4.6.2)
        key = self.client_key or self.client_certificate
        for name, path in (("client-certificate", self.client_certificate), ("client-key", key)):
            if not Path(path).is_file():
                raise AccessError(f"{name}: there is no file {path!r}")
        try:
            # a key that turns out to be encrypted would have OpenSSL ask the terminal if it got nothing
            context.load_cert_chain(self.client_certificate, key, lambda: self.client_key_password)
        except OSError as error:
            raise AccessError(
                f"client-certificate {self.client_certificate!r} and key {key!r} cannot be used: "
                f"{_why_not(error)}; both are PEM, and client-key-password-from opens an encrypted key"
            ) from error


def _why_not(error: OSError) -> str:
    reason = getattr(error, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else error.strerror or "it is no PEM"
