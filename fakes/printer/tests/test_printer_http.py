"""What comes to the printer by HTTP: what is no request gets a status, and nobody keeps the others from their turn."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any

import h11
import pytest

from conformance.wire import ipp
from conformance.wire.registry import Status
from fakes.http.capacity import Capacity
from fakes.http.client import connect
from fakes.http.connection import PIECES_A_TURN, Limits
from fakes.http.server import MOST_FIELDS, ServerConnection

from .printer_bench import STEADY, PrinterBench, at
from .written_requests import CHARSET, GPA, LANGUAGE, request

POST_CHUNKED = (
    b"POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("GET", [], b"", 405),
        ("PUT", [("Content-Type", "application/ipp")], b"", 405),
        ("POST", [], b"x", 415),
        ("POST", [("Content-Type", "text/plain")], b"x", 415),
        ("POST", [("Content-Type", "application/ipp"), ("Content-Encoding", "gzip")], b"x", 415),
        ("POST", [("Content-Type", "application/ipp"), ("Expect", "miracles")], b"x", 417),
        ("POST", [("Content-Type", "application/ipp")], b"", 400),
        ("POST", [("Content-Type", "application/ipp")], b"x" * 3000, 413),
        ("OPTIONS", [], b"", 200),
    ],
)
def test_what_is_no_ipp_request_gets_an_http_status(
    method: str, headers: list[tuple[str, str]], body: bytes, status: int
) -> None:
    async def play(bench: PrinterBench) -> None:
        answer = await bench.connection.exchange(method, "/ipp/print", [("Host", "x"), *headers], body)
        assert answer.head.status == status
        assert answer.head.get("content-type") in ("text/plain", "")

    at(STEADY, play, limits=Limits(body_octets=2000))


def test_unfinished_bodies_are_bounded_together_and_leave_room_when_they_end() -> None:
    room = Capacity(100_000)
    head = b"POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nContent-Length: 60000\r\n\r\n"

    async def play(bench: PrinterBench) -> None:
        port = int(bench.uri.split(":")[2].split("/")[0])
        strangers = [await connect("127.0.0.1", port) for _ in range(8)]
        for stranger in strangers:
            await stranger.send_octets(head + b"x" * 20_000)
        waiting = {asyncio.ensure_future(stranger.read_answer()) for stranger in strangers}
        refused: list[int] = []
        while len(refused) < 6:  # no more than two are held: each twice, as it came and without its frame
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused += [task.result().head.status for task in done]
            assert room.taken <= room.octets
        assert set(refused) == {503}
        assert (await bench.ask(GPA)).code == Status.SUCCESSFUL_OK
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for stranger in strangers:
            await stranger.close()

    at(STEADY, play, room=room)
    assert room.taken == 0


def test_others_have_their_turn_between_requests_sent_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen in the order of the answers, not by the clock."""
    many, order = 1500, list[str]()
    respond = ServerConnection.respond

    async def noted(connection: ServerConnection, *arguments: Any) -> None:
        order.append(connection.peer)
        await respond(connection, *arguments)

    monkeypatch.setattr(ServerConnection, "respond", noted)

    async def play(bench: PrinterBench) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(bench.uri.split(":")[2].split("/")[0]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * many)
        reading = asyncio.ensure_future(reader.read())
        while order.count(greedy := name_of(writer)) < many:
            assert (await bench.ask(GPA)).code == Status.SUCCESSFUL_OK
        writer.close()
        await reading
        between = [len(list(run)) for peer, run in groupby(order) if peer == greedy]
        assert len(between) > 20
        assert max(between[1:]) < 20  # as often as the loop turns for a request; the first may come before any other

    at(STEADY, play)


