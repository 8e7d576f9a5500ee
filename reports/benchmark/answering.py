"""What answering alone costs in Python, as a program: it says what SMTP wants to hear, and reads and keeps nothing."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from fakes.mail_security import Tls
from reports.commands.event_loop import run_quickly


class Counter:
    """How many mails ended."""

    def __init__(self) -> None:
        self.count = 0


class Answers(asyncio.Protocol):
    """Takes each piece that comes for one command, or for a part of a message: enough for one that waits its turn."""

    transport: Any  # an asyncio.Transport

    def __init__(self, counter: Counter) -> None:
        self._counter, self._in_message = counter, False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"220 recipient.example\r\n")

    def data_received(self, data: bytes) -> None:
        if self._in_message:
            if data.endswith(b"\r\n.\r\n"):
                self._in_message = False
                self.message_ended()
        elif data.startswith(b"DATA"):
            self._in_message = True
            self.transport.write(b"354 send it\r\n")
        elif data.startswith(b"QUIT"):
            self.transport.write(b"221 Bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 OK\r\n")

    def message_ended(self) -> None:
        """It is taken."""
        self._counter.count += 1
        self.transport.write(b"250 OK\r\n")


async def main() -> None:
    """Until SIGTERM, on the loop that the recipient would have."""
    loop, stop, counter = asyncio.get_running_loop(), asyncio.Event(), Counter()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Answers(counter), "127.0.0.1", 0, backlog=1024)
    print(f"ready smtp 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()
    print(f"counted {counter.count}", flush=True)


if __name__ == "__main__":
    run_quickly(main(), Tls.NONE)
