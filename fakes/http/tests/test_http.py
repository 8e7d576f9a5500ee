"""One HTTP connection, seen from both ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace

import h11
import pytest
import trustme

import fakes.http.connection
from fakes.http.client import MOST_INTERIM, ClientConnection, HttpResponse, connect
from fakes.http.connection import HttpError, HttpProblem, Limits
from fakes.http.server import MOST_FIELDS, ServerConnection

Serve = Callable[[ServerConnection], Awaitable[None]]
Use = Callable[[ClientConnection], Awaitable[None]]
POST = [("Host", "printer.example"), ("Content-Type", "application/ipp")]
QUICK = Limits(idle_seconds=2, head_seconds=0.2, body_seconds=0.2, expect_seconds=0.1, body_octets=1000)


def talk(serve: Serve, use: Use, limits: Limits = QUICK, server_limits: Limits | None = None) -> list[BaseException]:
    """A server and a client, one connection each; the errors that the server ran into."""
    errors: list[BaseException] = []

    async def both() -> None:
        done = asyncio.Event()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = ServerConnection(reader, writer, server_limits or limits)
            try:
                await serve(connection)
            except HttpError as error:
                errors.append(error)
            finally:
                await connection.close()
                done.set()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        connection = await connect("127.0.0.1", server.sockets[0].getsockname()[1], limits=limits)
        try:
            await use(connection)
        finally:
            await connection.close()
            async with asyncio.timeout(5):
                await done.wait()
            server.close()
            await server.wait_closed()

    asyncio.run(both())
    return errors


async def echo(connection: ServerConnection) -> None:
    while (head := await connection.read_request()) is not None:
        body = await connection.read_body()
        await connection.respond(200, [("X-Target", head.target)], body)
        if not connection.reusable:
            return


def test_a_body_comes_back_and_every_octet_is_kept() -> None:
    async def use(connection: ClientConnection) -> None:
        answer = await connection.exchange("POST", "/ipp/print", POST, b"\x01\x01")
        assert (answer.head.status, answer.body) == (200, b"\x01\x01")
        assert answer.head.get("x-target") == "/ipp/print"
        assert answer.octets == answer.head_octets + b"\x01\x01"
        assert answer.head_octets.startswith(b"HTTP/1.1 200")
        assert answer.head_octets.endswith(b"\r\n\r\n")
        assert bytes(connection.sent) == connection.sent_head + b"\x01\x01"
        assert connection.sent_head.startswith(b"POST /ipp/print HTTP/1.1\r\n")

    assert talk(echo, use) == []


def test_one_connection_serves_many_exchanges_and_keeps_the_octets_of_the_last() -> None:
    async def use(connection: ClientConnection) -> None:
        sizes = [len((await connection.exchange("POST", "/", POST, b"x" * 10)).octets) for _ in range(3)]
        assert len(set(sizes)) == 1

    assert talk(echo, use) == []


def test_a_chunked_body_is_put_together() -> None:
    async def use(connection: ClientConnection) -> None:
        answer = await connection.exchange("POST", "/", POST, [b"one", b"two"])
        assert answer.body == b"onetwo"
        assert b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n" in connection.sent

    assert talk(echo, use) == []


def test_a_chunked_response_keeps_its_framing_in_the_octets() -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        await connection.read_body()
        await connection.send_octets(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")

    async def use(connection: ClientConnection) -> None:
        answer = await connection.exchange("POST", "/", POST, b"")
        assert answer.body == b"hi"
        assert answer.octets == answer.head_octets + b"2\r\nhi\r\n0\r\n\r\n"

    assert talk(serve, use) == []


def test_a_client_that_expects_100_gets_it_before_its_body_is_read() -> None:
    async def use(connection: ClientConnection) -> None:
        answer = await connection.exchange("POST", "/", POST, b"body", expect=True)
        assert answer.body == b"body"
        assert answer.head_octets.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")

    assert talk(echo, use) == []


@pytest.mark.parametrize(("interim", "final"), [(MOST_INTERIM, True), (MOST_INTERIM + 1, False)])
def test_a_final_response_is_not_waited_for_behind_any_number_of_others(interim: int, final: bool) -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        await connection.read_body()
        await connection.send_octets(b"HTTP/1.1 102 Processing\r\n\r\n" * interim)
        await connection.send_octets(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def use(connection: ClientConnection) -> None:
        if final:
            assert (await connection.exchange("POST", "/", POST, b"")).head.status == 200
            return
        with pytest.raises(HttpError, match="more than 100 responses of 1xx") as caught:
            await connection.exchange("POST", "/", POST, b"")
        assert caught.value.problem is HttpProblem.HTTP

    assert talk(serve, use) == []


def test_a_final_response_in_place_of_100_saves_the_body() -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        await connection.respond(426, [("Upgrade", "TLS/1.2")], b"")

    async def use(connection: ClientConnection) -> None:
        answer = await connection.exchange("POST", "/", POST, b"secret", expect=True)
        assert answer.head.status == 426
        assert answer.head.get("connection") == "close"
        assert b"secret" not in connection.sent

    assert talk(serve, use) == []


def test_a_server_that_never_says_100_gets_the_body_after_a_while() -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        while not isinstance(event := await connection.receive(), h11.EndOfMessage):
            assert event is not h11.PAUSED
        await connection.respond(200)

    async def use(connection: ClientConnection) -> None:
        assert (await connection.exchange("POST", "/", POST, b"body", expect=True)).head.status == 200

    assert talk(serve, use) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_with_413(chunked: bool) -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        try:
            await connection.read_body()
        except HttpError as error:
            await connection.respond(error.status, [], error.message.encode())
            raise

    async def use(connection: ClientConnection) -> None:
        body = b"x" * 2000
        answer = await connection.exchange("POST", "/", POST, [body, body] if chunked else body)
        assert answer.head.status == 413

    (error,) = talk(serve, use)
    assert isinstance(error, HttpError)
    assert error.status == 413


@pytest.mark.parametrize(
    ("octets", "problem", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le", HttpProblem.TIMEOUT, 408),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfour", HttpProblem.TIMEOUT, 408),
        (b"POST / HTTP/1.1\r\n\r\n", HttpProblem.HTTP, 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no request line\r\n\r\n", HttpProblem.HTTP, 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000, HttpProblem.HTTP, 431),
    ],
    ids=["slow-head", "slow-body", "no-host", "tls-in-the-clear", "endless-head"],
)
def test_a_client_that_breaks_http_is_told_so(octets: bytes, problem: HttpProblem, status: int) -> None:
    async def serve(connection: ServerConnection) -> None:
        try:
            await connection.read_request()
            await connection.read_body()
        except HttpError as error:
            await connection.respond(error.status)
            raise

    async def use(connection: ClientConnection) -> None:
        await connection.send_octets(octets)
        answer = await read_raw(connection)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())

    (error,) = talk(serve, use)
    assert isinstance(error, HttpError)
    assert (error.problem, error.status) == (problem, status)


def test_lines_of_a_body_are_no_fields_though_those_of_the_head_end_in_lf_alone() -> None:
    body = b"line\n" * (2 * MOST_FIELDS)

    async def use(connection: ClientConnection) -> None:
        await connection.send_octets(b"POST / HTTP/1.1\nHost: x\nContent-Length: %d\n\n%s" % (len(body), body))
        assert (await read_raw(connection)).startswith(b"HTTP/1.1 200 ")

    assert talk(echo, use, server_limits=replace(QUICK, body_octets=10_000)) == []


async def read_raw(connection: ClientConnection) -> bytes:
    async with asyncio.timeout(5):
        while not connection.received:
            await connection._fill()
    return bytes(connection.received)


def test_a_client_that_leaves_in_the_middle_is_an_error_and_between_requests_is_none() -> None:
    async def leave(connection: ClientConnection) -> None:
        await connection.send_octets(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfour")

    (error,) = talk(echo, leave)
    assert isinstance(error, HttpError)
    assert error.problem is HttpProblem.CLOSED

    async def nothing(connection: ClientConnection) -> None:
        pass

    assert talk(echo, nothing) == []


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (b"", HttpProblem.CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", HttpProblem.CLOSED),
        (b"SMTP says hello\r\n\r\n", HttpProblem.HTTP),
    ],
    ids=["nothing", "cut", "not-http"],
)
def test_a_server_that_breaks_http_is_an_error_of_its_kind(octets: bytes, problem: HttpProblem) -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        await connection.read_body()
        await connection.send_octets(octets)

    async def use(connection: ClientConnection) -> None:
        with pytest.raises(HttpError) as caught:
            await connection.exchange("POST", "/", POST, b"")
        assert caught.value.problem is problem
        assert bytes(connection.received) == octets

    talk(serve, use)


def test_a_server_that_never_answers_is_a_timeout() -> None:
    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        await connection.read_body()
        assert await connection.read_request() is None

    async def use(connection: ClientConnection) -> None:
        with pytest.raises(HttpError) as caught:
            await connection.exchange("POST", "/", POST, b"")
        assert caught.value.problem is HttpProblem.TIMEOUT

    talk(serve, use, replace(QUICK, idle_seconds=0.1), QUICK)


def test_nobody_listening_is_refused() -> None:
    async def play() -> None:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(HttpError) as caught:
            await connect("127.0.0.1", port)
        assert caught.value.problem is HttpProblem.REFUSED
        with pytest.raises(HttpError) as caught:
            await connect("::1", port)  # refused, or there is no such address here
        assert caught.value.message.startswith(f"[::1]:{port}")

    asyncio.run(play())


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For the server and for a client that trusts it."""
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("printer.example").configure_cert(server)
    ca.configure_trust(client)
    return server, client


