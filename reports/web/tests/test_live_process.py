"""The page as a process: nothing it does or suffers reaches the mail path, and nothing needs it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from conformance.record.evidence import EvidenceFile
from conformance.record.opening import beside
from conformance.record.rows import MailRow
from reports.web import serving, stream
from reports.web.client import LiveMails, LivePageError, NoMailError
from reports.web.serving import config_of, listen

from .desks import desk_on, evidence
from .processes import ROOT, SECONDS, recipient

DOCS = ROOT / "docs"
TOKEN = "a-token-of-this-very-test"


def mails_of(path: Path) -> int:
    with EvidenceFile.open(path) as file:
        return len(list(file.rows(MailRow)))


def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    with recipient(tmp_path) as served:
        there = example.replace('"127.0.0.1", 2525', f'"{served.host}", {served.port}')
        there = there.replace("http://127.0.0.1:8631/", served.web)
        assert there.count(served.web) == there.count(f", {served.port})") == 1
        names: dict[str, Any] = {}
        exec(there, names)
        names["test_a_finished_job_is_mailed"]()
        names["test_a_finished_job_is_mailed"]()  # the mail of the first is not taken for that of the second


def test_a_helper_tells_what_did_not_come_and_sets_faults(tmp_path: Path) -> None:
    with recipient(tmp_path, "--fault", "mail: 451 x1") as served:
        mails = LiveMails(served.web)
        assert mails.set_faults("rcpt to c@d.example: 550 gone") == ["rcpt to c@d.example: 550 gone"]
        with pytest.raises(LivePageError, match="no place 'nowhere'") as wrong:
            mails.set_faults("nowhere: 451")
        assert wrong.value.status == 422
        with pytest.raises(Exception, match="gone"):
            served.send()
        served.send(to="e@d.example")
        with pytest.raises(NoMailError, match=r"0 of 1 mails came within 0.1 s for to=c@d.example"):
            mails.wait(to="c@d.example", timeout=0.1)
        (mail,) = mails.wait(to="e@d.example")
        assert mails.raw(mail["summary"]["id"]) == b"Subject: x\r\n\r\nx\r\n"
        refused = mails.session(1)
        assert {"who": "our fault", "text": "rcpt to c@d.example: 550 gone"}.items() <= {
            key: value for line in refused["lines"] if line["who"] == "our fault" for key, value in line.items()
        }.items()


def test_a_page_that_hangs_holds_up_no_mail(tmp_path: Path) -> None:
    with recipient(tmp_path) as served:
        os.kill(served.page, signal.SIGSTOP)
        for _ in range(30):
            served.send()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(SECONDS) == 0
        assert not Path(f"/proc/{served.page}").exists()
    assert mails_of(served.evidence) == 30


def test_a_page_that_ends_takes_nothing_with_it(tmp_path: Path) -> None:
    with recipient(tmp_path) as served:
        os.kill(served.page, signal.SIGKILL)
        served.send()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(SECONDS) == 0
    assert mails_of(served.evidence) == 1
    assert not beside(served.evidence, "-wal").exists()


def test_evidence_that_was_shown_is_closed_in_order(tmp_path: Path) -> None:
    with recipient(tmp_path) as served:
        served.send()
        assert LiveMails(served.web).wait(to="c@d.example")
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(SECONDS) == 0
    assert mails_of(served.evidence) == 1
    assert [path.name for path in tmp_path.glob("r.evidence*")] == ["r.evidence"]


def test_a_page_does_not_outlive_its_recipient(tmp_path: Path) -> None:
    with recipient(tmp_path) as served:
        page = os.pidfd_open(served.page)
        served.process.kill()
        served.process.wait(SECONDS)
        loop = asyncio.new_event_loop()
        ended = loop.create_future()
        loop.add_reader(page, ended.set_result, None)
        loop.run_until_complete(asyncio.wait_for(ended, SECONDS))
        loop.remove_reader(page)
        loop.close()
        os.close(page)


def test_the_token_stands_in_no_command_line(tmp_path: Path) -> None:
    with recipient(tmp_path, "--web-token", "env:TOKEN", TOKEN=TOKEN) as served:
        assert "reports.web" in served.command()
        assert TOKEN not in served.command()
        with pytest.raises(LivePageError, match="show the token"):
            LiveMails(served.web).last()
        assert LiveMails(served.web, TOKEN).last() == 0
    assert TOKEN not in (tmp_path / "stderr").read_text()


def test_a_place_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with recipient(tmp_path) as served:
        where = served.web.removeprefix("http://").rstrip("/")
        done = subprocess.run(
            [sys.executable, "-m", "reports", "recipient", "--evidence", "s.evidence", "--web", where],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"ippmailto: the page cannot be served: {where}: Address already in use\n"


# ---------------------------------------------------------------- connections


def test_a_listener_that_does_not_read_is_cut_off_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else anybody could fill the terminal of whoever serves the page."""
    monkeypatch.setattr(stream, "READ_WITHIN", 0.1)
    monkeypatch.setattr(stream, "PAUSE", 0.0)
    said = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(said, "filters", [serving.is_news])

    async def served() -> bytes:
        with evidence(tmp_path) as laid:
            for _ in range(200):
                laid.mail(to=[f"{'x' * 180}{number}@b.example" for number in range(5)])
            async with asyncio.timeout(SECONDS), desk_on(laid) as desk:
                listening = listen("127.0.0.1", 0)
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                server = uvicorn.Server(config_of(desk, "127.0.0.1"))
                running = asyncio.create_task(server.serve(sockets=[listening]))
                with socket.socket() as slow:
                    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    slow.setblocking(False)
                    loop = asyncio.get_running_loop()
                    await loop.sock_connect(slow, listening.getsockname())
                    await loop.sock_sendall(slow, b"GET /api/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    begin = await loop.sock_recv(slow, 15)
                    await desk.listeners.emptied(SECONDS)
                server.should_exit = True
                await running
                return begin

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(served()) == b"HTTP/1.1 200 OK"
    assert caplog.messages == []


def test_who_says_nothing_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SPEAKS_WITHIN", 0.1)

    async def served(*said: bytes) -> list[bytes]:
        with evidence(tmp_path) as laid:
            async with asyncio.timeout(SECONDS), desk_on(laid) as desk:
                listening = listen("127.0.0.1", 0)
                server = uvicorn.Server(config_of(desk, "127.0.0.1"))
                running = asyncio.create_task(server.serve(sockets=[listening]))
                heard = []
                for line in said:
                    reader, writer = await asyncio.open_connection(*listening.getsockname())
                    writer.write(line)
                    try:
                        heard.append(await reader.read())
                    except ConnectionResetError:
                        heard.append(b"")
                    writer.close()
                server.should_exit = True
                await running
                return heard

    whole = b"GET /static/live.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    nothing, half, once, again = asyncio.run(served(b"", b"GET / HTTP/1.1\r\nHo", whole, whole + b"GET / HT"))
    assert (nothing, half) == (b"", b"")
    assert once.startswith(b"HTTP/1.1 200")
    assert again.count(b"HTTP/1.1") == 1
