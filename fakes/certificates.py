"""Certificates for the fakes, made in memory when they are needed: a good one, and each way in which one can be bad.

::

    authority = Authority()
    server = authority.issue("printer.example", "127.0.0.1").server_context()
    client = authority.client_context()

``cryptography`` signs them: the ``ssl`` module reads certificates and makes none.
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fakes.put_file import put

DAY: Final = timedelta(days=1)
LIFETIME: Final = timedelta(days=30)  # of certificates that live as long as a test or a run
RSA_BITS: Final = 2048
WEAK_BITS: Final = 1024  # every TLS library of today turns it down unless it is told not to
ELSEWHERE: Final = "elsewhere.example"  # whom a certificate with the wrong name is for

KeyKind = Literal["ec", "rsa"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Flaw(StrEnum):
    """What is wrong with a certificate, if anything."""

    NONE = "none"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_HOST = "wrong-host"
    SELF_SIGNED = "self-signed"
    WEAK_KEY = "weak-key"
    WEAK_SIGNATURE = "weak-signature"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, both PEM."""

    pem: bytes
    key: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return sha256(ssl.PEM_cert_to_DER_cert(self.pem.decode("ascii"))).hexdigest()

    def write(self, directory: Path, name: str = "server") -> tuple[Path, Path]:
        """The files ``NAME.pem`` and ``NAME.key``, the key readable by nobody else."""
        pem, key = directory / f"{name}.pem", directory / f"{name}.key"
        put(pem, self.pem, 0o644)
        put(key, self.key)
        return pem, key

    @contextmanager
    def files(self) -> Iterator[tuple[Path, Path]]:
        """The same for a moment: ``ssl`` and other programs read keys from files only."""
        with tempfile.TemporaryDirectory(prefix="ippmailto-certificate-") as directory:
            yield self.write(Path(directory))

    def server_context(self, *, clients_of: Authority | None = None, old_peers: bool = False) -> ssl.SSLContext:
        """TLS with this certificate; ``clients_of`` is the authority whose certificates a client has to show.

        With ``old_peers`` everything OpenSSL still knows is taken: a weak certificate loads in no other way.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # nobody resumes here, and libcups 2.4 takes a ticket for a broken connection
        if old_peers:
            allow_old_peers(context)
        self.load_into(context)
        if clients_of is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients_of.pem.decode("ascii"))
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Show this certificate in a context's handshakes."""
        with self.files() as (pem, key):
            context.load_cert_chain(pem, key)


class Authority:
    """A certification authority that lives in memory; ``pem`` is its own certificate."""

    def __init__(self, name: str = "ippmailto test authority") -> None:
        self._name = _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        usage = _key_usage(signs_certificates=True)
        own = _builder(self._name, self._name, self._key, datetime.now(UTC))
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._certificate = own.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.pem = self._certificate.public_bytes(Encoding.PEM)

    def issue(self, *hosts: str, flaw: Flaw = Flaw.NONE, key: KeyKind = "ec") -> Certificate:
        """A certificate for these host names and addresses, or for a client of that name, with that flaw.

        A weak key is an RSA key.
        """
        private = _private_key("rsa" if flaw is Flaw.WEAK_KEY else key, flaw)
        names = (ELSEWHERE,) if flaw is Flaw.WRONG_HOST else hosts
        subject = _named(names[0] if names else ELSEWHERE)
        alone = flaw is Flaw.SELF_SIGNED
        builder = _builder(subject, subject if alone else self._name, private, _middle_of_life(flaw))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        issuer = private if alone else self._key
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
        builder = builder.add_extension(identifier, critical=False)
        signed = builder.sign(issuer, hashes.SHA256())
        pem = signed.public_bytes(Encoding.PEM)
        if flaw is Flaw.WEAK_SIGNATURE:
            pem = _signed_with_sha1(signed, self._key)
        return Certificate(pem, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def client_context(self) -> ssl.SSLContext:
        """TLS that trusts this authority alone, and checks names."""
        return ssl.create_default_context(cadata=self.pem.decode("ascii"))


def allow_old_peers(context: ssl.SSLContext) -> None:
    """Take every protocol, cipher suite and key size that this OpenSSL still knows."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED


def _builder(subject: x509.Name, issuer: x509.Name, key: PrivateKey, middle: datetime) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(middle - LIFETIME / 2)
        .not_valid_after(middle + LIFETIME / 2)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


_WITH_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")  # AlgorithmIdentifier ecdsa-with-SHA256 (RFC 5758)
_WITH_SHA1: Final = bytes.fromhex("300906072a8648ce3d0401")  # ecdsa-with-SHA1 (RFC 3279)


def _signed_with_sha1(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The same certificate, signed as nobody should any more and as ``cryptography`` refuses to."""
    fields = certificate.tbs_certificate_bytes[4:]  # behind its tag and a length of two octets
    body = _der(0x30, fields.replace(_WITH_SHA256, _WITH_SHA1, 1))
    signature = key.sign(body, ec.ECDSA(hashes.SHA1()))
    whole = _der(0x30, body + _WITH_SHA1 + _der(0x03, b"\0" + signature))
    return ssl.DER_cert_to_PEM_cert(whole).encode("ascii")


def _der(tag: int, content: bytes) -> bytes:
    """A value in DER, its length in the shortest form."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _middle_of_life(flaw: Flaw) -> datetime:
    aside = {Flaw.EXPIRED: -LIFETIME / 2 - DAY, Flaw.NOT_YET_VALID: LIFETIME / 2 + DAY}
    return datetime.now(UTC) + aside.get(flaw, timedelta())


def _private_key(kind: KeyKind, flaw: Flaw) -> PrivateKey:
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65_537, WEAK_BITS if flaw is Flaw.WEAK_KEY else RSA_BITS)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
