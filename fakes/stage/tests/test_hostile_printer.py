"""A server in the printer's place that means harm: each answer ends as an exchange with a word for what went wrong.

It is a raw socket that sends what it is told.  Nothing here takes longer than the request's own time allows.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.record.rows import Exchange
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.recipient.journal import Journal
from fakes.recipient.tests.recipient_bench import ROOT
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import MAX_RESPONSE, Subscriber

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 0.6  # seconds a request may take here
SLACK = 20.0  # seconds more that a loaded machine may need
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
HEADER = struct.pack(">2BHI", 1, 1, 0, 1)
ANSWER = HEADER + b"\x01\x47\x00\x12attributes-charset\x00\x05utf-8\x03"
GROUP = HEADER + b"\x04"


def sized(body: bytes, head: bytes = OK) -> bytes:
    """A whole response."""
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def says(*pieces: bytes, apart: float = 0.0, again: int = 1) -> Serve:
    """A server that hears the request and then sends these, ``apart`` seconds between them, so many times over."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x03")
        for _ in range(again):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                if apart:
                    await asyncio.sleep(apart)

    return serve


def then_waits(serve: Serve) -> Serve:
    """The same, but the connection stays open."""

    async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        await reader.read()

    return waiting


@asynccontextmanager
async def listening(serve: Serve, connections: list[str]) -> AsyncIterator[int]:
    """The server on a port; ``connections`` gets a line for each one made to it."""
    tasks = set[asyncio.Task[object]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(str(writer.get_extra_info("peername")))
        if (task := asyncio.current_task()) is not None:
            tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def ask(path: Path, serve: Serve, scheme: str = "ipp") -> Exchange:
    """Post one request to that server; the exchange as it stands in the evidence."""
    connections = list[str]()

    async def post() -> None:
        with EvidenceFile.create(path / "run.evidence") as file:
            async with Journal(file) as journal, listening(serve, connections) as port:
                subscriber = Subscriber(journal, f"{scheme}://127.0.0.1:{port}/ipp/print", timeout=PATIENCE)
                await subscriber.post(
                    Operation.GET_PRINTER_ATTRIBUTES, [operation_group(subscriber.uri, None)], b"", play=0
                )

    began = time.monotonic()
    asyncio.run(post())
    assert time.monotonic() - began < PATIENCE + SLACK
    assert len(connections) == 1  # no redirect is followed, nothing is tried again
    with EvidenceFile.open(path / "run.evidence") as file:
        (exchange,) = file.rows(Exchange)
    return exchange


# The word, or the words of which one comes first depending on the machine.
NO_ANSWER = {
    "nothing": (says(), "closed"),
    "silence": (then_waits(says()), "timeout"),
    "half-a-status-line": (says(b"HTTP/1."), "closed"),
    "half-a-head": (says(OK), "closed"),
    "a-head-without-its-body": (says(OK + b"Content-Length: 9\r\n\r\n"), "closed"),
    "half-a-body": (says(OK + b"Content-Length: 99\r\n\r\nhalf"), "closed"),
    "half-a-chunk": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"), "closed"),
    "no-last-chunk": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "closed"),
    "a-length-too-large": (then_waits(says(OK + b"Content-Length: 99\r\n\r\n" + ANSWER)), "timeout"),
    "a-length-beyond-all-bounds": (then_waits(says(OK + b"Content-Length: 99999999999999999\r\n\r\n")), "timeout"),
    "a-length-of-10000-digits": (says(OK + b"Content-Length: " + b"9" * 10_000 + b"\r\n\r\n"), "http"),
    "a-negative-length": (says(OK + b"Content-Length: -1\r\n\r\n" + ANSWER), "http"),
    "a-length-that-is-none": (says(OK + b"Content-Length: many\r\n\r\n" + ANSWER), "http"),
    "two-lengths": (says(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + ANSWER), "http"),
    "a-chunk-size-that-is-none": (says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "http"),
    "a-negative-chunk": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"), "http"),
    "a-chunk-size-without-end": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 100_000), "http"),
    "an-unknown-transfer-encoding": (says(OK + b"Transfer-Encoding: gzip\r\n\r\n" + ANSWER), "http"),
    "endless-chunks": (
        says(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 200), "http",
    ),
    "endless-chunk-extensions": (
        says(OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 300_000), "http",
    ),
    "endless-tiny-chunks": (
        then_waits(says(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n" * 10_000] * 200)),
        "http timeout",
    ),
    "a-body-without-length-or-end": (says(OK + b"\r\n", *[b"x" * 65_536] * 200), "http"),
    "a-head-without-end": (says(OK, *[b"X: " + b"y" * 1000 + b"\r\n"] * 10_000), "http"),
    "a-head-octet-by-octet": (says(*[b"H"] * 100, apart=0.05), "timeout"),
    "a-body-octet-by-octet": (says(OK + b"Content-Length: 100\r\n\r\n", *[b"x"] * 100, apart=0.05), "timeout"),
    "continue-without-end": (says(b"HTTP/1.1 100 Continue\r\nX: " + b"y" * 60_000 + b"\r\n\r\n", again=300),
        "http timeout"),
    "continue-now-and-then": (says(b"HTTP/1.1 100 Continue\r\n\r\n", apart=0.05, again=100), "timeout"),
    "switching-protocols": (says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), "http"),
    "early-hints-then-nothing": (then_waits(says(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")), "timeout"),
    "http-0.9": (says(b"<html>hello</html>\r\n"), "closed"),
    "http-2": (says(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff"), "http"),
    "nul": (says(b"\0" * 100_000), "http"),
    "a-tls-alert": (says(b"\x15\x03\x01\x00\x02\x02\x46"), "http"),
    "a-redirect": (says(sized(b"", b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n")), "http"),
    "a-temporary-redirect": (says(sized(b"", b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\n")), "http"),
    "upgrade-required": (says(sized(b"", b"HTTP/1.1 426 Upgrade\r\nUpgrade: TLS/1.2\r\n")), "http"),
    "unauthorized": (says(sized(b"", b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n")), "http"),
    "a-status-of-999": (says(sized(ANSWER, b"HTTP/1.1 999 \x1b[31m\r\n")), "http"),
    "a-header-with-nul": (says(b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"), "http"),
    "a-head-of-lone-lf": (says(b"HTTP/1.1 204 No\n\n"), "http"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_answer_is_told_in_a_word(tmp_path: Path, name: str) -> None:
    serve, problem = NO_ANSWER[name]
    exchange = ask(tmp_path, serve)
    assert exchange.problem in problem.split(), exchange.problem_text
    assert exchange.problem_text.isascii()
    assert exchange.problem_text.isprintable()
    assert len(exchange.problem_text) < 300
    assert len(exchange.response_head) + len(exchange.response) <= 3 * MAX_RESPONSE
    assert answer_of(exchange) is None


COLLECTION = b"\x34\x00\x01c\x00\x00"
MEMBER = b"\x4a\x00\x00\x00\x01m\x34\x00\x00\x00\x00"
BODIES = {
    "empty": b"",
    "one-octet": b"\x01",
    "no-groups": HEADER + b"\x03",
    "an-attribute-longer-than-all": GROUP + b"\x44\xff\xffname\xff\xffvalue",
    "a-value-longer-than-all": GROUP + b"\x44\x00\x01n\x7f\xffvalue\x03",
    "a-negative-length": GROUP + b"\x44\x80\x00\x80\x00\x03",
    "an-integer-of-no-octets": GROUP + b"\x21\x00\x01n\x00\x00\x03",
    "a-collection-10000-deep": GROUP + COLLECTION + MEMBER * 10_000,
    "a-collection-300000-deep": GROUP + COLLECTION + MEMBER * 300_000,
    "a-collection-that-never-ends": GROUP + COLLECTION * 100_000,
    "ends-of-no-collection": GROUP + b"\x37\x00\x00\x00\x00" * 100_000,
    "a-hundred-thousand-groups": HEADER + b"\x04" * 100_000 + b"\x03",
    "a-hundred-thousand-attributes": GROUP + b"\x44\x00\x01n\x00\x01v" * 100_000 + b"\x03",
    "a-hundred-thousand-values": GROUP + b"\x44\x00\x01n\x00\x01v" + b"\x44\x00\x00\x00\x01v" * 100_000 + b"\x03",
    "extended-tags": GROUP + b"\x7f\x00\x01n\x00\x04\xff\xff\xff\xff" * 1000 + b"\x03",
    "a-name-with-language-that-lies": GROUP + b"\x36\x00\x01n\x00\x04\xff\xff\x00\x00\x03",
    "reserved-delimiters": HEADER + bytes(range(16)) * 1000,
    "zeros": b"\0" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_of_whatever_octets_is_kept_and_read(tmp_path: Path, name: str) -> None:
    exchange = ask(tmp_path, says(sized(BODIES[name])))
    assert (exchange.problem, exchange.response) == ("", BODIES[name])
    before = time.process_time()
    answer = answer_of(exchange)
    assert answer is not None
    assert ipp.encode(answer.message) or answer.message.problem is not None
    for group in answer.message.groups:
        for attribute in group:
            assert len(attribute.show(answer.message.charset)) < 100 * len(BODIES[name])
    assert time.process_time() - before < 10


def test_a_compressed_answer_is_not_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 * 2**20), compresslevel=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    exchange = ask(tmp_path, says(sized(bomb, OK + b"Content-Encoding: gzip\r\n")))
    assert exchange.response == bomb
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        (says(b"\x16\x03\x03\xff\xff" + b"\0" * 70_000), "tls"),
        (says(sized(ANSWER)), "tls"),
        (then_waits(says()), "timeout"),
        (says(), "tls closed unreachable"),
    ],
    ids=["garbage", "in-clear", "silence", "nothing"],
)
def test_a_tls_handshake_that_fails_is_told_in_a_word(tmp_path: Path, serve: Serve, problem: str) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(5)  # the client's hello has begun; it holds no octet that says() would wait for
        reader.feed_data(b"\x03")
        await serve(reader, writer)

    exchange = ask(tmp_path, greet, "ipps")
    assert exchange.problem in problem.split(), exchange.problem_text
    assert exchange.problem_text.isprintable()


# ---------------------------------------------------------------- through the command

PLAY = ("--select", "T1-From-1,3-1,S-crlf")
ANSWERS = {
    "a-collection-10000-deep": BODIES["a-collection-10000-deep"],
    "no-groups": BODIES["no-groups"],
    "a-hundred-thousand-values": BODIES["a-hundred-thousand-values"],
}


@contextmanager
def running(serve: Serve) -> Iterator[int]:
    """The server on a loop and thread of its own."""
    loop, ready, ports = asyncio.new_event_loop(), Event(), list[int]()
    stop = asyncio.Event()

    async def main() -> None:
        async with listening(serve, []) as port:
            ports.append(port)
            ready.set()
            await stop.wait()

    thread = Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize("name", ["silence", "endless-chunks", "a-head-octet-by-octet", "a-redirect", *ANSWERS])
def test_a_run_against_it_ends_soon_in_a_line_and_no_verdict_about_the_printer(tmp_path: Path, name: str) -> None:
    (tmp_path / "bench.toml").write_text("request-timeout = 1\nmail-timeout = 1\n")
    serve = says(sized(ANSWERS[name])) if name in ANSWERS else NO_ANSWER[name][0]
    with running(serve) as port:
        done = subprocess.run(
            [sys.executable, "-m", "reports", "run", f"ipp://127.0.0.1:{port}/", "--ixit", tmp_path / "bench.toml",
             "--report-dir", tmp_path, *PLAY],
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (5, ""), done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("not-judged: the printer")
    assert json.loads((tmp_path / "verdict.json").read_text())["counts"]["fail"] == 0
