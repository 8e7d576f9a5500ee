"""What a connection begins with, looked at before anybody reads it."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

HELLO_OCTETS: Final = 16_384  # of a hello that are kept; one has some hundreds, with keys of new kinds two thousand


async def first_octets(writer: asyncio.StreamWriter, seconds: float) -> bytes:
    """What a peer begins with, left where it is; nothing where nothing comes in time.  Nobody else may be reading."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    with writer.get_extra_info("socket").dup() as own:
        loop.add_reader(own, there.set)
        try:
            async with asyncio.timeout(seconds):
                await there.wait()
            octets: bytes = own.recv(HELLO_OCTETS, socket.MSG_PEEK)
        except OSError:  # the time is up, or the connection gone
            octets = b""
        finally:
            loop.remove_reader(own)
    return octets
