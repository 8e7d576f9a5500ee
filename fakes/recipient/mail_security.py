"""What a mail recipient offers and asks for: TLS by STARTTLS or from the first octet, and AUTH."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum


class Tls(StrEnum):
    """How TLS comes about."""

    NONE = "none"
    OFFER = "offer"  # STARTTLS, for those who want it
    REQUIRE = "require"  # no mail is taken before STARTTLS
    IMPLICIT = "implicit"  # the handshake comes before the greeting (RFC 8314 section 3)


class Auth(StrEnum):
    """Whether a client may, or has to, say who it is; where there is TLS, under TLS only."""

    NONE = "none"
    OFFER = "offer"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, neither of them ever shown."""

    user: bytes
    password: bytes

    def __repr__(self) -> str:
        return "Credentials(...)"


@dataclass(frozen=True, slots=True)
class MailSecurity:
    """``context`` is there unless ``tls`` is none; without ``credentials`` everybody's are taken."""

    tls: Tls = Tls.NONE
    context: ssl.SSLContext | None = None
    auth: Auth = Auth.NONE
    credentials: Credentials | None = None
