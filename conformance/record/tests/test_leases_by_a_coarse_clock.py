"""A lease ends by the printer's clock: where that goes by ten seconds, as much earlier or later than by ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.exchanges import Answer
from conformance.record.lives import SECOND, Life, _lease
from conformance.record.outcomes import Carrier
from conformance.record.run_facts import RunFacts
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.vocabulary import RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

LEASE = 60
FINE, COARSE = ((0, 100), (4, 104), (12, 112)), ((0, 100), (4, 100), (12, 110))  # our seconds, and what it told then


@pytest.mark.parametrize(("told", "step"), [(FINE, 1), (COARSE, 10)])
def test_an_end_is_as_sure_as_the_clock_is_fine(told: tuple[tuple[int, int], ...], step: int) -> None:
    run = RunRecord(cast(Any, None))
    run.__dict__["descriptions"] = tuple(
        SimpleNamespace(
            row=SimpleNamespace(t_start=t * SECOND, t_end=t * SECOND, id=t),
            message=ipp.Message(0, 1, (ipp.Group(GroupTag.PRINTER, (ipp.integer("printer-up-time", up),)),)),
        )
        for t, up in told
    )
    run.__dict__["facts"] = RunFacts(vocabulary=RFC3995.name)
    row = SimpleNamespace(t_start=0, t_end=0)
    creation = Answer(cast(Any, row), ipp.Message(2, 1), ipp.Message(0, 1))
    life = Life(cast(PlayRecord, None), "s", "", "", Carrier.PRINTER, frozenset(), creation, 7)
    granted = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(RFC3995.lease_requested, LEASE),))
    _lease(run, life, creation, granted)
    assert (life.ending, life.over) == ((LEASE - step) * SECOND, (LEASE + step) * SECOND)
