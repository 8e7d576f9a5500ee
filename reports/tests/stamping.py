"""A time-stamping authority, by OpenSSL, for tests."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SETTINGS = """
[tsa]
default_tsa = ours
[ours]
dir = {place}
serial = {place}/serial
signer_cert = {place}/tsa.crt
certs = {place}/tsa.crt
signer_key = {place}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class StampingAuthority:
    """One with a root of its own, whose certificate is ``root``."""

    def __init__(self, place: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("no OpenSSL here; apt-get install openssl")
        self.place, self.root = place, place / "root.pem"
        authority, own = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        root = self._certificate("root", authority, authority, ca=True)
        self.root.write_bytes(root.public_bytes(Encoding.PEM))
        (place / "tsa.crt").write_bytes(self._certificate("tsa", own, authority, ca=False).public_bytes(Encoding.PEM))
        key = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (place / "tsa.key").write_bytes(key)
        (place / "serial").write_text("01\n")
        (place / "openssl.cnf").write_text(SETTINGS.format(place=place))

    def _certificate(
        self, name: str, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey, *, ca: bool
    ) -> x509.Certificate:
        called, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, "root"))
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(called)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return made.sign(signer, hashes.SHA256())

    def _openssl(self, *words: str | Path) -> None:
        subprocess.run(["openssl", "ts", *map(str, words)], check=True, capture_output=True)

    def answer(self, query: Path, answer: Path) -> None:
        """As one gets it by HTTP."""
        self._openssl("-reply", "-config", self.place / "openssl.cnf", "-queryfile", query, "-out", answer)

    def stamp(self, octets: bytes) -> bytes:
        """A stamp on them."""
        data, query, answer = (self.place / name for name in ("data", "query", "answer"))
        data.write_bytes(octets)
        self._openssl("-query", "-data", data, "-sha256", "-cert", "-out", query)
        self.answer(query, answer)
        return answer.read_bytes()
