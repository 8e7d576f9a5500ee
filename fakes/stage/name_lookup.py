"""Names of hosts looked up, for the evidence: judging asks no network."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

LOOKUP: Final = 5.0  # seconds; a resolver that has no answer by then has none for a printer that wants to mail


async def addresses_of(host: str) -> list[str]:
    """The addresses of a name, or of an address itself; none where the name is not known, or nobody answers."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOKUP):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):  # the last for a name that no query could hold
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
