"""A message as it stands in an SMTP session: its octets with the dots of SMTP, taken or not."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.wire import imf, smtp
from conformance.wire.problem import Span

_DOT: Final = re.compile(rb"(?:\A|(?<=\r\n))\.")


@dataclass(frozen=True)  # no slots: what is read on demand is kept in the instance
class SentMessage:
    """Message octets of a session, dots as sent, without the final dot line; ``turn`` is the DATA they came after."""

    turn: smtp.Turn
    wire: bytes
    start: int  # in the client's stream

    def span(self, within: Span) -> Span:
        """A place in these octets as a place in the client's stream."""
        return self.start + within[0], self.start + within[1]

    def span_of_parsed(self, within: Span) -> Span:
        """A place in :attr:`parsed`, where the dots of SMTP are gone, as a place in the client's stream."""
        first, last = (at + bisect_right(self._dots, at) for at in within)
        return self.span((first, last))

    @cached_property
    def _dots(self) -> list[int]:
        """Where in :attr:`parsed` a dot is missing that had been sent, in order."""
        return [m.start() - i for i, m in enumerate(_DOT.finditer(self.wire))]

    @cached_property
    def parsed(self) -> imf.Mail:
        """The message, read without repair."""
        return imf.read(smtp.unstuff(self.wire))

    @property
    def taken(self) -> bool:
        """Whether the final dot was answered 250."""
        return self.turn.data_reply is not None and self.turn.data_reply.code // 100 == 2
