"""The certificates of the fakes are what they say they are: OpenSSL itself tells what is wrong with each."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from fakes.certificates import Authority, Certificate, Flaw, KeyKind, allow_old_peers

HOST = "printer.example"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def shake(server: ssl.SSLContext, client: ssl.SSLContext, host: str = HOST) -> ssl.SSLObject:
    """A handshake of the two without a network; raises what the client raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=host)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        for end in (one, other):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return one


def refusal(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        shake(server, client)
    return caught.value.verify_message


def test_a_good_certificate_is_trusted_by_name_and_by_address(authority: Authority) -> None:
    kinds: tuple[KeyKind, ...] = ("ec", "rsa")
    for key in kinds:
        server = authority.issue(HOST, "127.0.0.1", "::1", key=key).server_context()
        for host in (HOST, "127.0.0.1", "::1"):
            assert shake(server, authority.client_context(), host).version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        (Flaw.EXPIRED, "certificate has expired"),
        (Flaw.NOT_YET_VALID, "certificate is not yet valid"),
        (Flaw.WRONG_HOST, "Hostname mismatch"),
        (Flaw.SELF_SIGNED, "self-signed certificate"),
        (Flaw.WEAK_KEY, "EE certificate key too weak"),
        (Flaw.WEAK_SIGNATURE, "CA signature digest algorithm too weak"),
    ],
)
def test_each_flaw_is_the_one_that_openssl_finds(authority: Authority, flaw: Flaw, said: str) -> None:
    certificate = authority.issue(HOST, flaw=flaw)
    client = authority.client_context()
    client.set_ciphers("DEFAULT:@SECLEVEL=2")
    assert said in refusal(certificate.server_context(old_peers=True), client)


def test_a_stranger_to_the_authority_is_not_trusted(authority: Authority) -> None:
    assert "unable to get local issuer" in refusal(Authority().issue(HOST).server_context(), authority.client_context())


def test_a_client_has_to_show_a_certificate_where_that_is_wanted(authority: Authority) -> None:
    server = authority.issue(HOST).server_context(clients_of=authority)
    client = authority.client_context()
    authority.issue("Carol Abel").load_into(client)
    assert shake(server, client).getpeercert()
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake(server, authority.client_context())


def test_old_peers_agree_on_tls_1_0(authority: Authority) -> None:
    server = authority.issue(HOST, key="rsa").server_context(old_peers=True)
    with pytest.deprecated_call():
        server.maximum_version = ssl.TLSVersion.TLSv1
    client = authority.client_context()
    allow_old_peers(client)
    assert shake(server, client).version() == "TLSv1"


def test_a_key_is_for_its_owner_alone(authority: Authority, tmp_path: Path) -> None:
    pem, key = authority.issue(HOST).write(tmp_path)
    assert (pem.read_bytes()[:10], key.stat().st_mode & 0o077) == (b"-----BEGIN", 0)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not here; apt-get install openssl")
def test_the_fingerprint_is_what_openssl_prints(authority: Authority, tmp_path: Path) -> None:
    certificate: Certificate = authority.issue(HOST)
    pem, _ = certificate.write(tmp_path)
    command = ["openssl", "x509", "-in", str(pem), "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.strip().partition("=")[2].replace(":", "").lower() == certificate.fingerprint
