"""A mail of the evidence, what makes two alike, and the cache that holds what was read of the mails looked at last."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from conformance.verdict import Where
from conformance.wire import imf, smtp

from . import own_names, rows
from .evidence import EvidenceFile

KEPT_MAILS: Final = 4_096
"""Mails whose content is kept after it was read: more than any play of a run brings about.  What is read of a mail of
one kilobyte takes nine, so these take some forty megabytes."""

_NUMBER: Final = re.compile(r"[0-9]+")

KEPT_OCTETS: Final = 64 * 2**20
"""Octets of mails that are kept: two of the largest the recipient takes."""


def unflowed(text: str, parameters: Mapping[str, str]) -> str:
    """A text as it reads: with ``delsp`` the blank at the end of a flowed line is not part of it (RFC 3676 4.2)."""
    flowed = parameters.get("format", "").lower() == "flowed" and parameters.get("delsp", "").lower() == "yes"
    return re.sub(r" \r?\n(?! |>)", "", text) if flowed else text


class MailContent:
    """The octets of a mail, and what was read of them."""

    def __init__(self, wire: bytes) -> None:
        self.wire = wire

    @cached_property
    def parsed(self) -> imf.Mail:
        """Read without repair."""
        return imf.read(smtp.unstuff(self.wire))

    @cached_property
    def text(self) -> str | None:
        """The words of its text body; many cases look for something in them."""
        part = self.parsed.text
        if part is None:
            return None
        text = part.content.decode("ascii", "replace") if part.string is None else part.string
        return " ".join(unflowed(text, part.parameters).split())

    @cached_property
    def plays_named(self) -> frozenset[int]:
        """The plays whose jobs it names."""
        return frozenset(own_names.plays_named(self.wire))

    @cached_property
    def said(self) -> str:
        """All that is for people: the words of its Subjects and of every part of type text."""
        texts = (part for part in self.parsed.leaves if part.type.startswith("text/"))
        parts = [unflowed(part.string or "", part.parameters) for part in texts]
        return " ".join(" ".join([*(f.text for f in self.parsed.all("Subject")), *parts]).split())

    @cached_property
    def words(self) -> Counter[str]:
        """The same word by word, each with how often it is there and a sign in place of its numbers."""
        return Counter(_NUMBER.sub("#", self.said).split())


class MailCache:
    """The contents of the mails looked at last: so many that cases find those of their play again, and no more."""

    def __init__(self, file: EvidenceFile) -> None:
        self._file = file
        self._kept: OrderedDict[int, MailContent] = OrderedDict()
        self._octets = 0
        self._last: MailContent | None = None

    def content(self, row: rows.MailRow) -> MailContent:
        """What the message holds."""
        found = self._kept.get(row.id)
        if found is not None:
            if found is not self._last:  # a case asks several times for each mail
                self._kept.move_to_end(row.id)
                self._last = found
            return found
        found = self._kept[row.id] = MailContent(self._file.client_octets(row.session, row.start, row.end))
        self._octets += len(found.wire)
        while len(self._kept) > 1 and (len(self._kept) > KEPT_MAILS or self._octets > KEPT_OCTETS):
            self._octets -= len(self._kept.popitem(last=False)[1].wire)
        return found


class ReceivedMail:
    """A mail that was taken in full.  Its content is read when asked for, and again if that was long ago."""

    __slots__ = ("_cache", "row")

    def __init__(self, cache: MailCache, row: rows.MailRow) -> None:
        self._cache, self.row = cache, row

    @property
    def id(self) -> int:
        """The row's id."""
        return self.row.id

    @property
    def t(self) -> int:
        """Nanoseconds at which its last octet was in."""
        return self.row.t

    @property
    def wire(self) -> bytes:
        """The content as it was sent, dot-stuffed."""
        return self._cache.content(self.row).wire

    @property
    def parsed(self) -> imf.Mail:
        """The content, read without repair."""
        return self._cache.content(self.row).parsed

    @property
    def text(self) -> str | None:
        """The words of the mail's own text body, one blank between them; ``None`` without such a body.

        Of one that does not fit its charset the characters that are ASCII.
        """
        return self._cache.content(self.row).text

    @property
    def said(self) -> str:
        """The words of its Subjects and of every part of type text, one blank between them."""
        return self._cache.content(self.row).said

    @property
    def words(self) -> Counter[str]:
        """Those of what it says, and how often each is there; numbers count as the same word."""
        return self._cache.content(self.row).words

    @property
    def plays_named(self) -> frozenset[int]:
        """The plays whose jobs it names."""
        return self._cache.content(self.row).plays_named

    @property
    def commands(self) -> list[bytes]:
        """The MAIL and RCPT command lines as they came."""
        return [line + b"\n" for line in self.row.envelope.split(b"\n") if line]  # a CR alone ends no command

    @property
    def recipients(self) -> list[str]:
        """The addresses of the RCPT commands, however they were written."""
        paths = [smtp.path(c[4:].strip(), b"TO:") for c in self.commands if c[:4].upper() == b"RCPT"]
        return [p.address for p in paths if p.address is not None]

    @property
    def sender(self) -> str | None:
        """The address of the MAIL command; empty for the null path."""
        for c in self.commands:
            if c[:4].upper() == b"MAIL":
                return smtp.path(c[4:].strip(), b"FROM:").address
        return None

    def where(self, span: tuple[int, int] | None = None) -> Where:
        """A place in this mail."""
        return Where("mail", self.id, span)


def alike(one: ReceivedMail, other: ReceivedMail) -> bool:
    """Whether one of two mails says all that the other does, numbers aside: clocks and counters go on."""
    first, second = one.words, other.words
    return first <= second or second <= first
