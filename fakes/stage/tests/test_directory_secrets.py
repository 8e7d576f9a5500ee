"""Passwords in what a directory has, or in how one is named, are kept and shown by nobody."""

from __future__ import annotations

import base64

import pytest

from conformance.record.outcomes import DirectorySource
from conformance.wire.directory import entries, instances
from fakes.known_secrets import KnownSecrets
from fakes.stage.directory import LDIF, ZONE, DirectoryError, directory_at
from fakes.stage.directory_secrets import without_secrets

SECRET = "s3cret-of-it"
KNOWN = KnownSecrets([("bench", "the-benchs-own-4")])
NOBODY = KnownSecrets()


def digits(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("line", [
    f"printer-xri-supported: uri=ipps://admin:{SECRET}@p.example/ auth=basic",
    f"printer-more-info: see http://admin:{SECRET}@p.example/\nx: y",
    "printer-more-info: see http://admin:s3cr\n et-of-it@p.example/",
    f"printer-more-info:: {digits(f'Büro http://admin:{SECRET}@p.example/')}",
    f"userPassword: {SECRET}",
    f"userPassword;x-form:: {digits(SECRET)}",
])  # fmt: skip
def test_an_entry_of_ldap_has_stars_in_their_place(line: str) -> None:
    source = DirectorySource(LDIF, f"dn: cn=p\n{line}\nprinter-name: p\n")
    kept = without_secrets(source, NOBODY)
    assert SECRET in repr(entries(source.text))
    (entry,) = entries(kept.text)
    assert SECRET not in repr(entry)
    assert digits(SECRET) not in kept.text
    assert "*" * len(SECRET) in repr(entry)
    assert entry.get("printer-name") == ["p"]


def test_a_record_of_dns_has_stars_in_their_place() -> None:
    zone = f'p._ipp._tcp.local. SRV 0 0 631 h.local.\np._ipp._tcp.local. TXT "adminurl=http://a:{SECRET}@h/" "rp=x"\n'
    (one,) = instances(without_secrets(DirectorySource(ZONE, zone), NOBODY).text)
    assert (one.key("adminurl"), one.key("rp")) == (f"http://a:{'*' * len(SECRET)}@h/", "x")


def test_a_password_of_the_bench_is_starred_wherever_it_stands() -> None:
    for source in (
        DirectorySource(ZONE, 'p._ipp._tcp.local. TXT "note=the-benchs-own-4"'),
        DirectorySource(LDIF, f"dn: cn=p\ndescription:: {digits('ü the-benchs-own-4')}"),
    ):
        kept = without_secrets(source, KNOWN).text
        assert "the-benchs-own-4" not in kept
        assert digits("ü the-benchs-own-4") not in kept


def test_what_has_no_secret_is_kept_as_it_is() -> None:
    source = DirectorySource(LDIF, "dn: cn=p\nprinter-uri: ipp://p.exa\n mple:631/a@b\ninfo:: not base64\n")
    assert without_secrets(source, KNOWN) is source


@pytest.mark.parametrize("where", [
    f"ldap://admin:{SECRET}@ldap.example/o=x",
    f"LDAPS://admin:{SECRET}@ldap.example/o=x",
    f"ldap://admin:{SECRET}%40ldap.example/o=x",
    f"ldap://ldap.example/o=x????bindname=cn=admin,X-BINDPW={SECRET}",
    f"https://admin:{SECRET}@ldap.example/",
    f"ldap:/admin:{SECRET}@ldap.example/",
    f"https://ldap.example/?password={SECRET}",
])  # fmt: skip
def test_a_directory_that_is_named_with_a_password_is_refused_without_it(where: str) -> None:
    with pytest.raises(DirectoryError) as raised:
        directory_at(where)
    assert SECRET not in str(raised.value)
    assert "s3cret" not in str(raised.value)
