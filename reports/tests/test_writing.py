"""What is written where somebody has laid links and other programs' files, on full disks, and to nobody."""

from __future__ import annotations

import errno
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from reports.exits import lack
from reports.formats.allure import HEAD
from reports.writing import OURS, OutputError, allure_results, write_reports

ROOT: Final = Path(__file__).parents[2]
PACKED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
FEW: Final = ("--edition", "mailto-04", "--select", "M4-From-1")
REPORTS: Final = ("verdict.json", "junit.xml", "report.html", "report.md", "results.sarif", "ctrf.json")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "run.evidence"
    path.write_bytes(lzma.decompress(PACKED.read_bytes()))
    return path


def judge(evidence: Path, directory: Path, *more: str, wrapper: Sequence[str] = ()) -> tuple[int, str]:
    """Exit code and what was said on stderr."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "reports", "judge", str(evidence), "-q", "--overwrite",
         "--report-dir", str(directory), "--allure", *FEW, *more],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def shell(script: str, *arguments: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``ippmailto`` in a shell, where it is ``$P -m reports``."""
    done = subprocess.run(
        ["sh", "-c", script, "sh", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "P": sys.executable},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


# ---------------------------------------------------------------- links and other programs' files


def test_links_under_the_names_of_reports_are_replaced_and_not_followed(evidence: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    for name in REPORTS:
        (tmp_path / f"victim-{name}").write_text("precious")
        (report / name).symlink_to(tmp_path / f"victim-{name}")
    assert judge(evidence, report) == (1, "")
    for name in REPORTS:
        assert (tmp_path / f"victim-{name}").read_text() == "precious"
        assert not (report / name).is_symlink()


def test_reports_are_for_their_owner_alone(evidence: Path, tmp_path: Path) -> None:
    assert judge(evidence, tmp_path) == (1, "")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > len(REPORTS)
    assert {path.name: path.stat().st_mode & 0o077 for path in files if path.stat().st_mode & 0o077} == {}
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("to", ["elsewhere", "nowhere"])
def test_allure_results_that_are_a_link_are_told_of_and_not_followed(evidence: Path, tmp_path: Path, to: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "others").write_text("precious")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "allure-results").symlink_to(tmp_path / to)
    code, errors = judge(evidence, tmp_path / "report")
    assert code == 2
    (line,) = errors.splitlines()
    assert "allure-results: it is no directory; move it away" in line
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["others"]
    assert not (tmp_path / "report" / "verdict.json").exists()


def test_others_allure_results_stay_and_ours_are_renewed(evidence: Path, tmp_path: Path) -> None:
    results = tmp_path / "allure-results"
    results.mkdir()
    foreign = results / "0b0c4f4e-1111-2222-3333-444455556666-result.json"
    foreign.write_text("{}")
    assert judge(evidence, tmp_path) == (1, "")
    ours = {path.name for path in results.iterdir()} - {foreign.name, OURS, HEAD}
    stale = results / "0b0c4f4e-1111-2222-3333-555555555555-result.json"
    stale.write_text("{}")
    with (results / OURS).open("a") as listed:
        listed.write(f"{stale.name}\n")
    assert judge(evidence, tmp_path) == (1, "")
    assert foreign.read_text() == "{}"
    assert not stale.exists()
    assert {path.name for path in results.iterdir()} == {*ours, foreign.name, OURS, HEAD}


def test_a_list_of_results_that_names_other_files_takes_none_away(tmp_path: Path) -> None:
    results = tmp_path / "allure-results"
    results.mkdir()
    for path in (tmp_path / "victim", results / "categories.json"):
        path.write_text("precious")
    (results / OURS).write_text("../victim\ncategories.json\n\0\n..\n/\n")
    with allure_results(tmp_path) as directory:
        (directory / "new-result.json").write_text("{}")
    assert (tmp_path / "victim").exists()
    assert {path.name for path in results.iterdir()} == {"categories.json", "new-result.json", OURS}
    (results / OURS).unlink()
    (results / OURS).symlink_to(tmp_path / "victim")
    with allure_results(tmp_path):
        pass
    assert (tmp_path / "victim").read_text() == "precious"


def _broken_off(directory: Path) -> None:
    with allure_results(directory) as private:
        (private / "b-result.json").write_text("{}")
        raise KeyboardInterrupt


def test_a_judging_that_breaks_off_leaves_the_results_of_the_last(tmp_path: Path) -> None:
    with allure_results(tmp_path) as directory:
        (directory / "a-result.json").write_text("{}")
    with pytest.raises(KeyboardInterrupt):
        _broken_off(tmp_path)
    assert {path.name for path in (tmp_path / "allure-results").iterdir()} == {"a-result.json", OURS}
    assert [path.name for path in tmp_path.iterdir()] == ["allure-results"]


# ---------------------------------------------------------------- all or none


def test_of_reports_that_cannot_all_be_written_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    real, calls = os.fsync, iter([True, False])

    def full(number: int) -> None:
        if not next(calls):
            raise OSError(28, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write .*b: No space left") as caught:
        write_reports(tmp_path, {"a": b"new", "b": b"new"})
    assert caught.value.ours
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}


def test_a_directory_in_the_place_of_a_report_is_told_before_any_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputError, match="Is a directory") as caught:
        write_reports(tmp_path, {"a": b"new", "b": b"new"})
    assert not caught.value.ours
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit (util-linux) is not installed")
@pytest.mark.parametrize("octets", [300, 5000], ids=["for-a-result", "for-a-report"])
def test_no_room_for_reports_is_one_line_and_leaves_the_old_ones(evidence: Path, tmp_path: Path, octets: int) -> None:
    (tmp_path / "verdict.json").write_text("old")
    code, errors = judge(evidence, tmp_path, wrapper=["prlimit", f"--fsize={octets}"])
    (line,) = errors.splitlines()
    assert code == 4
    assert "cannot write" in line
    assert "File too large; the evidence is kept" in line
    assert (tmp_path / "verdict.json").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} <= {"verdict.json", "allure-results"}


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit (util-linux) is not installed")
@pytest.mark.parametrize(("command", "limit", "says"), [
    ("check", "--fsize=1000", "disk I/O error (look at the disk and its quota)"),
    ("bundle", "--fsize=5000", "File too large: raise the limit on the size of files (ulimit -f)"),
    ("judge", "--nofile=8", "Too many open files: raise the limit on open files (ulimit -n)"),
])  # fmt: skip
def test_what_the_machine_lacks_is_one_line(
    evidence: Path, tmp_path: Path, command: str, limit: str, says: str
) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: a@b.example\r\n\r\nx\r\n")
    (tmp_path / "verdict.json").write_text(json.dumps({"schema": 1, "evidence": {"file": str(evidence)}}))
    shutil.copy(evidence, tmp_path / evidence.name)
    script = {
        "check": 'prlimit $3 $P -m reports check "$2/a.eml"',
        "bundle": 'prlimit $3 $P -m reports bundle "$2" -o "$2/b"',
        "judge": 'prlimit $3 $P -m reports judge "$1" --report-dir "$2/r"',
    }[command]
    code, output, errors = shell(script.replace("$3", limit), evidence, tmp_path)
    (line,) = errors.splitlines()
    assert says in line
    assert (code, output) == (2 if command == "check" else 4, "")
    assert not (tmp_path / "b").exists()


