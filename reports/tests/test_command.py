"""The command line, as a user or a script meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from fakes.tests.ports import free_port

ROOT = Path(__file__).parents[2]


def ippmailto(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "reports", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few cases on the built-in printer, for the tests that only look at what it left."""
    directory = tmp_path_factory.mktemp("small")
    done = ippmailto("run", "--report-dir", directory, "--select", "T1-*,4.7-*", "-q")
    assert done.returncode == 0, done.stderr
    return directory


def evidence(directory: Path) -> Path:
    (file,) = directory.glob("*.evidence")
    return file


def test_judging_again_gives_the_same_verdict(small_run: Path, tmp_path: Path) -> None:
    done = ippmailto("judge", evidence(small_run), "--report-dir", tmp_path, "-q")  # just what the run was asked for
    assert done.returncode == 0
    first, again = verdict(small_run), verdict(tmp_path)
    assert first["requirements"] == again["requirements"]
    assert first["evidence"]["sha256"] == again["evidence"]["sha256"]


def test_judging_under_another_edition_is_another_verdict(small_run: Path, tmp_path: Path) -> None:
    ippmailto("judge", evidence(small_run), "--report-dir", tmp_path, "--edition", "mailto-04", "-q")
    assert verdict(tmp_path)["edition"] == "mailto-04"
    assert "T1-From-1" not in {r["id"] for r in verdict(tmp_path)["requirements"]}


def test_verdict_json_has_what_scripts_rely_on(small_run: Path) -> None:
    document = verdict(small_run)
    assert document["schema"] == 1
    assert document["verdict"] == "conforms"
    assert document["vocabulary"] == "ntfy-01"
    assert document["printer"]["name"] == "George Washington"
    assert set(document["counts"]) == {
        "pass", "fail", "warning", "inconclusive", "not-applicable", "waived", "not-tested",
    }  # fmt: skip
    by_id = {r["id"]: r for r in document["requirements"]}
    entry = by_id["T1-From-1"]
    assert (entry["verdict"], entry["level"], entry["binds"]) == ("pass", "MUST", "printer")
    assert entry["says"]
    assert {"id", "verdict", "expected", "actual", "reason", "evidence"} <= set(entry["cases"][0])
    assert by_id["4.9-1"]["verdict"] == "not-tested"


def test_the_evidence_is_one_private_file(small_run: Path) -> None:
    assert evidence(small_run).stat().st_mode & 0o077 == 0
    assert not list(small_run.glob("*-wal"))


def test_junit_counts_agree_with_its_cases(small_run: Path) -> None:
    (suite,) = ET.parse(small_run / "junit.xml").getroot()
    cases = suite.findall("testcase")
    assert int(suite.get("tests", "0")) == len(cases) > 0
    assert suite.get("failures") == "0"
    assert all(case.get("name") and case.get("classname") for case in cases)


def test_the_page_stands_alone(small_run: Path) -> None:
    page = (small_run / "report.html").read_text()
    assert "conforms" in page
    assert page.count("<script") == 1  # its own, see test_shown_safely
    assert not re.search(r"(?:src|href)=[\"'](?!#|data:)", page)
    assert not re.search(r"[=(]\s*[\"']?https?:", page.partition("<body>")[0])  # printers tell some below


@pytest.mark.parametrize("command", ["run", "judge"])
def test_a_selection_that_matches_nothing_is_wrong_usage(small_run: Path, tmp_path: Path, command: str) -> None:
    more = [str(evidence(small_run))] if command == "judge" else []
    done = ippmailto(command, *more, "--select", "T1-Form-1", "--report-dir", tmp_path)
    assert done.returncode == 2
    assert "did you mean T1-From-1" in done.stderr
    assert not (tmp_path / "verdict.json").exists()


def test_a_printer_named_behind_a_selection_is_the_one_that_is_judged(tmp_path: Path) -> None:
    with free_port() as port:
        done = ippmailto("run", "--report-dir", tmp_path, "--select", "1-6", f"ipp://127.0.0.1:{port}/ipp/print")
    assert f"127.0.0.1:{port} refuses the connection" in done.stdout
    assert verdict(tmp_path)["printer"]["uri"] == f"ipp://127.0.0.1:{port}/ipp/print"
    assert verdict(tmp_path)["counts"]["pass"] == 0


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = ippmailto("run", "--smtp-listen", address, "--report-dir", tmp_path)
    assert done.returncode == 2
    assert address.rpartition(":")[2] in done.stderr
    assert "Traceback" not in done.stderr


def test_evidence_is_never_overwritten(small_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "old.evidence"
    shutil.copy(evidence(small_run), copy)
    before = copy.read_bytes()
    done = ippmailto("run", "--evidence", copy, "--report-dir", tmp_path)
    assert done.returncode == 2
    assert copy.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "lpd://printer/"], "ipp://"),
        (["run", "--smtp-listen", "25"], "HOST:PORT"),
        (["run", "--edition", "mailto-99"], "mailto-00"),
        (["run", "--ixit", "nowhere.toml"], "nowhere.toml"),
        (["judge", "nowhere.evidence"], "nowhere.evidence"),
        (["judge"], "EVIDENCE"),
        ([], "command"),
        (["printer", "--defect", "no-such-lie"], "no-such-lie"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_exits_2_and_says_what_is_right(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = ippmailto(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_ixit_with_an_unknown_entry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text('mail-domian = "x.example"\n')
    done = ippmailto("run", "--ixit", tmp_path / "bench.toml", "--report-dir", tmp_path)
    assert done.returncode == 2
    assert "mail-domian" in done.stderr
    assert "did you mean mail-domain?" in done.stderr


def test_json_lines_are_data_and_nothing_else(small_run: Path, tmp_path: Path) -> None:
    done = ippmailto("judge", evidence(small_run), "--json-lines", "--report-dir", tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == [r["id"] for r in verdict(tmp_path)["requirements"]]
    assert {line["evidence"]["file"] for line in lines} == {str(evidence(small_run))}
    assert {line["evidence"]["sha256"] for line in lines} == {verdict(tmp_path)["evidence"]["sha256"]}


def test_a_waiver_without_an_owner_is_refused(small_run: Path, tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text('[[waiver]]\nrequirement = "T1-From-1"\nreason = "x"\n')
    done = ippmailto("judge", evidence(small_run), "--waivers", tmp_path / "w.toml", "--report-dir", tmp_path)
    assert done.returncode == 2
    assert "owner" in done.stderr


def test_requirements_lists_each_entry_with_its_coverage() -> None:
    done = ippmailto("requirements", "--format", "json")
    entries = {entry["id"]: entry for entry in json.loads(done.stdout)}
    assert "table1.from_shows_the_printer_name" in entries["T1-From-1"]["cases"]
    assert entries["10-1"]["untested"]


def test_help_lists_the_commands() -> None:
    done = ippmailto("--help")
    assert done.returncode == 0
    for command in ("run", "judge", "printer", "recipient", "requirements"):
        assert re.search(rf"^ +{command}\b", done.stdout, re.MULTILINE)
