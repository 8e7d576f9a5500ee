"""How the command speaks: the verdict first and on standard output, one line for an error, little in a log."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
from pathlib import Path

import pytest

from fakes.stage.forecast import Forecast
from fakes.stage.glance import Glance
from reports.formats import progress, terminal
from reports.formats.progress import progress_on
from reports.formats.terminal import width_of
from reports.tests.test_command import ippmailto, verdict
from reports.tests.test_site import COMMANDS


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which a small run was made, with reports and evidence below it, and what was said."""
    directory = tmp_path_factory.mktemp("manners")
    done = ippmailto("run", "--awkward", "2", "--select", "T1-From-1", cwd=directory)
    (directory / "stdout").write_text(done.stdout)
    (directory / "stderr").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    return directory


def evidence(run: Path) -> Path:
    (file,) = (run / "ippmailto-report").glob("*.evidence")
    return file


def test_the_verdict_comes_first_and_the_reports_last(run: Path) -> None:
    lines = (run / "stdout").read_text().splitlines()
    assert re.match(r"conforms: \d+ pass, .*; [\d.]+ s$", lines[0])
    assert lines[-2] == "Report    ippmailto-report/report.html"
    assert all(
        name in lines[-1] for name in ("ippmailto-report", "verdict.json", "report.md", "junit.xml", "results.sarif")
    )


def test_a_log_gets_no_line_for_each_play(run: Path) -> None:
    drawn, before, learned = (run / "stderr").read_text().splitlines()
    assert drawn == "ippmailto: 2 awkward examples drawn with --seed 0"
    assert re.fullmatch(r"ippmailto: \d+ plays, about \d+ s with 0 documents to print, if the printer .*", before)
    assert re.fullmatch(r"ippmailto: as this printer mails, about \d+ s to go, with 0 documents to print", learned)


