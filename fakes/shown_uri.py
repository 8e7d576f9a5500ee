"""How what may be a URI is shown to people: without a password before its host, and without secrets in its query.

Every command is made with this at hand, so that it imports next to nothing.
"""

from __future__ import annotations

import re
from typing import Final

TYPED: Final = 80  # characters shown of what somebody has typed
_USER_INFO: Final = re.compile(r"(:/{1,3}+[^/@\x00-\x20:]{0,255}+:)([^/@\x00-\x20]{1,255}+)(?=@)")
_BEFORE_THE_HOST: Final = re.compile(r"(?s)[^:]*:.*(?:@|%40)")


def without_secrets_in_uris(text: str) -> str:
    """A text with stars for them."""
    if ":/" in text:  # a path that was one has a single slash
        text = _USER_INFO.sub(lambda found: found[1] + "*" * len(found[2]), text)
    if "=" in text:  # whatever was typed has octets for it, be it no UTF-8
        from .http.query_secrets import without_query_secrets

        text = without_query_secrets(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    return text


def typed_shown(text: str, most: int = TYPED) -> str:
    """Something typed that may be a URI, in ASCII with quotes; where it is wrong nobody knows what in it is a password.

    So of what has a colon and an @ behind it only what stands behind the last is shown.
    """
    shown = without_secrets_in_uris(_BEFORE_THE_HOST.sub("...", text))
    return ascii(shown if len(shown) <= most else f"{shown[:most]}...")
