"""Names of files with anything in them, and values with nothing: one line, no steering, and the right thing done."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from reports.cli import main
from reports.parser import Parser
from reports.tests.test_command import ippmailto
from reports.tests.test_wrong_use import FEW, bench, hooks  # noqa: F401 - fixtures
from reports.writing import typed

NAMES = {
    "newline": "a\nFAIL forged",
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "right-to-left": "rtl\u202eexe",
    "octet": "no\udcffletter",
    "umlaut": "Prüfung",
    "blank": "with blank 'and quotes'",
    "dash": "-dash",
}
MISSING = (
    "judge ./{}",
    "show ./{}",
    "web ./{}",
    "check ./{}",
    "ixit ./{}",
    "ixit --init ./nowhere/{}",
    "ics ./{}",
    "diff ./{} verdict.json",
    "waive ./{} --owner a --reason b",
    "bundle ./{}",
    "bundle --new-key ./nowhere/{}",
    "verify ./{}",
    "rejudge ./{}",
    "matrix ./{} -o out",
    "publish store.db ./{}",
    "explain ./{}",
    "run --ixit=./{}",
    "run --ics=./{}",
    "run --waivers=./{}",
    "run --baseline=./{}",
    "run --resume=./{}",
    "run --evidence=./nowhere/{}",
    "run --report-dir=./words/{}",
    "run --smtp-auth offer --smtp-login=file:{}",
    "run --smtp-tls offer --smtp-certificate=./{}",
    "run --directory=./{}",
    "run --variant=./{}",
    "run --walk=./{}",
    "run --select=./{}",
    "run --reading=./{}",
    "run --smtp-listen=./{}:x",
    "run --seed=./{}",
    "run ./{}",
    "doctor ./{}",
    "printer --defect=./{}",
    "printer --account=./{}",
    "client --evidence=./nowhere/{}",
    "recipient --evidence=./nowhere/{}",
    "recipient --fault=./{}",
    "submit ./{} --list",
    "./{}",
)


def words_of(line: str, name: str) -> list[str]:
    return [word.replace("{}", name) for word in line.split(" ")]


def steers(text: str) -> list[str]:
    """What is no letter and no end of a line, and a line that a name began."""
    return [c for c in text if not c.isprintable() and c != "\n"] + [
        line for line in text.splitlines() if line.startswith("FAIL forged")
    ]


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("line", MISSING)
def test_a_name_that_leads_nowhere_is_told_in_one_line(
    bench: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    name: str,
) -> None:
    monkeypatch.chdir(bench)
    try:
        code = main(words_of(line, NAMES[name]))
    except SystemExit as left:
        code = int(str(left.code))
    said = capsys.readouterr()
    assert (code, said.out) == (2, ""), said.err
    assert steers(said.err) == []
    assert all(told.startswith("ippmailto: ") for told in said.err.splitlines())
    assert len(said.err.splitlines()) == (2 if line.startswith("matrix") else 1)


@pytest.mark.parametrize("name", NAMES)
def test_evidence_is_judged_shown_and_told_of_by_any_name(bench: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    file = f"./{NAMES[name]}.evidence"
    shutil.copy(bench / "run.evidence", tmp_path / file)
    said = [
        ippmailto("judge", file, *FEW, "--report-dir", f"./{NAMES[name]}", cwd=tmp_path),
        ippmailto("judge", file, file, *FEW, "-q", cwd=tmp_path),
        ippmailto("show", file, cwd=tmp_path),
        ippmailto("ics", file, "-o", f"./{NAMES[name]}.toml", cwd=tmp_path),
        ippmailto("ixit", "--init", f"./{NAMES[name]}.ixit", cwd=tmp_path),
        ippmailto("ixit", f"./{NAMES[name]}.ixit", cwd=tmp_path),
        ippmailto("bundle", "--new-key", f"./{NAMES[name]}.key", cwd=tmp_path),
    ]
    assert [done.returncode for done in said] == [1, 1, 0, 0, 0, 0, 0], [done.stderr for done in said]
    assert [steers(done.stdout + done.stderr) for done in said] == [[]] * len(said)
    report = tmp_path / NAMES[name]
    assert steers((report / "report.html").read_text()) == []
    assert steers((report / "report.md").read_text()) == []
    assert json.loads((report / "verdict.json").read_text())["evidence"]["sha256"]
    look = next(line for line in said[0].stdout.splitlines() if line.startswith("Look"))
    again = subprocess.run(
        ["bash", "-c", look.removeprefix("Look").replace(" ippmailto", " printf '%s\\n'").strip()],
        capture_output=True, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert again.stdout.startswith(f"show\n{file.removeprefix('./')}\nmail\n".encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "word", ["plain", "two words", "it's", "a\\b", "", *NAMES.values(), "\U0001f5a8 printer", "$x`y`"]
)
def test_what_is_typed_again_is_the_same_word(word: str) -> None:
    assert typed(word).isascii()
    assert typed(word).isprintable()
    done = subprocess.run(
        ["bash", "-c", f"printf %s {typed(word)}"], capture_output=True, check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout == word.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", ""],
        ["run", "--variant", ""],
        ["run", "--publish="],
        ["run", "--smtp-auth", "offer", "--smtp-login", ""],
        ["run", "--smtp-tls", "offer", "--smtp-certificate", ""],
        ["run", "--smtp-name", ""],
        ["run", "--web", "--web-token", ""],
        ["run", "--report-dir", ""],
        ["run", "--ixit", ""],
        ["doctor", ""],
        ["judge", ""],
        ["printer", "--smtp-login", ""],
        ["recipient", "--fault", ""],
        ["matrix", "", "-o", "out"],
        ["bundle", ""],
        [""],
    ],
    ids=" ".join,
)
def test_a_variable_that_nobody_set_is_no_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """``run "$PRINTER"`` would judge the built-in printer, and say that it conforms."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    (line,) = capsys.readouterr().err.splitlines()
    assert "is empty" in line or "there is no ''" in line
    assert not list(tmp_path.iterdir())


