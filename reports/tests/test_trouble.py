"""Runs that are interrupted, killed, crowded, or short of rights, disk and time: clear errors, and no false verdict."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.left_over import LeftOverKind
from conformance.record.rows import MailRow, Play, PlayEnd, Run, RunEnd, Session
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT
from fakes.printer.conditions import ConditionalLie, When
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient, RecipientError
from fakes.stage.first_plays import FIRST_PLAYS
from reports.selftest.trial import try_printer

ROOT = Path(__file__).parents[2]
SECONDS = 120
FEW = ("T1-From-1", "T1-To-1")  # takes a second or two
LONG = ("lease.*", "sequence.*")  # takes many seconds: leases are waited for
PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def start(*arguments: str | Path, wrapper: Iterable[str] = (), **environment: str) -> subprocess.Popen[str]:
    """The command, in a process group of its own so that signals meet it and not the tests."""
    return subprocess.Popen(
        [*wrapper, sys.executable, "-m", "reports", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it said, on stderr and then on stdout."""
    output, errors = process.communicate(timeout=SECONDS)
    assert "Traceback" not in errors, errors
    return process.returncode, errors + output


def ippmailto(*arguments: str | Path, wrapper: Iterable[str] = (), **environment: str) -> tuple[int, str]:
    return finish(start(*arguments, wrapper=wrapper, **environment))


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


def after_plays(process: subprocess.Popen[str], number: int) -> str:
    """Wait until that many plays have ended; what was said up to then."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith(f"[{number}/"):
            return said
    raise AssertionError(f"it ended before play {number}: {said}")


def without(*capabilities: str) -> list[str]:
    """What starts a command that lacks these rights of root; nothing where there are none to lose."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv (util-linux) is not installed, and this is root")
    return ["setpriv", "--inh-caps=-all", "--bounding-set=" + ",".join(f"-{name}" for name in capabilities)]


def plays(evidence: Path) -> dict[str, list[str]]:
    """How each scenario's plays ended, in order; ``-`` for one without an end."""
    with EvidenceFile.open(evidence) as file:
        ends = {end.play: end.outcome for end in file.rows(PlayEnd)}
        found: dict[str, list[str]] = {}
        for play in file.rows(Play):
            found.setdefault(play.scenario, []).append(ends.get(play.id, "-"))
        return found


# ---------------------------------------------------------------- interrupted and killed


LEASES = pytest.mark.takes(20)  # they are waited for


def resumed(evidence: Path, directory: Path) -> None:
    """Go on with it: only what is missing is played, and all of it is judged."""
    before = plays(evidence)
    code, errors = ippmailto("run", "--resume", evidence, "--report-dir", directory)
    assert code == 0, errors
    assert verdict(directory)["verdict"] == "conforms"
    assert verdict(directory)["cut-short"] is False
    again = {name: ends for name, ends in plays(evidence).items() if ends[:-1] and ends[0] not in ("-", "cut-short")}
    assert set(again) <= set(FIRST_PLAYS)  # how to play the others
    assert len(before) > len(again)


