"""Passwords that come back to us: masked wherever they stand, octet for octet; common words stay what they are."""

from __future__ import annotations

import html
import quopri
import re
from base64 import b64decode, b64encode, encodebytes
from urllib.parse import quote

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
    assert masked.startswith((b"before *", b"before VV"))
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


@pytest.mark.parametrize("password", [PASSWORD, "b=d&<x>/?% y1", "schlüssel-4711"])
def test_a_password_is_known_as_uris_mails_and_pages_write_it(password: str) -> None:
    known = KnownSecrets([(NAME, password)])
    looks = [
        quote(password), quote(password, safe=""), re.sub("%..", lambda found: found[0].lower(), quote(password)),
        quopri.encodestring(password.encode()).decode(), quote(password, safe="").replace("%20", "_").replace("%", "="),
        html.escape(password), html.escape(password, quote=False), ascii(password)[1:-1], password,
    ]  # fmt: skip
    for look in looks:
        assert known.masked(f"ipp://x:{look}@h".encode()) == f"ipp://x:{'*' * len(look.encode())}@h".encode()


@pytest.mark.parametrize("before", range(60))
def test_in_a_body_in_base64_it_is_hidden_and_the_body_can_still_be_read(before: int) -> None:
    text = b"." * before + PASSWORD.encode() + b" behind\n"
    masked = KnownSecrets([(NAME, PASSWORD)]).masked(encodebytes(text).replace(b"\n", b"\r\n"))
    read = b64decode(masked.replace(b"\r\n", b""), validate=True)
    assert encodebytes(read) == masked.replace(b"\r\n", b"\n")
    assert PASSWORD[1:].encode() not in read
    assert PASSWORD[2:-1].encode() not in read
    assert read.decode("ascii").rstrip("\n").isprintable()
    assert read[:before] == text[:before]
    assert read[-len(b" behind\n") :] == b" behind\n"
