"""IXIT: facts about this printer and this bench that cannot be discovered, from a TOML file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from conformance.record.session_owner import NO, YES
from conformance.wire.path import is_domain
from fakes.http.auth import Login
from fakes.named_secret import SecretError, named_secret
from fakes.printer import OBEDIENT
from fakes.stage.access import ANY, Access, AccessError
from fakes.stage.printer_uri import Target, UriError

PASSWORDS: Final = ("own_password", "other_password", "password", "client_key_password")
USERS: Final = ("own_user", "other_user", "user")
SECRETS: Final = (*PASSWORDS, *USERS)
"""Entries that are never written down."""

FROM: Final = "_from"  # what an entry ends in that tells where a password is

SUBSCRIPTION_GROUP: Final = "subscription-group"
OPERATION_GROUP: Final = "operation-group"
CARRIERS: Final = (SUBSCRIPTION_GROUP, OPERATION_GROUP)


class IxitError(Exception):
    """An IXIT file that cannot be used; says which entry and what is allowed."""


@dataclass(frozen=True, slots=True)
class Ixit:
    """What the bench needs to know.  Times are seconds.

    ``mail_domain``: every address in it must reach the recipient through the printer's mail path.
    ``user_domain``: where the subscribers' own addresses are; nothing is ever sent there by us.
    ``mail_timeout``: how long the first mail may take; later ones are measured against what was seen.
    ``max_lease_wait``: a lease longer than this is not waited for, its cases are inconclusive.
    ``max_fill``: a printer that holds more subscriptions than this is not filled up to see what it does then.
    ``carrier``: where attributes of subscriptions stand in a request, ``subscription-group`` or, for printers that know
    the oldest text alone, ``operation-group``; answers are read from both.
    ``own_user``, ``other_user``, each with a password: two users whom the printer knows, neither of them an operator or
    otherwise entitled to what belongs to the other; without them, what needs users who prove who they are is not
    applicable.
    ``relay``: ``true`` where a relay stands between printer and recipient, or the relay's name or address; ``false``
    where none does.  Left out, what a session shows decides, and what it does not show is the printer's.
    ``relay_rewrites``: whether that relay puts other addresses into From, Sender and Reply-To.
    ``user``, with a password: who every request comes from, for a printer that wants to know.
    ``trust``, ``client_certificate``, ``client_key``, ``old_peers``, ``upgrade``: see
    :class:`fakes.stage.access.Access`.

    Each password may be named by ``...-from`` instead, as ``env:VARIABLE`` or ``file:PATH``.
    """

    mail_domain: str = "recipient.example"
    user_domain: str = "subscriber.example"
    mail_timeout: float = 15.0
    request_timeout: float = 15.0
    max_lease_wait: float = 120.0
    parallel: int = 8
    document: str = ""
    document_format: str = ""
    max_fill: int = 64
    carrier: str = SUBSCRIPTION_GROUP
    own_user: str = ""
    own_password: str = field(default="", repr=False)
    other_user: str = ""
    other_password: str = field(default="", repr=False)
    relay: str = ""  # empty, yes, no, or a host
    relay_rewrites: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    trust: str = ANY
    client_certificate: str = ""
    client_key: str = ""
    client_key_password: str = field(default="", repr=False)
    old_peers: bool = False
    upgrade: bool = False
    plain_uri: str = ""

    def login(self, account: str) -> Login | None:
        """Name and password of the account ``own`` or ``other``, or for no account those of every request.

        ``None`` where there are none.
        """
        accounts = {
            "": Login(self.user, self.password),
            "own": Login(self.own_user, self.own_password),
            "other": Login(self.other_user, self.other_password),
        }
        return accounts[account] if accounts[account].name else None

    def access(self) -> Access:
        """How the printer is approached; raises ``IxitError`` for what TLS cannot be made with."""
        access = Access(
            trust=self.trust,
            client_certificate=self.client_certificate,
            client_key=self.client_key,
            client_key_password=self.client_key_password,
            old_peers=self.old_peers,
            upgrade=self.upgrade,
            login=self.login(""),
        )
        try:
            access.context()
        except AccessError as error:
            raise IxitError(f"in the IXIT, {error}") from error
        return access

    def secrets(self) -> list[tuple[str, str]]:
        """Each password, behind the name of whose it is."""
        logins = [login for account in ("", "own", "other") if (login := self.login(account)) is not None]
        return [*logins, ("", self.client_key_password)]

    @property
    def has_accounts(self) -> bool:
        """Whether it names users who prove who they are."""
        return bool(self.own_user or self.other_user or self.user or self.client_key_password)

    def entries(self) -> dict[str, Any]:
        """What is not as by default, as the file would say it, without what users prove who they are with."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in SECRETS}
        return {name.replace("_", "-"): value for name, value in values.items() if value != getattr(_DEFAULT, name)}

    @classmethod
    def for_loopback(cls) -> Ixit:
        """For the built-in printer, whose mails take milliseconds: five seconds are enough for the slowest machine."""
        (own, own_password), (other, other_password) = OBEDIENT.accounts
        return cls(
            mail_timeout=5.0,
            own_user=own,
            own_password=own_password,
            other_user=other,
            other_password=other_password,
        )

    @classmethod
    def load(cls, path: Path) -> Ixit:
        """Read a file; raises ``IxitError``."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise IxitError(f"cannot read {path}: {error.strerror}; name a TOML file") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise IxitError(f"{path} is not TOML: {error}") from error
        ixit = cls.of(data, str(path))
        ixit.access()  # what is wrong with it is told before anything is played
        if ixit.plain_uri:
            try:
                Target.of(ixit.plain_uri)
            except UriError as error:
                raise IxitError(f"{path}: plain-uri: {error}") from error
        return ixit

    @classmethod
    def of(cls, data: dict[str, Any], source: str) -> Ixit:
        """From a mapping with hyphens or underscores in the names."""
        kinds = {f.name: type(getattr(_DEFAULT, f.name)) for f in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in data.items():
            where, name = f"{source}: {key}", key.replace("-", "_")
            if (secret := name.removesuffix(FROM)) in PASSWORDS and name.endswith(FROM):
                name, value = secret, _secret(where, value)
            if name not in kinds:
                raise IxitError(f"{source}: unknown entry {key!a}; {_meant(key, kinds)}")
            if name == "relay" and isinstance(value, bool):
                value = YES if value else NO
            if kinds[name] is float and type(value) is int:
                value = float(value)
            if type(value) is not kinds[name]:
                shown = type(value).__name__ if name in PASSWORDS else f"{value!a:.60}"
                raise IxitError(f"{where} must be {_KINDS[kinds[name]]}, not {shown}")
            if wrong := _wrong(name, value):
                raise IxitError(f"{where} {wrong}, not {value!a:.60}")
            values[name] = value
        return replace(_DEFAULT, **values)


_KINDS: Final = {
    str: "a text in quotes", float: "a number", int: "a whole number", bool: "true or false",
}  # fmt: skip


def _meant(key: str, known: Iterable[str]) -> str:
    names = sorted(name.replace("_", "-") for name in known)
    near = get_close_matches(key.lower().replace("_", "-"), names, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def _wrong(name: str, value: object) -> str:
    """What a value of the right kind must be, if it is not."""
    if name == "carrier" and value not in CARRIERS:
        return f"must be {' or '.join(CARRIERS)}"
    if name in ("mail_domain", "user_domain") and not is_domain(str(value)):
        return "must be a domain, which is what stands behind the @, such as recipient.example"
    if isinstance(value, int | float) and not isinstance(value, bool) and not (0 < value < math.inf):
        return "must be more than 0"
    return ""


def _secret(where: str, named: object) -> str:
    try:
        return named_secret(named)
    except SecretError as error:
        raise IxitError(f"{where}: {error}") from error


_DEFAULT = Ixit()
