"""Basic and Digest, by the examples of their texts and by curl as another client."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.http import challenges
from fakes.http.auth import MOST_NONCES, Login, NotProved, Prover, Verifier, masked
from fakes.http.server import ServerConnection

MUFASA = Login("Mufasa", "Circle of Life")
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", '
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def test_several_challenges_in_one_header_are_told_apart() -> None:
    header = 'Negotiate, Bearer abc==, Basic realm="a \\"b\\", c" , charset="UTF-8", ' + RFC_7616
    found = challenges(header)
    assert [c.scheme for c in found] == ["negotiate", "bearer", "basic", "digest", "digest"]
    assert found[2].parameters == {"realm": 'a "b", c', "charset": "UTF-8"}
    assert [c.parameters["algorithm"] for c in found[3:]] == ["SHA-256", "MD5"]


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_any_header_is_read_to_some_end(header: str) -> None:
    assert all(c.scheme for c in challenges(header))


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
    ],
)
def test_digest_is_that_of_rfc_7616(monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str) -> None:
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr("fakes.http.auth.secrets.token_hex", lambda _: cnonce)
    prover = Prover(MUFASA)
    first, _, second = RFC_7616.partition(", Digest ")
    assert prover.learn(first if algorithm == "SHA-256" else f"Digest {second}")
    header = prover.authorization("GET", "/dir/index.html")
    assert f'response="{response}"' in header
    assert f"algorithm={algorithm}" in header
    assert "nc=00000001" in header
    assert "Circle" not in header


def test_digest_without_qop_is_that_of_rfc_2069() -> None:
    prover = Prover(Login("Mufasa", "CircleOfLife"))
    assert prover.learn('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    header = prover.authorization("GET", "/dir/index.html")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header  # RFC 2069 section 2.4, with its erratum
    assert "nc=" not in header


def test_the_better_way_is_taken_and_what_nobody_can_answer_is_not() -> None:
    prover = Prover(MUFASA)
    assert not prover.learn("Negotiate")
    assert not prover.learn('Digest realm="x", nonce="y", algorithm=UNHEARD-OF')
    assert not prover.learn('Digest realm="x", nonce="y", qop="auth-int"')
    assert not prover.ready
    assert prover.authorization("POST", "/") == "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"
    assert not prover.learn('Basic realm="x"')  # it was told unasked, and is wrong
    assert prover.learn('Basic realm="x", Digest realm="x", nonce="y"')
    assert prover.authorization("POST", "/").startswith("Digest ")


def test_credentials_are_masked_octet_for_octet() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nauthorization:  Basic c2VjcmV0\r\nX: Basic y\r\n\r\n"
    shown = masked(head)
    assert shown == head.replace(b"c2VjcmV0", b"*" * 8)
    digest = b'Authorization: Digest username="bob", response="abc"\r\n'
    assert masked(b"Location: ipp://bob:secret@h/\r\n") == b"Location: ipp://bob:******@h/\r\n"
    assert masked(digest) == b"Authorization: Digest " + b"*" * 30 + b"\r\n"


def test_a_login_shows_its_name_alone() -> None:
    assert "Circle" not in repr(MUFASA) + str([MUFASA]) + f"{MUFASA}"


# ---------------------------------------------------------------- both ends

ACCOUNTS = {"Mufasa": "Circle of Life", "Jürgen": "größer"}


@pytest.mark.parametrize("scheme", ["basic", "digest"])
@pytest.mark.parametrize("login", [Login(*pair) for pair in ACCOUNTS.items()])
def test_who_knows_the_password_is_let_in(scheme: str, login: Login) -> None:
    verifier, prover = Verifier(scheme, ACCOUNTS), Prover(login)
    assert prover.learn(", ".join(value for _, value in verifier.challenge()))
    for _ in range(3):
        assert verifier.proved(prover.authorization("POST", "/ipp"), "POST", "/ipp") == login.name


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_who_does_not_is_not(scheme: str) -> None:
    verifier = Verifier(scheme, ACCOUNTS)
    for login in (Login("Mufasa", "wrong"), Login("nobody", ""), Login("", "")):
        prover = Prover(login)
        assert prover.learn(verifier.challenge()[0][1])
        with pytest.raises(NotProved):
            verifier.proved(prover.authorization("POST", "/ipp"), "POST", "/ipp")


def test_what_was_for_another_request_proves_nothing() -> None:
    verifier, prover = Verifier("digest", ACCOUNTS), Prover(MUFASA)
    prover.learn(verifier.challenge()[0][1])
    header = prover.authorization("POST", "/ipp")
    for method, target in (("GET", "/ipp"), ("POST", "/other")):
        with pytest.raises(NotProved):
            verifier.proved(header, method, target)
    assert verifier.proved(header, "POST", "/ipp") == "Mufasa"
    with pytest.raises(NotProved) as caught:
        verifier.proved(header, "POST", "/ipp")
    assert caught.value.stale


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_no_header_of_whatever_octets_proves_anything(header: str) -> None:
    known = f'Digest username="Mufasa", realm="printer", qop=auth, uri="/", nc=00000001, response="{header}"'
    with pytest.raises(NotProved):
        Verifier("digest", ACCOUNTS).proved(known, "POST", "/")
    for scheme in ("Basic ", "Digest "):
        with pytest.raises(NotProved):
            Verifier(scheme.strip().lower(), ACCOUNTS).proved(scheme + header, "POST", "/")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here; apt-get install curl")
@pytest.mark.parametrize(("scheme", "algorithm"), [("basic", ""), ("digest", "MD5"), ("digest", "SHA-256")])
def test_curl_is_let_in(tmp_path: Path, scheme: str, algorithm: str) -> None:
    verifier = Verifier(scheme, ACCOUNTS, algorithms=(algorithm,))

    async def serve() -> str:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = ServerConnection(reader, writer)
            while (head := await connection.read_request()) is not None:
                await connection.read_body()
                try:
                    user = verifier.proved(head.get("authorization"), head.method, head.target)
                except NotProved as refused:
                    await connection.respond(401, verifier.challenge(stale=refused.stale))
                else:
                    await connection.respond(200, [], user.encode())
            await connection.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a b".replace(" ", "%20")
            (tmp_path / "netrc").write_text('machine 127.0.0.1 login Mufasa password "Circle of Life"\n')
            command = ["curl", "-s", "-S", "--netrc-file", str(tmp_path / "netrc"), f"--{scheme}", "-d", "x", url]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True, timeout=30)
        return str(done.stdout.decode())

    assert asyncio.run(serve()) == "Mufasa"


def test_of_challenges_that_nobody_answers_the_oldest_are_forgotten() -> None:
    verifier, prover = Verifier("digest", ACCOUNTS), Prover(MUFASA)
    (first, *_) = [value for _, value in verifier.challenge()]
    assert prover.learn(first)
    for _ in range(MOST_NONCES):
        verifier.challenge()
    assert len(verifier._nonces) == MOST_NONCES
    with pytest.raises(NotProved) as refused:
        verifier.proved(prover.authorization("POST", "/"), "POST", "/")
    assert refused.value.stale
