"""What is not asked of a printer, since it might do harm there or need not be known."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.scenarios.steps import Approach, By
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, PrinterState, Status
from fakes.stage.approaches import approach
from fakes.stage.causing import goes_on
from fakes.stage.play_under_way import PlayUnderWay

IDLE, PROCESSING, STOPPED = PrinterState.IDLE, PrinterState.PROCESSING, PrinterState.STOPPED


@pytest.mark.parametrize(
    ("state", "reasons", "on"),
    [
        (IDLE, ("none",), True),
        (PROCESSING, ("media-low-warning",), True),
        (IDLE, (), True),
        (STOPPED, ("paused",), False),
        (PROCESSING, ("moving-to-paused",), False),
        (IDLE, ("none", "paused"), False),
        (None, (), False),
    ],
)
def test_who_is_about_to_stop_is_not_told_to_go_on(
    state: PrinterState | None, reasons: tuple[str, ...], on: bool
) -> None:
    told = [ipp.enum("printer-state", int(state))] if state is not None else []
    told += [ipp.keyword("printer-state-reasons", *reasons)] if reasons else []
    answer = ipp.Message(int(Status.SUCCESSFUL_OK), 1, (ipp.Group(GroupTag.PRINTER, tuple(told)),))

    async def ask(*_: Any, **more: Any) -> Any:
        return SimpleNamespace(message=answer)

    play = SimpleNamespace(ask=ask, operation_group=lambda *_: ipp.Group(GroupTag.OPERATION))
    assert asyncio.run(goes_on(cast(PlayUnderWay, cast(Any, play)))) is on


def test_a_printer_without_create_job_is_not_asked_for_it_in_the_clear() -> None:
    """An answer of IPP, that it has none, would look like a refusal that does not lead into TLS."""
    has = ipp.Group(GroupTag.PRINTER, (ipp.enum("operations-supported", int(Operation.PRINT_JOB)),))
    play = SimpleNamespace(welcome=set(), jobs={}, stage=SimpleNamespace(printer=has))
    step = Approach("create", By.CLEAR, "Create-Job")
    done = asyncio.run(approach(cast(PlayUnderWay, cast(Any, play)), step))
    assert "does not list Create-Job" in done.not_sent