@LEASES
def test_ctrl_c_ends_in_a_partial_verdict_and_resume_plays_the_rest(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    process = start(
        "run", "-v", "--allure", "--evidence", evidence, "--report-dir", tmp_path / "a", "--select", ",".join(LONG)
    )
    after_plays(process, 6)
    process.send_signal(signal.SIGINT)
    code, errors = finish(process)
    assert code == 3
    assert "interrupted; what was recorded is judged" in errors
    document = verdict(tmp_path / "a")
    assert document["verdict"] == "inconclusive"
    assert (document["cut-short"], document["reason"]) == (True, "interrupted")
    assert "cut short" in errors
    page = (tmp_path / "a" / "report.html").read_text()
    assert "The run was cut short, and what was recorded is judged: interrupted" in page
    assert 'name="cut-short" value="true"' in (tmp_path / "a/junit.xml").read_text()
    assert "Cut-short = yes" in (tmp_path / "a/allure-results/environment.properties").read_text()
    judged = {case["verdict"] for requirement in document["requirements"] for case in requirement["cases"]}
    assert judged >= {"pass", "inconclusive"}
    assert "fail" not in judged
    assert not list(tmp_path.glob("*-wal"))
    resumed(evidence, tmp_path / "b")


@LEASES
def test_a_killed_run_is_judged_as_cut_short_and_resume_plays_the_rest(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    process = start("run", "-v", "--evidence", evidence, "--report-dir", tmp_path / "a", "--select", ",".join(LONG))
    after_plays(process, 6)
    process.kill()
    finish(process)
    code, errors = ippmailto("judge", evidence, "--report-dir", tmp_path / "a")
    assert code == 3, errors
    assert "the run was cut short" in errors
    assert verdict(tmp_path / "a")["cut-short"] is True
    assert verdict(tmp_path / "a")["counts"]["fail"] == 0
    resumed(evidence, tmp_path / "b")


def test_going_on_needs_no_option_of_the_run_again(tmp_path: Path) -> None:
    """A printer that was set to mail to one port finds the recipient there, and hears of the same mail domain."""
    evidence, bench = tmp_path / "run.evidence", tmp_path / "bench.toml"
    bench.write_text('mail-domain = "elsewhere.example"\nmail-timeout = 5\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        smtp = f"127.0.0.1:{free.getsockname()[1]}"
    printer = start("printer", "--smtp", smtp, "-q")
    try:
        assert printer.stdout is not None
        uri = printer.stdout.readline().split()[1]
        told = ("--smtp-listen", smtp, "--ixit", bench, "--select", "T1-From-1")
        code, errors = ippmailto("run", uri, "--evidence", evidence, "--report-dir", tmp_path, *told)
        assert code == 0, errors
        bench.unlink()
        code, errors = ippmailto("run", "--resume", evidence, "--report-dir", tmp_path)
        assert code == 0, errors
    finally:
        printer.terminate()
        printer.communicate(timeout=SECONDS)
    with EvidenceFile.open(evidence) as file:
        options = [json.loads(run.options) for run in file.rows(Run)]
        assert {session.listener for session in file.rows(Session)} == {smtp}
        assert all(b"@elsewhere.example" in message.envelope for message in file.rows(MailRow))
    assert [o.pop("vocabulary") for o in options] == ["auto", "ntfy-01"]
    assert options[0] == options[1]
    assert verdict(tmp_path)["selection"] == ["T1-From-1"]


def test_ctrl_c_before_anything_was_played_is_a_line_and_no_verdict(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    process = start("run", "--evidence", evidence, "--report-dir", tmp_path, "--select", ",".join(FEW))
    while not evidence.exists():  # nothing tells when another process makes a file; the printer is not ready then
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    code, errors = finish(process)
    assert code == 3
    assert "interrupted" in errors
    assert not (tmp_path / "verdict.json").exists() or verdict(tmp_path)["verdict"] == "inconclusive"


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_judging_that_is_interrupted_gives_no_verdict_of_half_the_cases(tmp_path: Path, number: str) -> None:
    evidence = tmp_path / "run.evidence"
    assert ippmailto("run", "--evidence", evidence, "--report-dir", tmp_path, "-q", "--select", ",".join(FEW))[0] == 0
    (tmp_path / "verdict.json").unlink()
    # The signal comes when the cases are called: from inside the process, at the second of them.
    (tmp_path / "sitecustomize.py").write_text(
        "import conformance.record.run_record as s, os, signal, itertools\n"
        "n, play = itertools.count(), s.RunRecord.play\n"
        "def counting(self, scenario):\n"
        f"    if next(n) == 1: os.kill(os.getpid(), signal.{number})\n"
        "    return play(self, scenario)\n"
        "s.RunRecord.play = counting\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    code, errors = ippmailto("judge", evidence, "--report-dir", tmp_path, "--select", ",".join(FEW), PYTHONPATH=path)
    assert code == 3, errors
    assert "interrupted before there was a verdict" in errors
    assert not (tmp_path / "verdict.json").exists()


# ---------------------------------------------------------------- neighbours


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    runs = [start("run", "--report-dir", tmp_path / name, "--select", ",".join((*FEW, "3-*"))) for name in "ab"]
    ended = [finish(process) for process in runs]
    assert [code for code, _ in ended] == [0, 0], ended
    tokens = []
    for name in "ab":
        (evidence,) = (tmp_path / name).glob("*.evidence")
        with EvidenceFile.open(evidence) as file:
            envelopes = b"".join(message.envelope for message in file.rows(MailRow))
        tokens.append(set(re.findall(rb"TO:<(r[0-9a-f]{6})\.", envelopes)))
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_two_runs_at_once_share_a_report_directory_but_no_evidence(tmp_path: Path) -> None:
    ended = [
        finish(p) for p in [start("run", "--report-dir", tmp_path, "-q", "--select", ",".join(FEW)) for _ in range(2)]
    ]
    assert [code for code, _ in ended] == [0, 0], ended
    assert len(list(tmp_path.glob("*.evidence"))) == 2


def test_a_run_that_would_go_on_with_evidence_that_is_written_to_is_told(tmp_path: Path) -> None:
    evidence = tmp_path / "live.evidence"
    recipient = start("recipient", "--evidence", evidence)
    assert recipient.stdout is not None
    assert recipient.stdout.readline().startswith("ready ")
    for command in (["run", "-q", "--report-dir", tmp_path / "report", "--resume"], ["recipient", "--evidence"]):
        code, errors = ippmailto(*command, evidence)
        assert code == 2
        (line,) = errors.splitlines()
        assert str(evidence) in line
    recipient.send_signal(signal.SIGTERM)
    assert finish(recipient) == (0, "")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [evidence.name]
    with EvidenceFile.open(evidence) as file:
        assert len(list(file.rows(Run))) == len(list(file.rows(RunEnd))) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_port_in_use_is_told_before_anything_is_played(tmp_path: Path, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host.strip("[]"), 0), family=family) as taken:
        where = f"{host}:{taken.getsockname()[1]}"
        code, errors = ippmailto("run", "--smtp-listen", where, "--report-dir", tmp_path, "-q")
    assert code == 2
    assert "another program listens there" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.skipif(not PORTS.exists() or int(PORTS.read_text()) <= 25, reason="here anybody may bind port 25")
def test_a_port_without_the_right_to_it_is_told_with_what_to_do(tmp_path: Path) -> None:
    code, errors = ippmailto(
        "run", "--smtp-listen", "127.0.0.1:25", "--report-dir", tmp_path, "-q", wrapper=without("net_bind_service")
    )
    assert code == 2
    assert "ports below 1024 take privileges" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("listen", ["[::1]:0", "[::]:0", "0.0.0.0:0"])
def test_a_run_listens_where_it_is_told(tmp_path: Path, listen: str) -> None:
    code, errors = ippmailto("run", "--smtp-listen", listen, "--report-dir", tmp_path, "--select", ",".join(FEW))
    assert code == 0, errors


def test_no_ipv6_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def without_ipv6(family: int = -1, *rest: Any, **named: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *rest, **named)

    async def listen(port: int) -> None:
        with EvidenceFile.create(tmp_path / f"{port}.evidence") as file:
            async with Journal(file) as journal:
                monkeypatch.setattr(socket, "socket", without_ipv6)
                try:
                    with pytest.raises(RecipientError) as caught:
                        await Recipient(journal, "::1", port).start()
                finally:
                    monkeypatch.undo()
                assert "cannot listen on ::1" in str(caught.value)
                assert caught.value.hint

    for port in (0, 2525):
        asyncio.run(listen(port))


# ---------------------------------------------------------------- the wall clock

JUMPY = """
import sys
if "printer" not in sys.orig_argv:  # the printer keeps its own time
    import datetime, random, time
    dice, clock, zone = random.Random(7), time.time, datetime.datetime
    time.time = lambda: clock() + dice.choice([-86400, 0, 3600, 10**9])
    time.time_ns = lambda: int(time.time() * 10**9)
    class Jumpy(zone):
        @classmethod
        def now(cls, tz=None):
            return zone.now(tz) + datetime.timedelta(seconds=dice.choice([-86400, 3600, 400000]))
    datetime.datetime = Jumpy
"""


@LEASES
def test_a_wall_clock_that_jumps_changes_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(JUMPY)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    evidence = tmp_path / "run.evidence"
    select = ("lease.*", "sequence.*", "T1-From-1")
    code, errors = ippmailto(
        "run", "--evidence", evidence, "--report-dir", tmp_path, "--select", ",".join(select), PYTHONPATH=path
    )
    assert code == 0, errors
    assert 0 < verdict(tmp_path)["seconds"] < SECONDS
    with EvidenceFile.open(evidence) as file:
        times = [run.t for run in file.rows(Run)] + [play.t for play in file.rows(Play)]
        times += [mail.t for mail in file.rows(MailRow)] + [end.t for end in file.rows(RunEnd)]
    assert min(times) >= 0
    assert max(times) < SECONDS * 10**9


def test_only_the_beginning_of_a_run_reads_the_wall_clock() -> None:
    readers = Counter[str]()
    for folder in ("conformance", "fakes", "reports"):
        for module in (ROOT / folder).rglob("*.py"):
            if "tests" not in module.parts and "printer" not in module.parts and "benchmark" not in module.parts:
                found = len(re.findall(r"\btime\.time(_ns)?\(|\.(now|utcnow|today)\((UTC|tz.*)?\)", module.read_text()))
                own = len(re.findall(r"(journal|_journal|stage|self)\.now\(\)", module.read_text()))
                if found > own:
                    readers[module.relative_to(ROOT).as_posix()] = found - own
    allowed = {
        "fakes/stage/bench.py", "reports/commands/serve.py", "reports/commands/run.py", "reports/commands/client.py",
        "reports/commands/gating.py", "reports/store/publishing.py",
    }  # began, a file's name, until when a waiver that is drafted counts, when a run was stored  # fmt: skip
    certificates = {"fakes/certificates.py", "fakes/stage/certificate_look.py"}  # valid from when until when
    assert set(readers) <= allowed | certificates, readers


# ---------------------------------------------------------------- disk and rights


def test_a_disk_that_is_full_ends_the_run_in_one_line_and_what_was_recorded_is_judged(tmp_path: Path) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit (util-linux) is not installed")
    evidence = tmp_path / "run.evidence"
    code, errors = ippmailto(
        "run", "--evidence", evidence, "--report-dir", tmp_path, "-q", "--select", ",".join(LONG),
        wrapper=["prlimit", "--fsize=300000"],
    )  # fmt: skip
    assert code == 4, errors
    (line,) = errors.splitlines()
    assert "cannot write to" in line
    assert f"what was recorded before is in {evidence}" in line
    code, errors = ippmailto("judge", evidence, "--report-dir", tmp_path, "--select", ",".join(LONG))
    assert code == 3, errors
    assert verdict(tmp_path)["cut-short"] is True
    assert verdict(tmp_path)["counts"]["fail"] == 0


def test_a_run_whose_evidence_is_cut_ends_in_one_line(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    process = start(
        "run", "-v", "--evidence", evidence, "--report-dir", tmp_path / "report", "--select", ",".join(LONG)
    )
    after_plays(process, 3)
    os.truncate(f"{evidence}-wal", 1000)
    code, errors = finish(process)
    assert code == 4
    (line,) = [line for line in errors.splitlines() if not line.startswith("[")]
    assert "run.evidence-wal was cut short while it was written to" in line
    assert not (tmp_path / "report" / "verdict.json").exists()


def test_a_report_directory_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    evidence = tmp_path / "run.evidence"
    rights = without("dac_override", "dac_read_search")
    code, errors = ippmailto("run", "--evidence", evidence, "--report-dir", closed, "-q", wrapper=rights)
    assert code == 2
    assert f"cannot write in the directory {closed}" in errors
    assert len(errors.splitlines()) == 1
    assert not evidence.exists()


def test_a_directory_for_evidence_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    code, errors = ippmailto(
        "run", "--evidence", closed / "run.evidence", "--report-dir", tmp_path, "-q",
        wrapper=without("dac_override", "dac_read_search"),
    )  # fmt: skip
    assert code == 2
    assert str(closed) in errors
    assert len(errors.splitlines()) == 1


def test_evidence_in_a_directory_that_cannot_be_written_is_judged(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    select = ("--select", ",".join(FEW))
    assert ippmailto("run", "--evidence", kept / "run.evidence", "--report-dir", tmp_path, "-q", *select)[0] == 0
    kept.chmod(0o555)
    (kept / "run.evidence").chmod(0o400)
    rights = without("dac_override", "dac_read_search")
    code, errors = ippmailto("judge", kept / "run.evidence", "--report-dir", tmp_path, "-q", *select, wrapper=rights)
    assert code == 0, errors


def test_a_report_that_is_in_the_way_is_told_and_the_evidence_kept(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    evidence = tmp_path / "run.evidence"
    code, errors = ippmailto("run", "--evidence", evidence, "--report-dir", tmp_path, "-q", "--select", ",".join(FEW))
    assert code == 2
    assert "the evidence is kept" in errors
    assert evidence.exists()


def test_a_mail_that_was_lost_while_nobody_listened_is_not_missed(tmp_path: Path) -> None:
    """The same evidence, as if the run had been killed while the subscription was there, and resumed."""
    row = next(d for d in DEFECTS if d.id == "no-mail-for-printed-jobs")
    lie = ConditionalLie(row.applied_to(OBEDIENT), When.FROM_THE_SECOND_MAIL)
    try_printer(OBEDIENT, [BY_ID["printer/every-job"]], tmp_path, lie=lie, about=row.breaks)
    evidence = tmp_path / "trial.evidence"

    def left_over() -> list[LeftOverKind]:
        with EvidenceFile.open(evidence) as file:
            return [left.kind for left in ledger_of(RunRecord(file)).left_over]

    assert LeftOverKind.MISSING in left_over()
    with EvidenceFile.open(evidence) as file:
        made = RunRecord(file).play("printer/every-job").subscription.creation.row.t_end
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("DELETE FROM run_end")
        database.execute("INSERT INTO run SELECT id + 1, ?, began, tool, printer_uri, options FROM run", (made + 1,))
    assert LeftOverKind.MISSING not in left_over()
