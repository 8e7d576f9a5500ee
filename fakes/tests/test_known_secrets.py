"""Passwords that come back to us: masked wherever they stand, octet for octet; common words stay what they are."""

from __future__ import annotations

from base64 import b64encode

import pytest

from fakes.known_secrets import KnownSecrets

NAME, PASSWORD = "Bob Jones", "open-sesame-4711"


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD.encode(),
        b64encode(PASSWORD.encode()),
        b64encode(f"{NAME}:{PASSWORD}".encode()),
        b64encode(f"\0{NAME}\0{PASSWORD}".encode()),
        b64encode(f"{NAME}\0{NAME}\0{PASSWORD}".encode()),
    ],
)
def test_each_form_is_starred_in_its_place(form: bytes) -> None:
    octets = b"before " + form + b" behind\r\n"
    masked = KnownSecrets([(NAME, PASSWORD)]).masked(octets)
    assert form.rstrip(b"=") not in masked
    assert len(masked) == len(octets)
    assert masked.startswith(b"before *")
    assert masked.endswith(b" behind\r\n")


def test_a_password_beyond_ascii_is_known_in_either_charset() -> None:
    known = KnownSecrets([(NAME, "schlüssel-4711")])
    for charset in ("utf-8", "latin-1"):
        octets = "schlüssel-4711".encode(charset)
        assert known.masked(octets) == b"*" * len(octets)
    assert known.masked(rb"schl\xfcssel-4711") == b"*" * 17
    assert known.masked_text("es ist schlüssel-4711") == "es ist " + "*" * len("schlüssel-4711".encode())


@pytest.mark.parametrize("common", ["printer", "secret", "Geheimnis", "a1", ""])
def test_what_may_mean_anything_stays(common: str) -> None:
    octets = f"the printer's secret is {common}, and Geheimnis a1".encode()
    assert KnownSecrets([("", common)]).masked(octets) == octets


def test_octets_without_any_are_the_same_object() -> None:
    octets = b"nothing to hide"
    assert KnownSecrets().masked(octets) is octets
    assert KnownSecrets([(NAME, PASSWORD)]).masked(octets) is octets
    assert PASSWORD not in repr(KnownSecrets([(NAME, PASSWORD)]))
