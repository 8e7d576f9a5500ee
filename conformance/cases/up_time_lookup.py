"""The printer's clock, printer-up-time, as it told it in a run: what it was at a time of ours."""

from __future__ import annotations

from typing import Final

from conformance.record.clock_steps import clock_lives, step
from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive

GRACE: Final = 1  # second on either side: a clock of whole seconds, read between two of our own


def between(run_record: RunRecord, begin: int, end: int) -> tuple[int, int]:
    """The least and the greatest value that the clock had between two times of ours; ``Inconclusive`` if never told,
    or where it may have begun anew between them.
    """
    if not run_record.up_times:
        raise Inconclusive("the printer never told its printer-up-time")
    if (jump := next((one for one in run_record.clock.breaks if one.touches(begin, end)), None)) is not None:
        raise Inconclusive(str(jump))
    first = run_record.up_times[0].start
    told = next(life for life in reversed(run_record.once(clock_lives)) if life[0].start <= max(end, first))
    near_begin = min(told, key=lambda r: abs(r.end - begin))
    near_end = min(told, key=lambda r: abs(r.start - end))
    coarse = step(run_record) - 1 + GRACE
    low = near_begin.seconds + (begin - near_begin.end) // 10**9 - coarse
    high = near_end.seconds - (near_end.start - end) // 10**9 + coarse
    return max(1, low), high