def test_others_have_their_turn_between_the_pieces_of_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of chunks of an octet there are ten thousand in what is read at once."""
    pieces, next_event = 0, h11.Connection.next_event

    def counted(machine: h11.Connection) -> Any:
        nonlocal pieces
        event = next_event(machine)
        pieces += isinstance(event, h11.Data) and len(event.data) == 1
        return event

    monkeypatch.setattr(h11.Connection, "next_event", counted)
    many, meanwhile = 60_000, list[int]()

    async def play(bench: PrinterBench) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(bench.uri.split(":")[2].split("/")[0]))
        writer.write(POST_CHUNKED + b"1\r\nx\r\n" * many + b"0\r\n\r\n")
        reading = asyncio.ensure_future(reader.read())
        while pieces < many:
            before = pieces
            assert (await bench.ask(GPA)).code == Status.SUCCESSFUL_OK
            meanwhile.append(pieces - before)
        writer.close()
        await reading

    at(STEADY, play)
    assert len(meanwhile) > 20
    assert max(meanwhile) < 60 * PIECES_A_TURN  # the loop turns some dozen times for a request


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_head_of_very_many_fields_is_refused_untouched(ahead: int) -> None:
    async def play(bench: PrinterBench) -> None:
        stranger = await connect("127.0.0.1", int(bench.uri.split(":")[2].split("/")[0]))
        await stranger.send_octets(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n" * ahead)
        await stranger.send_octets(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * MOST_FIELDS + b"\r\n")
        heads = b""
        while not heads.endswith(b"fields in a head"):
            heads += await stranger._receive_octets()
        assert heads.count(b"HTTP/1.1 200") == ahead
        assert heads.count(b"HTTP/1.1 431") == 1
        await stranger.close()

    at(STEADY, play)


def name_of(writer: asyncio.StreamWriter) -> str:
    host, port = writer.get_extra_info("sockname")
    return f"{host}:{port}"


@pytest.mark.parametrize(
    "octets", [b"\r\n\r\n\r\n\r\n", b"EHLO x\r\n\r\n", b"POST / HTTP/1.1\r\nBad Header: 1\r\n\r\n", b"\0" * 99]
)
def test_what_is_no_http_does_not_harm_the_printer(octets: bytes) -> None:
    async def play(bench: PrinterBench) -> None:
        port = int(bench.uri.split(":")[2].split("/")[0])
        for _ in range(2):
            stranger = await connect("127.0.0.1", port)
            await stranger.send_octets(octets)
            await stranger.close()
        assert (await bench.ask(GPA)).code == Status.SUCCESSFUL_OK

    at(STEADY, play)


def test_a_body_in_chunks_and_after_100_continue_is_read() -> None:
    async def play(bench: PrinterBench) -> None:
        octets = ipp.encode(request(CHARSET, LANGUAGE, ipp.uri("printer-uri", bench.uri)))
        headers = [("Host", "x"), ("Content-Type", "application/ipp")]
        for body in ([octets[:20], octets[20:]], octets):
            answer = await bench.connection.exchange("POST", "/ipp/print", headers, body, expect=True)
            assert ipp.decode(answer.body).code == Status.SUCCESSFUL_OK
            assert answer.head_octets.startswith(b"HTTP/1.1 100 ")

    at(STEADY, play)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/ipp/print", Status.SUCCESSFUL_OK),
        ("http://x:631/ipp/print", Status.SUCCESSFUL_OK),
        ("HTTP://x/ipp/print", Status.SUCCESSFUL_OK),
        ("http://x/elsewhere", Status.CLIENT_ERROR_NOT_FOUND),
    ],
)
def test_a_request_may_name_the_host_as_well_as_the_path(target: str, status: Status) -> None:
    async def play(bench: PrinterBench) -> None:
        octets = ipp.encode(request(CHARSET, LANGUAGE, ipp.uri("printer-uri", bench.uri)))
        answer = await bench.connection.exchange(
            "POST", target, [("Host", "x"), ("Content-Type", "application/ipp")], octets
        )
        assert ipp.decode(answer.body).code == status

    at(STEADY, play)
