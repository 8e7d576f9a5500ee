"""Where no mail comes at all a run ends at once and says what to look at; where one may come it goes on."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.offered import why_not_judged
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.vocabulary import Edition
from conformance.wire.registry import Operation
from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT, Policy
from fakes.stage import first_visit
from fakes.stage.bench import Address, Listener, MailPath, Sitting, bench, directly, reference_printer
from fakes.stage.first_plays import FIRST_PLAYS, UNPRINTED
from fakes.stage.ixit import Ixit
from fakes.stage.secured_printer import prepared
from fakes.tests.ports import free_port
from reports.commands import playing, where_to_listen
from reports.commands.playing import RunPlan, play
from reports.exits import Exit
from reports.selftest.kill_matrix import policy_of
from reports.selftest.trial import MAIL_SECONDS
from reports.tests.test_mail_path import run
from reports.tests.test_serving import serving

SECONDS: Final = 1.0  # that a mail may take here
QUICK: Final = replace(Ixit.for_loopback(), mail_timeout=MAIL_SECONDS)


@contextmanager
def printer_mailing_to(port: int, directory: Path, *options: str) -> Iterator[str]:
    """The reference printer in a process of its own, by its URI."""
    with serving("printer", "--smtp", f"127.0.0.1:{port}", "-q", *options, cwd=directory) as (_, ready):
        yield ready[1]


def tried(uri: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (directory / "bench.toml").write_text(f"mail-timeout = {SECONDS}\n")
    return run("run", uri, "--ixit", "bench.toml", "--report-dir", "out", "--awkward", "0", *options, cwd=directory)


def document(directory: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((directory / "out" / "verdict.json").read_text())
    return loaded


@pytest.mark.parametrize("options", [(), ("--paper", "0"), ("--quick",)], ids=["whole", "no-paper", "quick"])
def test_a_wrong_port_ends_the_run_at_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    with free_port() as wrong, free_port() as right, printer_mailing_to(wrong, tmp_path) as uri:
        began = time.monotonic()
        done = tried(uri, tmp_path, "--smtp-listen", f"127.0.0.1:{right}", *options)
        took = time.monotonic() - began
    assert done.returncode == Exit.NOT_JUDGED, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("not-judged: no mail came")
    assert f"127.0.0.1, port {right}" in line
    assert "--no-bench-check" in line
    assert document(tmp_path)["reason"] in line
    assert document(tmp_path)["counts"]["not-tested"] == len(document(tmp_path)["requirements"])
    assert took < 30 * SECONDS  # a whole run that waits for each of its mails takes minutes
    (evidence,) = (tmp_path / "out").glob("*.evidence")
    again = run("judge", str(evidence), "--report-dir", "again", cwd=tmp_path)
    assert again.returncode == Exit.NOT_JUDGED
    assert again.stdout == line + "\n"


def test_whoever_wants_to_go_on_all_the_same_may(tmp_path: Path) -> None:
    with free_port() as wrong, printer_mailing_to(wrong, tmp_path) as uri:
        done = tried(uri, tmp_path, "--no-bench-check", "--select", "3-1")
    assert done.returncode == Exit.CONFORMS, done.stderr
    assert document(tmp_path)["counts"]["pass"] > 0


def test_a_printer_that_connects_and_hands_over_nothing_is_played_at(tmp_path: Path) -> None:
    with free_port() as port, printer_mailing_to(port, tmp_path) as uri:
        done = tried(
            uri, tmp_path, "--smtp-listen", f"127.0.0.1:{port}", "--smtp-tls", "require", "--select", "3-1",
        )  # fmt: skip
    assert done.returncode == Exit.CONFORMS, done.stderr


# ---------------------------------------------------------------- no verdict is lost


AT_ONCE: Final = 12  # printers in one process
MAY_MAIL: Final = [(row.id, policy_of(row)) for row in DEFECTS] + [(v.id, v.policy) for v in CONFORMING_VARIANTS]


@asynccontextmanager
async def nowhere(_: Address) -> AsyncIterator[Address]:
    """The mails of the printer go where nobody listens."""
    with free_port() as port:
        yield "127.0.0.1", port


async def ended(policy: Policy, directory: Path, ixit: Ixit = QUICK, way: MailPath = directly) -> str:
    """How a run ends in which the bench is checked, after the first play that mails."""
    there = prepared(policy, ixit, directory)
    printer = reference_printer(there.policy, way, None, there.surroundings)
    sitting = Sitting(there.ixit, "a test", vocabulary=policy.vocabulary, bench_check=True)
    with EvidenceFile.create(directory / "run.evidence") as file:
        async with bench(file, printer, sitting) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[UNPRINTED]], lambda *_: None)
            return stage.ended


@pytest.mark.takes(60)
def test_neither_a_lie_nor_a_way_to_conform_ends_the_run_for_want_of_mail(tmp_path: Path) -> None:
    """Whatever they do wrong, or otherwise: somebody connects before the bench is taken for the culprit."""
    turns = asyncio.Semaphore(AT_ONCE)
    rooms = {name: tmp_path / name for name, _ in MAY_MAIL}
    for room in rooms.values():
        room.mkdir()

    async def one(name: str, policy: Policy) -> str:
        async with turns:
            return await ended(policy, rooms[name])

    async def everyone() -> list[str]:
        return await asyncio.gather(*(one(name, policy) for name, policy in MAY_MAIL))

    ends = zip((name for name, _ in MAY_MAIL), asyncio.run(everyone()), strict=True)
    assert [name for name, end in ends if end.startswith(rows.NO_MAIL)] == []


def test_a_job_that_still_goes_on_is_no_reason_to_end_the_run(tmp_path: Path) -> None:
    """Its mail may be to come."""
    hasty = replace(QUICK, mail_timeout=0.3)
    at_once = replace(OBEDIENT, job_seconds=0.0)
    one, other = tmp_path / "at-once", tmp_path / "busy"
    one.mkdir()
    other.mkdir()
    assert asyncio.run(ended(at_once, one, hasty, nowhere)).startswith(rows.NO_MAIL)
    busy = replace(OBEDIENT, job_seconds=600.0)
    assert asyncio.run(ended(busy, other, hasty, nowhere)) == rows.FINISHED


def test_plays_that_wait_for_something_else_end_with_the_run(tmp_path: Path) -> None:
    """At a printer that has not what shows it first, many plays are under way when it is seen."""
    names = (*FIRST_PLAYS, "printer/omitted", "job/omitted", "printer/renewed-too-late")
    hasty = replace(QUICK, mail_timeout=0.5)
    policy = replace(OBEDIENT, operations_unlisted=(Operation.CREATE_JOB,), lease_min=100)

    async def performed() -> tuple[str, list[str]]:
        sitting = Sitting(hasty, "a test", vocabulary=policy.vocabulary, bench_check=True)
        with EvidenceFile.create(tmp_path / "run.evidence") as file:
            async with asyncio.timeout(60), bench(file, reference_printer(policy, nowhere), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[name] for name in names], lambda *_: None)
                return stage.ended, stage.left_behind

    end, left = asyncio.run(performed())
    assert end.startswith(rows.NO_MAIL)
    assert left == []


def test_a_sitting_without_mail_takes_nothing_from_one_before_it(tmp_path: Path) -> None:
    with EvidenceFile.create(tmp_path / "run.evidence") as file:
        file.insert([rows.Run(1, 0, "2025-01-01T00:00:00Z", "a test", "ipp://printer.example/")])
        file.insert([rows.Play(1, 1, 0, "job/ended-unprinted"), rows.RunEnd(1, 1, f"{rows.NO_MAIL} in 3 s")])
        assert why_not_judged(RunRecord(file)) == f"{rows.NO_MAIL} in 3 s"
        file.insert([rows.MailRow(1, 1, 2, 0, 0, b"")])
        assert why_not_judged(RunRecord(file)) == ""


# ---------------------------------------------------------------- where the recipient listens


@pytest.mark.parametrize(
    ("addresses", "listens"),
    [
        (["127.0.0.1"], ("127.0.0.1", 0)),
        (["::1", "127.0.0.1"], ("127.0.0.1", 0)),
        (["192.0.2.7"], ("0.0.0.0", 2525)),
        (["127.0.0.1", "192.0.2.7"], ("0.0.0.0", 2525)),
        (["2001:db8::7", "192.0.2.7"], ("::", 2525)),
        (["fe80::1%lo"], ("::", 2525)),
        ([], ("0.0.0.0", 2525)),
    ],
)
def test_it_listens_where_the_printer_can_reach_it(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], listens: tuple[str, int]
) -> None:
    def known(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        assert host == "printer.example"
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(0, 0, 0, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    assert where_to_listen.where_to_listen("ipp://printer.example/") == listens
    assert where_to_listen.on_loopback("ipp://printer.example/") is (listens[0] == "127.0.0.1")


def test_the_built_in_printer_is_on_this_machine() -> None:
    assert where_to_listen.where_to_listen(None) == ("127.0.0.1", 0)


def test_what_to_enter_at_a_printer_elsewhere_is_said_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is where the recipient listens as the printer sees it, not the address of all interfaces."""
    monkeypatch.setattr(playing, "on_loopback", lambda _: False)
    said = io.StringIO()
    with free_port() as port, printer_mailing_to(port, tmp_path) as uri:
        plan = RunPlan(
            printer_uri=uri, listener=Listener("0.0.0.0", port), edition=Edition.MAILTO_00, vocabulary="auto",
            evidence=tmp_path / "run.evidence", scenarios=[BY_ID["printer/description"]], ixit=Ixit(),
            max_subscriptions=None, quiet=False,
        )  # fmt: skip
        asyncio.run(play(plan, said))
    line = said.getvalue().splitlines()[0]
    assert f"listens on all interfaces, port {port}; " in line
    assert f"has to be 127.0.0.1, port {port}, for mail to anybody in recipient.example" in line


def test_where_there_is_no_way_to_the_printer_none_is_made_up() -> None:
    assert first_visit.own_address("127.0.0.1", 4) == "127.0.0.1"
    assert first_visit.own_address("[::1]", 6) == "::1"
    assert first_visit.own_address("[::1]", 4) == "an IPv4 address of this machine"
