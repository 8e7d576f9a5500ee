"""Runs that are interrupted, killed, or crowded: clear errors, and no false verdict."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.left_over import LeftOverKind
from conformance.record.lives import history_of
from conformance.record.rows import MailRow, Play, PlayEnd, Run, RunEnd, Session
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT
from fakes.printer.conditions import ConditionalLie, When
from fakes.stage.first_plays import FIRST_PLAYS
from reports.selftest.trial import try_printer

from .started import FEW, LEASES, LONG, ROOT, SECONDS, after_plays, finish, ippmailto, start, verdict


def plays(evidence: Path) -> dict[str, list[str]]:
    """How each scenario's plays ended, in order; ``-`` for one without an end."""
    with EvidenceFile.open(evidence) as file:
        ends = {end.play: end.outcome for end in file.rows(PlayEnd)}
        found: dict[str, list[str]] = {}
        for play in file.rows(Play):
            found.setdefault(play.scenario, []).append(ends.get(play.id, "-"))
        return found


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
        code, errors = ippmailto("run", "--resume", evidence)
        assert code == 0, errors
    finally:
        printer.terminate()
        printer.communicate(timeout=SECONDS)
    whole = verdict(tmp_path)["evidence"]["sha256"]
    assert whole == sha256(evidence.read_bytes()).hexdigest()  # the report beside it is that on the whole of it
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


def test_a_mail_that_was_lost_while_nobody_listened_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same evidence, as if the run had been ended soon after the subscription, or killed before, and resumed."""
    row = next(d for d in DEFECTS if d.id == "no-mail-for-printed-jobs")
    lie = ConditionalLie(row.applied_to(OBEDIENT), When.FROM_THE_SECOND_MAIL)
    try_printer(OBEDIENT, [BY_ID["printer/every-job"]], tmp_path, lie=lie, about=row.breaks)
    evidence = tmp_path / "trial.evidence"

    def left_over() -> list[LeftOverKind]:
        with EvidenceFile.open(evidence) as file:
            return [left.kind for left in ledger_of(RunRecord(file)).left_over]

    assert LeftOverKind.MISSING in left_over()
    with EvidenceFile.open(evidence) as file:
        record = RunRecord(file)
        made = record.play("printer/every-job").subscription.creation.row.t_end
        last = max(mail.t for mail in record.play("printer/every-job").subscription.mails)
        over = next(life.over for life in history_of(record).lives if life.label == "s")
    again = "INSERT INTO run SELECT 2, ?, began, tool, printer_uri, options FROM run WHERE id = 1"
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("UPDATE run_end SET t = ?", (over + 100 * 10**9,))
        database.execute(again, (over + 101 * 10**9,))
        database.execute("UPDATE mark SET rows = rows + 1")
    assert LeftOverKind.MISSING in left_over()
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("UPDATE run_end SET t = ?", (over + 10**8,))
        database.execute("UPDATE run SET t = ? WHERE id = 2", (over + 2 * 10**8,))
    assert LeftOverKind.MISSING not in left_over()
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("UPDATE run SET t = 1 WHERE id = 2")
        database.execute("INSERT INTO run_end VALUES (2, ?, 'finished')", (over + 10**8,))
        database.execute("UPDATE mark SET rows = rows + 1")
    assert LeftOverKind.MISSING in left_over()
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("UPDATE run_end SET reason = 'interrupted' WHERE run = 2")
    assert LeftOverKind.MISSING not in left_over()
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("DELETE FROM run_end WHERE run = 2")
        database.execute("UPDATE run SET t = ? WHERE id = 2", (over + 2 * 10**8,))
        database.execute("UPDATE mark SET rows = rows - 1")
    with monkeypatch.context() as without_patience:
        without_patience.setattr("conformance.record.ledger._Matching._patience", -(10**15))
        assert LeftOverKind.MISSING in left_over()
        with closing(sqlite3.connect(evidence)) as database, database:
            database.execute("UPDATE run_end SET t = ?", (last - 2,))
            database.execute("UPDATE run SET t = ? WHERE id = 2", (last - 1,))
        assert LeftOverKind.MISSING not in left_over()  # its mails came before and after
    with closing(sqlite3.connect(evidence)) as database, database:
        database.execute("DELETE FROM run_end")
        database.execute("DELETE FROM run WHERE id = 2")
        database.execute("UPDATE mark SET rows = rows - 1")
        database.execute(again, (made + 1,))
    assert LeftOverKind.MISSING not in left_over()
