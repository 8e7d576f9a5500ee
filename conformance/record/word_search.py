"""Which of many octet strings have a word in them, looked for in all at once: each play asks for each mail."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

_T = TypeVar("_T")


class WordSearch(Generic[_T]):
    """Things of a run, each with its octets."""

    def __init__(self, things: Iterable[tuple[bytes, _T]]) -> None:
        self._things, self._ends, joined = list[_T](), list[int](), bytearray()
        for octets, thing in things:
            joined += octets + b"\n"  # so that one without octets has a place, too
            self._things.append(thing)
            self._ends.append(len(joined))
        self._joined = bytes(joined)

    def having(self, words: Sequence[bytes]) -> list[_T]:
        """The things whose octets have one of these in them, in order."""
        return [self._things[i] for i in sorted({i for word in words for i in self._places(word)})]

    def _places(self, word: bytes) -> Iterable[int]:
        at = self._joined.find(word)
        while 0 <= at < len(self._joined):
            i = bisect_right(self._ends, at)
            if at + len(word) < self._ends[i]:  # else it goes on into the next one's
                yield i
            at = self._joined.find(word, self._ends[i])
