"""Which addresses have got how many mails, and waiting for the next one without polling."""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

PATH_LIMIT: Final = 256
"""Octets of an address that is kept as it is: as many as RFC 5321 section 4.5.3.1.3 allows a path.  Of a longer one a
digest is kept, by which it can be waited for as well."""

ADDRESSES_LIMIT: Final = 100_000
"""Addresses that are remembered: a run asks for some thousand.  Of more, which takes a client that means harm or months
of mail, those are forgotten that have got none for longest, but for those that somebody waits for.  With the above
this is about a hundred megabytes."""


def mailbox(address: str) -> str:
    """An address as two are compared: without angle brackets, the domain in lower case, the local part as it is.

    The domain of RFC 5321 section 2.4 has no case; the local part belongs to the host it is delivered on.
    """
    bare = address.strip().removeprefix("<").removesuffix(">").strip()
    local, at, domain = bare.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _key(address: str) -> str:
    """What stands for an address in the index, given as :func:`mailbox` has it."""
    octets = address.encode("utf-8", "surrogateescape")
    return address if len(octets) <= PATH_LIMIT else f"<{hashlib.sha256(octets).hexdigest()}>"


class Arrivals:
    """Mails by the addresses in their RCPT commands, as soon as they are on the disk."""

    def __init__(self) -> None:
        self.mails = 0  # in all, also to addresses that are forgotten
        self.watcher: Callable[[int, Sequence[str]], None] | None = None  # hears of each: which it is, and for whom
        self._times: OrderedDict[str, array[int]] = OrderedDict()  # in the order of the last mail
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    def __len__(self) -> int:
        """Addresses in the index."""
        return len(self._times)

    def count(self, address: str) -> int:
        """How many mails have arrived for an address; a mail that names it twice is one."""
        return len(self._times.get(_key(mailbox(address)), ()))

    def times(self, address: str) -> list[int]:
        """When each of them was in, in the journal's nanoseconds, in order of arrival."""
        return list(self._times.get(_key(mailbox(address)), ()))

    async def wait(self, address: str, count: int = 1, timeout: float = 10.0) -> bool:  # noqa: ASYNC109 - a plain answer, not an error, is wanted
        """True as soon as that many mails have arrived in all; False after ``timeout`` seconds."""
        key = _key(mailbox(address))
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
        self.mails += 1
        keys = list(dict.fromkeys(map(_key, addresses)))
        if self.watcher is not None:
            self.watcher(self.mails, keys)
        for key in keys:
            times = self._times.get(key)
            if times is None:
                self._make_room()
                times = self._times[key] = array("q")
            self._times.move_to_end(key)
            times.append(t)
            for count, future in self._waiting.get(key, ()):
                if len(times) >= count and not future.done():
                    future.set_result(None)

    def _make_room(self) -> None:
        """Forget the address that has got no mail for longest, if there are too many, and nobody waits for it."""
        if len(self._times) >= ADDRESSES_LIMIT:
            oldest = next((key for key in self._times if key not in self._waiting), None)
            if oldest is not None:
                del self._times[oldest]
