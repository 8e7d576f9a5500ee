"""Wrong use of each command, in kinds: one line that says what to do, no traceback, wherever it is said."""

from __future__ import annotations

import lzma
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from reports.cli import main

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
STORED = FIXTURES / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
MAIL = FIXTURES / "mail" / "cups-2.4.2-job-completed.eml"
FEW = ["--edition", "mailto-04", "--select", "M4-From-1"]

KEPT = "; the evidence is kept\n"  # behind what a command says that has some
KINDS = ("nowhere", "directory", "words", "octets", "empty")
READING = {  # {} is the file; behind it the kinds that are right there
    "judge {}": "",
    "show {}": "",
    "check {}": "",
    "ixit {}": "empty",
    "ics {}": "",
    "diff {} verdict.json": "",
    "diff verdict.json {}": "",
    "waive {} --owner a --reason b": "",
    "run --ixit {}": "empty",
    "run --ics {}": "empty",
    "run --waivers {}": "empty",
    "run --baseline {}": "",
    "run --resume {}": "",
    "run --smtp-tls offer --smtp-certificate {}": "",
    "run --smtp-auth offer --smtp-login file:{}": "",
    "run --directory {}": "words octets empty",
    "judge run.evidence --waivers {}": "empty",
    "judge run.evidence --baseline {}": "",
    "judge run.evidence --ics {}": "empty",
    "doctor --ixit {}": "empty",
    "printer --smtp-tls require --smtp-authority {}": "",
    "printer --smtp-login file:{}": "",
    "printer --auth basic --account a=file:{}": "words",
    "client --serve-for 1 --waivers {}": "empty",
    "client --serve-for 1 --auth basic --account a=file:{}": "words",
    "recipient --smtp-auth offer --smtp-login file:{}": "",
}
WRITING = (  # {} is where to; a directory stands there, or there is none for it
    "show run.evidence mail 1 --eml -o {}",
    "ixit --init {}",
    "ics run.evidence -o {}",
    "waive verdict.json --owner a --reason b -o {}",
    "recipient --evidence {}",
    "run --evidence {}",
    "client --serve-for 1 --evidence {}",
)
PRINTING = (
    "--help",
    "--version",
    "run --help",
    "requirements",
    "requirements --format markdown",
    "explain T1-From-1",
    "schema",
    "show run.evidence",
    "show run.evidence mail 1",
    "show run.evidence ledger",
    "check mail.eml",
    "ixit --init",
    "ics run.evidence",
    "diff verdict.json verdict.json",
    "waive verdict.json --owner a --reason b",
    "printer --list-defects",
    "printer --list-variants",
    "judge run.evidence --report-dir again --edition mailto-04 --select M4-From-1 -v",
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with files of every kind, a verdict among them."""
    directory = tmp_path_factory.mktemp("bench")
    (directory / "run.evidence").write_bytes(lzma.decompress(STORED.read_bytes()))
    (directory / "directory").mkdir()
    (directory / "words").write_text("junk\n")
    (directory / "octets").write_bytes(b"\xff\xfe\0\n")
    (directory / "empty").touch()
    shutil.copy(MAIL, directory / "mail.eml")
    done = command("judge", "run.evidence", *FEW, "--report-dir", "report", "-q", cwd=directory)
    assert done.returncode == 1, done.stderr
    shutil.copy(directory / "report" / "verdict.json", directory)
    return directory


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the command sets in its process is as before afterwards."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


def command(
    *arguments: str, cwd: Path, stdout: int = subprocess.PIPE, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end, with nothing to read."""
    return subprocess.run(
        [sys.executable, "-m", "reports", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
    )


def said_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of wrong usage, in this process: the tables are long."""
    try:
        code = main(arguments)
    except SystemExit as left:
        code = int(str(left.code))
    said = capsys.readouterr()
    assert (code, said.out) == (2, ""), said.err
    (line,) = said.err.splitlines()
    assert line.startswith("ippmailto: ")
    assert line.isprintable()
    for raw in ("Errno", "codec", "Traceback", "Error:"):
        assert raw not in line
    return line


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize(
    ("line", "kind"),
    [(line, kind) for line, right in READING.items() for kind in KINDS if kind not in right.split()],
)
def test_a_file_that_is_none_of_the_kind_is_one_line(
    bench: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, kind: str
) -> None:
    monkeypatch.chdir(bench)
    said = said_in_one_line(line.format(kind).split(), capsys)
    assert kind in said


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("place", ["directory", "nowhere/file"])
@pytest.mark.parametrize("line", WRITING)
def test_a_place_where_nothing_can_be_written_is_one_line(
    bench: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, place: str
) -> None:
    monkeypatch.chdir(bench)
    assert place.partition("/")[0] in said_in_one_line(line.format(place).split(), capsys)
    assert not (bench / "nowhere").exists()
    assert list((bench / "directory").iterdir()) == []


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("line", ["run {}", "judge run.evidence {}", "client --serve-for 1 {}"])
def test_a_file_in_the_place_of_the_report_directory_is_one_line(
    bench: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    monkeypatch.chdir(bench)
    assert "--report-dir" in said_in_one_line(line.format("--report-dir words").split(), capsys)


@pytest.mark.parametrize("line", PRINTING)
def test_the_poorest_of_terminals_is_enough(bench: Path, line: str) -> None:
    """No home, no locale, no colour, twenty columns of ASCII, and nothing to read from."""
    poor = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "TERM": "dumb", "COLUMNS": "20", "HOME": ""}
    done = command(*line.split(), cwd=bench, environment=poor)
    assert done.returncode in ((1,) if line.startswith(("judge", "check")) else (0,)), done.stderr
    assert done.stdout.isascii()
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("line", PRINTING)
def test_a_reader_that_has_gone_is_no_traceback(bench: Path, line: str) -> None:
    """As behind ``| head``."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = command(*line.split(), cwd=bench, stdout=writer)
    finally:
        os.close(writer)
    assert done.stderr.decode().removesuffix(KEPT).strip() == "ippmailto: cannot write to standard output: Broken pipe"
    assert done.returncode == 4


@pytest.mark.parametrize("line", PRINTING)
def test_a_full_disk_below_standard_output_is_one_line(bench: Path, line: str) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = command(*line.split(), cwd=bench, stdout=full)
    finally:
        os.close(full)
    told = done.stderr.decode().removesuffix(KEPT).strip()
    assert told == "ippmailto: cannot write to standard output: No space left on device"
    assert done.returncode == 4
