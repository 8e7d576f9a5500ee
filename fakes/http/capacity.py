"""Memory that all connections of a server share."""

from __future__ import annotations

import sys
from typing import Final

MOST: Final = 256 * 2**20
"""Octets that a server may hold of requests which it has not answered yet.  The largest body there may be takes half of
it (as it came, and without what frames it), and some thousand requests of the suite's size go into the rest."""


class Capacity:
    """So many octets and no more; nobody waits for capacity."""

    def __init__(self, octets: int = MOST) -> None:
        self.octets, self.taken = octets, 0


class Share:
    """What one connection holds of a capacity; without one, as much as it likes."""

    def __init__(self, capacity: Capacity | None) -> None:
        self.capacity, self._held = capacity or Capacity(sys.maxsize), 0

    def take(self, octets: int) -> bool:
        """Whether there was capacity for them."""
        if self.capacity.taken + octets > self.capacity.octets:
            return False
        self.capacity.taken += octets
        self._held += octets
        return True

    def keep(self, octets: int) -> None:
        """Give back all but so many."""
        self.capacity.taken -= self._held - octets
        self._held = octets
