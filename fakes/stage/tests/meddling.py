"""A party between client and printer that loses, stalls or rewrites chosen exchanges, as networks and printers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import urlsplit

from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.http.client import connect
from fakes.http.connection import HttpError, Limits
from fakes.http.server import ServerConnection
from fakes.printer import Policy, ReferencePrinter
from fakes.stage.bench import Address, PrinterAt


class Fate(Enum):
    """What becomes of an exchange."""

    PASS = auto()
    SWALLOW = auto()  # the request never arrives, and no answer comes
    STALL = auto()  # the printer carries it out, and its answer never arrives
    LOSE = auto()  # the printer carries it out, and the connection is gone before its answer
    REFUSE = auto()  # the connection is gone before the request is read
    UNAVAILABLE = auto()  # it is turned away by HTTP's 503


@dataclass(frozen=True)
class SeenRequest:
    """One that was seen: its place in the run, from 0, and among those of its operation, from 1."""

    place: int
    operation: Operation
    nth: int
    message: ipp.Message


Choice = Callable[[SeenRequest], Fate | ipp.Message]  # a message is the answer, in the printer's place
Rewrite = Callable[[SeenRequest, ipp.Message], ipp.Message]  # of the printer's answer


@dataclass
class Meddler:
    """Takes what comes on a port of its own to ``target``, HOST:PORT."""

    target: str
    choose: Choice
    rewrite: Rewrite = lambda _, answer: answer
    late: Callable[[SeenRequest], float] = lambda _: 0.0  # seconds after which a request arrives
    slow: Callable[[SeenRequest], float] = lambda _: 0.0  # seconds that its answer takes more
    seen: list[SeenRequest] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, operation: Operation, nth: int = 1) -> None:
        """Waits until that request has come."""
        async with self.news:
            await self.news.wait_for(lambda: any((r.operation, r.nth) == (operation, nth) for r in self.seen))

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = ServerConnection(reader, writer, Limits())
        try:
            head = await connection.read_request()
            if head is not None:
                await self._exchange(connection, head.target, list(head.headers), await connection.read_body())
        except HttpError:  # the client has gone: it waits no longer than it wants to
            pass
        finally:
            await connection.close()

    async def _exchange(
        self, connection: ServerConnection, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        request = await self._note(body)
        chosen = self.choose(request)
        if chosen is Fate.REFUSE:
            return
        if chosen is Fate.UNAVAILABLE:
            await connection.respond(503)
            return
        if chosen is Fate.SWALLOW:
            await asyncio.Event().wait()
        if isinstance(chosen, ipp.Message):
            answer = ipp.encode(chosen)
        else:
            await asyncio.sleep(self.late(request))
            answer = await self._asked(target, headers, body)
        if chosen is Fate.STALL:
            await asyncio.Event().wait()
        if chosen is Fate.LOSE:
            return
        await asyncio.sleep(self.slow(request))
        answer = ipp.encode(self.rewrite(request, ipp.decode(answer)))
        await connection.respond(200, [("Content-Type", "application/ipp")], answer)

    async def _note(self, body: bytes) -> SeenRequest:
        message = ipp.decode(body)
        operation = Operation(message.code)
        nth = 1 + sum(one.operation is operation for one in self.seen)
        request = SeenRequest(len(self.seen), operation, nth, message)
        async with self.news:
            self.seen.append(request)
            self.news.notify_all()
        return request

    async def _asked(self, target: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
        host, _, port = self.target.rpartition(":")
        kept = [(n, v) for n, v in headers if n not in ("content-length", "transfer-encoding", "host")]
        printer = await connect(host, int(port))
        try:
            return (await printer.exchange("POST", target, [("Host", self.target), *kept], body)).body
        finally:
            await printer.close()


@asynccontextmanager
async def meddling(target: str, choose: Choice) -> AsyncIterator[tuple[Meddler, str]]:
    """A meddler before the printer at that URI, and its own URI."""
    parts = urlsplit(target)
    meddler = Meddler(parts.netloc, choose)
    server = await asyncio.start_server(meddler.accept, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield meddler, f"ipp://127.0.0.1:{port}{parts.path}"
    finally:
        server.close()
        for task in list(meddler.tasks):
            task.cancel()
        await asyncio.gather(*meddler.tasks, return_exceptions=True)
        await server.wait_closed()


def behind(policy: Policy, meet: Callable[[Meddler, str], None], choose: Choice) -> PrinterAt:
    """The reference printer behind a meddler; ``meet`` is told of both: the meddler, and the printer's own URI."""

    @asynccontextmanager
    async def listening(recipient: Address) -> AsyncIterator[str]:
        printer = ReferencePrinter(policy, smtp=recipient)
        await printer.start()
        try:
            async with meddling(printer.uri, choose) as (meddler, uri):
                meet(meddler, printer.uri)
                yield uri
        finally:
            await printer.stop()

    return listening
