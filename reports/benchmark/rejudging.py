"""Judging stored runs again at one, two and four stations that share a queue in a private PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from statistics import mean
from typing import IO, Final

from .children import ENVIRONMENT, BenchmarkError
from .figures import Figure, Result, Table
from .postgres import Cluster, private_cluster

RUNS: Final = int(os.environ.get("IPPMAILTO_STORED_RUNS", "1000"))
QUICK_RUNS: Final = 20
MANY: Final = 500  # with more a second turn tells nothing new
STATIONS: Final = (1, 2, 4)
SELECT: Final = "T1-From-1"
PAST: Final = "2026-01-01T12:00:{:02}.{:03}Z"

_HOW: Final = (
    "A small run (`--select T1-From-1`) is recorded at the reference printer; its evidence is stored {runs:,} times in "
    "a private PostgreSQL, each with another time of begin, so that each is a run of its own. Stations, a process "
    "each, are started and wait; then `ippmailto submit URL --rejudge all --strict` asks for all of them. A job "
    "restores the evidence, opens it row by row, judges it in a pytest session, and stores verdict and outcome in one "
    "transaction. The time is from the submission to the last outcome, by the clock of the machine; one database for "
    "each number of stations. Turns: {turns}. Measured on {date}."
)
_LIMITS: Final = (
    "processors: a station computes nearly all of the time, and stations share nothing but the database, whose part is "
    "small. Two stations on two cores that are left alone can be at most twice as quick; a third and fourth only wait "
    "for a core. Where other work shares the machine, more stations get a larger share of it."
)


def small_run(directory: Path) -> Path:
    """A report directory with the evidence of a small run."""
    report = directory / "small"
    command = [sys.executable, "-m", "reports", "run", "-q", "--select", SELECT, "--report-dir", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode != 0:
        raise BenchmarkError(f"the reference printer could not be judged: {done.stderr.strip()[-300:]}")
    return report


def store_copies(url: str, report: Path, number: int) -> None:
    """Publish the run that often, each time as if it had begun at another time."""
    from reports.store.address import StoreAddress
    from reports.store.database import open_store
    from reports.store.publishing import Publication, publish

    store = open_store(StoreAddress.of(url))
    document = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    (source,) = report.glob("*.evidence")
    copy = report / "copy"
    for n in range(number):
        began = PAST.format(n // 1000, n % 1000)
        shutil.copyfile(source, copy)
        with sqlite3.connect(copy) as file:
            file.execute("UPDATE run SET began = ?", (began,))
        file.close()
        evidence = {"file": "copy", "sha256": sha256(copy.read_bytes()).hexdigest()}
        publish(store, Publication({**document, "started": began, "evidence": evidence}, copy))
    copy.unlink()


def ippmailto(*words: str, log: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """The command, started."""
    return subprocess.Popen([sys.executable, "-m", "reports", *words], env=ENVIRONMENT, stdout=log, stderr=log)


@contextmanager
def at_work(url: str, name: str, directory: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A station that is ready; what it says goes to a file of its name.  It is ended in order, if it still runs."""
    path = directory / f"{name}.log"
    words = ("station", url, "--name", name, "--work-dir", str(directory / name), *more)
    with path.open("wb") as log, ippmailto(*words, log=log) as station:
        try:
            wait_for(lambda: b"at work" in path.read_bytes() or station.poll() is not None)
            if station.poll() is not None:
                raise BenchmarkError(f"a station did not start: {path.read_text()[-300:]}")
            yield station
        finally:
            if station.poll() is None:
                station.send_signal(signal.SIGTERM)


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until it holds; raises ``BenchmarkError``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise BenchmarkError("waited in vain")
        time.sleep(0.05)  # nothing tells what another process has done


def outcomes(url: str) -> list[datetime]:
    """When each job was done."""
    from sqlalchemy import select

    from reports.store.address import StoreAddress
    from reports.store.database import open_store
    from reports.store.tables import OUTCOMES

    with open_store(StoreAddress.of(url)).reading() as connection:
        return list(connection.execute(select(OUTCOMES.c.stored)).scalars())


@dataclass(frozen=True, slots=True)
class _Judged:
    stations: int
    seconds: float


def _measure(url: str, stations: int, runs: int, directory: Path) -> _Judged:
    with ExitStack() as started:
        for number in range(stations):
            started.enter_context(at_work(url, f"station-{number}", directory))
        began = time.time()
        with ippmailto("submit", url, "--rejudge", "all", "--strict", "--wait") as submit:
            said = submit.communicate()[0]
        if submit.returncode != 0:
            raise BenchmarkError(f"not all was judged: {said[-300:].decode(errors='replace')}")
    done = outcomes(url)
    if len(done) != runs:
        raise BenchmarkError(f"{len(done)} of {runs} runs were judged")
    return _Judged(stations, max(done).timestamp() - began)


def stations(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure; raises ``BenchmarkError``."""
    runs = QUICK_RUNS if quick else RUNS
    turns = 1 if quick or runs > MANY else 2
    with private_cluster() as cluster:
        tell(f"stations: storing {runs:,} runs")
        store_copies(cluster.create("stored"), small_run(directory), runs)
        measured = [one for turn in range(turns) for one in _turn(cluster, turn, runs, directory, tell)]
    return _result(measured, runs, turns)


def _turn(cluster: Cluster, turn: int, runs: int, directory: Path, tell: Callable[[str], None]) -> Iterator[_Judged]:
    for number in STATIONS:
        room = directory / f"{turn}-{number}"
        room.mkdir()
        judged = _measure(cluster.create(f"turn_{turn}_{number}", like="stored"), number, runs, room)
        tell(f"stations: turn {turn + 1}, {number} at work: {judged.seconds:.1f} s")
        yield judged


def _result(measured: Sequence[_Judged], runs: int, turns: int) -> Result:
    seconds = {number: mean(m.seconds for m in measured if m.stations == number) for number in STATIONS}
    figures = [Figure(f"{number} stations over one", seconds[1] / seconds[number]) for number in STATIONS[1:]]
    figures.append(Figure("runs judged again by one station", runs / seconds[1], "/s"))
    rows = tuple((str(n), f"{s:.1f}", f"{runs / s:.2f}", f"{seconds[1] / s:.2f}") for n, s in seconds.items())
    how = _HOW.format(runs=runs, turns=turns, date=f"{datetime.now():%Y-%m-%d}")  # noqa: DTZ005 - as the reader's calendar has it
    table = Table(("stations", f"s for {runs:,} runs", "runs /s", "over one station"), rows)
    return Result("stations", "Judging again at several stations", how, tuple(figures), (table,), _LIMITS)
