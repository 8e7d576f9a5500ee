"""The passwords that we were told, kept out of the evidence also where somebody sends them back to us.

A printer may echo what it was sent in a header, a status message or a mail.  The evidence keeps its octets, so these
are replaced by as many stars, and places stay places.  Only what cannot well mean anything else is: a password that
is a common word may stand in a printer's name, and what is judged must be what was sent.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Final

SHORTEST: Final = 8  # octets of a password that is known for one wherever it stands
KINDS: Final = 2  # of letters, digits and others that it has to have
ENCODED_LEAST: Final = 12  # digits in base64 that nothing has by chance


class KnownSecrets:
    """Those of a run: names with their passwords, and passwords without a name."""

    def __init__(self, logins: Iterable[tuple[str, str]] = ()) -> None:
        known = {form for name, password in logins if password for form in _forms(name, password)}
        longest_first = sorted(known, key=lambda form: (-len(form), form))
        self._found = re.compile(b"|".join(map(re.escape, longest_first))) if known else None
        self.longest = len(longest_first[0]) if known else 0

    def __repr__(self) -> str:
        return "KnownSecrets(...)"

    def masked(self, octets: bytes) -> bytes:
        """The octets with stars for each of them; the same object where there is none."""
        if self._found is None or self._found.search(octets) is None:
            return octets
        return self._found.sub(lambda found: b"*" * len(found[0]), octets)

    def places(self, octets: bytes) -> Iterator[tuple[int, int]]:
        """Where they are in these octets."""
        if self._found is not None:
            yield from (found.span() for found in self._found.finditer(octets))

    def masked_text(self, text: str) -> str:
        """The same of a text."""
        octets = text.encode("utf-8", "surrogatepass")
        return text if (masked := self.masked(octets)) is octets else masked.decode("utf-8", "replace")


def _forms(name: str, password: str) -> Iterator[bytes]:
    """As a login goes over the wire in Basic and PLAIN, and as the password alone does."""
    pairs = (f"{name}:{password}", f"\0{name}\0{password}", f"{name}\0{name}\0{password}")
    for charset in ("utf-8", "latin-1"):
        try:
            encoded = [pair.encode(charset) for pair in pairs]
            plain = password.encode(charset)
        except UnicodeEncodeError:  # it has no such form
            continue
        if _is_distinct(password, plain):
            yield plain
            yield ascii(password)[1:-1].encode("ascii")  # as a line for people has it
            encoded.append(plain)
        for octets in encoded:
            digits = b64encode(octets).rstrip(b"=")
            if len(digits) >= ENCODED_LEAST:
                yield digits


def _is_distinct(password: str, plain: bytes) -> bool:
    kinds = {"letter" if c.isalpha() else "digit" if c.isdigit() else "other" for c in password}
    return len(plain) >= SHORTEST and len(kinds) >= KINDS
