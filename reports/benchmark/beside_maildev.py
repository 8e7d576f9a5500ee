"""Capture beside MailDev, a recipient for tests that many people use: it keeps mail in memory and in files unsynced.

``npm install maildev``, and its ``maildev`` on the path: whoever has none leaves this part out.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from .capture import Capture, Load, ratio_of
from .children import AnotherServer, BenchmarkError, Ours
from .figures import Figure, Result, Table

LOADS: Final = (Load(1_000, 1, True), Load(1_000, 10, True), Load(30_000, 10, True))
MAILS: Final = 1_000  # of a repetition; it slows down with what it holds
WARM: Final = 100
_HOW: Final = (
    "As under *Capture, durable*, in turns with MailDev, which is told to keep its mails in a directory of its own. "
    "Its count is that of the files there."
)


class MailDev(AnotherServer):
    """MailDev, without a word and with its page on a port that nobody asks."""

    name = "MailDev"

    def command(self) -> list[str]:
        program = shutil.which("maildev")
        if program is None:
            raise BenchmarkError("maildev is not installed; npm install -g maildev brings it")
        self.asked, page = _free(), _free()
        self._mails = self._directory / "maildev"
        return [
            program, "--smtp", str(self.asked), "--web", str(page), "--ip", "127.0.0.1", "--web-ip", "127.0.0.1",
            "--mail-directory", str(self._mails), "--silent",
        ]  # fmt: skip

    def count(self) -> int:
        counted = sum(1 for _ in self._mails.glob("*.eml"))
        shutil.rmtree(self._mails)
        return counted


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def maildev(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure; raises ``BenchmarkError``."""
    figures, rows = [], []
    for load in LOADS[:1] if quick else LOADS:
        tell(f"maildev: {load}")
        ours, theirs = Capture(each=WARM if quick else MAILS), Capture(each=WARM if quick else MAILS)
        with ExitStack() as stack:
            servers = [stack.enter_context(kind(directory)) for kind in (Ours, MailDev)]
            for server, taken in zip(servers, (ours, theirs), strict=True):
                taken.send(server, load, WARM)
            for _ in range(1 if quick else 3):
                for server, taken in zip(servers, (ours, theirs), strict=True):
                    taken.repeat(server, load)
        for server, taken in zip(servers, (ours, theirs), strict=True):
            if server.counted != taken.sent:
                raise BenchmarkError(f"{server.name} counted {server.counted} of {taken.sent} mails")
        figures.append(Figure(f"{load}: over MailDev", ratio_of(ours, theirs)))
        each = (*(t.rates for t in (ours, theirs)), *([c * 1e6 for c in t.cpu] for t in (ours, theirs)))
        rows.append((str(load), *(f"{median(values):,.0f}" for values in each)))
    header = ("load", "ours /s", "MailDev /s", "ours CPU us", "MailDev CPU us")
    return Result("maildev", "Beside MailDev", _HOW, tuple(figures), (Table(header, tuple(rows)),))
