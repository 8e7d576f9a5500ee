"""What the requests and answers of a recording take in memory while they are judged: bounded in sum.

Each of them has a bound of its own; a thousand of the largest would fill any machine.  The recording ends in order
before that, so that what was recorded can be judged.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Final

from conformance.wire.http_message import split_request
from conformance.wire.ipp import entries_in

from .rows import ContactPart, Exchange, Heard, Row

MOST_JUDGED: Final = 3 * 2**29
"""Octets of memory, roughly, that requests and answers of one file may take: a run has some thousand of them, and a
printer that tells ten thousand values in each of three hundred still fits."""

MOST_RECORDED: Final = MOST_JUDGED // 2
"""From which on nothing more is asked: what is under way, or waits for its answer, comes to its end."""

_COPIES: Final = 3  # of its octets: as recorded, as kept by its play, and what follows its attributes
_ENTRY: Final = 250  # octets of a value that was read, with its attribute


@singledispatch
def weight_of(_row: Row) -> int:
    """Octets of memory that a row takes when it is judged; 0 for those that are read one by one."""
    return 0


@weight_of.register
def _(row: Exchange) -> int:
    octets = len(row.request_head) + len(row.request) + len(row.response_head) + len(row.response)
    return _COPIES * octets + _ENTRY * (entries_in(row.request) + entries_in(row.response))


@weight_of.register
def _(row: ContactPart) -> int:
    entries = entries_in(split_request(row.octets)[1]) if row.kind == Heard.REQUEST else 0
    return _COPIES * len(row.octets) + _ENTRY * entries
