"""A page in this process: evidence that is written to here, and an application that reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.wire import smtp
from conformance.wire.smtp_events import Event, EventKind
from reports.web.app import application
from reports.web.beside import PagePlan
from reports.web.desk import Desk
from reports.web.watchers import Bell

HOST: Final = "http://127.0.0.1:8631"
SECONDS: Final = 60.0  # that only a failing test uses up
PLAIN: Final = b"From: Printer <p@printer.example>\r\nSubject: Job 1 done\r\n\r\nhello\r\n"
T = TypeVar("T")


@dataclass
class Laid:
    """Evidence under way."""

    path: Path
    file: EvidenceFile
    t: int = 1_000_000_000

    def session(self, *lines: bytes, peer: str = "192.0.2.7:1025") -> int:
        """A session in which the client said these lines, each answered 250, and left."""
        return self._lay(list(lines), None, (), peer)

    def mail(self, octets: bytes = PLAIN, to: Sequence[str] = ("a@b.example",), sender: str = "p@x.example") -> int:
        """A mail in a session of its own; its number."""
        self._lay([], octets, tuple(to), "192.0.2.7:1025", sender)
        return self.file.next_id(rows.MailRow) - 1

    def _lay(self, lines: list[bytes], octets: bytes | None, to: tuple[str, ...], peer: str, sender: str = "") -> int:
        self.t += 1_000_000_000
        envelope = b""
        if octets is not None:
            said = [f"MAIL FROM:<{sender}>\r\n", *(f"RCPT TO:<{one}>\r\n" for one in to)]
            envelope = "".join(said).encode()
            lines = [*lines, *envelope.splitlines(keepends=True), b"DATA\r\n"]
        events = [Event(self.t, EventKind.SERVER, b"220 recipient.example\r\n")]
        for line in lines:
            events += [Event(self.t, EventKind.CLIENT, line), Event(self.t, EventKind.SERVER, b"250 ok\r\n")]
        number, start = self.file.next_id(rows.Session), sum(map(len, lines))
        wire = smtp.stuff(octets) if octets is not None else b""
        if octets is not None:
            events += [Event(self.t, EventKind.CLIENT, wire + b".\r\n"), Event(self.t, EventKind.SERVER, b"250 ok\r\n")]
        events.append(Event(self.t, EventKind.LOST, b"quit"))
        laid: list[rows.Row] = [
            rows.Session(number, self.t, "127.0.0.1:25", peer),
            rows.Transcript(self.file.next_id(rows.Transcript), number, 0, rows.pack_events(events)),
        ]
        if octets is not None:
            new = self.file.next_id(rows.MailRow)
            laid.append(rows.MailRow(new, number, self.t, start, start + len(wire), envelope))
        self.file.insert(laid)
        return number


class WatchedBell(Bell):
    """A bell of which one hears when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._heeded = asyncio.Event()

    def ring(self) -> None:
        self._heeded.clear()
        super().ring()

    async def heard(self, since: int, seconds: float) -> bool:
        if self.rung <= since:
            self._heeded.set()
        return await super().heard(since, seconds)

    async def heeded(self) -> None:
        """Return when somebody has looked at what there was, and waits for more."""
        await self._heeded.wait()


@contextmanager
def evidence(directory: Path) -> Iterator[Laid]:
    """A file that is open to be written to, as that of a recipient is."""
    path = directory / "r.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([rows.Run(1, 0, "2026-01-02T03:04:05.000+00:00", "ippmailto test", "")])
        yield Laid(path, file)


@asynccontextmanager
async def desk_on(laid: Laid, faults: Sequence[str] | None = None, **plan: Any) -> AsyncIterator[Desk]:
    """A desk on it; faults that are set are in force at once."""

    async def set_faults(lines: Sequence[str]) -> Sequence[str]:
        return lines

    wanted = replace(PagePlan("127.0.0.1", 8631, laid.path, smtp="127.0.0.1:25"), **plan)
    desk = Desk(wanted, set_faults, faults)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()


@asynccontextmanager
async def client_of(desk: Desk, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, without a socket between."""
    transport = httpx.ASGITransport(app=application(desk), client=("127.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers) as client:
        yield client


def with_client(laid: Laid, use: Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]], **plan: Any) -> T:
    """What a use of a page on that evidence comes to."""

    async def used() -> T:
        async with asyncio.timeout(SECONDS), desk_on(laid, **plan) as desk, client_of(desk) as client:
            return await use(client)

    return asyncio.run(used())


def got(laid: Laid, *paths: str, **plan: Any) -> list[httpx.Response]:
    """The answers to these paths, one after the other."""

    async def use(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.get(path) for path in paths]

    return with_client(laid, use, **plan)
