"""A recipient on the loopback for one test, a client that says exactly what it is told, and the evidence of it."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import HiddenSpan, MailRow, Row, Session, Transcript, unpack_events
from conformance.wire.smtp_events import Event, EventKind
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient

from . import recipient_process

ROOT = Path(__file__).parents[3]
PATIENCE = 10.0  # seconds a test waits for what ought to come at once


class Client:
    """A raw SMTP client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def reply(self) -> bytes:
        """The next reply in full; what there is of it if the connection ends."""
        lines = b""
        while True:
            line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
            lines += line
            if line[3:4] != b"-":
                return lines

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def say(self, octets: bytes) -> bytes:
        await self.send(octets)
        return await self.reply()

    async def mail(self, body: bytes = b"hello\r\n", to: bytes = b"<jones@acme.example>") -> bytes:
        """A whole message; the answer to its dot."""
        await self.up_to_data(to)
        return await self.say(body + b".\r\n")

    async def up_to_data(self, to: bytes = b"<jones@acme.example>") -> None:
        assert (await self.say(b"MAIL FROM:<printer@acme.example>\r\n")).startswith(b"250")
        assert (await self.say(b"RCPT TO:" + to + b"\r\n")).startswith(b"250")
        assert (await self.say(b"DATA\r\n")).startswith(b"354")

    async def start_tls(self, context: ssl.SSLContext) -> None:
        assert (await self.say(b"STARTTLS\r\n")).startswith(b"220")
        await self.writer.start_tls(context, server_hostname="recipient.example")

    async def rest(self) -> bytes:
        """What still comes until the connection ends."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def reset(self) -> None:
        """End the connection so that the other side sees an error."""
        connection: Any = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class HeldFile(EvidenceFile):
    """An evidence file whose disk writes nothing while ``go`` is not set."""

    go: threading.Event

    def insert(self, rows: Sequence[Row]) -> None:
        self.go.wait(PATIENCE)
        super().insert(rows)


@dataclass(frozen=True)
class RecipientBench:
    """A running recipient and what belongs to it."""

    recipient: Recipient
    journal: Journal
    file: EvidenceFile
    go: threading.Event
    clients: list[Client] = field(default_factory=list)

    async def connect(self, *, greeted: bool = True) -> Client:
        client = await Client.connect(self.recipient.port)
        self.clients.append(client)
        if greeted:
            assert (await client.reply()).startswith(b"220 ")
        return client

    async def leave(self) -> None:
        """Close all clients, and wait until the recipient has seen it."""
        for client in self.clients:
            client.writer.close()
        await asyncio.wait_for(self.recipient.idle(), PATIENCE)


@dataclass(frozen=True)
class Evidence:
    """What a test left behind."""

    sessions: list[Session]
    transcripts: list[Transcript]
    messages: list[MailRow]
    bodies: list[bytes]
    hidden: list[HiddenSpan]

    @property
    def events(self) -> list[Event]:
        """All events of a test with one session, or of all one after the other."""
        ordered = sorted(self.transcripts, key=lambda row: (row.session, row.id))
        return [event for row in ordered for event in unpack_events(row.events)]

    def of(self, kind: EventKind) -> list[bytes]:
        return [event.octets for event in self.events if event.kind is kind]

    @property
    def client(self) -> bytes:
        return b"".join(self.of(EventKind.CLIENT))

    @property
    def server(self) -> bytes:
        return b"".join(self.of(EventKind.SERVER))

    @property
    def endings(self) -> list[str]:
        return [octets.decode() for octets in self.of(EventKind.LOST)]


def perform(
    path: Path,
    act: Callable[[RecipientBench], Awaitable[None]],
    *,
    queue_limit: int = 2**20,
    failing: bool = False,
    **options: Any,
) -> Evidence:
    """Let ``act`` use a recipient, close it, and read the evidence.  ``failing``: the journal is expected to fail."""
    where = path / "run.evidence"

    async def run() -> None:
        with HeldFile.create(where) as file:
            assert isinstance(file, HeldFile)
            file.go = threading.Event()
            file.go.set()
            journal = Journal(file, queue_limit=queue_limit)
            try:
                async with Recipient(journal, **options) as recipient:
                    bench = RecipientBench(recipient, journal, file, file.go)
                    try:
                        await asyncio.wait_for(act(bench), 3 * PATIENCE)
                    finally:
                        await bench.leave()
            finally:
                file.go.set()
                assert (journal.failed is not None) == failing
                if not failing:
                    await journal.close()

    asyncio.run(run())
    return read(where)


def read(where: Path) -> Evidence:
    with EvidenceFile.open(where) as file:
        messages = list(file.rows(MailRow))
        bodies = [file.client_octets(m.session, m.start, m.end) for m in messages]
        return Evidence(
            list(file.rows(Session)), list(file.rows(Transcript)), messages, bodies, list(file.rows(HiddenSpan))
        )


@contextmanager
def child(evidence: Path, *wrapper: str, offers: str = "nothing") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A recipient in a process of its own, and its port; it is killed in the end.  ``wrapper`` starts the command."""
    process = subprocess.Popen(
        [*wrapper, sys.executable, recipient_process.__file__, str(evidence), offers],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
