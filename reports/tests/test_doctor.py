"""``ippmailto doctor``: each thing that a bench needs is fine, or is told with what to do."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.run_facts import RunFacts
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.wire import ipp
from conformance.wire.registry import Operation, Status
from fakes.printer import OBEDIENT, Policy
from fakes.printer.state.clock import date_time
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit
from fakes.stage.tests.meddling import Choice, Fate, SeenRequest, behind
from fakes.tests.ports import free_port
from reports.commands.bench_findings import able, bench_findings
from reports.commands.doctor import PLAYS
from reports.exits import Exit
from reports.tests.test_bench_check import printer_mailing_to
from reports.tests.test_mail_path import run
from reports.tests.test_nobodys_failure import answering

ABOUT: Final = ["port", "reach", "lists", "rights", "mail", "latency", "clock", "left"]
SECONDS: Final = 0.5


def doctor(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (directory / "bench.toml").write_text(f"mail-timeout = {SECONDS}\n")
    return run("doctor", *arguments, cwd=directory)


def lines(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """What is said about each thing: whether it is fine, and the words."""
    told = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return {about: (how, words) for how, about, words in told}


def test_a_bench_that_is_as_it_should_be(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == Exit.CONFORMS, done.stdout
    assert list(lines(done)) == ABOUT
    assert {how for how, _ in lines(done).values()} == {"ok"}
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["bench.toml"]  # a look leaves nothing


def test_a_printer_that_is_there_and_mails(tmp_path: Path) -> None:
    with free_port() as port, printer_mailing_to(port, tmp_path) as uri:
        done = doctor(tmp_path, uri, "--ixit", "bench.toml", "--smtp-listen", f"127.0.0.1:{port}")
    assert done.returncode == Exit.CONFORMS, done.stdout
    assert lines(done)["port"][1].endswith(f"for the printer that is 127.0.0.1, port {port}")
    assert uri in lines(done)["reach"][1]


def test_a_printer_that_mails_elsewhere(tmp_path: Path) -> None:
    with free_port() as wrong, free_port() as right, printer_mailing_to(wrong, tmp_path) as uri:
        done = doctor(tmp_path, uri, "--ixit", "bench.toml", "--smtp-listen", f"127.0.0.1:{right}")
    assert done.returncode == Exit.NOT_JUDGED
    how, words = lines(done)["mail"]
    assert how == "problem"
    assert f"127.0.0.1, port {right}" in words
    assert [about for about, (how, _) in lines(done).items() if how == "problem"] == ["mail"]


def test_a_printer_that_hands_over_no_mail(tmp_path: Path) -> None:
    with free_port() as port, printer_mailing_to(port, tmp_path) as uri:
        listen = ("--smtp-listen", f"127.0.0.1:{port}", "--smtp-auth", "require")
        done = doctor(tmp_path, uri, "--ixit", "bench.toml", *listen)
    assert done.returncode == Exit.INCONCLUSIVE, done.stdout
    how, words = lines(done)["mail"]
    assert how == "problem"
    assert "handed over no mail" in words
    assert "and got 530" in words


def test_nobody_there(tmp_path: Path) -> None:
    with free_port() as port:
        done = doctor(tmp_path, f"ipp://127.0.0.1:{port}/")
    assert done.returncode == Exit.NOT_JUDGED
    assert list(lines(done)) == ["port", "reach"]
    assert lines(done)["reach"][0] == "problem"


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = doctor(tmp_path, "--smtp-listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == Exit.USAGE
    ((how, words),) = lines(done).values()
    assert how == "problem"
    assert "another program listens there" in words


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_printer_that_wants_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """It gets one with every request from the IXIT, which says where the password is."""
    monkeypatch.setenv("BENCH_PASSWORD", "open-sesame-4711")
    asks = ("--auth", scheme, "--account", "Bob Jones=env:BENCH_PASSWORD")
    login = tmp_path / "login.toml"
    login.write_text(f'mail-timeout = {SECONDS}\nuser = "Bob Jones"\npassword-from = "env:BENCH_PASSWORD"\n')
    with free_port() as port, printer_mailing_to(port, tmp_path, *asks) as uri:
        listen = ("--smtp-listen", f"127.0.0.1:{port}")
        without = doctor(tmp_path, uri, *listen, "--ixit", "bench.toml")
        told = doctor(tmp_path, uri, *listen, "--ixit", str(login))
    assert without.returncode == Exit.NOT_JUDGED
    assert lines(without)["rights"][0] == "problem"
    assert "password-from" in lines(without)["rights"][1]
    assert told.returncode == Exit.CONFORMS, told.stdout
    assert "sesame" not in told.stdout + told.stderr


@pytest.mark.parametrize("uri", ["ipp://bob:secret@h/", "nowhere", "ipp://h:99999/"])
def test_what_is_no_printer_uri_is_one_line(tmp_path: Path, uri: str) -> None:
    done = doctor(tmp_path, uri)
    assert done.returncode == Exit.USAGE
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "secret" not in line


# ---------------------------------------------------------------- what a printer answers


def look(
    directory: Path,
    choose: Choice = lambda _: Fate.PASS,
    rewrite: Callable[[SeenRequest, ipp.Message], ipp.Message] = lambda _, answer: answer,
    policy: Policy = OBEDIENT,
) -> tuple[dict[str, tuple[bool, str]], bool]:
    """The findings at the reference printer behind a meddler, and whether a run would be judged."""
    ixit = replace(Ixit.for_loopback(), mail_timeout=SECONDS)

    async def played(file: EvidenceFile) -> None:
        printer = behind(policy, lambda meddler, _: setattr(meddler, "rewrite", rewrite), choose)
        async with bench(file, printer, Sitting(ixit, "a test", bench_check=True)) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in PLAYS], lambda *_: None)

    with EvidenceFile.create(directory / "run.evidence") as file:
        asyncio.run(played(file))
    with EvidenceFile.open(directory / "run.evidence") as file:
        found = list(bench_findings(RunRecord(file), ixit))
        return {finding.about: (finding.problem, finding.says) for finding in found}, able(RunRecord(file))


def with_another(answer: ipp.Message, attribute: ipp.Attribute) -> ipp.Message:
    """The answer with that attribute in place of the one of its name."""
    groups = [
        replace(group, attributes=tuple(attribute if a.name == attribute.name else a for a in group))
        for group in answer.groups
    ]
    return replace(answer, groups=tuple(groups))


def test_rights_that_are_refused_are_named(tmp_path: Path) -> None:
    found, _ = look(tmp_path, answering(Status.CLIENT_ERROR_FORBIDDEN, Operation.CREATE_PRINTER_SUBSCRIPTIONS))
    problem, says = found["rights"]
    assert problem
    assert says.startswith("Create-Printer-Subscriptions gave client-error-forbidden: ")


def test_places_that_others_hold_are_told(tmp_path: Path) -> None:
    full = answering(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS, Operation.CREATE_PRINTER_SUBSCRIPTIONS)
    problem, says = look(tmp_path, full)[0]["room"]
    assert problem
    assert "client-error-too-many-subscriptions" in says


@pytest.mark.parametrize(("off", "problem"), [(0, False), (30, False), (7200, True), (-7200, True)])
def test_a_clock_that_is_wrong_is_told(tmp_path: Path, off: int, problem: bool) -> None:
    def shifted(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        told = answer.find("printer-current-time")
        if told is None or told.value.date_time is None:
            return answer
        then = told.value.date_time + timedelta(seconds=off)
        return with_another(answer, ipp.date_time("printer-current-time", date_time(then)))

    found, judged = look(tmp_path, rewrite=shifted)
    assert judged
    assert found["clock"][0] is problem
    if problem:
        assert ("ahead of" if off > 0 else "behind") in found["clock"][1]
        assert "2:00:0" in found["clock"][1] or "1:59:5" in found["clock"][1]


def test_what_is_left_at_the_printer_is_told(tmp_path: Path) -> None:
    found, _ = look(tmp_path, answering(Status.CLIENT_ERROR_FORBIDDEN, Operation.CANCEL_SUBSCRIPTION))
    problem, says = found["left"]
    assert problem
    assert "Cancel-Subscription" in says


def test_an_operation_that_is_not_listed_is_told(tmp_path: Path) -> None:
    def without(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        told = answer.find("operations-supported")
        if told is None:
            return answer
        left = ipp.enum("operations-supported", *(n for n in told.integers() if n != Operation.CREATE_JOB))
        return with_another(answer, left)

    problem, says = look(tmp_path, rewrite=without)[0]["lists"]
    assert not problem  # a run is judged without it
    assert "without Create-Job" in says


def test_a_mail_that_takes_most_of_its_time_is_told(tmp_path: Path) -> None:
    look(tmp_path)
    with EvidenceFile.open(tmp_path / "run.evidence", append=True) as file:
        file.insert(list(RunFacts(slowest_mail=0.9 * SECONDS).rows(1, 1)))
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        ixit = replace(Ixit(), mail_timeout=SECONDS)
        found = {finding.about: finding for finding in bench_findings(RunRecord(file), ixit)}
    assert found["latency"].problem
    assert "mail-timeout" in found["latency"].says


def test_mails_whose_recipient_was_changed_on_their_way_are_told(tmp_path: Path) -> None:
    look(tmp_path)
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        elsewhere = replace(Ixit(), mail_domain="other.example")
        (found,) = (one for one in bench_findings(RunRecord(file), elsewhere) if one.about == "mail")
    assert found.problem
    assert "none of them for anybody in other.example, but for " in found.says
    assert "@recipient.example" in found.says


def test_a_printer_without_create_job_is_looked_at_by_a_job_on_paper(tmp_path: Path) -> None:
    found, judged = look(tmp_path, policy=replace(OBEDIENT, operations_unlisted=(Operation.CREATE_JOB,)))
    assert judged
    assert not any(problem for problem, _ in found.values())
    assert "Print-Job" in found["rights"][1]