def test_an_empty_word_of_somebody_elses_command_is_kept() -> None:
    parser = Parser()
    parser.add_argument("words", nargs="*")
    assert parser.parse_args(["a", "", "b"]).words == ["a", "", "b"]


def test_a_printer_uri_with_an_octet_that_is_no_letter_is_kept_as_it_is_sent(tmp_path: Path) -> None:
    done = ippmailto("run", "ipp://127.0.0.1:1/no\udcffletter", "--smtp-listen", "127.0.0.1:0", cwd=tmp_path)
    assert done.returncode == 5, done.stderr
    assert "no%FFletter" in json.loads((tmp_path / "ippmailto-report" / "verdict.json").read_text())["printer"]["uri"]


@pytest.mark.parametrize("host", ["no\udcffletter", "rtl\u202eexe", "a..b", "x" * 70])
def test_a_host_that_is_none_is_no_fault_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--smtp-listen", f"{host}:25"])
    assert "can be looked up" in capsys.readouterr().err


@pytest.mark.parametrize("where", [".", "../report"])
def test_a_report_is_bundled_from_within(bench: Path, tmp_path: Path, where: str) -> None:  # noqa: F811
    shutil.copytree(bench / "report", tmp_path / "report")
    shutil.copy(bench / "run.evidence", tmp_path / "report")
    done = ippmailto("bundle", where, cwd=tmp_path / "report")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.bundle").is_file()


def test_what_a_stranger_wrote_into_evidence_begins_no_line_of_show(bench: Path, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "run.evidence"
    shutil.copy(bench / "run.evidence", file)
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE run SET printer_uri = 'ipp://h/' || char(10) || 'FAIL forged'")
        db.execute("UPDATE play_end SET reason = char(10) || 'FAIL forged' || char(27)")
        db.execute("UPDATE session SET peer = char(10) || 'FAIL forged' || peer")
        db.commit()
    for what in ([], ["play"], ["smtp"], ["ledger"]):
        done = ippmailto("show", "run.evidence", *what, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert what == ["ledger"] or "FAIL forged" in done.stdout
        assert steers(done.stdout + done.stderr) == []
