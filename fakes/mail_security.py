"""TLS and AUTH on the way of a mail: what a recipient offers and asks for, and how a client meets that.

TLS comes about by STARTTLS or from the first octet.  Names and passwords come from the environment or a file, and are
never shown.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal
from weakref import WeakKeyDictionary

from .named_secret import MOST
from .whole_file import whole_file


class MailSecurityError(Exception):
    """What was asked for cannot be; says what to do, and never holds a password."""


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


class Mechanism(StrEnum):
    """By which SASL mechanism a client says who it is."""

    PLAIN = "PLAIN"
    LOGIN = "LOGIN"
    CRAM_MD5 = "CRAM-MD5"  # RFC 2195: a digest of the password, which a server has to know by itself


USUAL: Final = (Mechanism.PLAIN, Mechanism.LOGIN)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, neither of them ever shown."""

    user: bytes
    password: bytes

    def __repr__(self) -> str:
        return "Credentials(...)"

    @classmethod
    def at(cls, place: str) -> Credentials:
        """From ``env:VARIABLE`` or ``file:PATH``, where ``USER:PASSWORD`` stands; raises ``MailSecurityError``."""
        kind, _, name = place.partition(":")
        if kind == "env":
            text = os.environ.get(name)
            if text is None:
                raise MailSecurityError(f"the environment variable {name!a} is not set")
        elif kind == "file":
            try:
                text = whole_file(Path(name), MOST).decode().rstrip("\r\n")
            except OSError as error:
                raise MailSecurityError(f"cannot read {name!a}: {error.strerror}") from error
            except UnicodeDecodeError as error:
                raise MailSecurityError(f"{name!a} is not in UTF-8") from error
        else:
            raise MailSecurityError("a login is named by where it stands: env:VARIABLE or file:PATH")
        user, colon, password = text.partition(":")
        if not colon or not user or "\n" in text:
            raise MailSecurityError(f"{place!a} does not hold USER:PASSWORD in one line")
        return cls(user.encode(), password.encode())


@dataclass(frozen=True, slots=True)
class MailSecurity:
    """``context`` is there unless ``tls`` is none; without ``credentials`` everybody's are taken."""

    tls: Tls = Tls.NONE
    context: ssl.SSLContext | None = None
    auth: Auth = Auth.NONE
    credentials: Credentials | None = None
    mechanisms: tuple[Mechanism, ...] = USUAL  # that are offered

    def secrets(self) -> list[tuple[str, str]]:
        """The password that is asked for, behind its name."""
        known = self.credentials
        return [] if known is None else [(known.user.decode(), known.password.decode())]


@dataclass(frozen=True, slots=True)
class RelayAccess:
    """How a client gets at a relay.

    ``tls``: not, where STARTTLS is offered, or not at all without it, or from the first octet.  ``authority`` is the
    PEM of those who may have signed the relay's certificate, in place of those whom the system trusts; without
    ``checks`` everybody may.  ``mechanism`` is that of AUTH, empty for whichever the client likes best.
    """

    tls: Tls = Tls.NONE
    authority: str = ""
    checks: bool = True
    credentials: Credentials | None = None
    mechanism: Literal["", "login"] = ""

    def context(self) -> ssl.SSLContext:
        """For the handshake; raises ``MailSecurityError``."""
        try:
            context = ssl.create_default_context(cadata=self.authority or None)
        except ssl.SSLError as error:
            raise MailSecurityError("the relay's authority is no certificate in PEM") from error
        if not self.checks:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class ServerNames:
    """The names by which clients ask for us in their handshakes (SNI, RFC 6066 section 3)."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._of: WeakKeyDictionary[object, str] = WeakKeyDictionary()
        self._under_way = 0
        self._last = ""
        context.sni_callback = self._note

    def _note(self, connection: object, name: str | None, _: ssl.SSLContext) -> None:
        self._last = name or ""
        self._of[connection] = self._last

    def of(self, connection: object) -> str:
        """The name that was asked for on a connection whose handshake has succeeded."""
        return "" if connection is None else self._of.get(connection, "")

    @contextmanager
    def handshake(self) -> Iterator[None]:
        """While one is under way."""
        self._under_way += 1
        self._last = "" if self._under_way == 1 else self._last
        try:
            yield
        finally:
            self._under_way -= 1

    @property
    def last(self) -> str:
        """The name in a handshake that has failed; empty where there were others at the time, and nobody can tell."""
        return self._last if self._under_way == 1 else ""
