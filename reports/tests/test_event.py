"""An event, rehearsed: every command of docs/event.md is typed, from an empty directory to the result."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.tests.cups import PrivateCups
from fakes.tests.cups import missing as cups_missing
from fakes.tests.ports import free_port
from reports.benchmark.postgres import MISSING, as_another_user, programs
from reports.benchmark.rejudging import wait_for
from reports.tests.test_command import ROOT
from reports.tests.test_site import shell_lines

pytestmark = [pytest.mark.skipif(programs() is None, reason=MISSING), pytest.mark.takes(120)]

PAGE: Final = ROOT / "docs" / "event.md"
OFFICE: Final = "ipp://office.example/ipp/print"
PASSWORD: Final = "of-the-event-1"
PORTS: Final = ("5432", "6310", "6311", "2525", "2526", "8631")
READY: Final = {
    "ippmailto printer": b"ready ",
    "ippmailto station": b"at work",
    "ippmailto run --web": b"page stays at",
}
OF_POSTGRESQL: Final = ("initdb", "pg_ctl", "createdb", "pg_dump")
SECONDS: Final = 300


class Rehearsal:
    """The machines of the event: a directory where commands are typed, and another for PostgreSQL's user."""

    def __init__(self, directory: Path, database: Path, changes: dict[str, str]) -> None:
        self.directory, self.database, self._changes = directory, database, changes
        self._before: list[str] = []
        self._served = ExitStack()
        self.said: dict[str, str] = {}  # by command as the page has it
        self.codes: dict[str, int] = {}

    def type(self, line: str) -> None:
        """Do what a line of the page says."""
        here = re.sub("|".join(map(re.escape, self._changes)), lambda found: self._changes[found[0]], line)
        if line.startswith(("export ", ". ")):
            self._before.append(here)
        elif (server := next((start for start in READY if line.startswith(start)), None)) is not None:
            self._served.enter_context(self._serving(here, READY[server]))
        else:
            self._do(line, here)

    def _do(self, line: str, here: str) -> None:
        is_database = line.startswith(OF_POSTGRESQL)
        room = self.database if is_database else self.directory
        user = as_another_user(room) if is_database else {}
        script = here if is_database else self._script(here)
        with tempfile.TemporaryFile() as said:  # no pipe: the server of a database would hold it open
            done = subprocess.run(
                ["bash", "-c", script], cwd=room, env=environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, timeout=SECONDS, check=False, **user,
            )  # fmt: skip
            said.seek(0)
            self.said[line], self.codes[line] = said.read().decode(), done.returncode

    def _script(self, here: str) -> str:
        return "\n".join([*self._before, here])

    @contextmanager
    def _serving(self, here: str, ready: bytes) -> Iterator[None]:
        """Until the end; what it says last is its code."""
        log = self.directory / f"served-{here.split()[3]}-{len(self.codes)}-{abs(hash(here))}.log"
        with (
            log.open("wb") as out,
            subprocess.Popen(
                ["bash", "-c", self._script(f"exec {here}")], cwd=self.directory, env=environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            ) as process,
        ):  # fmt: skip
            try:
                wait_for(lambda: ready in log.read_bytes() or process.poll() is not None)
                assert process.poll() is None, f"{here}: {log.read_text()}"
                yield
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, f"{here}: {log.read_text()}"

    def stop(self) -> None:
        """Ctrl-C everywhere."""
        self._served.close()


def environment() -> dict[str, str]:
    """Where PostgreSQL's programs and the libraries of this test are; ours come from the wheel that was installed."""
    found = programs()
    assert found is not None
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "VIRTUAL_ENV", "PYTHON"))}
    path = os.pathsep.join([str(found), kept.get("PATH", "")])
    return {**kept, "PATH": path, "PYTHONPATH": sysconfig.get_path("purelib"), "PGPASSWORD": PASSWORD}


def wheel(directory: Path) -> Path:
    """The project, as it is installed."""
    build = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(directory), str(ROOT)]
    subprocess.run([sys.executable, *build], check=True, cwd=ROOT, capture_output=True)
    (built,) = directory.glob("*.whl")
    return built