def test_nothing_is_left_in_the_working_directory_but_the_report(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == {"ippmailto-report", "stdout", "stderr"}


def test_quiet_is_the_line_of_the_verdict(run: Path, tmp_path: Path) -> None:
    done = ippmailto("judge", evidence(run), "--report-dir", tmp_path, "-q")
    assert done.stdout == (run / "stdout").read_text().partition("\n")[0] + "\n"
    assert done.stderr == ""


def test_each_of_several_verdicts_says_whose_it_is(run: Path, tmp_path: Path) -> None:
    files = [evidence(run), evidence(run)]
    done = ippmailto("judge", *files, "--report-dir", tmp_path, "-q")
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == [str(file) for file in files]


def test_json_lines_leave_standard_output_to_themselves(run: Path, tmp_path: Path) -> None:
    done = ippmailto("judge", evidence(run), "--report-dir", tmp_path, "--json-lines")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert done.stderr.startswith("conforms: ")
    done = ippmailto("judge", evidence(run), "--report-dir", tmp_path, "--json-lines", "-q")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name a command"),
        (["frobnicate"], "'frobnicate'"),
        (["judge"], "EVIDENCE"),
        (["rnu"], "there is no 'rnu'; did you mean run?"),
        (["run", "--nonsense"], "there is no option --nonsense; ippmailto run --help"),
        (["run", "--slect", "1-6"], "there is no option --slect; did you mean --select? ippmailto run --help"),
        (["run", "ipp://x/", "--slect=1-6"], "did you mean --select?"),
        (["run", "-select", "1-6"], "did you mean --select?"),
        (["run", "ipp://x/", "ipp://y/"], "'ipp://y/' is one argument too many"),
        (["judge", "x.evidence", "--basline", "old"], "did you mean --baseline?"),
        (["printer", "--defct", "x"], "did you mean --defect?"),
        (["recipient", "--smpt-listen", ":25"], "did you mean --smtp-listen?"),
        (["client", "--insist-tsl"], "did you mean --insist-tls?"),
        (["doctor", "--smtp-lisen", ":25"], "did you mean --smtp-listen?"),
        (["requirements", "--fromat", "json"], "did you mean --format?"),
        (["diff", "a", "b", "--jsn"], "did you mean --json?"),
        (["waive", "a", "--owner", "o", "--reason", "r", "--expire", "2027-13-01"], "2026-12-31"),
        (["show", "x", "mial"], "there are mail, smtp, ipp, play, ledger"),
        (["check", "m.eml", "--printr-name", "x"], "did you mean --printer-name?"),
        (["ixit", "--int"], "did you mean --init?"),
        (["ics", "ipp://x/", "--editon", "mailto-00"], "did you mean --edition?"),
        (["completion", "fish"], "there are bash, zsh"),
        (["run", "--smtp-listen", "25"], "HOST:PORT"),
        (["run", "--smtp-listen", "::1:6399"], "an IPv6 address stands in brackets: [::1]:6399"),
        (["run", "--edition", "\x1b[2J"], "mailto-00"),
        (["printer", "--port", "x"], "0 picks a free one"),
    ],
    ids=lambda value: " ".join(value).replace("\x1b", "") if isinstance(value, list) else None,
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = ippmailto(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("ippmailto: ")
    assert says in line
    assert line.isprintable()


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = ippmailto("printer", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}: {os.strerror(98)} (" in line


def test_an_address_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = ippmailto("recipient", "--smtp-listen", address, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on {address}: {os.strerror(98)} (" in line


# ---------------------------------------------------------------- progress and width


FORECAST = Forecast(7, 100.0, 0, True)


def glance() -> Glance:
    return Glance(21, "printer/lease for the end of a lease and 2 more")


def test_a_log_hears_now_and_then_that_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lines(*, quiet: bool = False, verbose: bool = False) -> list[str]:
        stream, said = io.StringIO(), asyncio.Event()
        monkeypatch.setattr(progress, "EVERY_SECONDS", 0.01)
        with progress_on(stream, quiet=quiet, verbose=verbose, total=7, glance=glance) as told:
            told.expect(FORECAST)
            for done in range(1, 4):
                told.count("job/omitted", "cut-short" if done == 1 else "played", done, 7)
            if not quiet and not verbose:
                monkeypatch.setattr(stream, "flush", said.set)
                await asyncio.wait_for(said.wait(), 10)
        return stream.getvalue().splitlines()

    first, *rest = asyncio.run(lines())
    assert first == f"ippmailto: {FORECAST}"
    assert set(rest) == {
        "ippmailto: 3 of 7 plays in 0 min, about 2 min to go; 21 mails, 1 play cut short; waits: printer/lease for "
        "the end of a lease and 2 more"
    }
    each = [f"[{done}/7] job/omitted: {'cut-short' if done == 1 else 'played'}" for done in (1, 2, 3)]
    assert asyncio.run(lines(verbose=True)) == [f"ippmailto: {FORECAST}", *each]
    assert asyncio.run(lines(quiet=True)) == []


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_of_80_columns_sees_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)

    async def drawn(waits: str) -> str:
        stream, seen = Screen(), asyncio.Event()
        monkeypatch.setattr(progress, "MOVES_EVERY", 0.01)
        with progress_on(
            stream, quiet=False, verbose=False, total=221, glance=lambda: Glance(21, waits), colour=colour
        ) as told:
            told.expect(FORECAST)
            told.count("job/omitted", "cut-short", 118, 221)
            monkeypatch.setattr(stream, "flush", seen.set)
            await asyncio.wait_for(seen.wait(), 10)
        return stream.getvalue()

    def lines_of(shown: str) -> list[str]:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").splitlines()

    assert max(map(len, lines_of(asyncio.run(drawn("x" * 200))))) == 80
    shown = asyncio.run(drawn("printer/lease for the end of a lease"))
    lines = lines_of(shown)
    assert any(re.match(r"playing 118 of 221 .*0:00 about 2 min to go *$", line) for line in lines)
    assert "21 mails, 1 play cut short; waits: printer/lease for the end of a lease" in [
        line.rstrip() for line in lines
    ]
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]", shown)) is colour


@pytest.mark.parametrize(("columns", "width"), [(200, 110), (80, 80), (10, 40)])
def test_lines_are_as_wide_as_the_terminal_and_no_wider_than_one_reads(
    monkeypatch: pytest.MonkeyPatch, columns: int, width: int
) -> None:
    monkeypatch.setattr(terminal, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
    assert width_of(Screen()) == width
    assert width_of(io.StringIO()) == 110


def test_a_verdict_says_of_what(run: Path) -> None:
    lines = (run / "stdout").read_text().splitlines()
    assert "Selected  T1-From-1" in lines
    assert f"Evidence  {evidence(run).relative_to(run)}" in lines
    assert verdict(run / "ippmailto-report")["verdict"] == "conforms"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_of_a_command_says_what_it_is_for(command: str) -> None:
    options = (action for action in COMMANDS[command]._actions if action.option_strings)
    assert [action.option_strings for action in options if not action.help] == []
