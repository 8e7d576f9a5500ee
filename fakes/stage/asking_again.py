"""When a request is sent once more, unmodified: to a printer that is busy, or over a connection that came to nothing.

A request whose answer is lost may have been carried out, so that it is sent again only where that changes nothing: a
question may be asked twice, a job may not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from conformance.record import rows
from conformance.record.exchanges import answer_of
from conformance.trouble import BUSY
from conformance.wire.registry import Operation
from fakes.http.connection import HttpProblem

BUSY_SECONDS: Final = 30.0
"""After that a printer that still says it is busy is asked no more: it has had time to print what keeps it busy, and a
run at a printer that is busy for good ends within minutes."""

BUSY_PAUSE: Final = 0.5
BUSY_LONGEST_PAUSE: Final = 5.0
"""Seconds before the same request is sent to a busy printer again, at first and at most, doubled in between."""

WANTED_SECONDS: Final = 120.0
"""The same for one that says how long it will be busy."""

LOST_PAUSES: Final = (0.2, 0.5, 1.0)
"""Seconds before a request that got nowhere is sent again, each time; a printer that is off costs no more."""

HTTP_UNAVAILABLE: Final = 503
QUESTIONS: Final = frozenset(
    {
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_SUBSCRIPTION_ATTRIBUTES,
        Operation.GET_SUBSCRIPTIONS,
        Operation.GET_NOTIFICATIONS,
        Operation.VALIDATE_JOB,
    }
)
UNSENT: Final = frozenset({HttpProblem.REFUSED, HttpProblem.UNREACHABLE})  # there was no connection
_RETRY_AFTER: Final = re.compile(rb"(?im)^retry-after:[ \t]*([0-9]{1,6})[ \t]*\r?$")


def retry_after(exchange: rows.Exchange) -> int | None:
    """The seconds that a printer asks for with its 503 (RFC 2616 section 14.37); ``None`` where it names none."""
    found = _RETRY_AFTER.search(exchange.response_head)
    return int(found[1]) if found is not None else None


@dataclass(slots=True)
class AskingAgain:
    """How often, and how long, one request has been sent again."""

    across: bool = True  # also where the way to the printer failed, and not the printer
    _pause: float = field(default_factory=lambda: BUSY_PAUSE)
    _lost: int = 0

    def pause(self, exchange: rows.Exchange, passed: float) -> float | None:
        """Seconds until the same request is worth another try, ``passed`` since the first; ``None``: it is not."""
        answer = answer_of(exchange)
        if answer is not None and answer.status in BUSY:
            return self._until_it_is_not_busy(None, passed)
        if exchange.http_status == HTTP_UNAVAILABLE:
            return self._until_it_is_not_busy(retry_after(exchange), passed)
        if not self.across:
            return None
        if exchange.problem in UNSENT or (exchange.problem == HttpProblem.CLOSED and exchange.operation in QUESTIONS):
            self._lost += 1
            return LOST_PAUSES[self._lost - 1] if self._lost <= len(LOST_PAUSES) else None
        return None

    def _until_it_is_not_busy(self, wanted: int | None, passed: float) -> float | None:
        pause, longest = (self._pause, BUSY_SECONDS) if wanted is None else (max(wanted, BUSY_PAUSE), WANTED_SECONDS)
        self._pause = min(2 * self._pause, BUSY_LONGEST_PAUSE)
        return pause if passed + pause <= longest else None
