"""A private CUPS as a printer under test: a real IPP printer whose notifications go to a port of ours.

    with PrivateCups(smtp_port, lease_max=300) as cups:
        ...  # cups.printer, cups.slow and cups.faulty are ipp URIs

``start-cups.sh`` beside this module does the work; its head lists the settings, which are given here in lower case.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

SCRIPT: Final = Path(__file__).with_name("start-cups.sh")
NOTIFIER: Final = Path("/usr/lib/cups/notifier/mailto")
PACKAGES: Final = "apt-get install --no-install-recommends cups-daemon cups-client cups-ipp-utils"
STOP_SECONDS: Final = 20.0  # the script gives cupsd ten before it kills it
_SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> str | None:
    """What would have to be done before a private CUPS can run here; ``None`` if it can."""
    if os.name != "posix":
        return "a private CUPS needs a POSIX system"
    if os.geteuid() != 0:
        return "a private CUPS needs root: cupsd starts its notifiers as another user; run the tests as root"
    for program in ("cupsd", "ipptool"):
        if shutil.which(program, path=_SYSTEM_PATH) is None:
            return f"{program} is not here; {PACKAGES}"
    if not NOTIFIER.exists():
        return f"{NOTIFIER} is not here; {PACKAGES}"
    return None


needs_cups = pytest.mark.skipif(missing() is not None, reason=missing() or "a private CUPS can run here")


class CupsDidNotStart(Exception):
    """What the script said instead."""


class PrivateCups:
    """One scheduler of our own from ``__enter__`` to ``__exit__``; nothing of it is left afterwards.

    Entering and leaving block for about 0.2 s each; from a coroutine, use ``asyncio.to_thread``.
    """

    def __init__(self, smtp_port: int, ipp_port: int = 0, **settings: str | int) -> None:
        self._command = [str(SCRIPT), str(smtp_port), str(ipp_port)]
        self._environment = {name.upper(): str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[str] | None = None
        self.printer = self.slow = self.faulty = ""
        self.port = self.pid = 0
        self.directory = Path()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            env={"PATH": os.environ.get("PATH", _SYSTEM_PATH), **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said: dict[str, str] = {}
        assert self._process.stdout is not None
        for line in self._process.stdout:
            name, _, value = line.strip().partition("=")
            said[name] = value
            if name == "READY":
                break
        else:
            _, complaint = self._process.communicate(timeout=STOP_SECONDS)
            raise CupsDidNotStart(complaint)
        self.printer, self.slow, self.faulty = said["PRINTER"], said["SLOW"], said["FAULTY"]
        self.port, self.pid, self.directory = int(said["PORT"]), int(said["PID"]), Path(said["DIRECTORY"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # setpriv --pdeathsig then ends cupsd
            self._process.communicate()
            raise

    def processes(self) -> list[int]:
        """The ids of the scheduler and of its notifiers and backends that are alive."""
        ours = f"CUPS_SERVERROOT={self.directory}/root".encode()
        alive = []
        for status in Path("/proc").glob("[0-9]*"):
            try:
                environment = (status / "environ").read_bytes().split(b"\0")
                command = (status / "cmdline").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            if ours in environment or f"{self.directory}/root/cupsd.conf".encode() in command:
                alive.append(int(status.name))
        return alive
