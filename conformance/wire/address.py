"""Addresses as a header field holds them: mailbox lists of RFC 822 section 6 and RFC 2822 section 3.4.

Read generously, told strictly: whatever shows an address is read, and every departure from the grammar is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from .grammar import DOT_ATOM, QUOTED_PREFIX
from .words import WORD, plain, run_text

SHORT: Final = 1_000  # octets of a value worth keeping what was read of it; all that is kept is a few megabytes at most
MAX_TOKENS: Final = 20_000  # of one list, some 3,000 mailboxes; a notification has one, mailing software stops at 100

_QUOTED: Final = re.compile(r'"(?:[\x01-\x08\x0b\x0c\x0e-\x1f !#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*+"')
_LITERAL: Final = re.compile(r"\[(?:[\x01-\x08\x0b\x0c\x0e-\x1f !-Z^-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*+\]")

_IN_LITERAL: Final = rb"(?:[^\[\]\\]|\\.)*+"
_LITERAL_PART: Final = re.compile(_IN_LITERAL, re.DOTALL)


def _tokens_with(quoted: bytes, literal: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"(?P<space>(?:[ \t]|\r?\n(?=[ \t]))+)|(?P<word>%b)%b%b"
        rb'|(?P<special>[()<>@,;:\\".\[\]])|(?P<atom>[^()<>@,;:\\".\[\] \t\r\n]+|[\r\n])'
        % (WORD.pattern, quoted, literal),
        re.DOTALL,
    )


_TOKENS: Final = {
    (quotes, literals): _tokens_with(
        rb'|(?P<quoted>"(?:[^"\\]|\\.)*+")' if quotes else b"",
        rb"|(?P<literal>\[" + _IN_LITERAL + rb"\])" if literals else b"",
    )
    for quotes in (True, False)
    for literals in (True, False)
}
"""By whether one can still be closed: to look for the end of each that never ends would take time without end."""
_STRUCTURE: Final = frozenset((b"<", b">", b",", b";", b":", b'"', b"[", b"("))
_COMMENT_MARK: Final = re.compile(rb"[()]|\\.", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# In an encoded word within a phrase only these may stand for themselves (RFC 2047 section 5 (3)).
_PHRASE_WORD: Final = re.compile(rb"=\?[^?]*\?(?:[Qq]\?[A-Za-z0-9!*+\-/=_]*|[Bb]\?[^?]*)\?=")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of a list.

    ``display`` is the name before the angle brackets, unquoted and decoded, ``None`` if there is none; ``address``
    what stands for the addr-spec, as it stands, without comments; ``angle`` whether it stood in angle brackets;
    ``problems`` every departure from the grammar; ``comments`` the text of the comments around it.
    """

    display: str | None
    address: str
    angle: bool
    problems: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


class _Token(NamedTuple):
    kind: str
    octets: bytes
    spaced: bool  # white space or a comment stood before it


