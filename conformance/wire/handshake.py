"""What the record of an SMTP session tells of a TLS handshake: ``EventKind.TLS`` and its octets.

``TLSv1.3 TLS_AES_256_GCM_SHA384 sni=recipient.example``, or ``failed sni=recipient.example: bad certificate``; the
name that the client asked for (RFC 6066 section 3) is left out where it asked for none, or nobody noted it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .words import plain

_SNI: Final = "sni="
_FAILED: Final = "failed"
_RECORD: Final = b"\x16\x03"


@dataclass(frozen=True, slots=True)
class Handshake:
    """A handshake; one with a ``problem`` came to nothing."""

    version: str = ""
    cipher: str = ""
    server_name: str = ""
    problem: str = ""

    @classmethod
    def read(cls, octets: bytes) -> Handshake:
        """From a record, whichever version made it; never raises."""
        text = plain(octets)
        if text.startswith(_FAILED):
            head, _, problem = text.partition(": ")
            return cls(server_name=_named(head.split()), problem=problem or "it is not said why")
        words = text.split()
        version, cipher = (*words, "", "")[:2]
        return cls(version, cipher, _named(words))

    @property
    def octets(self) -> bytes:
        """The reverse."""
        name = f" {_SNI}{'_'.join(self.server_name.split())}" if self.server_name else ""
        if self.problem:
            return f"{_FAILED}{name}: {self.problem}".encode("utf-8", "backslashreplace")
        return f"{self.version} {self.cipher}{name}".encode("utf-8", "backslashreplace")


def is_hello(octets: bytes) -> bool:
    """Whether a connection that begins so is one that wants TLS: a record of a handshake (RFC 8446 section 5.1)."""
    return octets[:2] in (_RECORD, _RECORD[:1])


def _named(words: list[str]) -> str:
    return next((word.removeprefix(_SNI) for word in words if word.startswith(_SNI)), "")
