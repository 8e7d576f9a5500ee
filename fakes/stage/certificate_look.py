"""What is wrong with a printer's certificate, read from the certificate itself: an observation, and no verdict."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

SMALLEST_RSA: Final = 2048  # bits; NIST SP 800-131A takes less for broken since 2014
SMALLEST_CURVE: Final = 224
WEAK_DIGESTS: Final = ("md2", "md4", "md5", "sha1")
SHOWN: Final = 80  # characters of a name


def fingerprint(der: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(der).hexdigest()


def common_name(pem: bytes) -> str | None:
    """Whom the first certificate of a PEM file is for."""
    names = x509.load_pem_x509_certificate(pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None


def problems(der: bytes, host: str, now: datetime | None = None) -> tuple[str, ...]:
    """Each thing that is wrong with a certificate which a printer showed under that host name or address."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return tuple(_problems(certificate, host, now or datetime.now(UTC)))
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        return (f"cannot be read: {_shown(str(error) or type(error).__name__)}",)


def _problems(certificate: x509.Certificate, host: str, now: datetime) -> Iterator[str]:
    if now > certificate.not_valid_after_utc:
        yield f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now < certificate.not_valid_before_utc:
        yield f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    names = _names(certificate)
    if not any(_is_for(name, host) for name in names):
        yield f"is made out to {_shown(', '.join(names)) or 'nobody'}, and not to {_shown(host)}"
    if certificate.issuer == certificate.subject:
        yield "is signed by its own key"
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey) and key.key_size < SMALLEST_RSA:
        yield f"has a key of {key.key_size} bits, where {SMALLEST_RSA} are the least"
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < SMALLEST_CURVE:
        yield f"has a key on a curve of {key.key_size} bits, where {SMALLEST_CURVE} are the least"
    digest = certificate.signature_hash_algorithm
    if digest is not None and digest.name in WEAK_DIGESTS:
        yield f"is signed with {digest.name.upper()}"


def _names(certificate: x509.Certificate) -> list[str]:
    """Whom it is for: the alternative names, or where there are none, the common one (RFC 9525 section 1.4.2)."""
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    addresses = [str(address) for address in listed.get_values_for_type(x509.IPAddress)]
    return [*listed.get_values_for_type(x509.DNSName), *addresses]


def _is_for(name: str, host: str) -> bool:
    """Whether a name in a certificate covers a host; a star stands for one label, and only for the first."""
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    own, asked = name.lower().rstrip("."), host.lower().rstrip(".")
    return own == asked or (own.startswith("*.") and "." in asked and own[2:] == asked.partition(".")[2])


def _shown(text: str) -> str:
    return ascii(text)[1:-1][:SHOWN]
