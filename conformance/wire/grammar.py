"""The grammar that addresses in envelopes and in header fields have in common (RFC 5321 section 4.1.2, RFC 5322 3.2.3).

The reference printer has a grammar of its own on purpose: a slip in this one must not hide the same slip in that.
"""

from __future__ import annotations

import re
from typing import Final

ATEXT: Final = r"!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~"
"""The characters of an atom, for a class of a regular expression."""

DOT_ATOM: Final = re.compile(rf"[{ATEXT}]+(?:\.[{ATEXT}]+)*+")
"""Atoms with single dots between them: a local part without quotes, or the domain of a header field."""

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
"""A domain of SMTP: letters, digits, and hyphens that neither begin nor end a label."""

QUOTED_PREFIX: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
"""A quoted string at the beginning, whatever is in it."""
