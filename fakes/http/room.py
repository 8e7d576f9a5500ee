"""Room in memory that all connections of a server share."""

from __future__ import annotations

import sys
from typing import Final

ROOM: Final = 256 * 2**20
"""Octets that a server may hold of requests which it has not answered yet.  The largest body there may be takes half of
it (as it came, and without what frames it), and some thousand requests of the suite's size go into the rest."""


class Room:
    """So many octets and no more; nobody waits for room."""

    def __init__(self, octets: int = ROOM) -> None:
        self.octets, self.taken = octets, 0


class Share:
    """What one connection holds of a room; without one, as much as it likes."""

    def __init__(self, room: Room | None) -> None:
        self.room, self._held = room or Room(sys.maxsize), 0

    def take(self, octets: int) -> bool:
        """Whether there was room for them."""
        if self.room.taken + octets > self.room.octets:
            return False
        self.room.taken += octets
        self._held += octets
        return True

    def keep(self, octets: int) -> None:
        """Give back all but so many."""
        self.room.taken -= self._held - octets
        self._held = octets
