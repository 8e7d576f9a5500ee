"""Characters from header octets: charsets and encoded words (RFC 2047, with the language suffix of RFC 2231).

What cannot be decoded is shown as it stands; nothing here raises.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from encodings import normalize_encoding
from encodings.aliases import aliases
from itertools import groupby
from typing import Final

from .problem import Kind, WireProblem

ENCODED_WORD: Final = 75  # characters of an encoded word at most (RFC 2047 section 2)

# Python's own names for what are not character sets, or only on another system.
_NO_CHARSETS: Final = {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
    "mbcs",
}
# A closed list: asking Python for a codec it does not know searches the disk each time.
_CODECS: Final = (
    {alias: codec for alias, codec in aliases.items() if codec not in _NO_CHARSETS}
    | {codec: codec for codec in aliases.values() if codec not in _NO_CHARSETS}
    | {codec: codec for codec in ("koi8_u", "cp874", "cp737", "cp856")}
    | {  # names of the IANA registry that Python lacks, or spells otherwise
        "windows_31j": "cp932",
        "cswindows31j": "cp932",
        "windows_874": "cp874",
        "gb_2312_80": "gb2312",
        "iso_8859_6_e": "iso8859_6",
        "iso_8859_6_i": "iso8859_6",
        "iso_8859_8_e": "iso8859_8",
        "iso_8859_8_i": "iso8859_8",
        "csutf8": "utf_8",
        "ansi_x3_4_1986": "ascii",
        "iso_646_irv_1991": "ascii",
    }
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_CHARSET: Final = (
    rb"[!#$%&'+\-0-9A-Z\\^_`a-z{|}~]+"  # a token without the especials of RFC 2047 section 2, and without *
)
WORD: Final = re.compile(rb"=\?(" + _CHARSET + rb")(?:\*[A-Za-z0-9-]*)?\?([BbQq])\?([!->@-~]*)\?=")
_LOOKALIKE: Final = re.compile(rb"=\?[^?\s]+\?[^?\s]+\?[^?\r\n]*\?=")
_SPACE: Final = re.compile(rb"([ \t]+)")
_Q_ESCAPE: Final = re.compile(rb"=([0-9A-Fa-f]{2})?")


def plain(octets: bytes) -> str:
    """Octets without any declaration of charset as characters: UTF-8 where they are, else ``\\xfc`` in writing."""
    return octets.decode("utf-8", "backslashreplace")


def codec(charset: str) -> str | None:
    """Python's codec for a MIME charset name, or ``None`` if it has none."""
    name = normalize_encoding(charset).lower() if charset.isascii() else ""
    return _CODECS.get(name.replace(".", "_"))


def decode(octets: bytes, charset: str) -> str | None:
    """The characters, or ``None`` if the charset is unknown or the octets are not in it."""
    name = codec(charset)
    if name is None:
        return None
    try:
        text = octets.decode(name)
    except (UnicodeError, LookupError):
        return None
    # utf-7 lets half a surrogate pair through, which no report could be written with
    return None if not text.isascii() and _SURROGATE.search(text) else text


def unstructured(value: bytes) -> str:
    """An unfolded field value as characters, encoded words decoded where RFC 2047 section 5 (1) has them."""
    if b"=?" not in value:
        return plain(value)
    out: list[str] = []
    run: list[re.Match[bytes]] = []
    gap = b""  # white space since the last encoded word, dropped if another follows
    for i, token in enumerate(_SPACE.split(value)):
        if i % 2:
            gap = token
            if not run:
                out.append(plain(token))
            continue
        word = WORD.fullmatch(token)
        if word is not None:
            run.append(word)
        elif token:
            if run:
                out += [run_text(run)[0], plain(gap)]
                run = []
            out.append(plain(token))
    if run:
        out.append(run_text(run)[0])
    return "".join(out)


def run_text(run: Sequence[re.Match[bytes]]) -> tuple[str, list[tuple[re.Match[bytes], Kind, str]]]:
    """Neighbouring encoded words as one text, and what is wrong with which of them."""
    texts: list[tuple[str, bool]] = []
    wrong: list[tuple[re.Match[bytes], Kind, str]] = []
    for charset, group in groupby(run, key=lambda word: word[1].lower().decode("ascii")):
        words = list(group)
        payloads = [_payload(word) for word in words]
        whole = [p for p in payloads if p is not None]
        each = [None if p is None else decode(p, charset) for p in payloads]
        if None in each and len(words) == len(whole) > 1 and (joined := decode(b"".join(whole), charset)) is not None:
            texts.append((joined, True))
            split = words[each.index(None)]
            wrong.append((split, Kind.ENCODED_WORD_SPLITS_CHARACTER, "a character is split over two encoded words"))
            continue
        for word, payload, text in zip(words, payloads, each, strict=True):
            texts.append((word[0].decode("ascii") if text is None else text, text is not None))
            if text is None:
                wrong.append((word, Kind.ENCODED_WORD_BAD, _why(word, payload, charset)))
    out, decoded_before = "", True
    for i, (text, decoded) in enumerate(texts):
        out += text if i == 0 or (decoded and decoded_before) else " " + text
        decoded_before = decoded
    return out, wrong


def _why(word: re.Match[bytes], payload: bytes | None, charset: str) -> str:
    if payload is None:
        return f"{'base64' if word[2] in b'Bb' else 'Q encoding'} of an encoded word is broken"
    if codec(charset) is None:
        return f"charset {charset} of an encoded word is unknown here"
    return f"octets of an encoded word are not in its charset {charset}"


def _payload(word: re.Match[bytes]) -> bytes | None:
    text = word[3]
    if word[2] in b"Bb":
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            return None
    if any(m[1] is None for m in _Q_ESCAPE.finditer(text)):
        return None
    return _Q_ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), text.replace(b"_", b" "))


def word_problems(octets: bytes, offset: int = 0) -> list[WireProblem]:
    """What is wrong with the encoded words of a field as sent; spans are moved by ``offset``."""
    return list(_word_problems(octets, offset)) if b"=?" in octets else []


def _word_problems(octets: bytes, offset: int) -> Iterator[WireProblem]:
    run: list[re.Match[bytes]] = []
    for m in _LOOKALIKE.finditer(octets):
        span = (offset + m.start(), offset + m.end())
        word = WORD.match(octets, m.start(), m.end())
        if word is None or word.end() != m.end():
            yield WireProblem(Kind.ENCODED_WORD_BAD, span, "looks like an encoded word and is none")
            continue
        if m.end() - m.start() > ENCODED_WORD:
            reason = f"an encoded word of {m.end() - m.start()} characters, {ENCODED_WORD} are allowed"
            yield WireProblem(Kind.ENCODED_WORD_LONG, span, reason)
        before, after = octets[m.start() - 1 : m.start()], octets[m.end() : m.end() + 1]
        if (before and before not in b" \t\n(:") or (after and after not in b" \t\r\n)"):
            yield WireProblem(Kind.ENCODED_WORD_GLUED, span, "an encoded word without white space around it")
        if run and octets[run[-1].end() : m.start()].strip(b" \t\r\n"):
            yield from _run_problems(run, offset)
            run = []
        run.append(word)
    yield from _run_problems(run, offset)


def _run_problems(run: Sequence[re.Match[bytes]], offset: int) -> Iterator[WireProblem]:
    for word, kind, reason in run_text(run)[1]:
        yield WireProblem(kind, (offset + word.start(), offset + word.end()), reason)
