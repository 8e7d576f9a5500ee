"""The heads of responses, and what refusals name in them, in whatever spelling."""

from __future__ import annotations

import pytest

from conformance.wire.http import challenges, response_heads, tls_tokens


@pytest.mark.parametrize(
    ("field", "right"),
    [
        (b"Upgrade: TLS/1.2, HTTP/1.1", ["TLS/1.2"]),
        (b"upgrade:tls/1.0", ["tls/1.0"]),
        (b"Upgrade: HTTP/1.1 ,\tTLS/1.3 ,", ["TLS/1.3"]),
        (b"Upgrade: HTTP/1.1\r\nX: y\r\nUpgrade: TLS/1.2", ["TLS/1.2"]),
        (b"Upgrade:\r\n TLS/1.2,\r\n\tHTTP/1.1", ["TLS/1.2"]),
        (b"Upgrade: TLS", ["TLS"]),  # the version need not be there (RFC 7230 section 6.7)
        (b"Upgrade: HTTP/2.0", []),
        (b"Upgrade: h2c, TLSX/1.0", []),
        (b"Upgrade:", []),
        (b"X-Upgrade: TLS/1.2", []),
    ],
)
def test_what_an_upgrade_header_says_of_tls(field: bytes, right: list[str]) -> None:
    (head,) = response_heads(b"HTTP/1.1 426 Upgrade Required\r\n" + field + b"\r\nContent-Length: 0\r\n\r\n")
    assert (head.status, tls_tokens(head), head.get("content-length")) == (426, right, "0")


@pytest.mark.parametrize(
    ("header", "right"),
    [
        ('Basic realm="a, b", Digest realm="c", nonce="d"', ["basic", "digest"]),
        ("Negotiate", ["negotiate"]),
        ("Negotiate YII=, Basic realm=x", ["negotiate", "basic"]),
        ('DPoP algs="ES256"', ["dpop"]),
        ('realm="printer"', []),  # of what scheme?
        ("realm = printer", []),
        ("", []),
    ],
)
def test_the_schemes_of_a_challenge(header: str, right: list[str]) -> None:
    assert [one.scheme for one in challenges(header)] == right
