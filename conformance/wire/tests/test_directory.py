"""Directory texts are read for what they have, whatever they look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.directory import Xri, entries, instances, ldif_line, xri, zone_name, zone_text

LDIF = """version: 1

# an entry
dn: cn=George,ou=printers,o=x
objectClass: top
printer-name: George Wash
 ington
printer-xri-supported: uri=ipp://a.example/ipp< auth=digest< sec=tls<
Printer-XRI-Supported: uri=ipp://b.example/ipp<
printer-info:: R3LDvMOfZQ==

dn: cn=Other
printer-name: Other
"""
ZONE = r"""
$ORIGIN example.
$TTL 60
_ipp._tcp     PTR    George\032Washington._ipp._tcp
George\032Washington._ipp._tcp 10 IN SRV 0 0 631 host.example.   ; where it is
              TXT    ( "txtvers=1" "rp=ipp/print"
                       "UUID=545253fb-1cb7" "note=2nd \"floor\"; east" )
George\032Washington._ipps._tcp.example. IN SRV 0 0 8631 host.example.
George\032Washington._ipps._tcp.example. IN TXT "rp=ipp/print" "TLS=1.3" "tls=1.2" "bare"
www           A      192.0.2.1
"""


def test_entries_of_ldif() -> None:
    one, other = entries(LDIF.replace("\n", "\r\n"))
    assert one.dn == "cn=George,ou=printers,o=x"
    assert one.get("Printer-Name") == ["George Washington"]
    assert one.get("printer-info") == ["Grüße"]
    assert [xri(value) for value in one.get("printer-xri-supported")] == [
        Xri("ipp://a.example/ipp", "digest", "tls"),
        Xri("ipp://b.example/ipp"),
    ]
    assert (other.dn, other.get("printer-xri-supported")) == ("cn=Other", ())


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("uri=ipps://h/<sec=tls<auth=none<", Xri("ipps://h/", "none", "tls")),
        ("URI=ipp://h/ < AUTH=basic", Xri("ipp://h/", "basic")),
        ("auth=basic<", None),
        ("", None),
    ],
)
def test_values_of_printer_xri_supported(value: str, right: Xri | None) -> None:
    assert xri(value) == right


def test_registrations_among_records() -> None:
    plain, secure = instances(ZONE)
    assert (plain.service, plain.name, plain.host, plain.port) == (
        "_ipp._tcp",
        "George Washington",
        "host.example.",
        631,
    )
    assert plain.key("note") == '2nd "floor"; east'
    assert plain.uri == "ipp://host.example:631/ipp/print"
    assert (secure.uri, secure.key("TLS"), secure.key("bare"), secure.key("none")) == (
        "ipps://host.example:8631/ipp/print", "1.3", "", None,
    )  # fmt: skip


@given(st.text())
def test_a_text_of_whatever_kind_is_read_to_its_end(text: str) -> None:
    assert isinstance(entries("dn: x\n" + text), list)
    assert isinstance(instances(text + '\na._ipp._tcp TXT "x=y"'), list)


PRINTABLE = st.text(st.characters(codec="latin-1", exclude_categories=["C", "Zl", "Zp"]), min_size=1)


@given(PRINTABLE, PRINTABLE)
def test_what_is_written_is_read(name: str, value: str) -> None:
    (entry,) = entries(f"dn: x\n{ldif_line('printer-info', value)}\n")
    assert entry.get("printer-info") == [value]
    (found,) = instances(f"{zone_name(name)}._ipp._tcp.x. TXT {zone_text('k=' + value)}\n")
    assert (found.name, found.key("k")) == (name, value)


@pytest.mark.parametrize("name", ["B\u00fcro", "B\\195\\188ro", "B\\252ro"])
def test_what_is_escaped_is_octets(name: str) -> None:
    """As programs that list zones write them; octets that are no UTF-8 are taken for Latin-1."""
    (one,) = instances(f'{name}._ipp._tcp.local. 1h IN TXT "note={name}"\n')
    assert (one.name, one.key("note")) == ("B\u00fcro", "B\u00fcro")


def test_a_host_is_read_with_its_origin() -> None:
    (one,) = instances("$ORIGIN example.\na._ipp._tcp SRV 0 0 631 host\n")
    assert one.uri == "ipp://host.example:631/"
