"""A printer's own secrets, in where it sends us to or in a page of its, come into no evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Exchange
from conformance.wire import ipp
from conformance.wire.ipp import Group, Message
from conformance.wire.registry import GroupTag, Operation
from fakes.http.tests.any_request import exchanges_of
from fakes.http.tests.raw_server import says, serving
from fakes.recipient.journal import Journal
from fakes.stage.printer_uri import Target, UriError
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber

SECRET = b"sesame-4711"
PAGE = b'<a href="/in?user=admin&password=' + SECRET + b'">go in</a>'
ANSWERS = {
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: /login?password=" + SECRET + b"\r\nContent-Length: 0\r\n\r\n",
    "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE),
    "no HTTP": b"GO /login?password=" + SECRET + b"\r\n\r\n",
    "half": b"HTTP/1.1 200 OK\r\nLink: </?password=" + SECRET,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_where_a_printer_sends_us_is_kept_without_its_password(tmp_path: Path, answer: str) -> None:
    path = tmp_path / "run.evidence"

    async def ask() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWERS[answer])
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        with EvidenceFile.create(path) as file:
            async with server, Journal(file) as journal:
                uri = f"ipp://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                subscriber = Subscriber(journal, uri, timeout=5.0)
                await subscriber.post(Operation.GET_PRINTER_ATTRIBUTES, [operation_group(uri, "jones")])

    asyncio.run(ask())
    with EvidenceFile.open(path) as file:
        (exchange,) = file.rows(Exchange)
    assert exchange.problem
    assert b"*" * len(SECRET) in exchange.response_head + exchange.response
    assert SECRET not in path.read_bytes()


@pytest.mark.parametrize("query", ["?password=sesame-4711", "?a=b&token=sesame-4711"])
def test_a_printer_uri_with_a_secret_in_its_query_is_refused_and_not_shown(query: str) -> None:
    with pytest.raises(UriError, match="password-from") as caught:
        Target.of(f"ipp://h/ipp/print{query}")
    assert "sesame" not in str(caught.value)
    assert Target.of("ipp://h/ipp/print?tray=2").path == "/ipp/print?tray=2"


def test_a_password_in_a_uri_of_an_answer_is_starred_and_nothing_else(tmp_path: Path) -> None:
    answer = Message(
        0,
        1,
        (
            Group(GroupTag.OPERATION, (ipp.charset("attributes-charset", "utf-8"),)),
            Group(
                GroupTag.PRINTER,
                (
                    ipp.uri("printer-uri-supported", "ipp://bob:hunter2@printer.example/ipp", "ipp://x.example/ipp"),
                    ipp.uri("printer-more-info", "http://bob:hunter2@printer.example/"),
                    ipp.text("printer-info", "see user:hunter@home"),
                ),
            ),
        ),
    )
    body = ipp.encode(answer)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(says(head + body)) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipp://127.0.0.1:{port}/")
    assert exchange.response == body.replace(b"hunter2", b"*" * 7)
    assert b"hunter2" not in (tmp_path / "request.evidence").read_bytes()
