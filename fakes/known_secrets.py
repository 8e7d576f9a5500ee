"""The passwords that we were told, kept out of the evidence also where somebody sends them back to us.

A printer may echo what it was sent in a header, a status message or a mail, as it is or as URIs, quoted-printable, XML
and base64 write it.  The evidence keeps its octets, so these are replaced by as many stars, and places stay places; in
base64 by digits, for a body in it is judged by whether it can be read.  Only what cannot well mean anything else is: a
password that is a common word may stand in a printer's name, and what is judged must be what was sent.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from string import ascii_letters, digits
from typing import Final
from urllib.parse import quote

SHORTEST: Final = 8  # octets of a password that is known for one wherever it stands
KINDS: Final = 2  # of letters, digits and others that it has to have
ENCODED_LEAST: Final = 12  # digits in base64 that nothing has by chance


STAR: Final = b"*" * 256
CODED: Final = bytes(0x56 if chr(i) in f"{ascii_letters}{digits}+/" else i for i in range(256))
"""For what is in base64: V and V read UU, wherever in three octets they begin."""

_BREAK: Final = rb"(?:\r\n)?"  # lines of base64 end anywhere


class KnownSecrets:
    """Those of a run: names with their passwords, and passwords without a name."""

    def __init__(self, logins: Iterable[tuple[str, str]] = ()) -> None:
        logins = [(name, password) for name, password in logins if password]
        plain = {form for _, password in logins for form in _forms(password)}
        coded = {form for name, password in logins for form in _in_base64(name, password)}
        self._plain, known = plain, sorted(plain | coded, key=lambda form: (-len(form), form))  # the longest first
        patterns = [re.escape(form) if form in plain else _broken(form) for form in known]
        self._found = re.compile(b"|".join(patterns)) if known else None  # no groups, which are looked for slowly
        self.longest = 3 * len(known[0]) if known else 0

    def __repr__(self) -> str:
        return "KnownSecrets(...)"

    def masked(self, octets: bytes) -> bytes:
        """The octets with others for each of them; the same object where there is none."""
        if self._found is None or self._found.search(octets) is None:
            return octets
        return self._found.sub(lambda found: found[0].translate(self._mask(found)), octets)

    def places(self, octets: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Where they are in these octets, and what each of these becomes."""
        if self._found is not None:
            yield from ((*found.span(), self._mask(found)) for found in self._found.finditer(octets))

    def _mask(self, found: re.Match[bytes]) -> bytes:
        return STAR if found[0] in self._plain else CODED

    def masked_text(self, text: str) -> str:
        """The same of a text."""
        octets = text.encode("utf-8", "surrogatepass")
        return text if (masked := self.masked(octets)) is octets else masked.decode("utf-8", "replace")


def _broken(form: bytes) -> bytes:
    return _BREAK.join(re.escape(form[i : i + 1]) for i in range(len(form)))


def _forms(password: str) -> Iterator[bytes]:
    """The password alone, as it is and as URIs, quoted-printable, its words in headers and XML have it."""
    for plain in _encoded(password):
        if _is_distinct(password, plain):
            yield plain
            yield ascii(password)[1:-1].encode("ascii")  # as a line for people has it
            for uri in (quote(plain, safe=""), quote(plain)):
                yield from (uri.encode(), re.sub("%..", lambda found: found[0].lower(), uri).encode())
            yield b"".join(b"=%02X" % o if o == 0x3D or o > 0x7E else bytes((o,)) for o in plain)
            yield quote(plain, safe="").replace("%20", "_").replace("%", "=").encode()
            yield from (escape(password).encode(), escape(password, quote=False).encode())


def _in_base64(name: str, password: str) -> Iterator[bytes]:
    """As a login goes over the wire in Basic and PLAIN, and the password alone, or wherever it is in a text."""
    for pair in (f"{name}:{password}", f"\0{name}\0{password}", f"{name}\0{name}\0{password}"):
        yield from (form for octets in _encoded(pair) if len(form := _digits(octets)) >= ENCODED_LEAST)
    for plain in _encoded(password):
        if _is_distinct(password, plain):
            if len(form := _digits(plain)) >= ENCODED_LEAST:
                yield form
            if plain.isascii():
                yield from _within(plain)


def _within(plain: bytes) -> Iterator[bytes]:
    """The digits that come from nothing else, for each place where a password may begin among three octets.

    Where two bits of its first octet are in another digit all of that is left as it is: with others it would steer.
    """
    yield _digits(plain)[: len(plain) * 8 // 6]
    yield _digits(b"\0" + plain)[2 : (len(plain) + 1) * 8 // 6]
    yield _digits(b"\0\0" + plain)[4 : (len(plain) + 2) * 8 // 6]


def _digits(octets: bytes) -> bytes:
    return b64encode(octets).rstrip(b"=")


def _encoded(text: str) -> Iterator[bytes]:
    for charset in ("utf-8", "latin-1"):
        try:
            yield text.encode(charset)
        except UnicodeEncodeError:  # it has no such form
            continue


def _is_distinct(password: str, plain: bytes) -> bool:
    kinds = {"letter" if c.isalpha() else "digit" if c.isdigit() else "other" for c in password}
    return len(plain) >= SHORTEST and len(kinds) >= KINDS
