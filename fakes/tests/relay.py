"""A mail relay for tests: takes what it is told to take, answers what it is told to answer, writes everything down."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

GREETING: Final = "greeting"  # what the script calls the reply to nothing
CONTENT: Final = "content"  # and the reply to the final dot
CUT: Final = b""  # instead of a reply: close the connection
SILENCE: Final = None  # instead of a reply: none
REPLIES: Final = {
    GREETING: b"220 relay.example\r\n",
    "EHLO": b"250-relay.example\r\n250 8BITMIME\r\n",
    "HELO": b"250 relay.example\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    CONTENT: b"250 taken\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}


@dataclass
class RelaySession:
    """The lines of one connection, without content; ``content`` are the octets between DATA and the final dot line."""

    lines: list[str] = field(default_factory=list)
    content: list[bytes] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        return [line[:4] for line in self.lines]


class Relay:
    """Answers from ``script`` (per verb, oldest first), else with ``usual``; a gate holds an RCPT that has its key."""

    def __init__(self) -> None:
        self.script: defaultdict[str, deque[bytes | None]] = defaultdict(deque)
        self.usual: dict[str, bytes] = dict(REPLIES)
        self.gates: dict[str, asyncio.Event] = {}
        self.sessions: list[RelaySession] = []
        self.taken: list[bytes] = []  # contents that were answered with success, in that order
        self.hangs_up = False  # after each mail, without a word
        self.at_once = 0
        self.most_at_once = 0
        self.port = 0
        self._news = asyncio.Condition()

    async def until_taken(self, number: int) -> None:
        """Waits until that many mails are there."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.taken) >= number)

    async def until_sessions(self, number: int) -> None:
        """Waits until that many connections have been opened."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.sessions) >= number)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        session = RelaySession()
        self.sessions.append(session)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self._tell()
        try:
            await self._talk(session, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    async def _talk(self, session: RelaySession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await self._answer(GREETING, writer)
        while said is not CUT and (line := await reader.readline()):
            session.lines.append(line.decode("ascii").rstrip("\r\n"))
            verb = session.verbs[-1]
            if verb == "RCPT":
                for address, gate in self.gates.items():
                    if address in session.lines[-1]:
                        await gate.wait()
            said = await self._answer(verb, writer)
            if verb == "QUIT":
                return
            if verb == "DATA" and said is not None and said.startswith(b"354"):
                said = await self._content(session, reader, writer)
                if self.hangs_up:
                    return

    async def _content(
        self, session: RelaySession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        content = (await reader.readuntil(b"\r\n.\r\n"))[: -len(b".\r\n")]
        session.content.append(content)
        said = self._next(CONTENT)
        if said is not None and said.startswith(b"2"):
            self.taken.append(content)
        await self._say(said, writer)
        await self._tell()
        return said

    async def _answer(self, verb: str, writer: asyncio.StreamWriter) -> bytes | None:
        said = self._next(verb)
        await self._say(said, writer)
        return said

    def _next(self, verb: str) -> bytes | None:
        queue = self.script[verb]
        return queue.popleft() if queue else self.usual[verb]

    async def _say(self, said: bytes | None, writer: asyncio.StreamWriter) -> None:
        if said:
            writer.write(said)
            await writer.drain()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def relay() -> AsyncIterator[Relay]:
    """A relay on a free loopback port."""
    made = Relay()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
