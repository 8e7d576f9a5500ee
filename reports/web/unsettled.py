"""What nothing accounts for yet may be accounted for in a moment: the ledger of a run that goes on accuses nobody.

A mail can be on the disk before the answer is that made its subscription, and before the mail that came earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.record.left_over import Ledger, LeftOver
from conformance.record.rows import Exchange
from conformance.record.run_record import RunRecord

SETTLES: Final = 5_000_000_000  # nanoseconds; a step is noted right after its answers
_PLAY: Final = re.compile(r"\.([0-9]{1,9})\.")  # in a recipient address of a run, see conformance.record.own_names


def just_over(run_record: RunRecord) -> frozenset[int]:
    """The plays that ended a moment ago: a mail of theirs that was overtaken may still come."""
    ends = _ends(run_record)
    latest = _latest(run_record, ends)
    return frozenset(play for play, end in ends.items() if end > latest - SETTLES)


def settled(run_record: RunRecord, ledger: Ledger, *, over: bool) -> list[LeftOver]:
    """What is left over of plays that have been over for a while; all of it when the run is over."""
    if over:
        return list(ledger.left_over)
    ends = _ends(run_record)
    began = {play.row.id for play in run_record.every_play}
    mails = {mail.id: mail for mail in run_record.mails}
    latest = _latest(run_record, ends)
    old = latest - SETTLES

    def plays(left: LeftOver) -> Iterator[int]:
        mail = mails.get(left.where.id) if left.where.kind == "mail" else None
        if mail is not None:
            yield from mail.plays_named
            yield from (int(number) for to in mail.recipients for number in _PLAY.findall(to))
        elif left.where.kind == "ipp":
            yield from (row.play for row in run_record.file.rows(Exchange, "id=?", left.where.id))

    def is_settled(left: LeftOver) -> bool:
        mail = mails.get(left.where.id) if left.where.kind == "mail" else None
        recent = mail is not None and mail.t > old
        return not recent and all(ends.get(play, latest) <= old for play in plays(left) if play in began)

    return [left for left in ledger.left_over if is_settled(left)]


def _ends(run_record: RunRecord) -> dict[int, int]:
    """When each play ended that did."""
    return {play.row.id: play.end.t for play in run_record.every_play if play.end is not None}


def _latest(run_record: RunRecord, ends: Mapping[int, int]) -> int:
    """The last that is known of the run: the end of a play, or a mail."""
    return max((*ends.values(), *(mail.t for mail in run_record.mails[-1:])), default=0)
