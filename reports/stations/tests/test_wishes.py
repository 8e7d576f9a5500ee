"""What jobs may ask for, and what is told to who submits one."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from reports.cli import _parser, main
from reports.exits import UsageError
from reports.stations.queue import AGAIN
from reports.stations.serving import _printers, is_news, tell_what_is_news
from reports.stations.wishes import (
    FOR_JUDGING,
    FOR_RUNS,
    PlaceError,
    as_arguments,
    checked,
    printer_called,
    queue_of,
    see_that_it_can_be_judged,
    wish_of,
)
from reports.stations.work import ROOM, JobError, Station
from reports.store.address import StoreAddress, StoreError
from reports.store.database import open_store

NOWHERE = "postgresql://tester:of-the-store-1@127.0.0.1:1/results"


def submitted(*words: str) -> argparse.Namespace:
    return _parser().parse_args(["submit", "URL", *words])


def test_a_run_is_asked_for_in_the_words_of_run() -> None:
    words = ["--select", "T1-*,4.7-1", "--strict", "--seed", "7", "--paper", "0", "--reading", "C04=binds"]
    wish = wish_of(submitted("--printer", "reference", *words), FOR_RUNS)
    arguments = list(as_arguments(wish))
    assert sorted(arguments) == [
        "--paper=0", "--reading=C04=binds", "--seed=7", "--select=4.7-1", "--select=T1-*", "--strict",
    ]  # fmt: skip
    run = _parser().parse_args(["run", *arguments])
    assert (run.select, run.strict, run.seed, run.paper) == (["T1-*", "4.7-1"], True, 7, 0)


def test_what_was_not_said_is_not_asked_for() -> None:
    assert wish_of(submitted("--printer", "reference"), FOR_RUNS) == {}


def test_every_wish_is_an_option_of_run() -> None:
    values: dict[type[Any], Any] = {str: "auto", list: ["1-2"], bool: True, int: 3}
    wish = {name: values[kind] for name, kind in FOR_RUNS.items()} | {"edition": "mailto-04"}
    run = vars(_parser().parse_args(["run", *as_arguments(wish)]))
    assert {name: run[name] for name in wish} == wish


@pytest.mark.parametrize(
    "wish",
    [
        {"ixit": "/etc/passwd"},
        {"cause-printer-stopped": "rm"},
        {"select": "T1-*"},
        {"select": [1]},
        {"seed": "7"},
        {"seed": True},
        {"quick": 1},
        {"": ""},
    ],
)
def test_a_job_cannot_ask_for_anything_else(wish: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="does not understand"):
        list(as_arguments(wish))


def test_a_value_is_never_an_option_of_its_own() -> None:
    assert list(as_arguments({"vocabulary": "--ixit=x"})) == ["--vocabulary=--ixit=x"]


def test_stored_runs_are_not_played_again() -> None:
    with pytest.raises(UsageError, match="--seed is for runs"):
        wish_of(submitted("--rejudge", "all", "--seed", "7"), FOR_JUDGING)
    assert wish_of(submitted("--rejudge", "all", "--strict"), FOR_JUDGING) == {"strict": True}
    with pytest.raises(UsageError, match="does not understand"):
        checked({"quick": True}, FOR_JUDGING)


@pytest.mark.parametrize(
    "words", [["--select", "T9-Nothing"], ["--reading", "C04=maybe"], ["--quick", "--select", "1-2"]]
)
def test_a_wrong_wish_is_told_to_who_submits_it(words: list[str]) -> None:
    wish = wish_of(submitted("--printer", "reference", *words), FOR_RUNS)
    with pytest.raises(Exception, match=r"T9-Nothing|C04|--quick") as told:
        see_that_it_can_be_judged(wish)
    assert type(told.value).__name__ in ("SelectionError", "CatalogueError", "UsageError")


def test_a_printer_has_one_queue_however_it_is_written() -> None:
    assert queue_of("IPP://Printer.Example:631/ipp/print") == queue_of("ipp://printer.example/ipp/print")
    names = ["reference", "reference:desk", "ipp://a.example/ipp", "ipp://b.example/ipp", "ipps://a.example:631/ipp"]
    queues = {queue_of(name) for name in names}
    assert len(queues) == len(names)
    assert all(len(queue) <= 41 for queue in queues), "PostgreSQL cuts or refuses the name of a longer channel"


@pytest.mark.parametrize("name", ["reference:desc", "printer", "http:/x", "ipp://me:secret-word@printer.example/"])
def test_a_printer_that_is_none_is_told(name: str) -> None:
    with pytest.raises(UsageError) as told:
        printer_called(name)
    assert "secret" not in str(told.value)


def test_a_station_gives_each_printer_what_it_needs(tmp_path: Path) -> None:
    (facts := tmp_path / "bench.toml").write_text('firmware = "1.2"\n')
    words = ["--printer", "reference:desk", "--printer", "ipp://a.example/", "--printer", "ipp://b.example/"]
    words += ["--ixit", f"ipp://b.example/={facts}", "--smtp-listen", "127.0.0.1:2525", "--smtp-tls", "offer"]
    given = _printers(_parser().parse_args(["station", "URL", "--name", "north", *words]))
    wanted = {
        "reference:desk": ("--variant=desk", "--smtp-tls=offer"),
        "ipp://a.example/": ("ipp://a.example/", "--smtp-tls=offer", "--smtp-listen=127.0.0.1:2525"),
        "ipp://b.example/": (
            "ipp://b.example/", "--smtp-tls=offer", "--smtp-listen=127.0.0.1:2525", f"--ixit={facts}",
        ),
    }  # fmt: skip
    assert given == {queue_of(name): arguments for name, arguments in wanted.items()}
    for wrong in (f"ipp://c.example/={facts}", str(tmp_path / "none.toml")):
        with pytest.raises(UsageError, match=r"no --printer of this station|none\.toml"):
            _printers(_parser().parse_args(["station", "URL", "--name", "north", *words, "--ixit", wrong]))


def test_a_station_keeps_the_url_of_the_store_from_what_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setenv("STORE", NOWHERE)
    assert main(["station", "env:STORE", "--name", "north"]) == 2
    assert "cannot be used: connection failed" in capsys.readouterr().err, "it was read before"
    assert "STORE" not in os.environ


@pytest.mark.parametrize("ticket", ["../elsewhere", "/tmp/elsewhere", "", "*", "A" * 32])
def test_a_ticket_is_no_path(ticket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(StoreAddress.of(str(tmp_path / "store")))
    here = Station("north", store, {queue_of("reference"): ()}, tmp_path / "work")
    with pytest.raises(JobError, match="which is none"):
        asyncio.run(here.play(ticket, "reference", {}))
    assert "north: reference failed: the job has the ticket" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_station_that_cannot_write_says_so_in_a_line_and_leaves_the_job_to_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(StoreAddress.of(str(tmp_path / "store.db")))
    place = tmp_path / "reports"
    place.write_text("")  # as good as a disk that takes no directory
    station = Station("lab", store, {queue_of("reference"): ()}, place)
    with pytest.raises(PlaceError, match="look at the disk of this station") as raised:
        asyncio.run(station.play("0" * 32, "reference", {}))
    assert capsys.readouterr().err == f"ippmailto: lab: reference failed: {raised.value}\n"
    assert not is_news(logging.LogRecord("p", logging.ERROR, "", 0, "", (), (PlaceError, raised.value, None)))
    once = cast("Job", SimpleNamespace(attempts=1))
    assert AGAIN.get_retry_decision(exception=raised.value, job=once) is not None
    assert AGAIN.get_retry_decision(exception=JobError("no"), job=once) is None


@pytest.mark.parametrize(("free", "kind"), [(ROOM - 1, PlaceError), (ROOM, JobError)])
def test_a_run_that_had_no_room_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, kind: type[UsageError]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    store = open_store(StoreAddress.of(str(tmp_path / "store.db")))
    station = Station("lab", store, {queue_of("reference"): ("--no-such-option",)}, tmp_path / "reports")
    with pytest.raises(UsageError, match="the run came to no verdict") as raised:
        asyncio.run(station.play("0" * 32, "reference", {}))
    assert type(raised.value) is kind


def test_a_reason_that_was_told_is_not_told_again_with_its_traceback() -> None:
    def record(error: Exception) -> logging.LogRecord:
        return logging.LogRecord("procrastinate.worker", logging.ERROR, "", 0, "", (), (type(error), error, None))

    assert not is_news(record(StoreError("away")))
    assert not is_news(record(psycopg.OperationalError("the connection is lost")))
    assert is_news(record(KeyError("what nobody expected")))


@pytest.mark.parametrize(("error", "told"), [(ConnectorException("gone"), False), (KeyError("not expected"), True)])
def test_a_job_that_cannot_say_how_it_ended_is_no_news(
    error: Exception, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(tell_what_is_news)

        async def job() -> None:
            raise error

        left = asyncio.create_task(job())
        await asyncio.wait([left])
        del left
        gc.collect()

    asyncio.run(work())
    assert ("Task exception was never retrieved" in caplog.text) is told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["submit", NOWHERE], "name what to do"),
        (["submit", NOWHERE, "--printer", "reference", "--rejudge", "all"], "are two things"),
        (["submit", NOWHERE, "--printer", "reference"], "cannot be used: connection failed"),
        (["submit", "results.db", "--rejudge", "all"], "results.db is a file; postgresql://HOST/DATABASE is one"),
        (["station", "results.db", "--name", "north"], "results.db is a file"),
        (["station", NOWHERE, "--name", "north"], "cannot be used: connection failed"),
        (["station", NOWHERE, "--name", "north", "--printer", "reference:desc"], "did you mean desk"),
        (["station", NOWHERE, "--name", "north", "--stalled-after", "3"], "at least 10 seconds"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    words: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # the command has one of its own
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line
    assert "of-the-store" not in line