@contextmanager
def a_place_for_the_database() -> Iterator[Path]:
    """A directory that PostgreSQL's user can enter; the server in it is ended, however the test ends."""
    with tempfile.TemporaryDirectory(prefix="ippmailto-event-") as name:
        directory = Path(name)
        (directory / "secret").write_text(PASSWORD + "\n")
        as_user = as_another_user(directory, directory / "secret")
        try:
            yield directory
        finally:
            if (directory / "event-db" / "postmaster.pid").exists():
                stop: list[Any] = [programs() / "pg_ctl", "-D", directory / "event-db", "-m", "immediate", "stop"]  # type: ignore[operator]
                subprocess.run(stop, cwd="/", stdout=subprocess.DEVNULL, check=True, **as_user)


def verdicts(said: str) -> dict[str, str]:
    """By printer, as ``submit --wait`` tells them."""
    return dict(re.findall(r"^job \d+: (\S+): (\S+) \(run ", said, re.MULTILINE))


def test_every_command_of_the_page_leads_to_the_result(tmp_path: Path) -> None:
    lines = list(filter(None, shell_lines(PAGE.read_text(encoding="utf-8"))))
    with ExitStack() as stack:
        ports = {port: str(stack.enter_context(free_port())) for port in PORTS}
        database = stack.enter_context(a_place_for_the_database())
        (built := tmp_path / "wheel").mkdir()
        changes = {
            "python3 -m venv": f"{sys.executable} -m venv",
            "install 'ippmailto[stations,web]'": f"install -q --no-index --no-deps {wheel(built)}",
            "listen_addresses=*": "listen_addresses=127.0.0.1",
            "0.0.0.0": "127.0.0.1",
            "db.example": "127.0.0.1",
            **ports,
        }
        event = Rehearsal(tmp_path, database, changes)
        stack.callback(event.stop)
        if cups_missing() is None:
            changes[OFFICE] = stack.enter_context(PrivateCups(int(ports["2526"]))).printer
        else:
            port = stack.enter_context(free_port())
            changes[OFFICE] = f"ipp://127.0.0.1:{port}/ipp/print"
        for line in lines:
            if line.startswith("ippmailto doctor") and cups_missing() is not None:  # somebody has to be the office's
                event.type(f"ippmailto printer --port {port} --smtp 127.0.0.1:2526")
            if line.startswith("pg_dump"):
                event.stop()
            event.type(line)
        assert "CREATE TABLE public.runs" in (database / "results.sql").read_text()
    told = {line: (code, event.said[line]) for line, code in event.codes.items()}
    submitted, again = (line for line in told if " --wait" in line)
    doctor = next(line for line in told if line.startswith("ippmailto doctor"))
    expected = {submitted: (1,), again: (1,), doctor: (0, 3)}
    assert {line: said for line, said in told.items() if said[0] not in expected.get(line, (0,))} == {}
    served = [line for line in lines if line.startswith(tuple(READY))]
    assert len(served) == 6
    assert len(told) + len(served) + 2 == len(set(lines)), "all were typed; two are for the shell itself"
    _check_verdicts(verdicts(told[submitted][1]), verdicts(told[again][1]), changes)
    runs = told["ippmailto runs env:STORE"][1].splitlines()[1:]
    assert sorted(run.split()[4] for run in runs) == ["-", "east", "east", "north", "north", "south", "south"]
    assert len(told["ippmailto runs env:STORE --every"][1].splitlines()[1:]) == 14
    assert len(list(tmp_path.glob("ippmailto-station/*/report.html"))) == 6
    assert len(list((tmp_path / "event-site").glob("printer-*.html"))) == len({*_printers(told)})
    public = "".join(page.read_text() for page in (tmp_path / "event-site-for-others").glob("*.html"))
    assert "reference printer" not in public
    assert shutil.which("ippmailto", path=str(tmp_path / "event" / "bin")), "it was the wheel that ran"


def _printers(told: dict[str, tuple[int, str]]) -> list[str]:
    """What `runs` has last in each line: makes and models."""
    return [re.split(r"\s{2,}", run)[-1] for run in told["ippmailto runs env:STORE"][1].splitlines()[1:]]


def _check_verdicts(first: dict[str, str], again: dict[str, str], changes: dict[str, str]) -> None:
    """Who conforms does, and who lies does not, the second time as the first."""
    liars = [f"ipp://127.0.0.1:{changes[port]}/ipp/print" for port in ("6310", "6311")]
    office = "does-not-conform" if cups_missing() is None else "conforms"
    assert first == {
        "reference": "conforms", "reference:base64": "conforms", "reference:words-quoted": "conforms",
        liars[0]: "does-not-conform", liars[1]: "does-not-conform", changes[OFFICE]: office,
    }  # fmt: skip
    assert sorted(again.values()) == sorted([*first.values(), "conforms"]), "and the warm-up"
