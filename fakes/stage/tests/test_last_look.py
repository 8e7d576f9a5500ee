"""The clock is looked at once more when all is played: a slip in the last play is no restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT
from fakes.stage import last_look
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit

from .meddling import Choice, Fate, Meddler, Rewrite, SeenRequest, behind

LONG_UP: Final = 5000
ASKS: Final = Operation.GET_PRINTER_ATTRIBUTES
PLAY: Final = "printer/attributes"  # which reads the clock


def describes(request: SeenRequest, *, last: bool) -> bool:
    """Whether that request is for the up time: alone, as the ``last`` look asks for it, or among others."""
    wanted = request.message.find("requested-attributes")
    return request.operation is ASKS and last == (wanted is not None and wanted.texts() == ["printer-up-time"])


def told_as(answer: ipp.Message, up_time: int) -> ipp.Message:
    """That answer with another time."""
    groups = (
        ipp.Group(g.tag, tuple(ipp.integer(a.name, up_time) if a.name == "printer-up-time" else a for a in g))
        if g.tag == GroupTag.PRINTER
        else g
        for g in answer.groups
    )
    return replace(answer, groups=tuple(groups))


def played(path: Path, rewrite: Rewrite, choose: Choice = lambda _: Fate.PASS) -> tuple[RunRecord, str]:
    """What was recorded, and how the sitting ended."""

    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = rewrite

    async def play() -> str:
        sitting = Sitting(replace(Ixit.for_loopback(), mail_timeout=2.0, request_timeout=20.0), "a test")
        with EvidenceFile.create(path) as file:
            async with bench(file, behind(OBEDIENT, meet, choose), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[PLAY]], lambda *_: None)
                return stage.ended

    ended = asyncio.run(play())
    return RunRecord(EvidenceFile.open(path)), ended


class UpTimes:
    """A clock that tells these times one after the other, and the last one from then on; in seconds from LONG_UP."""

    def __init__(self, *told: int) -> None:
        self._left = list(told)

    def __call__(self, request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        if request.operation is not ASKS:
            return answer
        return told_as(answer, self._left.pop(0) if len(self._left) > 1 else self._left[0])


@pytest.mark.parametrize(
    ("told", "slips"),
    [((LONG_UP, 1, LONG_UP), [1]), ((LONG_UP, LONG_UP, 1, LONG_UP), [1]), ((LONG_UP, 1, 1, LONG_UP), [1, 1])],
    ids=["in-the-last-play", "at-the-last-look", "in-both"],
)
def test_a_slip_at_the_end_is_no_restart(tmp_path: Path, told: tuple[int, ...], slips: list[int]) -> None:
    run, ended = played(tmp_path / "run.evidence", UpTimes(*told))
    assert [one.seconds for one in run.clock.slips] == slips
    assert run.restarts == []
    assert ended == rows.FINISHED


def test_a_printer_that_came_up_anew_at_the_end_did(tmp_path: Path) -> None:
    run, ended = played(tmp_path / "run.evidence", UpTimes(LONG_UP, 1))
    assert [one.first.seconds for one in run.restarts] == [1]
    assert run.clock.slips == []
    assert ended == rows.FINISHED


@pytest.mark.parametrize("fate", [Fate.REFUSE, Fate.SWALLOW, Fate.UNAVAILABLE], ids=lambda fate: fate.name)
def test_one_that_was_switched_off_at_the_end_is_left_in_peace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: Fate
) -> None:
    monkeypatch.setattr(last_look, "PATIENCE", 0.2)
    asked = list[SeenRequest]()

    def off(request: SeenRequest) -> Fate:
        if not describes(request, last=True):
            return Fate.PASS
        asked.append(request)
        return fate

    run, ended = played(tmp_path / "run.evidence", UpTimes(LONG_UP), off)
    assert len(asked) == 1
    assert ended == rows.FINISHED
    assert not run.restarts
    assert not run.clock.slips
