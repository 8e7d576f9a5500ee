"""Those who wait for news: a bell that all hear, and how many may listen.

Nobody has a queue.  Whoever hears the bell looks into the evidence for what is newer than what it saw last, so a
listener that does not read keeps a number and nothing else.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

LISTENERS: Final = 40  # open streams of events, of all pages together
WAITERS: Final = 60  # calls that wait for a mail
OF_ONE_HOST: Final = 20  # of either, from one address: half of a room behind one router still gets the list


class Bell:
    """Rung where there may be something new."""

    def __init__(self) -> None:
        self.rung = 0
        self.over = False  # nothing will come any more: everybody goes home
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everybody."""
        self.rung += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def end(self) -> None:
        """Ring for the last time."""
        self.over = True
        self.ring()

    async def heard(self, since: int, seconds: float) -> bool:
        """Whether it was rung after that number of rings, within so many seconds."""
        if self.rung > since or self.over:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait({future}, timeout=max(0.0, seconds))
        finally:
            self._waiting.discard(future)
        return future.done() and not future.cancelled()


class TooManyError(Exception):
    """There is no place for another one."""


class PlacesLeft:
    """How many may be there at once, in all and of one host."""

    def __init__(self, most: int, of_one: int = OF_ONE_HOST) -> None:
        self._most, self._of_one = most, of_one
        self._taken = Counter[str]()
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def taken(self, host: str) -> Iterator[None]:
        """One place; raises :class:`TooManyError`."""
        if self._taken.total() >= self._most or self._taken[host] >= self._of_one:
            raise TooManyError
        self._taken[host] += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._taken[host] -= 1
            if not self._taken[host]:
                del self._taken[host]
            if not self._taken:
                self._empty.set()

    async def emptied(self, seconds: float) -> None:
        """Return when nobody is there any more, and at the latest after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)
