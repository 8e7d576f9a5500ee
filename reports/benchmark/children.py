"""The processes that are measured: started, waited for, their processor time and memory read from ``/proc``."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Mark

ROOT: Final = Path(__file__).parents[2]
START_TRIES: Final = 500  # of 20 ms each: ten seconds for a server to listen, on a machine that is busy
_PATH: Final = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"  # where Postfix's programs are
ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), *sys.path]))}


class BenchmarkError(Exception):
    """Something cannot be measured, or a server lost count."""


def tool(name: str) -> str:
    """The path of a program of Postfix; raises ``BenchmarkError``."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise BenchmarkError(f"{name} is not installed; it comes with Postfix")
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads that a process has now, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory(pid: int | str = "self", what: str = "VmRSS") -> float:
    """Resident memory in MB (2**20 octets): ``VmRSS`` now, ``VmHWM`` the most so far."""
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"the system does not tell {what}")
    return int(found[1]) / 1024


class Server:
    """A mail server in a process of its own; ``with`` ends it.  ``counted`` is known after that."""

    name = ""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.counted = 0
        self._out: IO[bytes] = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - closed in __exit__
        self.port = 0
        self.process = subprocess.Popen(
            self.command(), stdout=self._out, cwd=directory, env=ENVIRONMENT, start_new_session=True
        )
        try:
            self._wait()
        except BenchmarkError:
            self.__exit__(None, None, None)
            raise

    def command(self) -> list[str]:
        """What starts it."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it listens; then ``port`` is known."""
        found = re.search(rb"^ready smtp 127\.0\.0\.1:(\d+)", self.output())
        self.port = int(found[1]) if found else 0
        return found is not None

    def count(self) -> int:
        """How many mails it took, after it has ended."""
        raise NotImplementedError

    def output(self) -> bytes:
        """What it has printed so far."""
        self._out.seek(0)
        return self._out.read()

    def _wait(self) -> None:
        for _ in range(START_TRIES):
            if self.ready():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)  # smtp-sink tells nobody when it listens
        raise BenchmarkError(f"{self.name} did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        try:
            if kind is None:
                self.counted = self.count()
        finally:
            self._out.close()


class Ours(Server):
    """The recipient of this project, with evidence on the disk."""

    name = "ippmailto"
    transactions = 0  # each synced to the disk; known when it has ended

    def command(self) -> list[str]:
        self.evidence = self._directory / f"{time.monotonic_ns()}.evidence"
        return [
            sys.executable, "-m", "reports", "recipient",
            "--smtp-listen", "127.0.0.1:0", "--evidence", str(self.evidence),
        ]  # fmt: skip

    def count(self) -> int:
        if self.process.returncode == 0:
            with EvidenceFile.open(self.evidence) as file:
                counted = sum(1 for _ in file.rows(MailRow))
                self.transactions = sum(1 for _ in file.rows(Mark))
        else:
            raise BenchmarkError("the recipient did not end in order")
        self.evidence.unlink()
        return counted


class ToldCount(Server):
    """One of our own for comparison, which prints its count at its end."""

    module = ""
    arguments: tuple[str, ...] = ()

    def command(self) -> list[str]:
        return [sys.executable, "-m", self.module, *self.arguments]

    def count(self) -> int:
        found = re.search(rb"^counted (\d+)", self.output(), re.MULTILINE)
        if found is None:
            raise BenchmarkError(f"{self.name} did not tell its count")
        return int(found[1])


class Bare(ToldCount):
    """aiosmtpd with a handler that throws mail away."""

    name, module = "bare aiosmtpd", "reports.benchmark.bare"


class Answering(ToldCount):
    """What SMTP wants to hear, in Python, and nothing else: no reading, no states, no disk."""

    name, module = "answering alone", "reports.benchmark.answering"


class Keeping(ToldCount):
    """The same, with what comes in messages synced to the disk before it is answered: through our journal to a file."""

    name, module, arguments = "answering and a plain file", "reports.benchmark.keeping", ("plain",)


class KeepingEvidence(Keeping):
    """Likewise, with rows as evidence has them in place of the plain file."""

    name, arguments = "answering and evidence", ("evidence",)


class AnotherServer(Server):
    """One that somebody else wrote: it listens at the port that it was given, and says nothing of that."""

    asked = 0  # the port, set by whoever makes the command

    def ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.asked), timeout=1).close()
        except OSError:
            return False
        self.port = self.asked
        return True


class Sink(AnotherServer):
    """Postfix's smtp-sink, in C, which throws mail away."""

    name = "smtp-sink"

    def command(self) -> list[str]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.asked = int(free.getsockname()[1])
        privileges = ["-u", "nobody"] if os.geteuid() == 0 else []  # it insists on giving up those of root
        return [tool("smtp-sink"), "-c", *privileges, f"127.0.0.1:{self.asked}", "1024"]

    def count(self) -> int:
        found = re.findall(rb"mesg=(\d+)", self.output())
        if not found:
            raise BenchmarkError("smtp-sink did not tell its count")
        return int(found[-1])
