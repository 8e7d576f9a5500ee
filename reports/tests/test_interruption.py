"""What Ctrl-C ends, the first time and after that, without a run around it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys

import pytest

from reports.cli import main
from reports.commands.interrupting import Interruption, heard_later, numbers
from reports.commands.walking import nothing_kept
from reports.exits import Exit

EACH = pytest.mark.parametrize("number", numbers(), ids=lambda number: number.name)


@EACH
def test_the_first_ends_the_plays_and_the_second_everything(number: signal.Signals) -> None:
    async def run() -> list[str]:
        interruption, told = Interruption(), list[str]()
        with interruption.heard():
            try:
                os.kill(os.getpid(), number)
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append("hurry" if interruption.hurry.is_set() else "ended in order")
                os.kill(os.getpid(), number)
                await interruption.hurry.wait()
                told.append("hurry")
            interruption.too_late()
        return told

    assert asyncio.run(asyncio.wait_for(run(), 10)) == ["ended in order", "hurry"]


@EACH
def test_after_the_plays_nothing_is_left_to_be_ended_in_order(number: signal.Signals) -> None:
    async def run() -> None:
        interruption = Interruption()
        with interruption.heard():
            interruption.too_late()
            os.kill(os.getpid(), number)
            await interruption.hurry.wait()

    asyncio.run(asyncio.wait_for(run(), 10))


@EACH
def test_before_the_plays_it_ends_the_command(number: signal.Signals) -> None:
    async def run() -> None:
        with Interruption().heard():
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run())


@EACH
def test_whoever_heard_before_hears_again(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def run() -> None:
        with Interruption().heard():
            assert signal.getsignal(number) != before

    asyncio.run(run())
    assert signal.getsignal(number) == before


def test_what_may_lose_an_interruption_hears_it_at_its_end() -> None:
    done = list[str]()

    def work() -> None:
        with heard_later():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done


def test_after_drawing_the_garbage_collector_calls_nobody_new() -> None:
    before = list(gc.callbacks)
    with nothing_kept():
        gc.callbacks.append(lambda phase, info: None)
    assert gc.callbacks == before


@pytest.mark.parametrize("early", ["_parser", "Parser.parse_args"])
def test_as_early_as_the_arguments_are_read_it_is_told_in_a_line(
    early: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    ignored = list[object]()
    monkeypatch.setattr(f"reports.cli.{early}", interrupted)
    monkeypatch.setattr("signal.signal", lambda number, _: ignored.append(number))
    monkeypatch.setattr("sys.excepthook", sys.excepthook)
    assert main(["run"]) == Exit.INCONCLUSIVE
    assert capsys.readouterr().err == "ippmailto: interrupted\n"
    assert signal.SIGINT in ignored
