"""Why TLS failed, in words."""

from __future__ import annotations

import ssl
from typing import Final

NO_TLS: Final = "the peer does not speak TLS there"
IN_CLEAR: Final = "the peer speaks HTTP in clear there"
OLD: Final = "old-peers = true in the IXIT takes old versions, cipher suites and keys as well"
_OWN: Final = "(client-certificate in the IXIT)"
_WORDS: Final = {
    "WRONG_VERSION_NUMBER": NO_TLS,
    "RECORD_LAYER_FAILURE": NO_TLS,
    "PACKET_LENGTH_TOO_LONG": NO_TLS,
    "UNEXPECTED_MESSAGE": NO_TLS,
    "HTTP_REQUEST": IN_CLEAR,
    "UNEXPECTED_EOF_WHILE_READING": "the peer closed the connection in the handshake",
    "UNSUPPORTED_PROTOCOL": f"the peer wants a version of TLS that is too old; {OLD}",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": f"the peer knows no secure renegotiation; {OLD}",
    "TLSV1_ALERT_PROTOCOL_VERSION": f"the peer has no version of TLS in common with us; {OLD}",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the peer wants a certificate of ours (client-certificate in the IXIT), or has no cipher suite in common with "
        f"us; {OLD}"
    ),
    "NO_CIPHERS_AVAILABLE": f"there is no cipher suite in common; {OLD}",
    "WRONG_CIPHER_RETURNED": f"the peer chose a cipher suite that was not offered; {OLD}",
    "DH_KEY_TOO_SMALL": f"the peer's Diffie-Hellman key is too small; {OLD}",
    "WRONG_SIGNATURE_TYPE": f"the peer signs by an outdated algorithm; {OLD}",
    "TLSV1_ALERT_UNKNOWN_CA": f"the peer does not know who issued our certificate {_OWN}",
    "SSLV3_ALERT_BAD_CERTIFICATE": f"the peer takes our certificate for bad, or wants one {_OWN}",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": f"the peer does not accept our certificate, or wants one {_OWN}",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"our certificate has expired, says the peer {_OWN}",
    "TLSV1_ALERT_ACCESS_DENIED": f"the peer lets nobody in with our certificate, or wants one {_OWN}",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the peer wants a certificate of ours: client-certificate in the IXIT",
    "TLSV1_ALERT_INTERNAL_ERROR": "the peer had an error of its own",
    "TLSV1_UNRECOGNIZED_NAME": "the peer does not know the name that we called it by",
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": "the peer wants an application protocol that was not offered",
}


def why(error: OSError) -> str:
    """What went wrong with TLS, in words; OpenSSL's own word behind them where there is one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the peer's certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        said = error.reason.upper().replace(" ", "_")
        return f"{_WORDS[said]} ({said})" if said in _WORDS else said.replace("_", " ").lower()
    if isinstance(error, ssl.SSLEOFError):
        return _WORDS["UNEXPECTED_EOF_WHILE_READING"]
    if isinstance(error, ConnectionResetError):
        return "the peer reset or closed the connection"
    if isinstance(error, ConnectionAbortedError | TimeoutError):
        return "the peer did not end the handshake in time"
    return str(error) or type(error).__name__
