"""The printer's two times: seconds since it came up, and the time of day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from fakes.printer.policy import Policy

SLIP: Final = 3  # which of the times that it is told is one
BACK: Final = 300  # seconds
OVER: Final = 2**31  # where a counter with a sign runs over


class Clock:
    """printer-up-time (RFC 2911 section 4.4.29) on the event loop's clock, which never jumps."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begins: int = 1, step: int = 1) -> None:
        self.loop, self._step = loop, step
        self._began = loop.time() - (begins - 1)
        self._described = 0

    def up_time(self) -> int:
        """Whole seconds; ``begins`` in the first one."""
        return 1 + int(self.loop.time() - self._began)

    def told(self) -> int:
        """The up time as it is told, in the steps of this clock."""
        now = self.up_time()
        return max(1, now - now % self._step)

    def described(self, slips: str) -> int:
        """The same, as the printer tells it of itself, now and then a slip."""
        self._described += 1
        told = self.told()
        if slips == "over":
            return told if self._described < SLIP else told - OVER
        if slips == "for-good":
            return told if self._described < SLIP else max(1, told - BACK)
        if slips == "never" or self._described % SLIP:
            return told
        return max(1, told - BACK) if slips == "back" else 1

    def today(self) -> datetime:
        """The time of day, with its offset from UTC."""
        return datetime.now(UTC).astimezone()

    def at(self, up_time: int, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Call ``act`` when the up time has become ``up_time``, not a tick before.

        The loop may run a timer one clock resolution early, so whoever must not be early asks ``up_time`` again.
        """
        return self.loop.call_at(self._began + up_time - 1, act)


def has_clock(policy: Policy) -> bool:
    """Whether the printer knows the time of day."""
    return policy.current_time and policy.event_time == "clock"


def date_time(moment: datetime) -> bytes:
    """The eleven octets of a dateTime (RFC 2579 DateAndTime; RFC 2911 section 4.1.14)."""
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return b"".join(
        (
            moment.year.to_bytes(2, "big"),
            bytes((moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond // 100_000)),
            b"-" if minutes < 0 else b"+",
            bytes((hours, rest)),
        )
    )
