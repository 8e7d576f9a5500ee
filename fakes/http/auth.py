"""HTTP authentication for both ends: Basic (RFC 7617) and Digest (RFC 7616, and RFC 2069 as old printers have it)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from conformance.record.redaction import without_passwords_in_uris
from conformance.wire.http import Challenge, challenges

from .query_secrets import without_query_secrets

_AUTHORIZATION: Final = re.compile(rb"(?im)^((?:proxy-)?authorization[ \t]*:[ \t]*\S*[ \t]*)([^\r\n]*)")
_COOKIE: Final = re.compile(rb"(?im)^((?:set-)?cookie2?[ \t]*:[ \t]*)([^\r\n]*)")

# Strongest first.  Every printer in the field has MD5; that it is weak is no reason not to talk to it.
_HASHES: Final[Mapping[str, Callable[[bytes], str]]] = {
    "sha-256": lambda octets: hashlib.sha256(octets).hexdigest(),
    "md5": lambda octets: hashlib.md5(octets, usedforsecurity=False).hexdigest(),
}
SCHEMES: Final = ("digest", "basic")  # that can be answered, the better one first


class Login(NamedTuple):
    """A user's name and password; shows the name alone."""

    name: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.name!r})"


def _algorithm(challenge: Challenge) -> str:
    """The hash of Digest, without ``-sess``."""
    return challenge.parameters.get("algorithm", "md5").lower().removesuffix("-sess")


def _answerable(challenge: Challenge) -> bool:
    """Whether :class:`Prover` can answer it."""
    if challenge.scheme != "digest":
        return challenge.scheme == "basic"
    asked = challenge.parameters
    qop = asked.get("qop")
    return _algorithm(challenge) in _HASHES and (qop is None or "auth" in _listed(qop)) and "nonce" in asked


def _listed(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",")]


def _best(offered: list[Challenge]) -> Challenge | None:
    strength = list(_HASHES)
    return min(
        (c for c in offered if _answerable(c)),
        key=lambda c: (SCHEMES.index(c.scheme), strength.index(_algorithm(c))),
        default=None,
    )


# ---------------------------------------------------------------- the client


@dataclass(slots=True)
class Prover:
    """Proves to one server who a user is, in the way that its last challenge asked for."""

    login: Login
    _challenge: Challenge | None = None
    _shown_plainly: bool = False  # Basic was the last that was tried
    _counts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def learn(self, header: str) -> bool:
        """Take a WWW-Authenticate header; whether it has a challenge that can be answered and was not before."""
        challenge = _best(challenges(header))
        again = challenge == self._challenge or self._shown_plainly
        if challenge is None or (again and challenge.scheme == "basic"):
            return False
        if challenge != self._challenge:
            self._challenge, self._counts = challenge, itertools.count(1)
        return True

    @property
    def ready(self) -> bool:
        """Whether the server has said what it wants."""
        return self._challenge is not None

    def authorization(self, method: str, target: str) -> str:
        """The value of an Authorization header for a request; Basic before the server has said what it wants."""
        self._shown_plainly = self._challenge is None or self._challenge.scheme == "basic"
        if self._challenge is None or self._shown_plainly:
            return f"Basic {base64.b64encode(':'.join(self.login).encode()).decode()}"
        asked = self._challenge.parameters
        sent = {
            "username": _quoted(self.login.name),
            "realm": _quoted(asked.get("realm", "")),
            "nonce": _quoted(asked["nonce"]),
            "uri": _quoted(target),
        }
        count, cnonce = f"{next(self._counts):08x}", secrets.token_hex(16)
        qop = "auth" if "qop" in asked else ""
        answer = _digest(self._challenge, self.login, method, target, count, cnonce, qop)
        sent["response"] = f'"{answer}"'
        if "algorithm" in asked:
            sent["algorithm"] = asked["algorithm"]
        if "opaque" in asked:
            sent["opaque"] = _quoted(asked["opaque"])
        if qop or asked.get("algorithm", "").lower().endswith("-sess"):
            sent["cnonce"] = f'"{cnonce}"'
        if qop:
            sent |= {"qop": qop, "nc": count}
        return "Digest " + ", ".join(f"{name}={value}" for name, value in sent.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.encode("utf-8").decode("latin-1")}"'


