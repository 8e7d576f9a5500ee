"""pyipp 0.17.2 as an independent transport: its ``raw`` carries octets of ours, with the precautions it needs.

``IPP.raw`` takes octets only because a merge of dictionaries hands back what is none; hence the exact pin of the
version, and these tests.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import aiohttp
import pytest
from pyipp import IPP
from pyipp.enums import IppOperation
from pyipp.exceptions import IPPConnectionUpgradeRequired, IPPError, IPPResponseError

from conformance.wire import ipp
from conformance.wire.registry import Operation, Status

from .ports import free_port

SECONDS = 10  # for an exchange over loopback that is meant to succeed
CHARSET = (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en"))
REQUEST = ipp.encode(
    ipp.Message(
        Operation.CREATE_PRINTER_SUBSCRIPTIONS,
        7,
        (
            ipp.Group(1, CHARSET),
            ipp.Group(6, (ipp.uri("notify-recipient-uri", "mailto:jones@example.com"),)),
            ipp.Group(6, (ipp.octet_string("notify-user-data", b"\xff\0\r\n"),)),
        ),
        b"data \0\xff",
    )
)
RESPONSE = ipp.encode(
    ipp.Message(
        Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS,  # pyipp raises for such a status anywhere but in raw
        7,
        (ipp.Group(1, CHARSET), ipp.Group(6, (ipp.enum("notify-status-code", 0x0415),)), ipp.Group(6)),
    )
)


# ---------------------------------------------------------------- the recipe


class Redirected(Exception):
    """The printer answered with a redirection, which would turn the POST into a GET."""


@dataclass
class SeenExchange:
    """What HTTP said, which ``raw`` does not tell."""

    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def careful_session(seen: SeenExchange) -> AsyncIterator[aiohttp.ClientSession]:
    """A connection for each request, no redirection followed, no octet decompressed."""

    async def redirected(_session: object, _context: object, parameters: aiohttp.TraceRequestRedirectParams) -> None:
        raise Redirected(parameters.response.status)

    async def ended(_session: object, _context: object, parameters: aiohttp.TraceRequestEndParams) -> None:
        seen.statuses.append(parameters.response.status)
        seen.headers.append(dict(parameters.response.headers))

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(redirected)
    trace.on_request_end.append(ended)
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, trace_configs=[trace], auto_decompress=False) as session:
        yield session


async def send(session: aiohttp.ClientSession, port: int, octets: Any, seconds: float = SECONDS) -> bytes:
    """One request; the time limit is for all of it, pyipp's own one ends with the headers."""
    client = IPP("127.0.0.1", port=port, base_path="/ipp/print", session=session)
    async with asyncio.timeout(seconds):
        return await client.raw(IppOperation.GET_PRINTER_ATTRIBUTES, octets)


# ---------------------------------------------------------------- a printer of a few lines


@dataclass
class RawPrinter:
    """Answers each request with the next of ``answers``, whole HTTP responses; keeps heads and bodies."""

    answers: list[bytes]
    hang: bool = False  # say no more and wait until the client goes
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(v)
                    for k, _, v in (x.partition(b":") for x in head.split(b"\r\n"))
                    if k.lower() == b"content-length"
                ),
                0,
            )
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(length))
            writer.write(self.answers.pop(0))
            await writer.drain()
            if self.hang:
                await reader.read()
        finally:
            writer.close()


def http(status: str, *headers: str, body: bytes = RESPONSE) -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body


OK = http("200 OK", "Content-Type: application/ipp")
Talk = Callable[[aiohttp.ClientSession, int], Awaitable[Any]]


def talk(printer: RawPrinter, what: Talk, seen: SeenExchange | None = None) -> Any:
    """The result of ``what`` with a careful session and that printer."""

    async def run() -> Any:
        server = await asyncio.start_server(printer.serve, "127.0.0.1", 0)
        printer.port = server.sockets[0].getsockname()[1]
        async with server, careful_session(seen or SeenExchange()) as session:
            return await what(session, printer.port)

    return asyncio.run(run())


# ---------------------------------------------------------------- facts


