"""How many connections a server has at once: accepting one more than there are descriptors tells nobody anything."""

from __future__ import annotations

import asyncio
import resource
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
