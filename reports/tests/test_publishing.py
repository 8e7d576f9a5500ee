"""``run --publish``, ``publish`` and ``runs``, as a user meets them, with a store in a file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.matrix import Unusable, VerdictDocument, verdict_documents
from reports.store.reading import stored_verdicts
from reports.tests.test_command import ROOT, evidence, ippmailto, verdict

NOWHERE = "postgresql://tester:of-the-store-1@127.0.0.1:1/results"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a report and the store that it is in."""
    directory = tmp_path_factory.mktemp("published")
    done = ippmailto(
        "run", "--select", "T1-From-1", "-q", "--report-dir", directory / "report", "--publish", directory / "store"
    )
    assert done.returncode == 0, done.stderr
    assert f"is stored in {directory / 'store'}" in done.stderr
    return directory


def test_a_run_is_published_when_it_is_judged(published: Path) -> None:
    assert list(stored_verdicts(str(published / "store"))) == [verdict(published / "report")]
    listed = ippmailto("runs", published / "store")
    head, line = listed.stdout.splitlines()
    assert head.split()[:3] == ["run", "began", "verdict"]
    assert line.split()[2:4] == ["conforms", "mailto-00"]
    assert line.endswith("ippmailto reference printer")
    (told,) = map(json.loads, ippmailto("runs", published / "store", "--json-lines").stdout.splitlines())
    assert told["run"] == verdict(published / "report")["evidence"]["sha256"]


@pytest.mark.parametrize("named", ["{}", "sqlite:///{}"])
def test_a_matrix_is_made_of_what_is_stored(published: Path, named: str) -> None:
    source = named.format(published / "store")
    assert [one.document for one in verdict_documents([source]) if isinstance(one, VerdictDocument)] == [
        verdict(published / "report")
    ]


def test_evidence_is_no_store_and_a_store_that_is_away_no_traceback(published: Path) -> None:
    found = list(verdict_documents([str(evidence(published / "report")), NOWHERE]))
    assert [type(one) for one in found] == [Unusable, Unusable]
    assert "it is evidence" in str(found[0])
    assert "cannot be used" in str(found[1])
    assert "of-the-store" not in str(found)


def test_what_is_there_already_is_published_later_and_once(published: Path, tmp_path: Path) -> None:
    """Also from a copy elsewhere, and the report on a part that is below the run's."""
    shutil.copytree(published / "report", moved := tmp_path / "moved")
    part = ippmailto("judge", evidence(moved), "--strict", "--report-dir", moved / "part", "-q")
    assert part.returncode == 0, part.stderr
    done = ippmailto("publish", tmp_path / "store", moved, moved / "part", "--name", "north")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.endswith(" is stored")
    assert second.endswith(" was there; its new verdict is stored")
    again = ippmailto("publish", tmp_path / "store", moved / "part", published / "report")
    assert [line.partition(";")[2] for line in again.stdout.splitlines()] == [" nothing is new"] * 2
    assert "  north  " in ippmailto("runs", tmp_path / "store").stdout
    assert len(ippmailto("runs", tmp_path / "store", "--every").stdout.splitlines()) == 3


def test_a_store_that_is_away_changes_nothing_about_a_run(tmp_path: Path) -> None:
    done = ippmailto("run", "--select", "T1-From-1", "-q", "--report-dir", tmp_path / "report", "--publish", NOWHERE)
    assert done.returncode == 0, "the verdict is what it is"
    assert verdict(tmp_path / "report")["verdict"] == "conforms"
    (line,) = [line for line in done.stderr.splitlines() if "not published" in line]
    assert line.endswith(f"later: ippmailto publish URL {tmp_path / 'report'}")
    assert "of-the-store" not in done.stderr + done.stdout
    assert not [path for path in (tmp_path / "report").iterdir() if b"of-the-store" in path.read_bytes()]
    later = ippmailto("publish", NOWHERE, tmp_path / "report")
    assert later.returncode == 2
    assert len(later.stderr.splitlines()) == 1
    assert "of-the-store" not in later.stderr


@pytest.mark.parametrize(
    ("url", "why"), [("mysql://host/db", "not of mysql"), ("env:NO_STORE", "'NO_STORE' is not set")]
)
def test_a_wrong_url_is_told_before_anything_is_played(url: str, why: str, tmp_path: Path) -> None:
    done = ippmailto("run", "--report-dir", tmp_path / "report", "--publish", url)
    assert done.returncode == 2
    assert why in done.stderr
    assert not (tmp_path / "report").exists()


def test_what_is_no_report_is_told(published: Path, tmp_path: Path) -> None:
    (damaged := tmp_path / "damaged").mkdir()
    (damaged / "verdict.json").write_text("{}")
    shutil.copytree(published / "report", bare := tmp_path / "bare")
    evidence(bare).rename(tmp_path / "elsewhere")
    report = json.loads((bare / "verdict.json").read_text())
    report["evidence"]["file"] = "gone.evidence"
    (bare / "verdict.json").write_text(json.dumps(report))
    (half := tmp_path / "half").mkdir()
    (half / "verdict.json").write_text(json.dumps(report | {"evidence": {"file": "gone.evidence"}}))
    for place, why in (
        (tmp_path / "none", "cannot read"),
        (damaged, "is no verdict.json"),
        (half, "is no verdict.json"),
        (bare, "the evidence gone.evidence is neither in"),
    ):
        done = ippmailto("publish", tmp_path / "store", place)
        assert done.returncode == 2
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "store"],
        ["publish", "store", "x"],
        ["run", "--publish", "store"],
        ["station", "store", "--name", "north"],
        ["submit", "store", "--list"],
    ],
    ids=lambda words: words[0],
)
def test_without_the_extra_a_line_says_what_to_install(words: list[str], tmp_path: Path) -> None:
    program = (
        "import importlib.util, sys\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'sqlalchemy' else found(name, package)\n"
        "import reports.store.extra as extra\nextra.find_spec = importlib.util.find_spec\n"
        f"sys.modules['sqlalchemy'] = None\nfrom reports.cli import main\nraise SystemExit(main({words!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr == "ippmailto: sqlalchemy is not installed; pip install 'ippmailto[stations]' brings it\n"
    assert not list(tmp_path.iterdir())
