"""The plays that a printer gave no answer in: which are worth another try, and when it is given up."""

from __future__ import annotations

from collections import Counter
from typing import Final

from conformance.record import rows
from conformance.wire.registry import Operation, keyword_of

from .live_subscription import Lost, Unserved
from .subscriber import Subscriber

GIVE_UP_AFTER = 3  # unanswered plays in a row, after which the rest is not tried: each costs a full timeout
LOSSES: Final = 2  # times that a play is played again in which an answer was lost


class Unanswered:
    """Counts them."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._in_a_row = 0
        self._last = ""
        self._lost = Counter[str]()

    def note(self, reason: Unserved) -> None:
        """One more; it counts for nothing where a connection was lost and others have been answered since."""
        if not isinstance(reason, Lost) or self._subscriber.unanswered is not None:
            self._in_a_row += 1
            self._last = str(reason)

    def note_answered(self) -> None:
        """A play came to its end."""
        self._in_a_row = 0

    def is_worth_a_try(self, scenario: str, reason: Unserved) -> bool:
        """Whether to play it again: a network that loses some connections does not lose all."""
        if not isinstance(reason, Lost) or self._lost[scenario] == LOSSES:
            return False
        self._lost[scenario] += 1
        return True

    @property
    def gone(self) -> str:
        """How the printer stopped answering, once there were too many; else empty."""
        if self._in_a_row < GIVE_UP_AFTER:
            return ""
        return self.silence or f"not tried after {GIVE_UP_AFTER} plays in a row without answer: {self._last}"

    @property
    def silence(self) -> str:
        """How the printer stopped answering; empty while its last word is an answer."""
        last, first = self._subscriber.answered, self._subscriber.unanswered
        if first is None:
            return ""
        after = f" after {_named(last)}" if last is not None else ""
        return f"the printer stopped answering{after}: {_named(first)} got no answer, {first.problem_text}"


def _named(exchange: rows.Exchange) -> str:
    return f"{keyword_of(Operation, exchange.operation)} (ipp #{exchange.id})"
