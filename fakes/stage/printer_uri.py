"""Where a printer is: its URI read with care, since it is typed by hand, stored, shown and sent."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from fakes.http.query_secrets import secrets_in_queries
from fakes.shown_uri import without_secrets_in_uris

IPP_PORT: Final = 631  # RFC 2910 section 5
PORTS: Final = {"ipp": IPP_PORT, "ipps": IPP_PORT, "http": 80, "https": 443}
SECURE: Final = ("ipps", "https")
LONGEST_LABEL: Final = 63  # octets between the dots of a host name, and
LONGEST_NAME: Final = 253  # of all of it (RFC 1035 section 2.3.4)
SHOWN: Final = 120  # characters of a URI in an error

_URI: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL,
)
_ADDRESS: Final = re.compile(
    r"\[(?P<address>[0-9A-Fa-f:.]+)(?:%(?:25)?(?P<zone>[A-Za-z0-9._~-]+))?\](?::(?P<port>.*))?"
)
_NAME: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?::(?P<port>.*))?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_KEPT: Final = re.compile(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9._~!$&'()*+,;=:@/?-]", re.ASCII)  # RFC 3986 section 3.3
_SECRET: Final = re.compile(r".*(?:@|%40)", re.DOTALL)


class UriError(ValueError):
    """A printer URI that cannot be used; says what is wrong, and nothing that may be a password."""


@dataclass(frozen=True, slots=True)
class Target:
    """A printer's URI, taken apart.

    ``uri`` is the printer-uri of requests, ``authority`` the value of Host; ``host`` is what is connected to, which may
    have a zone of this machine behind it that is nobody else's business (RFC 6874).
    """

    uri: str
    scheme: str
    host: str
    port: int
    authority: str
    path: str

    @property
    def name(self) -> str:
        """The host by the name or address that its certificate should have."""
        return self.host.partition("%")[0]

    @property
    def tls(self) -> bool:
        """Whether TLS begins with the first octet."""
        return self.scheme in SECURE

    @classmethod
    def of(cls, uri: str) -> Target:
        """From ipp://, ipps://, http:// or https://; raises ``UriError``.

        What a URI cannot hold, blanks and letters beyond ASCII, is encoded in its path; anywhere else it is refused.
        """
        parts = _URI.fullmatch(uri)
        scheme = parts["scheme"].lower() if parts is not None else ""
        if parts is None or scheme not in PORTS or not parts["authority"]:
            _refuse(uri, "is no printer URI; it looks like ipp://HOST[:PORT]/PATH (also ipps, http, https)")
        if _CONTROL.search(uri):
            _refuse(uri, "has a control character in it")
        authority = parts["authority"]
        if _SECRET.match(authority):
            _refuse(
                uri,
                "would be stored and shown with the name and password in it; leave them out, and name them in the "
                "IXIT (user, password-from)",
            )
        if any(secrets_in_queries((parts["query"] or "").encode("utf-8", "surrogateescape"))):
            _refuse(
                uri.partition("?")[0],
                "would be stored and shown with the secret in its query; leave that out, and name it in the IXIT "
                "(user, password-from)",
            )
        if parts["fragment"] is not None:
            _refuse(uri, "has a fragment, which no printer gets to see; write %23 for a # of the path")
        host, name, port = _host_and_port(uri, authority)
        number = _port(uri, port) if port else PORTS[scheme]
        path = encoded(parts["path"] or "/") + encoded(parts["query"] or "")
        own = {"http": "ipp", "https": "ipps"}.get(scheme, scheme)
        explicit = f":{number}" if port or own != scheme else ""
        return cls(f"{own}://{name}{explicit}{path}", scheme, host, number, f"{name}:{number}", path)


def storable(uri: str) -> str:
    """The same with octets that are no UTF-8 percent-encoded, as they are sent: no evidence can keep them as text."""
    return "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in uri)


def encoded(text: str) -> str:
    """A path or query with all in it percent-encoded that cannot stand there; what is encoded already stays."""
    found, at = list[str](), 0
    while at < len(text):
        kept = _KEPT.match(text, at)
        octets = text[at].encode("utf-8", "surrogateescape")
        found.append(kept[0] if kept is not None else "".join(f"%{octet:02X}" for octet in octets))
        at = kept.end() if kept is not None else at + 1
    return "".join(found)


def _host_and_port(uri: str, authority: str) -> tuple[str, str, str]:
    """The host to connect to, the host as it is told to others, and the port as written."""
    literal = _ADDRESS.fullmatch(authority)
    if literal is not None:
        address, zone = literal["address"], literal["zone"]
        try:
            ipaddress.IPv6Address(address)
        except ValueError:
            _refuse(uri, f"has no IPv6 address in its brackets: {address}")
        return f"{address}%{zone}" if zone else address, f"[{address}]", literal["port"] or ""
    if authority.count(":") > 1:
        _refuse(uri, "has more than one colon in its host; an IPv6 address stands in brackets")
    named = _NAME.fullmatch(authority)
    if named is None:
        _refuse(uri, "has a host that is no name; a name beyond ASCII is written as it is in the DNS (xn--...)")
    name = named["name"]
    labels = name.removesuffix(".").split(".")
    if len(name) > LONGEST_NAME or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        _refuse(uri, "has a host with an empty or overlong part")
    return name, name, named["port"] or ""


def _port(uri: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= 65_535:
        _refuse(uri, "has a port that is no number from 1 to 65535")
    return int(text)


def _refuse(uri: str, why: str) -> NoReturn:
    """Raise ``UriError``; of a URI with an @ only what stands behind the last is shown, whatever it may be."""
    shown = ascii(without_secrets_in_uris(_SECRET.sub("...", uri)))
    raise UriError(f"{shown if len(shown) <= SHOWN else shown[:SHOWN] + '...'} {why}")
