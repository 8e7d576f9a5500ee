"""The printer as directories list it: LDAP (RFC 3712) as LDIF, DNS-SD (PWG 5100.14 section 4.2) as resource records."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit
from uuid import uuid5

from conformance.wire.directory import SERVICES, ldif_line, zone_name, zone_text
from fakes.printer.security.admission import authentication_of, security_of
from fakes.printer.security_policy import Authentication
from fakes.printer.state.printer import Printer

from .printer_description import more_info

BASE: Final = "ou=printers,dc=example"
DOMAIN: Final = "local."
ELSEWHERE: Final = "192.0.2.7"  # where another printer is
TTL: Final = 120  # seconds; RFC 6762 section 10 for records with a host name in them
AIR: Final = {
    Authentication.NONE: "none",
    Authentication.NAME: "none",
    Authentication.BASIC: "username,password",
    Authentication.DIGEST: "username,password",
    Authentication.CERTIFICATE: "certificate",
}


def ldif(printer: Printer) -> str:
    """One entry of printerServiceAuxClass, behind one of its name elsewhere if it has neighbours."""
    own = _entry(printer)
    if not printer.policy.security.neighbours:
        return own
    other = own.replace("127.0.0.1", ELSEWHERE).replace("sec=tls", "sec=none").replace("dn: cn=", "dn: cn=another ")
    return f"{other}\n{own}"


def _entry(printer: Printer) -> str:
    policy = printer.policy
    lines = [
        ldif_line("dn", f"cn={policy.printer_name},{BASE}"),
        *(ldif_line("objectClass", kind) for kind in ("device", "printerServiceAuxClass", "printerIPP")),
        ldif_line("cn", policy.printer_name),
        ldif_line("printer-name", policy.printer_name),
        ldif_line("printer-location", _place(printer)),
        ldif_line("printer-info", policy.printer_name),
        ldif_line("printer-more-info", more_info(printer.uri)),
        ldif_line("printer-make-and-model", policy.make_and_model),
        *(ldif_line("printer-xri-supported", _xri(printer, uri)) for uri in printer.uris),
    ]
    return "\n".join(lines) + "\n"


def _place(printer: Printer) -> str:
    lies = printer.policy.security.directory == "other-place"
    return "where it stood last year" if lies else printer.policy.location


def _xri(printer: Printer, uri: str) -> str:
    policy = printer.policy
    security = security_of(policy, uri)
    if policy.security.directory == "other-port":
        parts = urlsplit(uri)
        uri = parts._replace(netloc=f"{parts.hostname}:{(parts.port or 0) % 65_535 + 1}").geturl()
    if policy.security.directory == "in-clear-alone":
        uri, security = uri.replace("ipps:", "ipp:"), "none"
    return f"uri={uri}< auth={authentication_of(policy, uri)}< sec={security}<"


def zone(printer: Printer) -> str:
    """The records of each registration, with those of a printer on the same ports elsewhere if it has neighbours."""
    own = _records(printer)
    if not printer.policy.security.neighbours:
        return own
    name = zone_name(printer.policy.printer_name)
    other = own.replace(f"{name}.", f"another{name}.").replace("127.0.0.1", ELSEWHERE)
    for said, elsewhere in ((f"UUID={printer.uuid}", f"UUID={uuid5(printer.uuid, name)}"), ("TLS=1.3", "x=y")):
        other = other.replace(said, elsewhere)
    return other + own


def _records(printer: Printer) -> str:
    lies = printer.policy.security.directory
    lines = []
    for uri in printer.uris:
        parts = urlsplit(uri)
        secure = parts.scheme == "ipps"
        if (lies in ("without-tls", "in-clear-alone") and secure) or parts.hostname == "localhost":
            continue
        owner = f"{zone_name(printer.policy.printer_name)}.{SERVICES[secure]}.{DOMAIN}"
        keys = " ".join(zone_text(f"{name}={value}") for name, value in _keys(printer).items())
        lines += [
            f"{SERVICES[secure]}.{DOMAIN} {TTL} IN PTR {owner}",
            f"{owner} {TTL} IN SRV 0 0 {parts.port} {parts.hostname}.",
            f"{owner} {TTL} IN TXT {keys}",
        ]
    return "\n".join(lines) + "\n"


def _keys(printer: Printer) -> dict[str, str]:
    policy = printer.policy
    uuid = "00000000-0000-4000-8000-000000000000" if policy.security.directory == "other-uuid" else str(printer.uuid)
    keys = {
        "txtvers": "1",
        "rp": urlsplit(printer.uri).path.lstrip("/"),
        "ty": policy.make_and_model,
        "note": _place(printer),
        "UUID": uuid,
        "adminurl": more_info(printer.uri),
        "air": AIR[policy.security.authentication],
    }
    tells_tls = any(security_of(policy, uri) == "tls" for uri in printer.uris)
    if tells_tls and policy.security.directory not in ("without-tls", "in-clear-alone"):
        keys["TLS"] = "1.3"
    return keys
