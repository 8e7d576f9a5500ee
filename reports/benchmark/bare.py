"""Bare aiosmtpd for comparison, as a program: takes mail, throws it away, and tells how much at its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from aiosmtpd.smtp import SMTP


class Null:
    """The handler: counts, keeps nothing."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.count += 1
        return "250 OK"


async def main() -> None:
    """Until SIGTERM."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # as ours; its log would cost it half its speed
    loop, stop, handler = asyncio.get_running_loop(), asyncio.Event(), Null()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(
        # The name is given, since it would look it up for each connection.
        lambda: SMTP(handler, hostname="recipient.example", loop=loop),
        "127.0.0.1",
        0,
        backlog=1024,
    )
    print(f"ready smtp 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()
    print(f"counted {handler.count}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
