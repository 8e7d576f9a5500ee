"""A URI that leads to another one: no redirect is followed, and where it leads is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from fakes.stage.bench import Sitting, bench, printer_at
from fakes.stage.ixit import Ixit
from fakes.stage.shared import StageError


async def met(evidence: Path, answer: bytes) -> str:
    """What a run says of a printer that gives that answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x03")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with EvidenceFile.create(evidence) as file:
        async with server:
            made = bench(file, printer_at(f"ipp://127.0.0.1:{port}/ipp/print"), Sitting(Ixit.for_loopback(), "a test"))
            with pytest.raises(StageError) as caught:
                async with made as stage:
                    await stage.prepare()
    return str(caught.value)


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        ("http://127.0.0.1:631/ipp/real", "it sends us on to http://127.0.0.1:631/ipp/real: name that one"),
        ("http://bob:secret@127.0.0.1/", "is its URI right?"),
        ("/\x1b[2J", "is its URI right?"),
    ],
)
def test_where_a_redirect_leads_is_told(tmp_path: Path, location: str, hint: str) -> None:
    answer = f"HTTP/1.1 307 Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    told = asyncio.run(met(tmp_path / "run.evidence", answer))
    assert told == f"the printer gives no IPP answer: HTTP status 307 instead of 200 ({hint})"