def addr_spec_problem(text: str) -> str | None:
    """Why the text is no addr-spec of RFC 2822 section 3.4.1, without comments or folding; ``None`` if it is one."""
    if not text:
        return "an empty address"
    if not text.isascii():
        return "an address with characters outside US-ASCII"
    quoted = QUOTED_PREFIX.match(text)
    at = text.find("@", quoted.end() if quoted else 0)
    if at < 0:
        return "an address without @"
    local, domain = text[:at], text[at + 1 :]
    if not local:
        return "an address with nothing before the @"
    if not (DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        return f"the local part {local!a} is neither a dot-atom nor a quoted string"
    if not domain:
        return "an address with nothing after the @"
    if not (DOT_ATOM.fullmatch(domain) or _LITERAL.fullmatch(domain)):
        return f"the domain {domain!a} is neither a dot-atom nor a domain literal"
    return None


def mailboxes(value: bytes) -> list[Mailbox] | None:
    """The mailboxes of an unfolded field value, groups flattened; ``None`` if it cannot be read as a list of them.

    An empty list is a list that holds only empty groups.  A list over ``MAX_TOKENS`` is not read.
    """
    found = _short(value) if len(value) <= SHORT else _read(value)
    return None if found is None else list(found)


def _read(value: bytes) -> tuple[Mailbox, ...] | None:
    try:
        return tuple(_MailboxReader(value).read())
    except _Unreadable:
        return None


_short: Final = lru_cache(maxsize=1_024)(_read)  # the mails of a subscription name the same few people again and again


class _Unreadable(Exception):
    """The value is no mailbox list, however generously read."""


class _MailboxReader:
    """One pass over the tokens; each element of the list is finished at its comma, semicolon or end."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.found: list[Mailbox] = []
        self.in_group = False
        self.groups = 0
        self.gaps = 0  # list elements with nothing in them
        self.mark = b""  # the last , : or ; of the list itself
        self._clear()

    def _clear(self) -> None:
        self.words: list[_Token] = []  # outside angle brackets
        self.phrase: list[_Token] = []  # the words that stood before them
        self.inside: list[_Token] | None = None
        self.open = False
        self.comments: list[str] = []

    def read(self) -> list[Mailbox]:
        for token in self._tokens():
            if token.kind == "special" and token.octets in _STRUCTURE:
                self._special(token)
            elif self.open and self.inside is not None:
                self.inside.append(token)
            else:
                self.words.append(token)
        if self.in_group:
            raise _Unreadable
        self._finish(b"")
        if self.gaps and self.found:
            first = self.found[0]
            self.found[0] = replace(first, problems=(*first.problems, "an empty element in the list"))
        if not self.found and not self.groups:
            raise _Unreadable
        return self.found

    def _special(self, token: _Token) -> None:
        mark = token.octets
        if mark == b"<":
            if self.inside is not None:
                raise _Unreadable
            self.inside, self.open = [], True
            self.phrase, self.words = [*self.words, token], []
        elif mark == b">":
            if not self.open:
                raise _Unreadable
            self.open = False
        elif self.open and self.inside is not None:
            self.inside.append(token)
        elif mark == b",":
            self._finish(mark)
        elif mark == b";" and self.in_group:
            self._finish(mark)
            self.in_group = False
        elif mark == b":" and self._may_name_a_group():
            self.in_group = True
            self.groups += 1
            self.mark = mark
            self._clear()
        else:  # ; or : out of place, or a quote, bracket or comment that is never closed
            raise _Unreadable

    def _may_name_a_group(self) -> bool:
        named = bool(self.words) and self.inside is None
        return named and not self.in_group and not any(word.octets == b"@" for word in self.words)

    def _finish(self, mark: bytes) -> None:
        before, self.mark = self.mark, mark
        if self.open:
            raise _Unreadable
        problems: list[str] = []
        display = None
        if self.inside is not None:
            display = _phrase(self.phrase, problems) if len(self.phrase) > 1 else None
            route = _route_end(self.inside)
            if route:
                problems.append("a source route before the address")
            address = _address(self.inside[route:], problems)
            if self.words:
                problems.append("text after the address")
        elif any(word.octets == b"@" for word in self.words):
            address = _address(self.words, problems)
        elif self.words:
            raise _Unreadable
        else:
            self.gaps += before != b";" if mark == b"," else before == b","
            self._clear()
            return
        problem = addr_spec_problem(address)
        if problem is not None:
            problems.append(problem)
        if self.in_group:
            problems.append("stands in a group")
        self.found.append(Mailbox(display, address, self.inside is not None, tuple(problems), tuple(self.comments)))
        self._clear()

    def _tokens(self) -> Iterator[_Token]:
        value, at, spaced = self.value, 0, False
        count, quotes, unclosed = 0, True, 0
        while (found := _TOKENS[quotes, at >= unclosed].match(value, at)) is not None:
            at = found.end()
            if found[0] == b'"':  # never closed: nor is any behind it, each of which stands behind a backslash
                quotes = False
            elif found[0] == b"[" and at > unclosed:  # the same, up to where one begins that may be
                unclosed = _end_of(_LITERAL_PART, value, at)
            count += 1
            if count > MAX_TOKENS:
                raise _Unreadable
            if found.lastgroup == "space":
                spaced = True
            elif found[0] == b"(":
                at, spaced = self._comment(at), True
            else:
                yield _Token(found.lastgroup or "", found[0], spaced)
                spaced = False

    def _comment(self, start: int) -> int:
        depth = 1
        for mark in _COMMENT_MARK.finditer(self.value, start):
            depth += {b"(": 1, b")": -1}.get(mark[0], 0)
            if depth == 0:
                self.comments.append(plain(_ESCAPE.sub(rb"\1", self.value[start : mark.start()])))
                return mark.end()
        raise _Unreadable


def _end_of(pattern: re.Pattern[bytes], value: bytes, at: int) -> int:
    found = pattern.match(value, at)
    return found.end() if found is not None else at


def _address(tokens: Sequence[_Token], problems: list[str]) -> str:
    """What stands for the addr-spec; white space is dropped only where the grammar lets it stand, around the @."""
    out: list[bytes] = []
    around = False
    for i, token in enumerate(tokens):
        if token.spaced and i:
            if token.octets in (b"@", b".") or tokens[i - 1].octets in (b"@", b"."):
                around = True
            else:
                out.append(b" ")
        out.append(token.octets)
    if around:
        problems.append("white space or a comment around the @")
    return plain(b"".join(out))


def _route_end(inside: Sequence[_Token]) -> int:
    """How many tokens of an angle-addr are its obsolete route (RFC 2822 section 4.4)."""
    if not inside or inside[0].octets != b"@":
        return 0
    return next((i + 1 for i, token in enumerate(inside) if token.octets == b":"), 0)


def _phrase(tokens: Sequence[_Token], problems: list[str]) -> str:
    """A display name as characters; the last token is the ``<`` after it.  What is wrong goes to ``problems``."""
    out: list[str] = []
    run: list[re.Match[bytes]] = []
    noted: dict[str, None] = {}
    for i, token in enumerate(tokens):
        word = WORD.fullmatch(token.octets) if token.kind == "word" else None
        if run and not token.spaced:
            noted["an encoded word without white space around it"] = None
        if run and (word is None or not token.spaced):
            text, wrong = run_text(run)
            noted.update(dict.fromkeys(reason for _, _, reason in wrong))
            out.append(text)
            run = []
        if i == len(tokens) - 1:
            break
        if token.spaced and i and not run:
            out.append(" ")
        if word is None:
            out.append(_piece(token, noted))
            continue
        run.append(word)
        if i and not token.spaced:
            noted["an encoded word without white space around it"] = None
        if not _PHRASE_WORD.fullmatch(token.octets):
            noted["an encoded word with characters that a name does not allow in it"] = None
    problems += noted
    return "".join(out)


def _piece(token: _Token, noted: dict[str, None]) -> str:
    octets = token.octets
    if not octets.isascii():
        noted["octets above 127 in a name"] = None
    if _CONTROL.search(octets):
        noted["control characters in a name"] = None
    if token.kind == "quoted":
        octets = _ESCAPE.sub(rb"\1", octets[1:-1])
        if WORD.search(octets):
            noted["an encoded word within a quoted string"] = None
    elif octets == b".":
        noted["a dot in a name without quotes"] = None
    elif token.kind in ("special", "literal"):
        noted[f"{plain(octets[:1])!a} in a name without quotes"] = None
    return plain(octets)
