"""Stations on a PostgreSQL of their own: each job once, whoever dies, and no password anywhere."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from sqlalchemy import text

from reports.benchmark.postgres import MISSING, PASSWORD, Cluster, private_cluster, programs
from reports.benchmark.rejudging import at_work, small_run, store_copies, wait_for
from reports.commands.publishing import report_in
from reports.stations.queue import JUDGE, RUN, make_queue, queue_at
from reports.stations.wishes import queue_of
from reports.stations.work import Station
from reports.store.address import StoreAddress
from reports.store.database import Store, open_store
from reports.store.publishing import Publication, publish
from reports.store.reading import run_ids, stored_runs, stored_verdicts
from reports.tests.test_command import ippmailto

pytestmark = pytest.mark.skipif(programs() is None, reason=MISSING)

STALLED: Final = ("--stalled-after", "10")
LEFT: Final = "procrastinate_jobs WHERE task_name <> 'retry-stalled' AND status IN ('todo', 'doing')"
WAITING: Final = (
    "pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%outcomes%' AND datname = current_database()"
)
QUICKLY: Final = ("--select", "T1-From-1")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with private_cluster() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("small"))


@pytest.fixture
def url(cluster: Cluster, request: pytest.FixtureRequest) -> str:
    return cluster.create(f"of_{sha256(request.node.name.encode()).hexdigest():.16}")


@pytest.fixture
def store(url: str) -> Store:
    opened = open_store(StoreAddress.of(url))
    make_queue(opened)
    return opened


def counted(store: Store, what: str) -> int:
    with store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def station(url: str, name: str, directory: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """One that ends when nothing is left to do."""
    return ippmailto("station", url, "--name", name, "--work-dir", directory / name, "--until-empty", *more)


def put(store: Store, task: str, queue: str, **kwargs: Any) -> None:
    """A job as nobody submits it."""

    async def defer() -> None:
        async with queue_at(store.address, stalled=30) as app:
            await app.configure_task(task, queue=queue).defer_async(**kwargs)

    asyncio.run(defer())


# ---------------------------------------------------------------- jobs and who does them


def test_each_station_runs_at_its_own_printers(url: str, tmp_path: Path) -> None:
    submitted = ippmailto("submit", url, "--printer", "reference", "--printer", "reference:base64", *QUICKLY)
    assert submitted.returncode == 0, submitted.stderr
    assert [line.partition(": ")[2] for line in submitted.stdout.splitlines()] == [
        "a run at reference", "a run at reference:base64",
    ]  # fmt: skip
    north = station(url, "north", tmp_path, "--printer", "reference")
    assert north.returncode == 0, north.stderr
    assert "north: reference: conforms; run " in north.stderr
    assert "waiting     run    reference:base64" in ippmailto("submit", url, "--list").stdout
    south = station(url, "south", tmp_path, "--printer", "reference:base64")
    assert "south: reference:base64: conforms; run " in south.stderr
    told = [(run.station, run.verdict) for run in stored_runs(open_store(StoreAddress.of(url)))]
    assert told == [("north", "conforms"), ("south", "conforms")]
    assert ippmailto("submit", url, "--list").stdout == ""


def test_two_stations_do_not_play_at_one_printer_at_once(url: str, tmp_path: Path) -> None:
    here = ("--printer", "reference")
    with at_work(url, "north", tmp_path, *here), at_work(url, "south", tmp_path, *here):
        done = ippmailto("submit", url, *here * 4, *QUICKLY, "--wait")
    assert done.returncode == 0, done.stderr
    played = []
    for document in stored_verdicts(url):
        began = datetime.fromisoformat(document["started"]).timestamp()
        played.append((began, began + document["seconds"]))
    assert len(played) == 4
    played.sort()
    assert all(ended <= began for (_, ended), (began, _) in pairwise(played))


def test_who_waits_is_told_each_verdict_and_the_worst_code(url: str, tmp_path: Path) -> None:
    """A printer that is away is not judged; that is told, too, and stored."""
    away = "ipp://127.0.0.1:1/ipp/print"
    with at_work(url, "north", tmp_path, "--printer", "reference", "--printer", away):
        done = ippmailto("submit", url, "--printer", "reference", "--printer", away, *QUICKLY, "--wait")
        assert done.returncode == 5, done.stderr
        assert ": reference: conforms (run " in done.stdout
        assert f": {away}: not-judged (run " in done.stdout
        again = ippmailto("submit", url, "--rejudge", "all", "--select", "1-2", "--wait")
        assert again.returncode in (3, 5), again.stdout
    verdicts = Counter(run.verdict for run in stored_runs(open_store(StoreAddress.of(url)), every=True))
    assert verdicts["not-judged"] >= 1
    assert verdicts["conforms"] == 1


def test_a_job_that_cannot_be_done_says_why_and_is_not_tried_again(store: Store, url: str, tmp_path: Path) -> None:
    put(store, RUN, queue_of("reference"), ticket="a" * 32, printer="reference", wish={"ixit": "/etc/passwd"})
    put(store, RUN, queue_of("reference"), ticket="b" * 32, printer="reference", wish={"edition": "mailto-99"})
    put(store, JUDGE, "judging", ticket="c" * 32, run="f" * 64, wish={})
    done = station(url, "north", tmp_path, "--printer", "reference")
    assert done.returncode == 0
    assert (
        "reference failed: the job asks for 'ixit', which this version of ippmailto does not understand" in done.stderr
    )
    assert "reference failed: the run came to no verdict: ippmailto: argument --edition" in done.stderr
    assert "Traceback" not in done.stderr
    listed = ippmailto("submit", url, "--list").stdout
    assert listed.count("failed      run    reference") == 2
    assert counted(store, "runs") == counted(store, "outcomes") == 0


def test_where_a_station_cannot_write_it_names_the_option_that_helps(url: str, tmp_path: Path) -> None:
    (tmp_path / "north").touch()
    told = station(url, "north", tmp_path, "--printer", "reference")
    assert told.returncode == 2
    assert f"{tmp_path / 'north'} is no directory; name another (--work-dir)" in told.stderr
    assert told.stderr.count("\n") == 1, told.stderr


def test_a_job_that_was_done_is_not_done_again(store: Store, url: str, report: Path, tmp_path: Path) -> None:
    """As after a kill between the storing of the outcome and the end of the job."""
    document, evidence = report_in(report)
    run = publish(store, Publication(document, evidence, "north", ticket="d" * 32)).run
    put(store, RUN, queue_of("reference"), ticket="d" * 32, printer="reference", wish={"select": ["T1-*"]})
    put(store, JUDGE, "judging", ticket="d" * 32, run=run, wish={"strict": True})
    done = station(url, "south", tmp_path, "--printer", "reference")
    assert done.stderr.count("\n") == 1, done.stderr
    assert [counted(store, what) for what in ("runs", "verdicts", "outcomes")] == [1, 1, 1]
    assert not list((tmp_path / "south").iterdir()), "nothing was played"
    assert ippmailto("submit", url, "--list").stdout == ""


def test_a_run_that_could_not_be_published_is_not_played_again(store: Store, report: Path, tmp_path: Path) -> None:
    ticket = "e" * 32
    played = tmp_path / f"{ticket}-1"
    played.mkdir()
    for path in report.iterdir():
        (played / path.name).write_bytes(path.read_bytes())
    there = Station("north", store, {queue_of("reference"): ()}, tmp_path)
    asyncio.run(there.play(ticket, "reference", {}))
    assert list(run_ids(store)) == [report_in(report)[0]["evidence"]["sha256"]]
    assert [path.name for path in tmp_path.iterdir()] == [played.name]


# ---------------------------------------------------------------- kills


@pytest.mark.takes(60)
def test_a_station_that_is_killed_while_it_judges_loses_nothing_and_doubles_nothing(
    store: Store, url: str, report: Path, tmp_path: Path
) -> None:
    runs = 12
    store_copies(url, report, runs)
    submitted = ippmailto("submit", url, "--rejudge", "all", "--strict")
    assert submitted.stdout == f"{runs} stored runs are to be judged again\n", submitted.stderr
    with at_work(url, "first", tmp_path) as first:
        wait_for(lambda: counted(store, "outcomes") >= 3)
        with store.engine.connect() as connection, connection.begin():
            connection.execute(text("LOCK TABLE outcomes IN SHARE MODE"))
            done = counted(store, "outcomes")
            wait_for(lambda: counted(store, WAITING) == 1)  # in the middle: the verdict is written, the outcome is not
            assert counted(store, "procrastinate_jobs WHERE status = 'doing'") == 1
            first.kill()
            first.wait()
    assert 3 <= done < runs
    wait_for(lambda: counted(store, WAITING) == 0)
    assert (counted(store, "outcomes"), counted(store, "verdicts")) == (done, runs + done), "what was half done is gone"
    with at_work(url, "second", tmp_path, *STALLED):
        wait_for(lambda: counted(store, LEFT) == 0)
    assert counted(store, "outcomes") == runs
    with store.reading() as connection:
        rows = connection.execute(text("SELECT station, count(*) FROM outcomes GROUP BY station")).all()
        twice = connection.execute(
            text("SELECT run FROM verdicts WHERE station <> '' GROUP BY run HAVING count(*) <> 1")
        ).all()
    assert {row[0]: row[1] for row in rows} == {"first": done, "second": runs - done}
    assert twice == []
    assert counted(store, "verdicts") == 2 * runs
    assert ippmailto("submit", url, "--list").stdout == ""


@pytest.mark.takes(60)
def test_a_station_that_is_killed_while_it_runs_leaves_the_run_to_another(
    store: Store, url: str, tmp_path: Path
) -> None:
    """What it had started ends by itself, and is published by nobody."""
    submitted = ippmailto("submit", url, "--printer", "reference")  # a whole run: it takes ten seconds
    assert submitted.returncode == 0, submitted.stderr
    with at_work(url, "first", tmp_path, "--printer", "reference") as first:
        wait_for(lambda: bool(list((tmp_path / "first").glob("*/*.evidence"))))
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    (log,) = (tmp_path / "first").glob("*/station.log")
    wait_for(lambda: b"interrupted" in log.read_bytes())
    assert counted(store, "runs") == 0
    with at_work(url, "second", tmp_path, "--printer", "reference", *STALLED):
        wait_for(lambda: counted(store, "outcomes") == 1, 240)
    (run,) = stored_runs(store)
    assert (run.station, run.verdict) == ("second", "conforms")
    assert counted(store, "runs") == 1


def test_a_station_whose_database_is_gone_ends_with_a_line(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with private_cluster() as own:
            left = stack.enter_context(at_work(own.create("results"), "north", tmp_path))
        assert left.wait(120) == 2
    begun, *told = (tmp_path / "north.log").read_text().splitlines()
    assert len(told) == 1, told
    (line,) = told
    assert begun.startswith("ippmailto: north: at work for ")
    assert line.startswith("ippmailto: the queue in postgresql://tester:***@/results is gone: ")
    assert line.endswith("; start again when it is back")
    assert PASSWORD not in line


# ---------------------------------------------------------------- passwords


def test_no_password_is_stored_or_told(url: str, tmp_path: Path, cluster: Cluster) -> None:
    ippmailto("submit", url, "--printer", "reference", *QUICKLY)
    done = station(url, "north", tmp_path, "--printer", "reference")
    assert "conforms" in done.stderr
    forms = (PASSWORD, quote(PASSWORD, safe=""))
    assert not [form for form in forms if form in done.stderr + done.stdout]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 6
    assert not [path for path in files for form in forms if form.encode() in path.read_bytes()]
    found = programs()
    assert found is not None
    database = StoreAddress.of(url).url.database or ""
    dump = subprocess.run(
        [found / "pg_dump", "--inserts", "-h", cluster.directory, "-U", "tester", database],
        capture_output=True, check=True, env={**os.environ, "PGPASSWORD": PASSWORD},
    ).stdout  # fmt: skip
    assert b"INSERT INTO public.runs" in dump
    assert not [form for form in forms if form.encode() in dump]
