"""A printer that watches keeps what came on each connection, whatever it was."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import fakes.watched.connection
import fakes.watched.ways
from conformance.record import rows
from conformance.record.client_record import ClientRecord, WayRecord
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Heard
from conformance.record.run_record import RunRecord
from fakes.printer import OBEDIENT
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Mode
from fakes.recipient.journal import Journal
from fakes.watched import PlayedWay, Visitor, WaySetting
from fakes.watched.connection import ENOUGH, LARGE

PATIENCE = 20.0
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
Talk = Callable[[PlayedWay, Identity], Awaitable[None]]


def watched(directory: Path, mode: Mode, talk: Talk) -> WayRecord:
    """What is on record of a client that talks so."""
    path = directory / "client.evidence"
    asyncio.run(_watched(path, mode, talk))
    with EvidenceFile.open(path) as file:
        (way,) = ClientRecord(RunRecord(file)).ways
        return way


async def _watched(path: Path, mode: Mode, talk: Talk) -> None:
    identity = Identity.of(OBEDIENT.security, "127.0.0.1")
    with EvidenceFile.create(path) as file:
        async with asyncio.timeout(PATIENCE), Journal(file) as journal:
            run = journal.id(rows.Run)
            await journal.commit(rows.Run(run, 0, "2026-01-01T00:00:00.000+00:00", "a test", ""))
            way = PlayedWay(WaySetting(mode), OBEDIENT, journal, run, Visitor(), identity)
            await way.start()
            await talk(way, identity)
            await way.end("it ended")


async def say(uri: str, octets: bytes, context: ssl.SSLContext | None = None) -> bytes:
    parts = urlsplit(uri)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
    writer.write(octets)
    await writer.drain()
    if octets:
        answer = await reader.read()
    else:
        answer = b""
    writer.close()
    return answer


def parts(way: WayRecord, contact: int = 0) -> list[tuple[str, bytes]]:
    return [(part.kind, part.octets) for part in way.contacts[contact].parts]


def test_a_request_and_its_answer_are_kept_octet_for_octet(tmp_path: Path) -> None:
    answers = list[bytes]()

    async def talk(way: PlayedWay, _: Identity) -> None:
        answers.append(await say(way.plain_uri, GET))

    way = watched(tmp_path, Mode.PLAIN, talk)
    assert parts(way) == [(Heard.REQUEST, GET), (Heard.ANSWER, answers[0]), (Heard.END, b"")]
    (request,) = way.requests
    assert (request.head.method, request.tls, request.status, way.ended) == ("GET", "", 200, "it ended")


def test_what_is_in_tls_is_kept_behind_its_hello(tmp_path: Path) -> None:
    async def talk(way: PlayedWay, identity: Identity) -> None:
        await say(way.secure_uri, GET, identity.authority.client_context())

    way = watched(tmp_path, Mode.MIXED, talk)
    kinds = [kind for kind, _ in parts(way)]
    assert kinds == [Heard.HELLO, Heard.TLS, Heard.REQUEST, Heard.ANSWER, Heard.END]
    assert parts(way)[2][1] == GET
    assert [request.tls[:3] for request in way.requests] == ["TLS"]
    assert [attempt.done for attempt in way.attempts_at_tls] == [True]


def test_a_client_that_does_not_trust_us_is_on_record(tmp_path: Path) -> None:
    async def talk(way: PlayedWay, _: Identity) -> None:
        try:
            await say(way.secure_uri, GET, ssl.create_default_context())
        except ssl.SSLError:
            return
        raise AssertionError("it trusts anybody")

    way = watched(tmp_path, Mode.ENFORCE, talk)
    assert [kind for kind, _ in parts(way)] == [Heard.HELLO, Heard.TLS, Heard.END]
    handshake = way.contacts[0].handshake
    assert handshake is not None
    assert "handshake failed" in handshake.problem


@pytest.mark.parametrize("wrong", [False, True])
def test_the_name_that_a_client_asks_for_in_tls_is_kept(tmp_path: Path, wrong: bool) -> None:
    async def talk(way: PlayedWay, identity: Identity) -> None:
        context = ssl.create_default_context() if wrong else identity.authority.client_context()
        try:
            await say(way.secure_uri.replace("127.0.0.1", "localhost"), GET, context)
        except ssl.SSLError:
            assert wrong

    way = watched(tmp_path, Mode.MIXED, talk)
    (contact,) = way.contacts
    assert contact.handshake is not None
    assert contact.handshake.server_name == "localhost"
    assert "TLS asked of localhost" in way.summary()


def test_the_clear_where_tls_comes_first_is_heard_out_and_refused(tmp_path: Path) -> None:
    answers = list[bytes]()

    async def talk(way: PlayedWay, _: Identity) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
        answers.append(await say(way.secure_uri, head + b"words"))

    way = watched(tmp_path, Mode.ENFORCE, talk)
    assert answers[0].startswith(b"HTTP/1.1 400")
    assert parts(way)[0][1].endswith(b"\r\n\r\nwords")
    assert [(request.body, request.in_clear) for request in way.requests] == [(b"words", True)]


@pytest.mark.parametrize("waits", [True, False])
def test_a_request_where_a_handshake_was_awaited_is_in_the_clear_and_keeps_no_password(
    tmp_path: Path, *, waits: bool
) -> None:
    asks = b"OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n"
    deaf = b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\r\nContent-Length: 5\r\n\r\nwords"

    async def talk(way: PlayedWay, _: Identity) -> None:
        at = urlsplit(way.plain_uri)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(asks if waits else asks + deaf)
        if waits:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(deaf)
        await reader.read()
        writer.close()

    way = watched(tmp_path, Mode.MIXED, talk)
    assert [(request.head.method, request.body, request.in_clear) for request in way.requests] == [
        ("OPTIONS", b"", True),
        ("POST", b"words", True),
    ]
    assert way.requests[1].head.get("authorization") == "Basic ********"
    assert not any(attempt.done for attempt in way.attempts_at_tls)


def test_a_hello_where_there_is_no_tls_is_an_attempt_that_failed(tmp_path: Path) -> None:
    async def talk(way: PlayedWay, identity: Identity) -> None:
        try:
            await say(way.secure_uri, GET, identity.authority.client_context())
        except ssl.SSLError:
            return
        raise AssertionError("it took no TLS for TLS")

    way = watched(tmp_path, Mode.PLAIN, talk)
    assert [attempt.done for attempt in way.attempts_at_tls] == [False]
    assert not way.requests


def test_what_is_no_http_is_kept(tmp_path: Path) -> None:
    async def talk(way: PlayedWay, _: Identity) -> None:
        await say(way.plain_uri, b"\x00\xffwhat is this\r\n\r\n")

    way = watched(tmp_path, Mode.PLAIN, talk)
    assert parts(way)[0] == (Heard.REQUEST, b"\x00\xffwhat is this\r\n\r\n")
    assert not way.requests


def test_a_client_that_says_nothing_was_there(tmp_path: Path) -> None:
    async def talk(way: PlayedWay, _: Identity) -> None:
        await say(way.plain_uri, b"")
        await say(way.secure_uri, b"")

    way = watched(tmp_path, Mode.MIXED, talk)
    assert [[kind for kind, _ in parts(way, place)] for place in (0, 1)] == [[Heard.END], [Heard.END]]


def test_evidence_with_damaged_facts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.evidence"
    with EvidenceFile.create(path) as file:
        run = rows.Run(1, 0, "2026-01-01T00:00:00.000+00:00", "a test", "")
        file.insert([run, rows.Play(1, 1, 1, "client/plain", '{"insists": "perhaps"}')])
        with pytest.raises(rows.EvidenceError, match="the parameters of play 1"):
            _ = ClientRecord(RunRecord(file)).ways


def test_others_are_served_while_a_large_request_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, begun, served = b"x" * (LARGE + 1), threading.Event(), threading.Event()

    def held_up(octets: bytes) -> bytes:
        if len(octets) > LARGE:
            begun.set()
            assert served.wait(PATIENCE)
        return octets

    monkeypatch.setattr(fakes.watched.connection, "masked_request", held_up)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(large)

    async def talk(way: PlayedWay, _: Identity) -> None:
        waits = asyncio.create_task(say(way.plain_uri, head + large))
        await asyncio.to_thread(begun.wait, PATIENCE)
        assert (await say(way.plain_uri, GET)).startswith(b"HTTP/1.1 200")
        assert not waits.done()
        served.set()
        await waits

    way = watched(tmp_path, Mode.PLAIN, talk)
    assert {request.body for request in way.requests} == {b"", large}


@pytest.mark.parametrize("waits", [True, False], ids=["until it is looked through", "not so long"])
def test_a_large_request_is_on_record_as_of_when_it_came_also_where_it_cannot_be_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, waits: bool
) -> None:
    large, begun, free = b"x" * (LARGE + 1), threading.Event(), threading.Event()

    def held_up(octets: bytes) -> bytes:
        if len(octets) > LARGE and threading.current_thread() is not threading.main_thread():
            begun.set()
            assert free.wait(PATIENCE)
        return octets

    monkeypatch.setattr(fakes.watched.connection, "masked_request", held_up)
    monkeypatch.setattr(fakes.watched.ways, "SETTLE_SECONDS", 0.1)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(large)

    async def talk(way: PlayedWay, _: Identity) -> None:
        asked = asyncio.create_task(say(way.plain_uri, head + large))
        await asyncio.to_thread(begun.wait, PATIENCE)
        if waits:
            await say(way.plain_uri, GET)
            free.set()
        else:
            await way.end()
        free.set()
        await asyncio.gather(asked, return_exceptions=True)

    way = watched(tmp_path, Mode.PLAIN, talk)
    requests = sorted(way.requests, key=lambda request: request.t)
    assert [request.body for request in requests] == [large, *([b""] if waits else [])]


def test_when_clients_have_asked_as_much_as_can_be_judged_they_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes.watched.connection, "MOST_RECORDED", 1)
    answers = list[bytes]()

    async def talk(way: PlayedWay, _: Identity) -> None:
        twice = GET.replace(b"Connection: close\r\n", b"") * 2
        answers.extend([await say(way.plain_uri, twice), await say(way.plain_uri, GET)])

    way = watched(tmp_path, Mode.PLAIN, talk)
    assert answers[0].count(b"HTTP/1.1 200") == 1
    assert answers[1].startswith(b"HTTP/1.1 503")
    assert len(way.requests) == 1
    assert [parts(way, place)[-1] for place in (0, 1)] == [(Heard.END, ENOUGH.encode())] * 2
