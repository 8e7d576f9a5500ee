"""``ippmailto web``: evidence that is there already, on the same pages, read and never written to."""

from __future__ import annotations

import json
import lzma
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from reports.web.client import LiveMails, LivePageError

from .desks import PLAIN, evidence
from .processes import ROOT, SECONDS, child_of, process

FIXTURES = ROOT / "fixtures" / "evidence"
TOKEN = "a-token-of-this-very-test"


@contextmanager
def shown(directory: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The page of what is named first, and its address."""
    with process(["web", *arguments], directory, variables) as started:
        assert started.stdout is not None
        ready = started.stdout.readline().split()
        assert ready[:2] == ["ready", "web"], (directory / "stderr").read_text()
        yield started, ready[2]


def refused(directory: Path, *arguments: str) -> str:
    """What is told where there is no page."""
    done = subprocess.run(
        [sys.executable, "-m", "reports", "web", *arguments],
        cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("ippmailto: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.takes(20)
def test_a_run_of_an_earlier_version_is_shown_with_what_it_came_to(tmp_path: Path) -> None:
    path = tmp_path / "run.evidence"
    path.write_bytes(lzma.decompress((FIXTURES / "ippmailto-0.1.0-five-defects.evidence.xz").read_bytes()))
    before = sha256(path.read_bytes()).digest()
    told = json.loads((FIXTURES / "ippmailto-0.1.0-five-defects.verdicts.json").read_text())
    with shown(tmp_path, "run.evidence", "--edition", told["edition"]) as (started, address):
        mails = LiveMails(address)
        assert len(mails.wait(count=3)) >= 3
        with pytest.raises(LivePageError) as wrong:
            mails.set_faults("rcpt: 451")
        assert wrong.value.status == 409
        started.send_signal(signal.SIGTERM)
        assert started.wait(SECONDS) == 0
    assert sha256(path.read_bytes()).digest() == before
    assert [each.name for each in tmp_path.glob("run.evidence*")] == ["run.evidence"]


def test_what_a_recipient_kept_is_shown_to_whoever_has_the_token(tmp_path: Path) -> None:
    with evidence(tmp_path) as laid:
        laid.mail()
    with shown(tmp_path, "r.evidence", "--web-token", "env:TOKEN", TOKEN=TOKEN) as (started, address):
        with pytest.raises(LivePageError, match="show the token"):
            LiveMails(address).last()
        mails = LiveMails(address, TOKEN)
        assert mails.raw(1) == PLAIN
        page = child_of(started.pid)
        os.kill(page, signal.SIGKILL)
        assert started.wait(SECONDS) == 2
    assert (tmp_path / "stderr").read_text() == "ippmailto: the page has ended; the lines above say why\n"


def test_what_cannot_be_shown_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(PLAIN)
    assert "letter" in refused(tmp_path, "letter")
    assert "nowhere" in refused(tmp_path, "nowhere")
    with evidence(tmp_path) as laid:
        laid.mail()
    assert "C99" in refused(tmp_path, "r.evidence", "--reading", "C99=x")
