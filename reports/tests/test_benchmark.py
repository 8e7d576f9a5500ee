"""The benchmark runs, counts right, and says what it found; how fast anything is, no test says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.verdict import Violation
from conformance.wire import smtp_events
from reports.benchmark import rejudging, stored
from reports.benchmark.__main__ import PARTS, main
from reports.benchmark.capture import Capture, Load
from reports.benchmark.children import Answering, Bare, Keeping, KeepingEvidence, Ours, Server, Sink
from reports.benchmark.figures import Figure, Result, Table, as_markdown, as_text, document
from reports.benchmark.postgres import MISSING, programs

needs_postfix = pytest.mark.skipif(
    shutil.which("smtp-source", path="/usr/sbin:/usr/bin") is None, reason="smtp-source comes with Postfix"
)


def test_the_cheap_parts_print_their_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "performance.md"
    assert main(["--quick", "--markdown", str(path), "--work-dir", str(tmp_path), "start", "judge"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^  ippmailto --help +[\d.]+ s +at most 0\.10 s +(met|missed)$", printed, re.MULTILINE)
    assert re.search(r"^  messages a second, 1,000 mails +[\d,.]+ /s +at least 5,000 /s", printed, re.MULTILINE)
    written = path.read_text()
    assert "| messages a second, 1,000 mails |" in written
    assert str(tmp_path) not in written
    assert not list(tmp_path.glob("tmp*")), "the evidence is removed"


@pytest.mark.skipif(programs() is None, reason=MISSING)
def test_stations_are_measured_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rejudging, "QUICK_RUNS", 4)
    assert main(["--quick", "--work-dir", str(tmp_path), "stations"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^  2 stations over one +[\d.]+", printed, re.MULTILINE)
    assert len(re.findall(r"^  [124] +[\d.]+ +[\d.]+ +[\d.]+$", printed, re.MULTILINE)) == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(programs() is None, reason=MISSING)
def test_a_site_of_stored_verdicts_is_measured_by_its_own_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--quick", "--work-dir", str(tmp_path), "stored-matrix"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^  20 +[\d.]+ +[\d.]+ +[\d.]+ +5$", printed, re.MULTILINE), "of one printer with four firmwares"
    assert re.search(r"^  most memory +[\d.]+ MB", printed, re.MULTILINE)
    assert not list(tmp_path.iterdir())


def test_a_part_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["speed"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in PARTS)


def test_made_evidence_has_its_mails_in_plays_of_their_own(tmp_path: Path) -> None:
    recorded, made = tmp_path / "one.evidence", tmp_path / "many.evidence"
    stored.record(recorded)
    stored.multiply(recorded, made, stored.PLAY + 7)
    with EvidenceFile.open(made) as file:
        run_record = RunRecord(file)
        plays = [PlayRecord(run_record, row) for row in file.rows(rows.Play)]
        assert [len(play.subscription.mails) for play in plays] == [stored.PLAY, 7]
        assert len({mail.wire for mail in run_record.mails}) == stored.PLAY + 7
    assert stored.judge(made) == stored.PLAY + 7


def test_a_mail_that_breaks_a_field_rule_is_found_among_many(tmp_path: Path) -> None:
    recorded, made = tmp_path / "one.evidence", tmp_path / "many.evidence"
    stored.record(recorded)
    stored.multiply(recorded, made, 3)
    with EvidenceFile.open(made, append=True) as file:
        last = list(file.rows(rows.MailRow))[-1]
        wire = file.client_octets(last.session, 0, last.end)
        broken = wire.replace(b"\r\nSender: ", b"\r\nSending: ")
        moved = len(broken) - len(wire)
        session = rows.Session(4, last.t, "127.0.0.1:25", "127.0.0.1:9")
        event = smtp_events.Event(last.t, smtp_events.EventKind.CLIENT, broken)
        message = rows.MailRow(4, 4, last.t, last.start, last.end + moved, last.envelope)
        file.insert([session, rows.Transcript(4, 4, 0, rows.pack_events([event])), message])
    with pytest.raises(Violation, match="exactly one Sender"):
        stored.judge(made)


@needs_postfix
@pytest.mark.parametrize("kind", [Ours, Bare, Sink, Answering, Keeping, KeepingEvidence])
def test_a_server_counts_what_was_sent(kind: type[Server], tmp_path: Path) -> None:
    taken = Capture(each=20)
    tmp_path.chmod(0o755)
    with kind(tmp_path) as server:
        taken.repeat(server, Load(1_000, 5, many=False))
        taken.repeat(server, Load(1_000, 5, many=True))
    assert server.counted == taken.sent == 40
    assert len(taken.rates) == len(taken.cpu) == 2


def test_a_figure_tells_whether_its_target_is_met() -> None:
    assert Figure("ratio", 1.25, "", 1.0).cells() == ("ratio", "1.25", "at least 1.00", "met")
    assert Figure("time", 2.5, "s", 2.0, at_most=True).cells() == ("time", "2.50 s", "at most 2.00 s", "missed")
    assert Figure("size", 1234.5, "MB").cells() == ("size", "1,234 MB", "", "")


def test_figures_are_shown_as_text_and_as_a_document() -> None:
    result = Result(
        "part", "A part", "How.", (Figure("ratio", 1.0, "", 1.0),), (Table(("", "a"), (("x", "1"),)),), "It."
    )
    assert list(as_text(result)) == ["part: A part", "  ratio  1.00  at least 1.00  met", "", "     a", "  x  1", ""]
    section = as_markdown(result, "the command")
    assert section.startswith("## A part\n\n`the command`\n\nHow.\n\n|  | measured | target |  |\n")
    assert "| ratio | 1.00 | at least 1.00 | met |" in section
    assert section.endswith("What limits it: It.\n")


def test_a_part_measured_again_replaces_its_section_only() -> None:
    earlier = document(["## A\n\nold a\n", "## B\n\nold b\n"], {"processor": "old"}, "", ("A", "B"))
    again = document(["## B\n\nnew b\n"], {"processor": "new"}, earlier, ("A", "B"))
    assert again == earlier.replace("old b", "new b").replace("| processor | old |", "| processor | new |")
    assert again.count("# Performance") == 1