def _digest(challenge: Challenge, login: Login, method: str, target: str, count: str, cnonce: str, qop: str) -> str:
    """The response of RFC 7616 section 3.4.1; without ``qop`` that of RFC 2069."""
    asked, hashed = challenge.parameters, _HASHES[_algorithm(challenge)]
    secret = hashed(f"{login.name}:{asked.get('realm', '')}:{login.password}".encode())
    if asked.get("algorithm", "").lower().endswith("-sess"):
        secret = hashed(f"{secret}:{asked['nonce']}:{cnonce}".encode())
    what = hashed(f"{method}:{target}".encode())
    middle = f"{asked['nonce']}:{count}:{cnonce}:{qop}" if qop else asked["nonce"]
    return hashed(f"{secret}:{middle}:{what}".encode())


def masked(head: bytes) -> bytes:
    """A head with as many stars in the place of credentials and cookies; in an answer they are somebody's, too.

    A URI in it (Location, say) may have a password before its host, or in its query.
    """
    for kind in (_AUTHORIZATION, _COOKIE):
        head = kind.sub(lambda m: m[1] + b"*" * len(m[2]), head)
    return without_query_secrets(without_passwords_in_uris(head))


# ---------------------------------------------------------------- the server


class NotProved(Exception):
    """Credentials that prove nothing; ``stale``: they would have, had the nonce been a fresh one."""

    def __init__(self, *, stale: bool = False) -> None:
        super().__init__()
        self.stale = stale


MOST_NONCES: Final = 10_000  # that are known; requests without proof would else take memory for ever


@dataclass(slots=True)
class Verifier:
    """Asks clients in one way to prove who they are, and checks what they answer."""

    scheme: str  # basic or digest
    accounts: Mapping[str, str]
    realm: str = "printer"
    algorithms: tuple[str, ...] = ("SHA-256", "MD5")  # of digest; each has a challenge of its own
    _nonces: dict[str, int] = field(default_factory=dict)  # the last count of each

    def challenge(self, *, stale: bool = False) -> list[tuple[str, str]]:
        """The headers of a 401."""
        if self.scheme == "basic":
            return [("WWW-Authenticate", f'Basic realm="{self.realm}", charset="UTF-8"')]
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = 0
        if len(self._nonces) > MOST_NONCES:  # the oldest: whoever comes with it is told that it is stale
            del self._nonces[next(iter(self._nonces))]
        more = ", stale=true" if stale else ""
        return [
            ("WWW-Authenticate", f'Digest realm="{self.realm}", qop="auth", algorithm={a}, nonce="{nonce}"{more}')
            for a in self.algorithms
        ]

    def proved(self, authorization: str, method: str, target: str) -> str:
        """The user that an Authorization header proves; raises ``NotProved``."""
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != self.scheme:
            raise NotProved
        return self._basic(credentials) if self.scheme == "basic" else self._digest(authorization, method, target)

    def _basic(self, credentials: str) -> str:
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except ValueError as error:  # not in base64, or not in UTF-8
            raise NotProved from error
        self._expect(name, lambda known: hmac.compare_digest(known.encode(), password.encode()))
        return name

    def _digest(self, authorization: str, method: str, target: str) -> str:
        (given, *_) = challenges(authorization) or [Challenge("", {})]
        said = given.parameters
        name = said.get("username", "").encode("latin-1", "replace").decode("utf-8", "replace")
        count = said.get("nc", "")
        if said.get("uri") != target or said.get("qop") != "auth" or _algorithm(given) not in _HASHES:
            raise NotProved
        if said.get("realm") != self.realm or "nonce" not in said or not re.fullmatch("[0-9a-f]{8}", count):
            raise NotProved
        challenge = Challenge("digest", {**said})

        def right(known: str) -> bool:
            answer = _digest(challenge, Login(name, known), method, target, count, said.get("cnonce", ""), "auth")
            return hmac.compare_digest(answer.encode(), said.get("response", "").encode())

        self._expect(name, right)
        nonce, number = said["nonce"], int(count, 16)
        if self._nonces.get(nonce, number) >= number:  # unknown, or used already
            raise NotProved(stale=True)
        self._nonces[nonce] = number
        return name

    def _expect(self, name: str, right: Callable[[str], bool]) -> None:
        known = self.accounts.get(name)
        if not right(known if known is not None else "") or known is None:  # as long for no such user as for another
            raise NotProved
