"""A recipient or a run in a process of its own, with its page in another."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
SECONDS: Final = 60.0  # that only a failing test uses up


@dataclass(frozen=True, slots=True)
class ServedRecipient:
    """A recipient with a page; ``page`` is the process of that."""

    process: subprocess.Popen[str]
    host: str
    port: int
    web: str
    evidence: Path
    page: int

    def send(self, text: bytes = b"Subject: x\r\n\r\nx\r\n", to: str = "c@d.example") -> None:
        """Have it take a mail."""
        with smtplib.SMTP(self.host, self.port, timeout=SECONDS) as client:
            client.sendmail("a@b.example", [to], text)

    def command(self) -> str:
        """The command line of the page's process."""
        return Path(f"/proc/{self.page}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@contextmanager
def recipient(directory: Path, *arguments: str, **variables: str) -> Iterator[ServedRecipient]:
    """Ended by its own pid."""
    command = ["recipient", "--web", "--evidence", "r.evidence", *arguments]
    with process(command, directory, variables) as started:
        assert started.stdout is not None
        ready = started.stdout.readline().split()
        assert ready[:1] == ["ready"], ready
        host, _, port = ready[2].rpartition(":")
        web = ready[ready.index("web") + 1]
        yield ServedRecipient(started, host, int(port), web, directory / "r.evidence", child_of(started.pid))


@contextmanager
def process(command: list[str], directory: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command of ours."""
    with (directory / "stderr").open("w") as errors:
        started = subprocess.Popen(
            [sys.executable, "-m", "reports", *command],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(timeout=SECONDS)
        if started.stdout is not None:
            started.stdout.close()


def child_of(pid: int) -> int:
    """Its only child that serves a page."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    (page,) = [int(each) for each in children if b"reports.web" in Path(f"/proc/{each}/cmdline").read_bytes()]
    return page
