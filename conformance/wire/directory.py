"""Printers in directories: LDAP entries as LDIF (RFC 2849, RFC 3712), DNS-SD as resource records (RFC 1035, RFC 6763).

Nothing here raises: what cannot be read is passed over, and a judge sees that it is not there.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SERVICES: Final = ("_ipp._tcp", "_ipps._tcp")
_XRI_FIELD: Final = re.compile(r"\s*(uri|auth|sec)=([^<]*)<?", re.IGNORECASE)
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)|([^\s"();]+)|([();])', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-9]{3}|.)", re.DOTALL)
_ESCAPE_OF_TEXT: Final = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
_TIME_TO_LIVE: Final = re.compile(r"(?:[0-9]+[smhdw]?)+", re.IGNORECASE)  # BIND takes units
_TYPES: Final = ("PTR", "SRV", "TXT")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an LDAP directory; attribute names are in lower case."""

    dn: str
    attributes: Mapping[str, Sequence[str]]

    def get(self, name: str) -> Sequence[str]:
        """The values of an attribute; none if it is not there."""
        return self.attributes.get(name.lower(), ())


@dataclass(frozen=True, slots=True)
class Xri:
    """A value of printer-xri-supported: a URI with its authentication and security (RFC 3712 section 4.2)."""

    uri: str
    authentication: str = "none"
    security: str = "none"


@dataclass(frozen=True, slots=True)
class Instance:
    """One registration of a service: where it is, and the keys of its TXT record in lower case."""

    service: str
    name: str
    host: str = ""
    port: int = 0
    text: Mapping[str, str] | None = None

    def key(self, name: str) -> str | None:
        """The value of a key; ``None`` if it is not there."""
        return None if self.text is None else self.text.get(name.lower())

    @property
    def uri(self) -> str:
        """The printer's URI that the record comes to (PWG 5100.14 section 4.2)."""
        scheme = "ipps" if self.service == SERVICES[1] else "ipp"
        return f"{scheme}://{self.host.rstrip('.')}:{self.port}/{(self.key('rp') or '').lstrip('/')}"


# ---------------------------------------------------------------- LDAP


def entries(ldif: str) -> list[Entry]:
    """The entries of an LDIF text."""
    found = list[Entry]()
    for block in re.split(r"\n(?:[ \t]*\n)+", unfolded(ldif)):
        attributes = dict[str, list[str]]()
        for line in block.splitlines():
            name, colon, value = line.partition(":")
            if colon and name and not name.startswith("#"):
                attributes.setdefault(name.strip().lower(), []).append(ldif_value(value))
        if "dn" in attributes:
            found.append(Entry(attributes.pop("dn")[0], attributes))
    return found


def unfolded(ldif: str) -> str:
    """The text with each line in one piece."""
    return ldif.replace("\r\n", "\n").replace("\n ", "")


def ldif_value(text: str) -> str:
    """What stands behind the first colon of a line; nothing where its base64 is none."""
    if not text.startswith(":"):
        return text.strip()
    try:
        return base64.b64decode(text[1:].strip(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def ldif_line(name: str, value: str) -> str:
    """One line of LDIF."""
    safe = value.isascii() and value.isprintable() and value == value.strip() and value[:1] not in (":", "<")
    return f"{name}: {value}" if safe else f"{name}:: {base64.b64encode(value.encode()).decode()}"


def xri(value: str) -> Xri | None:
    """A value of printer-xri-supported; ``None`` if it has no URI.  What it does not say is none."""
    said = {name.lower(): text.strip() for name, text in _XRI_FIELD.findall(value)}
    if not said.get("uri"):
        return None
    return Xri(said["uri"], said.get("auth") or "none", said.get("sec") or "none")


# ---------------------------------------------------------------- DNS-SD


def instances(zone: str) -> list[Instance]:
    """The registrations of _ipp and _ipps among resource records."""
    found = dict[str, Instance]()
    for owner, kind, data in _records(zone):
        service = next((s for s in SERVICES if f".{s}." in f".{owner.lower()}"), None)
        if service is None or kind == "PTR":
            continue
        name = owner[: owner.lower().index(f".{service}")] if f".{service}" in owner.lower() else owner
        known = found.get(owner.lower(), Instance(service, name))
        if kind == "SRV" and len(data) == 4 and data[2].isdigit():
            known = Instance(known.service, known.name, data[3], int(data[2]), known.text)
        elif kind == "TXT":
            known = Instance(known.service, known.name, known.host, known.port, _keys(data))
        found[owner.lower()] = known
    return list(found.values())


def _keys(strings: Sequence[str]) -> dict[str, str]:
    """The keys of a TXT record; of one that comes twice the first counts (RFC 6763 section 6.4)."""
    keys = dict[str, str]()
    for text in strings:
        name, _, value = text.partition("=")
        if name:
            keys.setdefault(name.lower(), value)
    return keys


def _records(zone: str) -> Iterator[tuple[str, str, list[str]]]:
    """Owner, type and data of each record of a type that matters."""
    origin, owner = "", ""
    for line in _lines(zone):
        tokens = [_plain(quoted if quoted is not None else bare) for quoted, bare in line[1]]
        if not tokens:
            continue
        if tokens[0].upper() == "$ORIGIN" and len(tokens) > 1:
            origin = tokens[1]
            continue
        rest = tokens
        if not line[0]:
            owner, rest = _absolute(tokens[0], origin), tokens[1:]
        while rest and (_TIME_TO_LIVE.fullmatch(rest[0]) or rest[0].upper() in ("IN", "CH", "HS")):
            rest = rest[1:]
        if rest and rest[0].upper() in _TYPES:
            kind, data = rest[0].upper(), rest[1:]
            yield owner, kind, [*data[:-1], _absolute(data[-1], origin)] if kind == "SRV" and data else data


def _lines(zone: str) -> Iterator[tuple[bool, list[tuple[str | None, str]]]]:
    """Whether an entry begins with a blank, and its tokens; what stands in parentheses is one line."""
    tokens, depth, blank = list[tuple[str | None, str]](), 0, False
    for line in zone.splitlines():
        if not depth:
            tokens, blank = [], line[:1].isspace()
        for found in _TOKEN.finditer(line):
            mark = found[3]
            if mark == ";":
                break
            if mark:
                depth = max(0, depth + (1 if mark == "(" else -1))
            else:
                tokens.append((found[1], found[2] or ""))
        if not depth:
            yield blank, tokens


def _plain(token: str) -> str:
    """Without its escapes, which stand for octets of UTF-8 (RFC 6763 sections 4.1.1 and 6.5); else of Latin-1."""
    octets = _ESCAPE.sub(_escaped, token.encode("utf-8", "surrogateescape"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return _ESCAPE_OF_TEXT.sub(lambda m: chr(int(m[1])) if len(m[1]) == 3 and int(m[1]) < 256 else m[1], token)


def _escaped(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[1]),)) if len(found[1]) == 3 and int(found[1]) < 256 else found[1]


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    return name if name.endswith(".") or not origin else f"{name}.{origin}"


def zone_text(text: str) -> str:
    """A character-string of a TXT record as a zone has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def zone_name(label: str) -> str:
    """One label of a name as a zone has it."""
    return "".join(
        c if c.isalnum() or c in "-_" else "".join(f"\\{octet:03d}" for octet in c.encode("utf-8")) for c in label
    )
