"""Users who prove who they are, by HTTP Basic authentication (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac

from fakes.printer.policy import Policy


class WrongPassword(Exception):
    """Credentials that are not those of any account."""


def proved(policy: Policy, authorization: str) -> str | None:
    """The user that an Authorization header proves; ``None`` without one.  Raises ``WrongPassword``."""
    if not authorization:
        return None
    scheme, _, credentials = authorization.partition(" ")
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise WrongPassword from error
    known = dict(policy.accounts).get(name)
    if scheme.lower() != "basic" or known is None or not hmac.compare_digest(known.encode(), password.encode()):
        raise WrongPassword
    return name
