"""What is let in: in the clear or in TLS, by whom; each decision a small function, named after what it decides."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.printer.policy import Policy
from fakes.printer.security_policy import Authentication, Mode

OPEN = (Mode.PLAIN, Mode.MIXED)  # where a request in the clear is as good as any


def listens_in_clear(policy: Policy) -> bool:
    """Whether there is a plain port at all."""
    return not policy.security.only_tls


def speaks_tls(policy: Policy) -> bool:
    """Whether there is a port for TLS from the first octet."""
    return policy.security.mode is not Mode.PLAIN


def switches(policy: Policy) -> bool:
    """Whether a plain connection goes into TLS when the client asks for it (RFC 2817 section 3)."""
    return policy.security.mode in (Mode.MIXED, Mode.TELL, Mode.ENFORCE)


def upgrade_token(policy: Policy) -> str:
    """The value of an Upgrade header."""
    return f"{policy.security.token}, HTTP/1.1"


def answers_unheard(policy: Policy) -> bool:
    """Whether a request in the clear is refused whatever it asks for, so that its body need not be read."""
    return policy.security.mode in (Mode.ENFORCE, Mode.REFUSE)


def admitted_in_clear(policy: Policy, request: ipp.Message) -> bool:
    """Whether a request that came in the clear is carried out."""
    mode = policy.security.mode
    return mode in OPEN or (mode is Mode.TELL and request.code == Operation.GET_PRINTER_ATTRIBUTES)


def uris_told(policy: Policy, plain: str, secure: str) -> tuple[str, ...]:
    """printer-uri-supported, the one that jobs are named after first."""
    named = [_at(secure, name) for name in policy.security.other_names] if secure else []
    told = [plain, secure] if policy.security.mode in OPEN else [secure, plain]
    if policy.security.mode is Mode.REFUSE:
        told = [secure]
    if policy.security.secure_first:
        told.reverse()
    return tuple(uri for uri in (*told, *named) if uri)


def _at(uri: str, name: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=f"{name}:{parts.port}").geturl()


def security_of(policy: Policy, uri: str) -> str:
    """uri-security-supported for a URI (RFC 2911 section 4.4.3): over ipp, TLS comes by Upgrade."""
    return "tls" if uri.startswith("ipps:") or policy.security.mode not in OPEN else "none"


def authentication_of(policy: Policy, uri: str) -> str:
    """uri-authentication-supported for a URI (section 4.4.2); nobody shows a certificate in the clear."""
    own = policy.security.authentication
    if own is Authentication.CERTIFICATE and security_of(policy, uri) == "none":
        return Authentication.NAME.keyword
    return own.keyword
