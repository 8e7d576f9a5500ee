"""The last thing a printer is asked: its clock, which tells a slip in the last play from a printer that came up anew.

It costs a request.  A printer that does not answer it at once is left in peace: nothing is concluded from that.
"""

from __future__ import annotations

from typing import Final

from conformance.record.exchanges import answer_of
from conformance.record.up_times import UpTimeReading, readings_in
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.hurry import done_before

from .requests import operation_group
from .shared import Shared

LOOKS: Final = 3  # the last one may slip as well
PATIENCE: Final = 2.0  # seconds for all of them, beside what answers took so far


def clock_told(printer: ipp.Group, begin: int, end: int) -> UpTimeReading | None:
    """The up time that it told of itself between these times of ours; ``None`` where that cannot be read."""
    try:
        told = printer.get("printer-up-time")
    except Inconclusive:  # it may stand in the part of the answer that could not be read
        return None
    seconds = told.value.integer if told is not None else None
    return UpTimeReading(begin, end, seconds) if seconds is not None else None


async def look_at_the_clock(stage: Shared, began: UpTimeReading | None) -> None:
    """Ask for the up time until it goes on from what it was when the run ``began``; not where it was not told then."""
    if began is not None:
        await done_before(stage.hurry, _look(stage, began), PATIENCE + stage.subscriber.slowest)


async def _look(stage: Shared, began: UpTimeReading) -> None:
    wanted = ipp.keyword("requested-attributes", "printer-up-time")
    for _ in range(LOOKS):
        groups = [operation_group(stage.subscriber.uri, None, wanted)]
        answer = answer_of(await stage.subscriber.post(Operation.GET_PRINTER_ATTRIBUTES, groups))
        told = readings_in([answer]) if answer is not None and answer.ok else []
        if not told or began.leads_to(told[0]):
            return
