"""A report replaces an earlier one on the same, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.vocabulary import Edition
from reports.commands.report_directory import Subject, place_for, reported_beside
from reports.judging.selection import Selection

ROOT = Path(__file__).parents[2]
FULL = Subject("run-1.evidence", "2025-01-01T00:00:00Z", Edition.MAILTO_00)
OTHERS = {
    "run-2": replace(FULL, evidence="run-2.evidence"),
    "run-1": replace(FULL, began="2025-01-02T00:00:00Z"),
    "run-1.mailto-04": replace(FULL, edition=Edition.MAILTO_04),
    "run-1.T1-From-1,1-6": replace(FULL, selection=Selection(("T1-From-1", "1-6"))),
}


def report(place: Path, subject: Subject) -> None:
    """A report on that."""
    place.mkdir(parents=True, exist_ok=True)
    document = {
        "evidence": {"file": f"/somewhere/{subject.evidence}"},
        "started": subject.began,
        "edition": subject.edition.value,
        "selection": list(subject.selection.patterns),
    }
    (place / "verdict.json").write_text(json.dumps(document))


def test_the_first_report_takes_the_directory_and_so_does_the_same_again(tmp_path: Path) -> None:
    assert place_for(tmp_path, FULL) == tmp_path
    report(tmp_path, FULL)
    assert place_for(tmp_path, FULL) == tmp_path


@pytest.mark.parametrize("name", OTHERS)
def test_another_report_gets_a_directory_of_its_own_and_keeps_it(tmp_path: Path, name: str) -> None:
    report(tmp_path, FULL)
    assert place_for(tmp_path, OTHERS[name]) == tmp_path / name
    report(tmp_path / name, OTHERS[name])
    assert place_for(tmp_path, OTHERS[name]) == tmp_path / name
    assert place_for(tmp_path, OTHERS[name], overwrite=True) == tmp_path


def test_a_run_that_is_gone_on_with_replaces_the_report_beside_it_and_no_other(tmp_path: Path) -> None:
    evidence = tmp_path / FULL.evidence
    assert reported_beside(evidence) is None
    report(tmp_path, OTHERS["run-2"])
    assert reported_beside(evidence) is None
    report(tmp_path, FULL)
    assert reported_beside(evidence) == tmp_path
    (tmp_path / "verdict.json").write_text("{")
    assert reported_beside(evidence) is None


def test_names_that_meet_are_numbered(tmp_path: Path) -> None:
    for day in range(1, 4):
        subject = replace(FULL, began=f"2025-01-0{day}T00:00:00Z")
        place = place_for(tmp_path, subject, apart=True)
        assert place == tmp_path / ("run-1" if day == 1 else f"run-1-{day}")
        report(place, subject)


def test_a_selection_that_is_no_file_name_is_made_one(tmp_path: Path) -> None:
    names = {
        replace(FULL, selection=Selection(patterns)).name
        for patterns in [("../../x",), ("T1-*",), ("T1-?",), ("x" * 500,), ("x" * 501,), ("a/b[c]", "\0\n\x1b")]
    }
    assert len(names) == 6
    for name in names:
        assert Path(name).name == name
        assert name.isprintable()
        assert len(name) < 70


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"evidence": 1}', '{"evidence": {"file": "x"}, "started": 1}'])
def test_what_cannot_be_read_is_not_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdict.json").write_text(text)
    assert place_for(tmp_path, FULL) == tmp_path / "run-1"


# ---------------------------------------------------------------- the command


def ippmailto(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run of two requirements."""
    directory = tmp_path_factory.mktemp("run") / "report"
    done = ippmailto("run", "--report-dir", directory, "--select", "T1-From-1,1-6")
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def kept(run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the directory, and the evidence in it."""
    directory = tmp_path / "report"
    shutil.copytree(run, directory)
    (evidence,) = directory.glob("*.evidence")
    return directory, evidence


def test_a_second_run_leaves_the_first_report_alone(kept: tuple[Path, Path]) -> None:
    directory, evidence = kept
    before = verdict(directory)
    done = ippmailto("run", "--report-dir", directory, "--select", "T1-From-1")
    assert done.returncode == 0, done.stderr
    assert verdict(directory) == before
    (own,) = {path.parent for path in directory.glob("*/verdict.json")}
    assert verdict(own)["selection"] == ["T1-From-1"]
    assert [path.parent for path in directory.rglob("*.evidence") if path != evidence] == [own]
    assert str(own) in done.stderr
    assert "--overwrite" in done.stderr


def test_judging_a_part_or_by_another_edition_leaves_the_report_alone(kept: tuple[Path, Path]) -> None:
    directory, evidence = kept
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    for more in (["--select", "1-6"], ["--edition", "mailto-04"]):
        assert ippmailto("judge", evidence, "--report-dir", directory, *more).returncode in (0, 1, 3)
    assert {path: path.read_bytes() for path in before} == before
    assert sorted(path.parent.name.partition(".")[2] for path in directory.glob("*/verdict.json")) == [
        "1-6",
        "mailto-04",
    ]


def test_judging_the_same_again_replaces_the_report(kept: tuple[Path, Path]) -> None:
    directory, evidence = kept
    done = ippmailto("judge", evidence, "--report-dir", directory, "--strict")
    assert done.returncode == 0, done.stderr
    assert verdict(directory)["strict"] is True
    assert not list(directory.glob("*/verdict.json"))


def test_overwrite_replaces_whatever_is_there(kept: tuple[Path, Path]) -> None:
    directory, evidence = kept
    done = ippmailto("judge", evidence, "--report-dir", directory, "--select", "1-6", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert verdict(directory)["selection"] == ["1-6"]
    assert not list(directory.glob("*/verdict.json"))


def test_several_files_get_a_directory_each(kept: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copy(kept[1], tmp_path / f"{name}.evidence")
    done = ippmailto(
        "judge", tmp_path / "a.evidence", tmp_path / "b.evidence", "--report-dir", tmp_path / "out", "--json-lines"
    )
    assert done.returncode == 0, done.stderr
    for name in ("a", "b"):
        place = tmp_path / "out" / f"{name}.T1-From-1,1-6"
        assert verdict(place)["evidence"]["file"] == str(tmp_path / f"{name}.evidence")
        assert (place / "report.html").exists()
    named = [Path(json.loads(line)["evidence"]["file"]).name for line in done.stdout.splitlines()]
    assert named == sorted(named)
    assert set(named) == {"a.evidence", "b.evidence"}
