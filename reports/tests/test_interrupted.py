"""A run that is told to end while a printer is paused gives it back; told twice, it says what it leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.record.rows import Fact, RunEnd
from conformance.record.run_facts import RunFacts
from conformance.wire.registry import Operation, PrinterState
from fakes.printer import OBEDIENT
from fakes.recipient.journal import Journal
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber
from fakes.stage.tests.meddling import Choice, Fate, Meddler, SeenRequest, behind
from reports.commands.interrupting import heard_later, numbers

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 60.0
SCENARIO: Final = "*[printer/state-changed]"


@dataclass
class Ended:
    """How a run ended: exit code, what it said, the printer's state, and what the evidence has of it."""

    code: int | None
    said: str
    state: int | None
    reasons: list[str]
    left: tuple[str, ...]


def interrupted(directory: Path, choose: Choice, kills: Iterable[tuple[Operation, int, signal.Signals]]) -> Ended:
    """A run at a printer of ours that gets each signal as soon as that request was seen."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    evidence = directory / "run.evidence"

    async def run() -> tuple[int | None, str, int | None]:
        met: list[tuple[Meddler, str]] = []
        printer = behind(OBEDIENT, lambda meddler, uri: met.append((meddler, uri)), choose)
        async with printer(("127.0.0.1", port)) as uri:
            ((meddler, own),) = met
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "reports", "run", uri, "--smtp-listen", f"127.0.0.1:{port}",
                "--evidence", str(evidence), "--report-dir", str(directory), "--select", SCENARIO,
                stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            for operation, nth, number in kills:
                await meddler.until(operation, nth)
                process.send_signal(number)
            _, said = await process.communicate()
            return process.returncode, said.decode(), await state_of(directory, own)

    code, said, state = asyncio.run(asyncio.wait_for(run(), SECONDS))
    with EvidenceFile.open(evidence) as file:
        reasons = [end.reason for end in file.rows(RunEnd)]
        return Ended(code, said, state, reasons, RunFacts.of(file.rows(Fact)).left_behind)


async def state_of(directory: Path, uri: str) -> int | None:
    """What the printer says of itself, to whom nothing gets in the way."""
    with EvidenceFile.create(directory / "look.evidence") as file:
        async with Journal(file) as journal:
            exchange = await Subscriber(journal, uri, timeout=5.0).post(
                Operation.GET_PRINTER_ATTRIBUTES, [operation_group(uri, None)]
            )
    answer = answer_of(exchange)
    assert answer is not None
    attribute = answer.message.find("printer-state")
    return attribute.value.integer if attribute is not None else None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_paused_printer_is_resumed(number: signal.Signals, tmp_path: Path) -> None:
    def stall(request: SeenRequest) -> Fate:
        return Fate.STALL if request.operation is Operation.PAUSE_PRINTER else Fate.PASS

    ended = interrupted(tmp_path, stall, [(Operation.PAUSE_PRINTER, 1, number)])
    assert ended.code == 3, ended.said
    assert ended.state == PrinterState.IDLE
    assert "interrupted; what was recorded is judged" in ended.said
    assert "left behind" not in ended.said
    assert [reason.partition(";")[0] for reason in ended.reasons] == ["interrupted"]
    assert ended.left == ()


def test_under_nohup_a_terminal_that_is_gone_ends_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert signal.SIGHUP not in numbers()
        with heard_later():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.SIGHUP in numbers()


def test_told_twice_it_ends_at_once_and_says_what_it_leaves(tmp_path: Path) -> None:
    def stall(request: SeenRequest) -> Fate:
        return Fate.SWALLOW if request.operation is Operation.RESUME_PRINTER else Fate.PASS

    kills = [(Operation.PAUSE_PRINTER, 1, signal.SIGTERM), (Operation.RESUME_PRINTER, 1, signal.SIGINT)]
    ended = interrupted(tmp_path, stall, kills)
    assert ended.code == 3, ended.said
    assert ended.state == PrinterState.STOPPED
    assert "ippmailto: left behind at the printer: the printer may still be paused" in ended.said
    assert "send it Resume-Printer" in ended.said
    assert [reason.partition(";")[0] for reason in ended.reasons] == ["interrupted"]
    assert ended.left
    assert all(left in ended.said for left in ended.left)
