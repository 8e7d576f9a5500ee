"""Nothing of other people's pytest gets into a judging, and no verdict is made of fewer cases than it ought to have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("conformance", "fakes", "reports")
SELECT = "T1-*"

# A plugin, or a conftest.py, after which nothing is left to fail; it leaves a trace where it was loaded.
MEDDLER = """
import os
import pytest
open(os.environ["TRACE"], "w").close()
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    del items[1:]
"""
# Settings after which next to nothing is called.
SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = -k nothing --maxfail=1\n",
    "tox.ini": "[pytest]\naddopts = -k nothing\n",
    "setup.cfg": "[tool:pytest]\naddopts = -k nothing\n",
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["-k", "nothing"]\nminversion = "99"\n',
}


def ippmailto(*arguments: str | Path, cwd: Path, path: Path = ROOT, **environment: str) -> tuple[int, str]:
    """Exit code and what was said on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "reports", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(path), "TRACE": str(cwd / "trace"), **environment},
    )
    assert not (cwd / "trace").exists(), "a stranger's plugin was loaded"
    return done.returncode, done.stderr


def results(directory: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((directory / "verdict.json").read_text())["requirements"]
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Evidence of a small run, and its verdict when nobody meddles."""
    directory = tmp_path_factory.mktemp("quiet")
    evidence = directory / "run.evidence"
    code, errors = ippmailto(
        "run", "--evidence", evidence, "--report-dir", directory, "--select", SELECT, cwd=directory
    )
    assert code == 0, errors
    return evidence, results(directory)


Judged = tuple[Path, list[dict[str, Any]]]


def same_verdict(judged: Judged, cwd: Path, *, path: Path = ROOT, **environment: str) -> None:
    """Judging there comes to what it comes to elsewhere."""
    evidence, quiet = judged
    code, errors = ippmailto(
        "judge", evidence, "--report-dir", cwd / "out", "--select", SELECT, cwd=cwd, path=path, **environment
    )
    assert code == 0, errors
    assert results(cwd / "out") == quiet


@pytest.mark.parametrize("options", ["-k nothing", "--collect-only", "--junk"])
def test_options_in_the_environment_are_not_for_us(judged: Judged, tmp_path: Path, options: str) -> None:
    same_verdict(judged, tmp_path, PYTEST_ADDOPTS=options)


def test_other_variables_of_pytest_change_nothing(judged: Judged, tmp_path: Path) -> None:
    names = ("DISABLE_PLUGIN_AUTOLOAD", "DEBUG", "XDIST_WORKER", "CURRENT_TEST")
    environment: dict[str, Any] = {f"PYTEST_{name}": "1" for name in names}
    same_verdict(judged, tmp_path, **environment)
    assert not list(tmp_path.glob("pytestdebug.log"))


def test_plugins_named_in_the_environment_are_not_loaded(judged: Judged, tmp_path: Path) -> None:
    (tmp_path / "meddler.py").write_text(MEDDLER)
    path = Path(f"{tmp_path}{os.pathsep}{ROOT}")
    same_verdict(judged, tmp_path, path=path, PYTEST_PLUGINS="meddler")


def test_plugins_that_are_installed_are_not_loaded(judged: Judged, tmp_path: Path) -> None:
    (tmp_path / "meddler.py").write_text(MEDDLER)
    about = tmp_path / "meddler-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: meddler\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[pytest11]\nmeddler = meddler\n")
    same_verdict(judged, tmp_path, path=Path(f"{tmp_path}{os.pathsep}{ROOT}"))


def test_files_in_the_working_directory_and_above_are_not_read(judged: Judged, tmp_path: Path) -> None:
    here = tmp_path / "project" / "sub"
    here.mkdir(parents=True)
    for folder in (here, here.parent, tmp_path):
        for name, text in {**SETTINGS, "conftest.py": MEDDLER}.items():
            (folder / name).write_text(text)
    same_verdict(judged, here)


def test_files_beside_the_evidence_are_not_read(judged: Judged, tmp_path: Path) -> None:
    evidence = tmp_path / "there" / "run.evidence"
    evidence.parent.mkdir()
    shutil.copy(judged[0], evidence)
    for folder in (evidence.parent, tmp_path):
        for name, text in {**SETTINGS, "conftest.py": MEDDLER}.items():
            (folder / name).write_text(text)
    same_verdict((evidence, judged[1]), tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages at another place, with files of strangers above them, beside them and in them."""
    site = tmp_path_factory.mktemp("prefix") / "site-packages"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for folder in (site.parent, site, site / "conformance"):
        for name, text in {**SETTINGS, "conftest.py": MEDDLER}.items():
            (folder / name).write_text(text)
    return site


def test_files_above_and_in_the_installed_package_are_not_read(judged: Judged, installed: Path, tmp_path: Path) -> None:
    same_verdict(judged, tmp_path, path=installed)


def test_a_run_is_judged_the_same_with_everything_in_the_way(judged: Judged, installed: Path, tmp_path: Path) -> None:
    for name, text in {**SETTINGS, "conftest.py": MEDDLER, "meddler.py": MEDDLER}.items():
        (tmp_path / name).write_text(text)
    environment = {"PYTEST_ADDOPTS": "-k nothing", "PYTEST_PLUGINS": "meddler"}
    code, errors = ippmailto(
        "run", "--report-dir", "out", "--select", SELECT, cwd=tmp_path, path=installed, **environment
    )
    assert code == 0, errors
    counted = [(r["id"], r["verdict"], len(r["cases"])) for r in results(tmp_path / "out")]
    assert counted == [(r["id"], r["verdict"], len(r["cases"])) for r in judged[1]]


@pytest.mark.parametrize("more", [(), ("--web",)], ids=["printer", "page"])
def test_modules_in_the_working_directory_are_not_ours(tmp_path: Path, more: tuple[str, ...]) -> None:
    """``python -m`` would look there first for what our own children are made of."""
    for name in (*PACKAGES, "json", "h11", "pytest", "sqlite3"):
        (tmp_path / f"{name}.py").write_text('open("trace", "w").close()\nraise SystemExit(0)\n')
    done = subprocess.run(
        [sys.executable, "-P", "-m", "reports", "run", "-q", "--report-dir", "out", "--select", "T1-From-1", *more],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, (tmp_path / "trace").exists()) == (0, False), done.stderr


# ---------------------------------------------------------------- fewer or more than there ought to be

SABOTAGE = {
    "one-less": "def tampered(config, items):\n    real(config, items)\n    items.pop()\n",
    "none": "def tampered(config, items):\n    real(config, items)\n    items.clear()\n",
    "one-twice": "def tampered(config, items):\n    real(config, items)\n    items.append(items[0])\n",
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_other_cases_than_there_ought_to_be_are_a_fault_of_ours_and_no_verdict(
    judged: Judged, tmp_path: Path, name: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import reports.pytest_plugin as plugin\nreal = plugin.pytest_collection_modifyitems\n"
        + SABOTAGE[name]
        + "plugin.pytest_collection_modifyitems = tampered\n"
    )
    path = Path(f"{tmp_path}{os.pathsep}{ROOT}")
    code, errors = ippmailto("judge", judged[0], "--report-dir", tmp_path, "--select", SELECT, cwd=tmp_path, path=path)
    assert code == 4
    assert "cases ought to be judged" in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "verdict.json").exists()


def test_a_case_that_cannot_be_loaded_is_a_fault_of_ours_and_no_verdict(judged: Judged, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import pathlib\nimport reports.judging.judging as judging\nreal = judging._files_of\n"
        "def and_one_more(cases):\n    return [*real(cases), pathlib.Path(__file__).with_name('test_broken.py')]\n"
        "judging._files_of = and_one_more\n"
    )
    (tmp_path / "test_broken.py").write_text("import nothing_of_the_kind\n")
    path = Path(f"{tmp_path}{os.pathsep}{ROOT}")
    code, errors = ippmailto("judge", judged[0], "--report-dir", tmp_path, "--select", SELECT, cwd=tmp_path, path=path)
    assert code == 4
    assert "nothing_of_the_kind" in errors
    assert not (tmp_path / "verdict.json").exists()
