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


HALF = (
    b"POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n"
    b"Expect: 100-continue\r\n\r\n"
)


async def until_there_is_room(uri: str, identity: Identity) -> bytes:
    while True:
        try:
            if not (said := await answer(uri, identity)).startswith(b"HTTP/1.1 503 "):
                return said
        except OSError:  # the places of those that left are not free yet
            continue


async def crowd(uri: str) -> list[Streams]:
    """As many who say nothing as there are places."""
    return [await connected(uri) for _ in range(PLACES)]


async def asking(uri: str) -> list[Streams]:
    """As many who are in the middle of a request, which they were told to go on with."""
    busy = await crowd(uri)
    for reader, writer in busy:
        writer.write(HALF)
        assert (await reader.readline()).startswith(b"HTTP/1.1 100 ")
    return busy


async def has_ended(stream: Streams) -> bool:
    try:
        return await stream[0].read() == b""
    except ConnectionResetError:
        return True


def left(streams: list[Streams]) -> None:
    for _, writer in streams:
        writer.close()


def test_those_who_begin_no_handshake_have_places_and_give_way_to_who_comes() -> None:
    async def act() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        printer = ReferencePrinter(tls=identity.context(OBEDIENT.security))
        await printer.start()
        silent = await crowd(printer.secure_uri)
        assert (await answer(printer.plain_uri, identity)).startswith(b"HTTP/1.1 200 ")  # both ports share the places
        assert await has_ended(silent[0])
        silent += await crowd(printer.plain_uri)
        assert (await answer(printer.secure_uri, identity)).startswith(b"HTTP/1.1 200 ")
        assert [await has_ended(stream) for stream in silent[1 : PLACES + 1]] == [True] * PLACES
        left(silent)
        await printer.stop()

    asyncio.run(asyncio.wait_for(act(), PATIENCE))


def test_those_who_are_asking_keep_their_places_and_give_them_back() -> None:
    async def act() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        printer = ReferencePrinter(tls=identity.context(OBEDIENT.security))
        await printer.start()
        busy = await asking(printer.plain_uri)
        assert (await answer(printer.plain_uri, identity)).startswith(b"HTTP/1.1 503 ")
        with contextlib.suppress(OSError):
            assert await answer(printer.secure_uri, identity) == b""
        left(busy)
        assert (await until_there_is_room(printer.secure_uri, identity)).startswith(b"HTTP/1.1 200 ")
        await printer.stop()

    asyncio.run(asyncio.wait_for(act(), PATIENCE))


def test_who_has_asked_before_gives_way_after_those_who_never_did() -> None:
    async def act() -> None:
        printer = ReferencePrinter()
        await printer.start()
        first, *others = await crowd(printer.plain_uri)
        first[1].write(again := GET.replace(b"Connection: close\r\n", b""))
        assert b"200" in await first[0].readline()
        others += await crowd(printer.plain_uri)
        first[1].write(again)
        first[1].write(GET)
        assert (await first[0].read()).count(b"HTTP/1.1 200 ") == 2
        left([first, *others])
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
                assert (await answer(way.plain_uri, identity)).startswith(b"HTTP/1.1 200 ")
                busy = await asking(way.plain_uri)
                assert (await answer(way.plain_uri, identity)).startswith(b"HTTP/1.1 503 ")
                left([*silent, *busy])
                await way.end("it ended")

    asyncio.run(asyncio.wait_for(act(), PATIENCE))
    with EvidenceFile.open(path) as file:
        (way,) = ClientRecord(RunRecord(file)).ways
        ends = [contact.parts[-1].octets for contact in way.contacts]
        assert len(ends) == 2 * PLACES + 2
        assert [end.startswith(b"it was silent") for end in ends[:PLACES]] == [True] * PLACES
        assert [end.startswith(b"turned away") for end in ends] == [False] * (2 * PLACES + 1) + [True]
