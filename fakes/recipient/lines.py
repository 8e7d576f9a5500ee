"""What a client has sent and nobody has worked off yet, given out line by line."""

from __future__ import annotations

from typing import Final

TOO_LONG: Final = b""  # in place of a line beyond the limit; no line is empty, for each has its end


class Lines:
    """Octets as they come in, lines as they are asked for.

    Only LF ends a line, and belongs to it.  Of a line beyond the limit no octet is kept.
    """

    def __init__(self) -> None:
        self._octets = bytearray()
        self._sought = 0  # there is no line end before
        self._dropping = False  # the rest of a line that is too long

    def __len__(self) -> int:
        return len(self._octets)

    def feed(self, octets: bytes) -> None:
        """Put these behind the others."""
        self._octets += octets

    def next(self, limit: int) -> bytes | None:
        """The next line, ``TOO_LONG`` in place of one with more octets than that, ``None`` if none is whole yet."""
        end = self._octets.find(b"\n", self._sought) + 1
        if end == 0:
            if self._dropping or len(self._octets) > limit:
                self._octets.clear()
                self._dropping = True
            self._sought = len(self._octets)
            return None
        whole = not self._dropping and end <= limit
        line = bytes(self._octets[:end]) if whole else TOO_LONG
        del self._octets[:end]
        self._sought, self._dropping = 0, False
        return line

    def take(self) -> bytes:
        """All that is there, line or not."""
        octets = bytes(self._octets)
        self._octets.clear()
        self._sought, self._dropping = 0, False
        return octets
