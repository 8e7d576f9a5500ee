"""What each action says that it does to a session is what a client sees of it, on a connection to the recipient."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conformance.faults import Action, Effect, script
from fakes.recipient.faults import FaultScript

from .recipient_bench import Client, RecipientBench, perform

LATE: Final = 0.9  # seconds; what comes at once comes far sooner, also on a busy machine
EHLO: Final = b"EHLO x\r\n"
NOOP: Final = b"NOOP\r\n"
MAIL: Final = (b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@d.example>\r\n", b"DATA\r\n", b"x" * 40 + b"\r\n.\r\n")
HANDSHAKE: Final = b"\x16\x03\x01\x00\x02\x01\x00"

# Every action, and what a client says to meet it: a new one is missing here, and the test fails.
SHOWN: Final[dict[Action, tuple[str, tuple[bytes, ...]]]] = {
    Action.REPLY: ("noop: 451", (NOOP,)),
    Action.DROP: ("noop: drop", (NOOP,)),
    Action.CLOSE: ("noop: close", (NOOP,)),
    Action.STALL: ("noop: stall", (NOOP,)),
    Action.ALERT: ("starttls: alert", (b"STARTTLS\r\n", HANDSHAKE)),
    Action.DROP_AFTER: ("data: drop-after 10", MAIL),
    Action.DELAY: ("noop: delay 1s", (NOOP,)),
    Action.TRICKLE: ("noop: trickle 200ms", (NOOP,)),
    Action.MULTILINE: ("noop: multiline 3", (NOOP,)),
    Action.HIDE: ("ehlo: hide SIZE", (EHLO,)),
    Action.ANNOUNCE: ("ehlo: announce X-ODD", (EHLO,)),
    Action.SIZE: ("size: 10", (EHLO, *MAIL)),
}


@dataclass(frozen=True)
class Seen:
    """An answer (empty: none), whether it was late, and whether the connection ended with it."""

    answer: bytes
    late: bool
    closed: bool


async def ask(client: Client, command: bytes) -> Seen:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await client.send(command)
    answer, closed = b"", False
    try:
        async with asyncio.timeout(2 * LATE):
            answer = await client.reply()
    except ConnectionResetError:
        closed = True
    except TimeoutError:
        pass
    return Seen(answer, loop.time() - began > LATE, closed or client.reader.at_eof())


def effects(commands: tuple[bytes, ...], usual: list[Seen], seen: list[Seen]) -> Effect:
    found = Effect(0)
    for command, before, now in zip(commands, usual, seen, strict=False):
        lines = now.answer.splitlines()
        if now.late:
            found |= Effect.DELAYS
        if now.closed and not before.closed:
            found |= Effect.CLOSES
        if not lines:
            found |= Effect.SILENCES if before.answer else Effect(0)
        elif lines[-1][:1] in b"45" and before.answer[:1] not in b"45":
            found |= Effect.REFUSES
        elif command == EHLO and sorted(lines) != sorted(before.answer.splitlines()):
            found |= Effect.OFFERS
        elif before.answer and len(lines) > len(before.answer.splitlines()):
            found |= Effect.SPREADS
    return found


@pytest.mark.parametrize("action", list(Action), ids=str)
def test_an_action_does_what_it_says(tmp_path: Path, action: Action) -> None:
    line, commands = SHOWN[action]
    assert script(line)[0].action is action

    def sees(name: str, faults: list[str]) -> list[Seen]:
        seen: list[Seen] = []

        async def act(bench: RecipientBench) -> None:
            client = await bench.connect()
            for command in commands:
                seen.append(await ask(client, command))
                if seen[-1].closed:
                    break

        (tmp_path / name).mkdir()
        perform(tmp_path / name, act, faults=FaultScript.parse(faults))
        return seen

    assert effects(commands, sees("usual", []), sees("faulty", [line])) == action.does
