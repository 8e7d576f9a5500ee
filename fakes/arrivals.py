"""Which addresses have got how many mails, and waiting for the next one without polling."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable


def mailbox(address: str) -> str:
    """An address as two are compared: without angle brackets, the domain in lower case, the local part as it is.

    The domain of RFC 5321 section 2.4 has no case; the local part belongs to the host it is delivered on.
    """
    bare = address.strip().removeprefix("<").removesuffix(">").strip()
    local, at, domain = bare.rpartition("@")
    return f"{local}{at}{domain.lower()}"


class Arrivals:
    """Mails by the addresses in their RCPT commands, as soon as they are on the disk."""

    def __init__(self) -> None:
        self._times: dict[str, array[int]] = {}
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    def count(self, address: str) -> int:
        """How many mails have arrived for an address; a mail that names it twice is one."""
        return len(self._times.get(mailbox(address), ()))

    def times(self, address: str) -> list[int]:
        """When each of them was in, in the journal's nanoseconds, in order of arrival."""
        return list(self._times.get(mailbox(address), ()))

    async def wait(self, address: str, count: int = 1, timeout: float = 10.0) -> bool:  # noqa: ASYNC109 - a plain answer, not an error, is wanted
        """True as soon as that many mails have arrived in all; False after ``timeout`` seconds."""
        key = mailbox(address)
        if len(self._times.get(key, ())) >= count:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (count, future)
        self._waiting.setdefault(key, []).append(entry)
        try:
            done, _ = await asyncio.wait((future,), timeout=timeout)
        finally:
            waiting = self._waiting.get(key, [])
            if entry in waiting:
                waiting.remove(entry)
            if not waiting:
                self._waiting.pop(key, None)
        return bool(done)

    def note(self, addresses: Iterable[str], t: int) -> None:
        """A mail to these addresses (as :func:`mailbox` has them) is on the disk; its last octet was in at ``t``."""
        for key in dict.fromkeys(addresses):
            times = self._times.setdefault(key, array("q"))
            times.append(t)
            for count, future in self._waiting.get(key, ()):
                if len(times) >= count and not future.done():
                    future.set_result(None)
