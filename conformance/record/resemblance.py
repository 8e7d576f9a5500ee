"""Which mails say the same, or all that another says, numbers aside: found for each without asking about each pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .received_mail import ReceivedMail

_BITS: Final = 256  # of a signature; a mail has some fifty different words


@dataclass(slots=True)
class _Kind:
    """Mails of the same words; the first two of them, each with its place."""

    words: Counter[str]
    signature: int
    mails: list[tuple[int, ReceivedMail]] = field(default_factory=list)


def _signature(words: Iterable[str]) -> int:
    """A number that has all bits of another where these words are among the other's, or more."""
    found = 0
    for word in words:
        found |= 1 << hash(word) % _BITS
    return found


class Resemblance:
    """The mails that were added, in that order."""

    def __init__(self, mails: Iterable[ReceivedMail] = ()) -> None:
        self._kinds: dict[frozenset[tuple[str, int]], _Kind] = {}
        self._added = 0
        for mail in mails:
            self.add(mail)

    def add(self, mail: ReceivedMail) -> None:
        """One more."""
        words = mail.words
        key = frozenset(words.items())
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind(words, _signature(words))
        if len(kind.mails) < 2:
            kind.mails.append((self._added, mail))
        self._added += 1

    def first_like(self, mail: ReceivedMail) -> ReceivedMail | None:
        """The first that is alike, and another one."""
        words, signature = mail.words, _signature(mail.words)
        best: tuple[int, ReceivedMail] | None = None
        for kind in self._kinds.values():  # in the order of their first mails
            if best is not None and kind.mails[0][0] > best[0]:
                break
            both = signature & kind.signature
            if (both == signature and words <= kind.words) or (both == kind.signature and kind.words <= words):
                other = next((one for one in kind.mails if one[1].id != mail.id), None)
                if other is not None and (best is None or other[0] < best[0]):
                    best = other
        return best[1] if best is not None else None