def test_no_place_for_temporary_files_is_a_lack_and_a_bug_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert lack(missing) == ""
    assert lack(OSError("without a number")) == ""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere/at/all"])
    assert lack(missing) == "there is no directory for temporary files; name one that can be written in TMPDIR"


# ---------------------------------------------------------------- standard output


@pytest.mark.parametrize("where", ["closed", "full", "unread"])
@pytest.mark.parametrize("command", ["judge", "judge --json-lines", "requirements", "show", "explain"])
def test_output_that_goes_nowhere_is_one_line(evidence: Path, tmp_path: Path, command: str, where: str) -> None:
    command, *lines = command.split()
    more = {
        "judge": [str(evidence), "-q", *lines, "--report-dir", str(tmp_path), *FEW],
        "show": [str(evidence), "mail", "1"],
        "explain": ["T1-From-1"],
    }.get(command, [])
    reader, writer = os.pipe()
    os.close(reader)
    redirected = {"closed": ">&-", "full": ">/dev/full", "unread": ""}[where]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "reports", command, *more],
        stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(writer)
    assert done.returncode == 4
    (line,) = done.stderr.splitlines()
    assert "cannot write to standard output" in line


def test_nothing_else_is_said_on_standard_output_when_stderr_is_closed(evidence: Path, tmp_path: Path) -> None:
    script = f'$P -m reports judge "$1" --report-dir "$2" --json-lines {" ".join(FEW)} 2>&-'
    code, output, errors = shell(script, evidence, tmp_path)
    assert (code, errors) == (1, "")
    assert all(json.loads(line)["id"] for line in output.splitlines())


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ('$P -m reports judge "$1" --report-dir "$2" -q --edition mailto-04 --select nothing 2>/dev/full', 2),
        ('$P -m reports judge "$2/nowhere" --report-dir "$2" 2>/dev/full', 2),
        ("$P -m reports jugde 2>/dev/full", 2),
        ("$P -m reports requirements >/dev/full 2>/dev/full", 4),
        ('$P -m reports run --select M4-From-1 --edition mailto-04 --report-dir "$2" 2>/dev/full', 0),
        ('$P -c "import sys; from reports.cli import main; main(1)" 2>/dev/full', 4),
    ],
    ids=["select", "evidence", "command", "both", "run", "a-bug"],
)
def test_errors_that_nobody_hears_are_no_verdict(evidence: Path, tmp_path: Path, script: str, code: int) -> None:
    """Python's own code for them is 1, which says that a printer failed."""
    assert shell(script, evidence, tmp_path)[0] == code


def test_no_file_of_ours_gets_the_number_of_a_closed_standard_one(evidence: Path, tmp_path: Path) -> None:
    code, *_ = shell(f'$P -m reports judge "$1" --report-dir "$2" {" ".join(FEW)} <&- >&- 2>&-', evidence, tmp_path)
    assert code == 4  # nobody hears the verdict
    assert json.loads((tmp_path / "verdict.json").read_text())["verdict"] == "does-not-conform"
