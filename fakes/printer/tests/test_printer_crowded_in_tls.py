"""Connections on the port for TLS count from the moment they are there, and not from the end of a handshake."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.record import rows
from conformance.record.client_record import ClientRecord
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from fakes.http.connection import Limits
from fakes.printer import OBEDIENT, ReferencePrinter
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Mode
from fakes.recipient.journal import Journal
from fakes.watched import PlayedWay, Visitor, WaySetting

PATIENCE = 20.0
PLACES = 3
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.printer.server.most_connections", lambda: PLACES)


async def connected(uri: str) -> Streams:
    where = urlsplit(uri)
    return await asyncio.open_connection(where.hostname, where.port)


async def answer(uri: str, identity: Identity) -> bytes:
    where = urlsplit(uri)
    context = identity.authority.client_context() if where.scheme == "ipps" else None
    reader, writer = await asyncio.open_connection(where.hostname, where.port, ssl=context)
    writer.write(GET)
    said = await reader.read()
    writer.close()
    return said


async def crowd(uri: str) -> list[Streams]:
    """As many who say nothing as there are places, when one more has been turned away."""
    silent = [await connected(uri) for _ in range(PLACES)]
    reader, writer = await connected(uri)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    return silent


async def until_there_is_room(uri: str, identity: Identity) -> bytes:
    while True:
        try:
            if not (said := await answer(uri, identity)).startswith(b"HTTP/1.1 503 "):
                return said
        except OSError:  # the places of those that left are not free yet
            continue


def test_those_who_begin_no_handshake_have_places_and_give_them_back() -> None:
    async def act() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        printer = ReferencePrinter(tls=identity.context(OBEDIENT.security))
        await printer.start()
        silent = await crowd(printer.secure_uri)
        assert (await answer(printer.plain_uri, identity)).startswith(b"HTTP/1.1 503 ")  # both ports share the places
        for _, writer in silent:
            writer.close()
        assert (await until_there_is_room(printer.secure_uri, identity)).startswith(b"HTTP/1.1 200 ")
        await printer.stop()

    asyncio.run(asyncio.wait_for(act(), PATIENCE))


def test_a_handshake_that_never_begins_is_ended_in_time() -> None:
    async def act() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        printer = ReferencePrinter(tls=identity.context(OBEDIENT.security), limits=Limits(head_seconds=0.1))
        await printer.start()
        reader, writer = await connected(printer.secure_uri)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        await printer.stop()

    asyncio.run(asyncio.wait_for(act(), PATIENCE))


def test_a_client_under_test_has_so_many_connections_and_those_beyond_are_on_record(tmp_path: Path) -> None:
    path = tmp_path / "client.evidence"

    async def act() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        with EvidenceFile.create(path) as file:
            async with Journal(file) as journal:
                run = journal.id(rows.Run)
                await journal.commit(rows.Run(run, 0, "2026-01-01T00:00:00.000+00:00", "a test", ""))
                way = PlayedWay(WaySetting(Mode.MIXED), OBEDIENT, journal, run, Visitor(), identity)
                await way.start()
                silent = await crowd(way.secure_uri)
                assert (await answer(way.plain_uri, identity)).startswith(b"HTTP/1.1 503 ")
                for _, writer in silent:
                    writer.close()
                await way.end("it ended")

    asyncio.run(asyncio.wait_for(act(), PATIENCE))
    with EvidenceFile.open(path) as file:
        (way,) = ClientRecord(RunRecord(file)).ways
        ends = [contact.parts[-1].octets for contact in way.contacts]
        assert len(ends) == PLACES + 2
        assert sum(end.startswith(b"turned away") for end in ends) == 2
