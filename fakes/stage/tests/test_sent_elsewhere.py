"""What is said of a printer that answers otherwise: where a redirect leads, that it wants TLS or a login."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from fakes.stage.bench import Sitting, bench, printer_at
from fakes.stage.ixit import Ixit
from fakes.stage.shared import StageError


async def met(evidence: Path, answer: bytes, ixit: Ixit | None = None, scheme: str = "ipp") -> str:
    """What a run says of a printer that gives that answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if scheme == "ipp":
            await reader.readuntil(b"\x03")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with EvidenceFile.create(evidence) as file:
        async with server:
            made = bench(
                file,
                printer_at(f"{scheme}://127.0.0.1:{port}/ipp/print"),
                Sitting(ixit or Ixit.for_loopback(), "a test"),
            )
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


WANTS_LOGIN = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
WANTS_TLS = b"HTTP/1.1 426 No\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"
NAMED = replace(Ixit.for_loopback(), user="bob", password="secret")


@pytest.mark.parametrize(
    ("answer", "ixit", "hint"),
    [
        (WANTS_LOGIN, Ixit.for_loopback(), "(name them in the IXIT as user and password-from)"),
        (WANTS_LOGIN, NAMED, "does not take the login of the IXIT (are user and password-from right?)"),
        (WANTS_TLS, Ixit.for_loopback(), "(try ipps://, or upgrade = true in the IXIT)"),
    ],
    ids=["a login", "another login", "TLS"],
)
def test_what_the_printer_wants_is_the_hint_and_not_its_uri(
    tmp_path: Path, answer: bytes, ixit: Ixit, hint: str
) -> None:
    told = asyncio.run(met(tmp_path / "run.evidence", answer, ixit))
    assert told.endswith(hint)
    assert "URI" not in told


def test_a_port_without_tls_is_told_of(tmp_path: Path) -> None:
    told = asyncio.run(met(tmp_path / "run.evidence", b"HTTP/1.1 400 No\r\n\r\n", scheme="ipps"))
    assert told.endswith("(has it TLS at that port? ipp:// does without)")
