"""Header fields as octets: phrases, encoded words, folding (RFC 5322 section 2.2.3, RFC 2047).

A field is made of tokens, which a line break may part.  Whatever text goes in, each token that comes out is printable
ASCII without a line break, and each line ends within ``LINE`` columns unless one address alone is longer.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final, Literal

LINE: Final = 76  # columns of a line with an encoded word (RFC 2047 section 2); other lines may have 78
WORD: Final = 64  # columns of an encoded word; 75 are allowed, but then none would fit beside a field's name
CRLF: Final = b"\r\n"

WordEncoding = Literal["shorter", "q", "b"]

_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_Q_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def clean(text: str) -> str:
    """``text`` on one line: controls become one space, lone surrogates U+FFFD."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))


def field(name: str, tokens: list[str], columns: int = LINE) -> bytes:
    """A header field, folded before a token that would go beyond ``columns``."""
    lines = [f"{name}:"]
    for index, token in enumerate(tokens):
        if index and len(lines[-1]) + 1 + len(token) > columns:
            lines.append("")
        lines[-1] += f" {token}"
    return "\r\n".join(lines).encode("ascii") + CRLF


def unstructured(text: str, charset: str, encoding: WordEncoding) -> list[str]:
    """The tokens of a Subject; only what needs it is encoded, so that a plain beginning stays plain."""
    words = clean(text).split(" ")
    awkward = [i for i, word in enumerate(words) if not _plain(word)]
    if not awkward:
        return words
    first, last = awkward[0], awkward[-1]
    # An empty word is a space at an edge or a second space in a row; its neighbours keep it from getting lost.
    first = max(first - (not words[first]), 0)
    last = min(last + (not words[last]), len(words) - 1)
    run = " ".join(words[first : last + 1])
    middle = encoded_words(run, charset, encoding) if run else []
    return [*words[:first], *middle, *words[last + 1 :]]


def phrase(text: str, charset: str, encoding: WordEncoding) -> list[str]:
    """The tokens of a display name: atoms where they suffice, else a quoted string, else encoded words."""
    text = clean(text)
    if not all(_plain(word) for word in text.split(" ")):
        return encoded_words(text, charset, encoding) if text else ['""']
    if _ATOMS.fullmatch(text):
        return text.split(" ")
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    tokens = quoted.split(" ")
    return tokens if all(len(token) <= WORD for token in tokens) else encoded_words(text, charset, encoding)


def encoded_words(text: str, charset: str, encoding: WordEncoding) -> list[str]:
    """``text`` as encoded words, each with whole characters; ``charset`` must have all of them."""
    pieces = [c.encode(charset) for c in text]
    if encoding == "shorter":
        encoding = "q" if sum(map(_q_width, pieces)) <= sum(map(len, pieces)) * 4 / 3 else "b"
    room = WORD - len(f"=?{charset}?x??=")
    words: list[str] = []
    run: list[bytes] = []
    used = 0
    for piece in pieces:
        width = _q_width(piece) if encoding == "q" else len(piece)
        if run and used + width > (room if encoding == "q" else room // 4 * 3):
            words.append(_encoded_word(b"".join(run), charset, encoding))
            run, used = [], 0
        run.append(piece)
        used += width
    return [*words, _encoded_word(b"".join(run), charset, encoding)]


def _encoded_word(octets: bytes, charset: str, encoding: str) -> str:
    text = "".join(map(_q, octets)) if encoding == "q" else b64encode(octets).decode("ascii")
    return f"=?{charset}?{encoding}?{text}?="


def _q(octet: int) -> str:
    """One octet in the Q encoding, as strict as a phrase needs it (RFC 2047 section 5 rule 3)."""
    if octet in _Q_SAFE:
        return chr(octet)
    return "_" if octet == 0x20 else f"={octet:02X}"


def _q_width(piece: bytes) -> int:
    return sum(1 if octet in _Q_SAFE or octet == 0x20 else 3 for octet in piece)


def _plain(word: str) -> bool:
    """Whether a word may stand in a header as it is; what looks like an encoded word may not."""
    return 0 < len(word) <= WORD and word.isascii() and word.isprintable() and "=?" not in word
