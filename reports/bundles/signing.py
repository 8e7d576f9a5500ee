"""Ed25519 keys, and the envelope that a manifest is signed in: DSSE, by securesystemslib."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from fakes.whole_file import whole_file
from reports.exits import UsageError

from .archive import BundleError

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope

PAYLOAD: Final = "application/vnd.in-toto+json"
MAX_KEY: Final = 64 << 10
NEEDS: Final = "signatures need securesystemslib; pip install 'ippmailto[bundle]' has it"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signature is looked for."""

    key: Ed25519PublicKey

    @property
    def pem(self) -> bytes:
        """As a file has it."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the key in DER, as ``openssl pkey -pubin -outform DER | sha256sum`` has it."""
        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @classmethod
    def of(cls, octets: bytes, name: str) -> PublicKey:
        """From a PEM file, also that of the private key; raises ``UsageError``."""
        try:
            if b"PRIVATE KEY" in octets:
                return cls(_private(octets, name).public_key())
            key = load_pem_public_key(octets)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(f"{name} is no key in PEM; name the .pub file of whoever signs") from error
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError(f"{name} is no key of Ed25519; ippmailto bundle --new-key FILE makes one")
        return cls(key)


def _private(octets: bytes, name: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(octets, None)
    except TypeError as error:
        raise UsageError(f"{name} is encrypted; decrypt it for the time of signing (openssl pkey)") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{name} is no private key in PEM; ippmailto bundle --new-key FILE makes one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{name} is no key of Ed25519; ippmailto bundle --new-key FILE makes one")
    return key


def key_octets(path: Path) -> bytes:
    """A key's file; raises ``UsageError``."""
    try:
        return whole_file(path, MAX_KEY)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name the file of a key") from error


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key to sign with; raises ``UsageError``."""
    return _private(key_octets(path), str(path))


def make_key(path: Path) -> PublicKey:
    """A new pair: the private key there (0600), the public one beside it in ``.pub``; raises ``UsageError``."""
    key = Ed25519PrivateKey.generate()
    public = PublicKey(key.public_key())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_name(f"{path.name}.pub")
    made: list[Path] = []
    try:
        for target, octets, mode in ((path, secret, 0o600), (beside, public.pem, 0o644)):
            number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            made.append(target)
            with os.fdopen(number, "wb") as file:
                file.write(octets)
    except OSError as error:
        for target in made:
            target.unlink(missing_ok=True)
        raise UsageError(f"cannot make {error.filename or path}: {error.strerror}; name another file") from error
    return public


# ---------------------------------------------------------------- the envelope


def seal(statement: dict[str, Any], key: Ed25519PrivateKey | None) -> bytes:
    """The statement in an envelope, signed if there is a key; raises ``UsageError`` without the extra."""
    try:
        from securesystemslib.dsse import Envelope
        from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # its door names all it has, but to mypy
    except ImportError as error:
        raise UsageError(NEEDS) from error
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    envelope = Envelope(payload, PAYLOAD, {})
    if key is not None:
        envelope.sign(CryptoSigner(key))
    return _written(envelope)


def _written(envelope: Envelope) -> bytes:
    return (json.dumps(envelope.to_dict(), sort_keys=True, indent=1) + "\n").encode()


def opened(octets: bytes) -> Envelope:
    """The envelope; raises ``BundleError`` for one that is damaged."""
    try:
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import FormatError
    except ImportError as error:
        raise UsageError(NEEDS) from error
    try:
        data = json.loads(octets)
        if set(data) != {"payload", "payloadType", "signatures"} or data["payloadType"] != PAYLOAD:
            raise BundleError("its manifest is no signed statement of in-toto")
        envelope = Envelope.from_dict(data)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, FormatError) as error:
        raise BundleError("the envelope of its manifest is damaged") from error
    if octets != _written(envelope):  # what no signature covers must be as we write it
        raise BundleError("the envelope of its manifest is not as this program writes it")
    return envelope


def is_signed_by(envelope: Envelope, key: PublicKey) -> bool:
    """Whether that key has signed it."""
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # its door names all it has, but to mypy

    try:
        envelope.verify([SSlibKey.from_crypto(key.key)], 1)
    except VerificationError:
        return False
    return True
