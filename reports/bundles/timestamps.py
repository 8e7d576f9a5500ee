"""A time-stamp (RFC 3161) on the manifest: that somebody else saw this signature by a certain time.

What is stamped is ``manifest.dsse.json``, octet for octet, so the signature is within it.  That the stamp is about it
can be told from the stamp alone; who made it only from the certificate of an authority that one trusts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from fakes.whole_file import whole_file
from reports.exits import UsageError

from .archive import MANIFEST

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

NEEDS: Final = "time-stamps need rfc3161-client; pip install 'ippmailto[bundle]' has it"
HASHES: Final[Mapping[str, str]] = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
GRANTED: Final = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What became of looking at one: ``wrong`` says what is, ``trusted`` whether its maker was looked for and found."""

    time: datetime | None
    wrong: str = ""
    trusted: bool = False


def authorities(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file; raises ``UsageError``."""
    try:
        return x509.load_pem_x509_certificates(whole_file(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} has no certificate in PEM; name that of the time-stamping authority") from error


def see_that_it_stamps(octets: bytes, envelope: bytes, name: str) -> None:
    """Raises ``UsageError`` for a stamp on something else."""
    if wrong := look_at(octets, envelope, ()).wrong:
        raise UsageError(f"{name}: {wrong}; stamp the {MANIFEST} of a bundle made without --timestamp")


def look_at(octets: bytes, envelope: bytes, trusted: Sequence[x509.Certificate]) -> Stamp:
    """Whether it is about that manifest, and, where certificates are trusted, whether their holder has made it."""
    try:
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise UsageError(NEEDS) from error
    try:
        response = decode_timestamp_response(octets)
        stamp = _about(response, envelope)
    except (ValueError, OverflowError):
        return Stamp(None, "it is no answer of a time-stamping authority, or it is damaged")
    if stamp.wrong or not trusted:
        return stamp
    try:
        VerifierBuilder(roots=list(trusted)).build().verify_message(response, envelope)
    except (VerificationError, ValueError) as error:
        return Stamp(stamp.time, f"it is not by the authority that was named: {error}")
    return Stamp(stamp.time, trusted=True)


def _about(response: TimeStampResponse, envelope: bytes) -> Stamp:
    """What it says of itself; raises ``ValueError`` where it has no token."""
    if response.status != GRANTED:
        return Stamp(None, "the authority has granted no time-stamp")
    told = response.tst_info
    name = HASHES.get(told.message_imprint.hash_algorithm.dotted_string)
    if name is None:
        return Stamp(told.gen_time, "its digest is of a kind that is not read; SHA-256, SHA-384 and SHA-512 are")
    if hashlib.new(name, envelope).digest() != told.message_imprint.message:
        return Stamp(told.gen_time, f"it is on something else than this {MANIFEST}")
    return Stamp(told.gen_time)
