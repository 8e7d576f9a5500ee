"""A page's commands, typed into a shell one after the other: what serves stays until the page is at its end.

The hosts and ports of the pages are examples.  Here they are the loopback's and free ones; all else is typed as it is.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from reports.benchmark.rejudging import wait_for
from reports.tests.test_command import ROOT
from reports.tests.test_site import shell_lines

PRINTER: Final = "ipp://printer.example/ipp/print"
SECONDS: Final = 400
UNTOLD_PORT: Final = re.compile(rf"ippmailto (?:run|doctor)\b(?!.*--smtp-listen).*{re.escape(PRINTER)}")


def lines_of(page: str) -> list[str]:
    """What a page of docs/, or one beside it, has in its examples for a shell."""
    path = ROOT / "docs" / page if (ROOT / "docs" / page).exists() else ROOT / page
    text = re.sub(r"^ *```text\n.*?^ *```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return list(dict.fromkeys(line.removeprefix(".venv/bin/") for line in shell_lines(text) if line))


class PageTyped:
    """One directory in which a page is typed, and what each command said and ended with."""

    def __init__(self, directory: Path, printer: str, ports: Mapping[str, int]) -> None:
        self.directory, self.ports, self._served = directory, ports, ExitStack()
        self._changes = {PRINTER: printer, "0.0.0.0": "127.0.0.1"}
        self.codes: dict[str, int] = {}
        self.said: dict[str, str] = {}

    def here(self, line: str) -> str:
        """The line with the hosts and ports that are here."""
        if UNTOLD_PORT.match(line):  # by default the recipient of such a printer listens on all addresses, at port 2525
            line += " --smtp-listen 0.0.0.0:2525"
        for written, meant in self._changes.items():
            line = line.replace(written, meant)
        for port, free in self.ports.items():
            line = re.sub(rf"(?<=[:\s=]){port}(?![\d.])(?=$|[\s/?'])", str(free), line)
        return line

    def type(self, line: str, more: str = "") -> None:
        """To its end; ``more`` is typed behind it."""
        with (self.directory / "said").open("w+b") as said:
            done = subprocess.run(
                ["bash", "-c", self.here(line) + more], cwd=self.directory, env=environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, timeout=SECONDS, check=False,
            )  # fmt: skip
            said.seek(0)
            self.said[line], self.codes[line] = said.read().decode(), done.returncode

    def serve(self, line: str, ready: str = "ready ") -> None:
        """Until the end of the page."""
        self._served.enter_context(self.serving(line, ready))

    @contextmanager
    def serving(self, line: str, ready: str = "ready ") -> Iterator[None]:
        """While the block is under way."""
        log = self.directory / f"served-{len(self.codes)}.log"
        with (
            log.open("wb") as out,
            subprocess.Popen(
                ["bash", "-c", f"exec {self.here(line)}"], cwd=self.directory, env=environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            ) as process,
        ):  # fmt: skip
            try:
                wait_for(lambda: ready.encode() in log.read_bytes() or process.poll() is not None)
                assert process.poll() is None, f"{line}: {log.read_text()}"
                yield
            finally:
                process.send_signal(signal.SIGTERM)
            self.codes[line] = process.wait(60)
            self.said[line] = log.read_text()

    def end(self) -> None:
        """Ctrl-C for all that serves."""
        self._served.close()


def environment() -> dict[str, str]:
    """Where ``ippmailto``, ``python`` and ``pytest`` are those of these tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