def test_a_request_is_answered_in_tls_after_101(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    ours, theirs = contexts

    async def serve(connection: ServerConnection) -> None:
        await connection.read_request()
        body = await connection.read_body()
        await connection.switch_protocols("TLS/1.2, HTTP/1.1")
        await connection.start_tls(ours)
        await connection.respond(200, [], body)
        await echo(connection)

    async def use(connection: ClientConnection) -> None:
        headers = [*POST, ("Upgrade", "TLS/1.2"), ("Connection", "Upgrade")]
        switch = await connection.exchange("POST", "/", headers, b"clear")
        assert switch.head.status == 101
        await connection.start_tls(theirs, "printer.example")
        assert connection.tls.startswith("TLSv1.")
        assert (await connection.read_answer()).body == b"clear"
        assert (await connection.exchange("POST", "/", POST, b"again")).body == b"again"

    assert talk(serve, use) == []


def test_an_untrusted_certificate_is_an_error_of_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def play() -> HttpResponse | None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=contexts[0])
        try:
            with pytest.raises(HttpError) as caught:
                await connect("127.0.0.1", server.sockets[0].getsockname()[1], tls=ssl.create_default_context())
            assert caught.value.problem is HttpProblem.TLS
        finally:
            server.close()
            await server.wait_closed()
        return None

    asyncio.run(play())


def test_a_body_in_too_many_pieces_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.http.connection, "MOST_PIECES", 100)

    async def use(connection: ClientConnection) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        await connection.send_octets(head + b"1\r\nz\r\n" * 101)
        await connection._reader.read()

    (error,) = talk(echo, use)
    assert isinstance(error, HttpError)
    assert (error.status, str(error)) == (413, "a body in more than 100 pieces")
