"""What no request brings about: a command of the bench does it, or somebody at the terminal is asked to.

``run: COMMAND`` starts a command, ``ask: TEXT`` shows a text and waits for Enter.  Then the printer has to say that it
has come to pass.  Whatever fails here is the bench's failure and never the printer's.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from typing import Final

from conformance.verdict import name_shown
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, PrinterState

from .cause import ASK, RUN
from .live_subscription import CutShort
from .play_under_way import OPERATOR, PlayUnderWay

STOPPED, RESUMED = "cause-printer-stopped", "cause-printer-resumed"  # entries of the IXIT
LOOK_SECONDS: Final = 0.5  # between two looks at the printer
_PAUSED: Final = frozenset({"paused", "moving-to-paused"})  # of printer-state-reasons (RFC 2911 section 4.4.12)


async def stop_or_go_on(play: PlayUnderWay, *, stops: bool) -> None:
    """Have the printer stopped, or let it go on; raises ``CutShort`` where that does not come about in time."""
    ixit, entry = play.stage.ixit, STOPPED if stops else RESUMED
    limit = ixit.cause_timeout
    play.halt.by_hand |= stops  # if it fails, nobody knows
    try:
        async with asyncio.timeout(limit):
            await _brought_about(entry, ixit.cause_printer_stopped if stops else ixit.cause_printer_resumed, limit)
            while await _is_stopped(play) is not stops:  # noqa: ASYNC110 - nothing but the printer knows
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        wanted = "stopped" if stops else "going on"
        raise CutShort(f"{entry}: after {limit:g} s the printer does not say that it is {wanted}") from error
    play.halt.by_hand = stops


async def let_go_on(play: PlayUnderWay) -> None:
    """After a play: a printer that was stopped by hand is not left so."""
    if not play.halt.by_hand:
        return
    try:
        await stop_or_go_on(play, stops=False)
    except CutShort as reason:
        play.stage.leave_behind(f"the printer may still be stopped ({reason}); let it go on at its panel")
        play.stage.left_paused = True


async def _brought_about(entry: str, cause: str, limit: float) -> None:
    if cause.startswith(RUN):
        await _run(entry, cause.removeprefix(RUN))
    else:
        await _asked(entry, cause.removeprefix(ASK).strip(), limit)


async def _run(entry: str, command: str) -> None:
    """The command, to its end; what it writes is no part of ours."""
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise CutShort(f"{entry}: its command cannot be started: {error.strerror}") from error
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        raise CutShort(f"{entry}: its command ended with {code}")


async def _asked(entry: str, text: str, limit: float) -> None:
    """Enter, from somebody who did it."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise CutShort(f"{entry}: nobody is there to be asked, standard input is no terminal")
    loop, number, done = asyncio.get_running_loop(), sys.stdin.fileno(), asyncio.Event()
    print(f"ippmailto: {name_shown(text)}; then press Enter (within {limit:g} s)", file=sys.stderr, flush=True)

    def heard() -> None:
        os.read(number, 4096)
        done.set()

    loop.add_reader(number, heard)
    try:
        await done.wait()
    finally:
        loop.remove_reader(number)


async def _is_stopped(play: PlayUnderWay) -> bool | None:
    """What the printer says; ``None`` where it does not."""
    state, _ = await _state(play)
    return None if state is None else state == PrinterState.STOPPED


async def goes_on(play: PlayUnderWay) -> bool:
    """Whether the printer says that it neither is stopped nor about to stop, since somebody wants it to."""
    state, reasons = await _state(play)
    return state in (PrinterState.IDLE, PrinterState.PROCESSING) and not reasons & _PAUSED


async def _state(play: PlayUnderWay) -> tuple[int | None, set[str]]:
    wanted = ipp.keyword("requested-attributes", "printer-state", "printer-state-reasons")
    answer = await play.ask(Operation.GET_PRINTER_ATTRIBUTES, [play.operation_group(OPERATOR, wanted)], partly=True)
    state = answer.message.find("printer-state", GroupTag.PRINTER)
    reasons = answer.message.find("printer-state-reasons", GroupTag.PRINTER)
    words = {word.lower() for word in reasons.texts()} if reasons is not None else set[str]()
    return state.value.integer if state is not None else None, words
