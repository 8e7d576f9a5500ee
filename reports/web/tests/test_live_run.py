"""A run while it is played: what the page says of it is never more than the judge will say in the end."""

from __future__ import annotations

import asyncio
import json
import lzma
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.requirements import catalogue
from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import Edition
from fakes.tests.ports import free_port
from reports.web.beside import PagePlan
from reports.web.client import LiveMails
from reports.web.models import Standing
from reports.web.referee import Referee, _Seen
from reports.web.unsettled import just_over
from reports.web.watchers import Bell

from .processes import ROOT, SECONDS, child_of, process

FIXTURES = ROOT / "fixtures" / "evidence"
SELECTED = ("--select", "T1-From-*,T1-Subject-*,1-2", "--walks", "0", "--awkward", "0")


@contextmanager
def running(directory: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A run and where its page is."""
    command = ["run", "--web", "--report-dir", "report", "-q", *arguments]
    with process(command, directory, {}) as started:
        yield started, page_of(started, directory / "stderr")


def page_of(started: subprocess.Popen[str], said: Path) -> str:
    """Where it says that the page is."""
    with said.open() as lines:
        while started.poll() is None:
            for line in iter(lines.readline, ""):
                if line.startswith("ippmailto: the live page is at "):
                    return line.split()[-1]
    raise AssertionError(said.read_text())


def events_of(address: str) -> Iterator[tuple[str, Any]]:
    """What a listener hears, to the end."""
    where = urlsplit(address)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=SECONDS)
    try:
        connection.request("GET", "/api/events?after=0")
        kind = ""
        for line in connection.getresponse():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)
                if kind == "over":
                    return
    finally:
        connection.close()


def status_of(address: str) -> int:
    """With which a page is answered; whoever is refused a connection gets none."""
    where = urlsplit(address)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=SECONDS)
    try:
        connection.request("GET", where.path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.takes(60)
def test_nothing_is_held_against_an_obedient_printer_at_any_time(tmp_path: Path) -> None:
    with running(tmp_path) as (started, address):
        heard = list(events_of(address))
        assert started.wait(SECONDS) == 0
    last = [data for kind, data in heard if kind == "state"][-1]
    assert (last["live"], last["mails"]) == (False, max(data["id"] for kind, data in heard if kind == "mail"))
    assert last["standing"]["plays"]["done"] == last["standing"]["judged_plays"] == last["standing"]["plays"]["total"]
    states = [Standing.model_validate(data["standing"]) for kind, data in heard if kind == "state"]
    for standing in states:
        assert (standing.broken, standing.warned, standing.unaccounted, standing.trouble) == ([], [], [], "")
    assert max(standing.judged_plays for standing in states) > 20
    assert max(standing.met for standing in states) > 50
    mails = [data["id"] for kind, data in heard if kind == "mail"]
    assert mails == list(range(1, len(mails) + 1))
    assert len(mails) > 500
    marks = [data for kind, data in heard if kind == "mark"]
    assert len(marks) > 100
    assert {data["kind"] for data in marks} <= {"pass", "quiet"}
    assert heard[-1][0] == "over"


@pytest.mark.takes(45)
def test_a_liar_is_told_of_while_it_prints_field_by_field(tmp_path: Path) -> None:
    with (
        free_port() as port,
        process(["printer", "--smtp", f"127.0.0.1:{port}", "--defect", "from-without-name"], tmp_path, {}) as printer,
    ):
        assert printer.stdout is not None
        uri = printer.stdout.readline().split()[1]
        listen = ("--smtp-listen", f"127.0.0.1:{port}")
        with running(tmp_path, uri, *listen, "--walks", "0", "--awkward", "0") as (started, address):
            heard = events_of(address)
            blamed = next(data["mail"] for kind, data in heard if kind == "mark" and data["kind"] == "fail")
            mail = LiveMails(address).mail(blamed)
            live = next(data["live"] for kind, data in heard if kind == "state")
            *_, (kind, _) = heard
            assert started.wait(SECONDS) == 1
    assert (live, kind) == (True, "over")
    breaks = {field["name"]: set(field["breaks"]) for field in mail["fields"]}
    assert breaks["From"] == {"T1-From-1", "1-6"}
    assert not set().union(*(names for name, names in breaks.items() if name != "From"))
    verdict = json.loads((tmp_path / "report" / "verdict.json").read_text())
    assert {one["id"] for one in verdict["requirements"] if one["verdict"] == "fail"} == {"T1-From-1", "1-6"}


@pytest.mark.takes(30)
def test_a_page_that_stays_is_there_all_the_time_and_says_what_the_report_says(tmp_path: Path) -> None:
    with running(tmp_path, *SELECTED, "--web-stay") as (started, address):
        for _ in events_of(address):
            pass
        with (tmp_path / "stderr").open() as lines:
            answers = set()
            while started.poll() is None and not any("stays at" in line for line in iter(lines.readline, "")):
                answers.add(status_of(f"{address}wall"))  # while evidence is closed, reports are written, ...
        assert answers <= {200, 503}
        assert 200 in answers, "the page shows the run while that is judged"
        mails = LiveMails(address)
        states = (data["standing"] for kind, data in events_of(address) if kind == "state")
        standing = next(one for one in states if one["judged_plays"])
        assert mails.mail(1)["judged"]["by"] in ("play", "mail")
        started.send_signal(signal.SIGINT)
        assert started.wait(SECONDS) == 0
    verdict = json.loads((tmp_path / "report" / "verdict.json").read_text())
    assert standing["broken"] == []
    assert standing["plays"]["done"] == standing["judged_plays"]
    ledger = {line["word"]: line["count"] for line in standing["ledger"]}
    assert [ledger[word] for word in ("due", "came", "matched")] == [
        verdict["ledger"][word] for word in ("due", "came", "matched")
    ]


@pytest.mark.takes(20)
def test_where_the_page_was_to_stay_and_has_ended_the_run_says_what_shows_it(tmp_path: Path) -> None:
    with running(tmp_path, *SELECTED, "--web-stay") as (started, _):
        os.kill(child_of(started.pid), signal.SIGKILL)
        assert started.wait(SECONDS) == 0
    told = (tmp_path / "stderr").read_text()
    assert told.endswith("ippmailto: the live page has ended; ippmailto web shows the evidence\n")
    assert "stays at" not in told


@pytest.mark.parametrize("name", ["five-defects", "reference-printer"])
def test_what_is_broken_by_the_plays_fails_in_the_verdict(tmp_path: Path, name: str) -> None:
    """On files of an earlier version, looked at as a whole."""
    path = tmp_path / "run.evidence"
    path.write_bytes(lzma.decompress((FIXTURES / f"ippmailto-0.1.0-{name}.evidence.xz").read_bytes()))
    told = json.loads((FIXTURES / f"ippmailto-0.1.0-{name}.verdicts.json").read_text())
    by_plays = {
        name: {verdict for scenario, verdict in scenarios.items() if scenario != "run"}
        for name, (_, scenarios) in told["requirements"].items()
    }

    async def looked() -> Standing:
        async with asyncio.timeout(SECONDS):
            referee, bell = Referee(PagePlan("", 0, path, edition=told["edition"], live=False, run=True)), Bell()
            await referee.begin(bell)
            await bell.heard(0, SECONDS)
            standing = referee.standing({})
            await referee.end()
            return standing

    standing = asyncio.run(looked())
    assert standing.trouble == ""
    assert standing.judged_plays > 20
    for word, found in (("fail", standing.broken), ("warning", standing.warned)):
        then = {name for name, verdicts in by_plays.items() if word in verdicts}
        assert {one.id for one in found} & set(by_plays) == then


def test_nothing_is_broken_in_a_play_that_was_over_a_moment_ago(tmp_path: Path) -> None:
    """What did not come may have been overtaken; when it is over for a while, or the run is, nothing more will come."""
    path = tmp_path / "kept.evidence"
    path.write_bytes(lzma.decompress((FIXTURES / "ippmailto-0.1.0-five-defects.evidence.xz").read_bytes()))
    with EvidenceFile.open(path) as file:
        run_record = RunRecord(file)
        ends = {play.row.id: play.end.t for play in run_record.every_play if play.end is not None}
        held = just_over(run_record)
    assert 0 < len(held) < len(ends)
    assert min(ends[play] for play in held) > max(end for play, end in ends.items() if play not in held)

    broken = CaseResult("missing[job/some]", ("1-2",), Outcome.VIOLATED)
    kept = CaseResult("kept[job/some]", ("3-1",), Outcome.MET)
    for over, found in (({1}, set()), ({2}, {"1-2"}), (set[int](), {"1-2"})):
        seen = _Seen({1: (broken, kept)})
        seen.add_up(catalogue(Edition.MAILTO_00), over)
        assert set(seen.failed) == found
        assert seen.outcomes["3-1"] == {Outcome.MET}
