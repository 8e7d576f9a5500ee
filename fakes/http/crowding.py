"""How many connections a server has at once: accepting one more than there are descriptors tells nobody anything."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MOST: Final = 500
"""Connections at once, if the process may have twice as many files; a run has some dozens."""

AT_A_TURN: Final = 4
"""Connections accepted at a turn of the loop: those beyond the bound are told and gone a few turns later."""

_BACKLOG: Final = 128  # connections the system holds until they are accepted
FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def most_connections() -> int:
    """Half of what this process may have open: mails have theirs, and so has whoever shares it."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(1, min(MOST, soft // 2))


@dataclass(slots=True)
class _Place:
    """Of one connection.  ``since`` is when it last began to say nothing, ``gave_way`` is told if it has to go."""

    writer: asyncio.StreamWriter
    gave_way: Callable[[], None] | None
    since: float
    has_asked: bool = False
    is_asking: bool = False
    leaves: bool = False


class ConnectionPlaces:
    """Those of a server's connections, each served by a task of its own.

    Where all are taken, whoever has been silent the longest gives way to who comes; who is in an exchange stays.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[asyncio.Task[None], _Place] = {}

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Those that serve."""
        return list(self._taken)

    def makes_room(self) -> bool:
        """Whether there is a place for one more, if need be of one who was silent; those who shake hands count, too."""
        here = {task: place for task, place in self._taken.items() if not place.leaves}
        if len(here) < self._most:
            return True
        silent = [task for task, place in here.items() if not place.is_asking]
        if not silent:
            return False
        oldest = min(silent, key=lambda task: (here[task].has_asked, here[task].since))  # who asked may ask again
        place = here[oldest]
        place.leaves = True
        oldest.cancel()
        place.writer.transport.abort()
        if place.gave_way is not None:
            place.gave_way()
        return True

    def take(
        self,
        writer: asyncio.StreamWriter,
        serving: Coroutine[None, None, None],
        gave_way: Callable[[], None] | None = None,
    ) -> None:
        """Have a connection served."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(serving)
        self._taken[task] = _Place(writer, gave_way, loop.time())
        task.add_done_callback(self._taken.pop)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While the task that this is called from answers something."""
        task = asyncio.current_task()
        place = self._taken.get(task) if task is not None else None
        if place is None:
            yield
            return
        place.has_asked = place.is_asking = True
        try:
            yield
        finally:
            place.is_asking, place.since = False, asyncio.get_running_loop().time()

    async def clear(self) -> None:
        """End them all."""
        taken = dict(self._taken)
        for task in taken:
            task.cancel()
        await asyncio.gather(*taken, return_exceptions=True)
        for place in taken.values():
            place.writer.transport.abort()  # a task that never came to run has closed nothing


def turn_away(writer: asyncio.StreamWriter) -> None:
    """Tell a client that there are too many, and end it."""
    writer.write(FULL)
    writer.close()


async def serve(server: asyncio.Server) -> None:
    """Have it accept; raises ``OSError``.  asyncio takes one number for a turn and for those that wait."""
    await server.start_serving()
    for listener in server.sockets:
        with listener.dup() as same:
            same.listen(_BACKLOG)
