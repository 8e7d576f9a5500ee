"""The arguments of MAIL and RCPT (RFC 5321 section 4.1.2, RFC 821 section 4.1.2).

The address is found however the argument is written; ``problem`` says what the grammar does not allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from .grammar import DOMAIN, DOT_ATOM, QUOTED_PREFIX
from .words import plain

SHORT: Final = 1_000  # octets of an argument worth keeping what was read of it
_BRACKETED: Final = re.compile(rb'<((?:"(?:[^"\\]|\\.)*+"|[^">])*+)>', re.DOTALL)
_WORD: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^" \t])*+', re.DOTALL)  # a quote not closed takes all
_ROUTE: Final = re.compile(r"@[^:\"]*+:")
_QUOTED_STRING: Final = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*+"')
_IPV4: Final = re.compile(r"\[(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\]", re.ASCII)
_IPV6: Final = re.compile(r"\[[Ii][Pp][Vv]6:([0-9A-Fa-f:.]+)\]")
_TAGGED: Final = re.compile(r"\[[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+\]")
_PARAMETER: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]*(?:=[!-<>-~]+)?")


@dataclass(frozen=True, slots=True)
class Path:
    """A path and its parameters.

    ``address`` is the text of the mailbox as it stands, without a route; empty for the null path, ``None`` if nothing
    stands there.  ``brackets`` says whether ``<`` and ``>`` are both there, ``route`` whether a source route is.
    """

    address: str | None
    brackets: bool
    parameters: tuple[str, ...] = ()
    problem: str | None = None
    route: bool = False


def path(argument: bytes, keyword: bytes) -> Path:
    """Read what follows ``MAIL`` or ``RCPT``; ``keyword`` is ``FROM`` or ``TO``.  Never raises.

    The null path is allowed with FROM, a bare ``Postmaster`` with TO.  No white space is allowed around the colon.
    """
    keyword = keyword.rstrip(b":").upper()
    return _short(argument, keyword) if len(argument) <= SHORT else _read(argument, keyword)


def _read(argument: bytes, keyword: bytes) -> Path:
    problems: list[str] = []
    rest = _after_keyword(argument, keyword, problems)
    found = _BRACKETED.match(rest)
    if found is not None:
        inside, rest = found[1], rest[found.end() :]
    else:
        word = _WORD.match(rest)
        inside = word[0] if word else b""
        rest = rest[len(inside) :]
        problems.append("the closing > is missing" if inside.startswith(b"<") else "no <> around the address")
        inside = inside.removeprefix(b"<").removesuffix(b">")
    if inside != inside.strip(b" \t"):
        problems.append("white space within the <>")
        inside = inside.strip(b" \t")
    address: str | None = plain(inside)
    route = _ROUTE.match(address or "")
    if route and address is not None:
        address = address[route.end() :]
        if not all(hop.startswith("@") and DOMAIN.fullmatch(hop[1:]) for hop in route[0][:-1].split(",")):
            problems.append(f"{route[0]!a} is no source route")
    parameters = _parameters(rest, problems)
    problem = _address_problem(address or "", keyword, found is not None, parameters)
    if problem is not None:
        problems.append(problem)
    if not address and found is None:
        address = None
    return Path(address, found is not None, parameters, "; ".join(problems) or None, route is not None)


_short: Final = lru_cache(maxsize=1_024)(_read)  # the mails of a subscription have the same envelope, all of them


def _after_keyword(argument: bytes, keyword: bytes, problems: list[str]) -> bytes:
    rest = argument.lstrip(b" \t")
    if rest != argument:
        problems.append(f"white space before {plain(keyword)}")
    if rest[: len(keyword)].upper() != keyword:
        problems.append(f"does not begin with {plain(keyword)}:")
        return rest[max(rest.find(b"<"), 0) :]
    rest = rest[len(keyword) :]
    colon = rest.lstrip(b" \t")
    if not colon.startswith(b":"):
        problems.append(f"no colon after {plain(keyword)}")
        return colon
    if colon != rest:
        problems.append("white space before the colon")
    rest = colon[1:].lstrip(b" \t")
    if rest != colon[1:]:
        problems.append("white space after the colon")
    return rest


def _parameters(rest: bytes, problems: list[str]) -> tuple[str, ...]:
    if not rest:
        return ()
    words = rest.replace(b"\t", b" ").split(b" ")
    if words[0]:
        problems.append("no space between the path and what follows")
    elif rest.strip(b" \t") == b"":
        problems.append("white space after the path")
        return ()
    else:
        words = words[1:]
        if b"\t" in rest or not all(words):
            problems.append("parameters are not set apart by one space each")
    given = [word for word in words if word]
    bad = next((word for word in given if not _PARAMETER.fullmatch(word)), None)
    if bad is not None:
        problems.append(f"{plain(bad)[:60]!a} is no parameter")
    return tuple(plain(word) for word in given)


def _address_problem(address: str, keyword: bytes, brackets: bool, parameters: tuple[str, ...]) -> str | None:
    if not address:
        return None if keyword == b"FROM" and brackets else "there is no address"
    if keyword == b"TO" and address.lower() == "postmaster":
        return None
    international = any(p.upper() == "SMTPUTF8" for p in parameters)
    if not address.isascii():
        return None if international else "an address with octets above 127"
    quoted = QUOTED_PREFIX.match(address)
    at = address.find("@", quoted.end() if quoted else 0)
    if at < 0:
        return "an address without @"
    local, domain = address[:at], address[at + 1 :]
    if not (DOT_ATOM.fullmatch(local) or _QUOTED_STRING.fullmatch(local)):
        return f"the local part {local!a} is neither a dot-string nor a quoted string"
    if not (DOMAIN.fullmatch(domain) or _is_literal(domain)):
        return f"the domain {domain!a} is neither a domain nor an address literal"
    return None


def is_domain(text: str) -> bool:
    """Whether it is what EHLO may name: a domain, or an address literal (RFC 5321 sections 4.1.2 and 4.1.3)."""
    return text.isascii() and (DOMAIN.fullmatch(text) is not None or _is_literal(text))


def _is_literal(domain: str) -> bool:
    if found := _IPV4.fullmatch(domain):
        return all(int(octet) < 256 for octet in found.groups())
    if found := _IPV6.fullmatch(domain):
        try:
            IPv6Address(found[1])
        except AddressValueError:
            return False
        return True
    return _TAGGED.fullmatch(domain) is not None and not domain[1:].lower().startswith("ipv6:")
