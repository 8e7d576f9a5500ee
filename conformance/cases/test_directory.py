"""The directory: it has what the printer says of itself, and leads a client that may not ask in the clear into TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire.directory import SERVICES

from .case import case, expect
from .directory_lookup import (
    DescribedPrinter,
    described,
    dnssd_instances,
    ldap_entry,
    place,
    told_by_any_way,
    told_places,
)
from .security_lookup import IN_TLS, SECURITY, URIS, visit

EVERYWHERE: Final = "ipp-everywhere"  # a value of ipp-features-supported (PWG 5100.14 section 5)
NO_PASSWORD: Final = ("none", "requesting-user-name", "negotiate")
SAME_IN_LDAP: Final = ("printer-name", "printer-location", "printer-info", "printer-make-and-model")
SAME_IN_DNSSD: Final = {"ty": "printer-make-and-model", "note": "printer-location"}


@case("E3-2", on="security/directory")
def test_the_directory_names_a_secure_uri(play: PlayRecord) -> None:
    clear = visit(play, "clear")
    if clear.ok and not clear.exchange.tls:
        raise NotApplicable("the printer answers in the clear, so that no client needs a directory for that")
    printer, told = described(play), list[str]()
    secure = False
    for kind in (ldap_entry, dnssd_instances):
        try:
            named = list(_ways(play, printer, kind is ldap_entry))
        except NotApplicable:
            continue
        told += [f"{uri} ({security})" for uri, security in named]
        secure = secure or any(security in IN_TLS for _, security in named)
    if not told:
        raise NotApplicable("no directory was named that has this printer (--directory)")
    expect(secure, expected="a URI for TLS in the directory", actual=", ".join(told), where=clear.where)


def _ways(play: PlayRecord, printer: DescribedPrinter, ldap: bool) -> Iterator[tuple[str, str]]:
    """Each URI of the directory, and its security."""
    if ldap:
        for value in ldap_entry(play, printer)[1]:
            yield value.uri, value.security.lower()
        return
    for one in dnssd_instances(play, printer):
        yield one.uri, "tls" if one.service == SERVICES[1] or one.key("TLS") else "none"


@case("MV-4", on="security/directory")
def test_ldap_has_the_printers_uris(play: PlayRecord) -> None:
    printer = described(play)
    entry, values = ldap_entry(play, printer)
    # an attribute of LDAP that knows no case (RFC 3712 section 4.2)
    told = {(place(v.uri), v.authentication.lower(), v.security.lower()) for v in values}
    own, every = (
        {(where, authentication.lower(), security.lower()) for where, authentication, security in triples}
        for triples in (printer.triples, told_by_any_way(play))
    )
    expect(
        told in (own, every),
        expected=f"printer-xri-supported: {_shown(own)}",
        actual=f"{_shown(told)} in {entry.dn}",
        where=printer.lists.where(),
    )


def _shown(triples: set[tuple[tuple[str, str, int, str], str, str]]) -> str:
    lines = (f"{p[0]}://{p[1]}:{p[2]}{p[3]} auth={a} sec={s}" for p, a, s in triples)
    return "; ".join(sorted(lines)) or "no value"


@case("MV-4", on="security/directory")
def test_dnssd_leads_to_the_printers_uris(play: PlayRecord) -> None:
    printer = described(play)
    told = told_places(dnssd_instances(play, printer))
    own = {(scheme, port, path) for (scheme, _, port, path), _, _ in told_by_any_way(play)}
    strange = sorted(told - own)
    expect(
        not strange,
        expected=f"records that lead to a URI of {URIS}: " + ", ".join(sorted(printer.lists.uris or ())),
        actual=", ".join(f"{scheme} on port {port} at {path}" for scheme, port, path in strange),
        where=printer.lists.where(),
    )


@case("MV-5", on="security/directory")
def test_the_directory_has_the_values_of_now(play: PlayRecord) -> None:
    printer, compared = described(play), 0
    for name, told in _told_values(play, printer):
        now = printer.text(name)
        if now is None:
            continue
        compared += 1
        expect(now in told, expected=f"{name} {now!r} in the directory", actual=", ".join(map(repr, told)))
    if not compared:
        raise Inconclusive("the directory has nothing that could be compared with the printer")


def _told_values(play: PlayRecord, printer: DescribedPrinter) -> Iterator[tuple[str, list[str]]]:
    """What the directories say of attributes; ``NotApplicable`` where none was named."""
    missing = 0
    try:
        entry, _ = ldap_entry(play, printer)
        yield from ((name, list(entry.get(name))) for name in SAME_IN_LDAP if entry.get(name))
    except NotApplicable:
        missing += 1
    try:
        for one in dnssd_instances(play, printer):
            yield from ((name, [value]) for key, name in SAME_IN_DNSSD.items() if (value := one.key(key)))
    except NotApplicable:
        missing += 1
    if missing == 2:
        raise NotApplicable("no directory was named (--directory)")


@case("MV-6", on="security/directory")
def test_dnssd_names_this_printer(play: PlayRecord) -> None:
    printer = described(play)
    features = printer.group.get("ipp-features-supported")
    obliged = features is not None and EVERYWHERE in features.texts()
    compared = 0
    for one in dnssd_instances(play, printer):
        for key, own in (("UUID", printer.uuid), ("adminurl", printer.text("printer-more-info") or "")):
            told = one.key(key)
            if told is None and obliged and own:
                raise Violation(f"{key}={own} in the TXT record of {one.name}.{one.service}", f"no {key}")
            if told is None or not own:
                continue
            compared += 1
            same = told.lower() == own if key == "UUID" else place(told) == place(own)
            expect(same, expected=f"{key}={own}, as the printer says", actual=f"{key}={told}")
    if not compared:
        raise NotApplicable("the record has neither UUID nor adminurl, which IPP Everywhere alone asks for")


@case("MV-6a", on="security/directory")
def test_dnssd_tells_of_tls_and_passwords(play: PlayRecord) -> None:
    printer = described(play)
    found = dnssd_instances(play, printer)
    services = {one.service for one in found}
    triples = told_by_any_way(play)
    secure = [p for p, _, security in triples if security in IN_TLS]
    expect(
        (SERVICES[1] in services) == any(p[0] == "ipps" for p in secure),
        expected=f"an instance of {SERVICES[1]} where an ipps URI is listed, and only there",
        actual=f"{', '.join(sorted(services))}; {SECURITY}={','.join(printer.lists.security or ())}",
        where=printer.lists.where(SECURITY),
    )
    for one in found:
        expect(
            bool(one.key("TLS")) == bool(secure),
            expected=f"the key TLS where {SECURITY} has tls, and only there",
            actual=f"TLS={one.key('TLS') or 'missing'} for {one.name}.{one.service}",
            where=printer.lists.where(SECURITY),
        )
        wants = any(authentication not in NO_PASSWORD for _, authentication, _ in triples)
        told = one.key("air")
        expect(
            told is None or (told.lower() != "none") == wants,
            expected=f"air {'of a kind' if wants else 'none'}, as the printer lists",
            actual=f"air={told}",
            where=printer.lists.where(),
        )
