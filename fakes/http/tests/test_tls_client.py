"""The simulated client over TLS: what the evidence keeps of it, and a reason in words for whatever goes wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest

from fakes.certificates import Authority
from fakes.http.client import connect
from fakes.http.connection import HttpError, HttpProblem, Limits
from fakes.tests.cups import PrivateCups, needs_cups

from .any_request import exchanges_of
from .raw_server import Serve, answers, in_tls, reset, serving


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_version_and_cipher_are_kept_although_the_connection_is_gone(tmp_path: Path, authority: Authority) -> None:
    context = authority.issue("127.0.0.1").server_context()
    with serving(in_tls(context, answers)) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://127.0.0.1:{port}/")
    assert (exchange.problem, exchange.http_status) == ("", 200)
    assert exchange.tls.startswith("TLSv1.3 TLS_")


def test_tls_of_a_peer_that_resets_after_the_request_is_kept_too(tmp_path: Path, authority: Authority) -> None:
    def hears_and_resets(connection: socket.socket) -> None:
        connection.recv(65_536)
        reset(connection)

    context = authority.issue("127.0.0.1").server_context()
    with serving(in_tls(context, hears_and_resets)) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://127.0.0.1:{port}/")
    assert exchange.problem in ("closed", "tls")
    assert exchange.problem_text
    assert exchange.tls.startswith("TLSv1.3 TLS_")


def hears_a_hello(connection: socket.socket) -> None:
    connection.recv(65_536)


def hears_a_hello_and_resets(connection: socket.socket) -> None:
    connection.recv(65_536)
    reset(connection)


def says_http(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.recv(1)


def alert(description: int) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"\x15\x03\x03\x00\x02\x02" + bytes((description,)))
        connection.recv(1)

    return serve


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        (hears_a_hello, "closed the connection"),
        (hears_a_hello_and_resets, "reset or closed the connection"),
        (says_http, "does not speak TLS there"),
        (alert(40), "no cipher suite in common"),
        (alert(42), "or wants one (client-certificate in the IXIT)"),
        (alert(46), "or wants one (client-certificate in the IXIT)"),
        (alert(49), "or wants one (client-certificate in the IXIT)"),
        (alert(70), "no version of TLS in common"),
        (alert(80), "had an error of its own"),
    ],
    ids=["closes", "resets", "http", "no-suite", "bad", "unknown", "denied", "no-version", "internal-error"],
)
def test_a_handshake_that_fails_has_a_reason_in_words(tmp_path: Path, serve: Serve, said: str) -> None:
    with serving(serve) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://127.0.0.1:{port}/")
    assert (exchange.problem, exchange.tls) == ("tls", "")
    assert said in exchange.problem_text


def test_a_peer_that_wants_our_certificate_says_so_in_words(tmp_path: Path, authority: Authority) -> None:
    context = authority.issue("127.0.0.1").server_context(clients_of=authority)
    with serving(in_tls(context, answers)) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://127.0.0.1:{port}/")
    assert exchange.problem == "tls"
    assert "wants a certificate of ours" in exchange.problem_text


@needs_cups
@pytest.mark.parametrize("scheme", ["ipps", "https"])
def test_cups_answers_over_tls(tmp_path: Path, scheme: str) -> None:
    with PrivateCups(smtp_port=9) as cups:
        uri = cups.printer.replace("ipp://", f"{scheme}://")
        exchanges = exchanges_of(tmp_path, uri, times=5)
    assert {(e.problem, e.http_status, e.tls[:4]) for e in exchanges} == {("", 200, "TLSv")}


def test_that_nobody_takes_a_connection_is_the_networks_fault() -> None:
    """As behind a wall that drops what comes; that a printer took it and then says nothing is another matter."""

    async def tried(port: int) -> HttpProblem:
        with pytest.raises(HttpError) as error:
            await connect("127.0.0.1", port, tls=ssl.create_default_context(), limits=Limits(head_seconds=0.3))
        return error.value.problem

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        port = full.getsockname()[1]
        assert asyncio.run(tried(port)) is HttpProblem.TIMEOUT
        for _ in range(2):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        assert asyncio.run(tried(port)) is HttpProblem.UNREACHABLE