def test_the_version_is_the_one_these_facts_were_found_in() -> None:
    assert version("pyipp") == "0.17.2"


def test_our_octets_arrive_unchanged_and_the_answer_comes_back_unchanged() -> None:
    printer, seen = RawPrinter([OK]), SeenExchange()
    assert talk(printer, lambda session, port: send(session, port, REQUEST), seen) == RESPONSE
    assert printer.bodies == [REQUEST]
    assert (seen.statuses, seen.headers[0]["Content-Type"]) == ([200], "application/ipp")


def test_a_dictionary_would_lose_the_subscription_groups() -> None:
    printer = RawPrinter([OK])
    message = {"subscription-attributes-tag": {"notify-recipient-uri": "mailto:jones@example.com"}}
    talk(printer, lambda session, port: send(session, port, message))
    assert ipp.decode(printer.bodies[0]).all(6) == []


def test_the_request_is_a_post_of_application_ipp_with_a_length() -> None:
    printer = RawPrinter([OK])
    talk(printer, lambda session, port: send(session, port, REQUEST))
    line, *fields = printer.heads[0].decode().lower().split("\r\n")
    assert line == "post /ipp/print http/1.1"
    assert "content-type: application/ipp" in fields
    assert f"content-length: {len(REQUEST)}" in fields
    assert not [f for f in fields if f.startswith(("transfer-encoding", "expect"))]


def test_an_answer_of_octets_that_are_no_ipp_comes_back_too() -> None:
    assert talk(RawPrinter([http("200 OK", body=b"\xff\0")]), lambda s, p: send(s, p, REQUEST)) == b"\xff\0"


def test_a_printer_that_closes_after_each_answer_is_asked_three_times() -> None:
    printer = RawPrinter([OK] * 3)

    async def thrice(session: aiohttp.ClientSession, port: int) -> list[bytes]:
        return [await send(session, port, REQUEST) for _ in range(3)]

    assert talk(printer, thrice) == [RESPONSE] * 3


def test_a_redirection_is_raised_and_not_followed() -> None:
    printer = RawPrinter([http("302 Found", "Location: /elsewhere", body=b""), OK])
    with pytest.raises(Redirected, match="302"):
        talk(printer, lambda session, port: send(session, port, REQUEST))
    assert len(printer.heads) == 1


def test_a_body_that_never_ends_is_given_up_in_time() -> None:
    printer = RawPrinter([OK[:-5]], hang=True)
    with pytest.raises(TimeoutError):
        talk(printer, lambda session, port: send(session, port, REQUEST, seconds=0.2))
    assert printer.bodies == [REQUEST]


def test_a_body_cut_short_is_an_error_and_not_an_answer() -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        talk(RawPrinter([OK[:-5]]), lambda session, port: send(session, port, REQUEST))


def test_compressed_octets_stay_compressed() -> None:
    packed = gzip.compress(RESPONSE)
    printer = RawPrinter([http("200 OK", "Content-Encoding: gzip", body=packed)])
    assert talk(printer, lambda session, port: send(session, port, REQUEST)) == packed


def test_upgrade_required_is_an_error_of_its_own() -> None:
    printer = RawPrinter([http("426 Upgrade Required", "Upgrade: TLS/1.2", "Connection: Upgrade", body=b"")])
    with pytest.raises(IPPConnectionUpgradeRequired):
        talk(printer, lambda session, port: send(session, port, REQUEST))


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "503 Service Unavailable"])
def test_an_http_error_is_raised_with_its_status(status: str) -> None:
    with pytest.raises(IPPResponseError) as raised:
        talk(RawPrinter([http(status, body=b"no")]), lambda session, port: send(session, port, REQUEST))
    assert raised.value.args[1]["status-code"] == int(status[:3])


def test_nobody_listening_is_an_error() -> None:
    async def elsewhere(session: aiohttp.ClientSession, port: int) -> bytes:
        with free_port() as free:
            return await send(session, free, REQUEST)

    with pytest.raises(IPPError):
        talk(RawPrinter([]), elsewhere)
