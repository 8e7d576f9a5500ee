"""Whoever calls the cases with a pytest of his own gets verdicts, or one line that says what to type."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from reports.selftest.trial import try_printer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cases-under-pytest.md"


def own_pytest(*arguments: str | Path, cwd: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=cwd,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "cases",
    [[str(ROOT / "conformance" / "cases" / "test_burst.py")], ["--pyargs", "conformance.cases.test_burst"]],
    ids=["file", "module"],
)
def test_without_the_plugin_one_line_says_what_to_type(tmp_path: Path, cases: list[str]) -> None:
    code, _, errors = own_pytest("-q", *cases, cwd=tmp_path)
    assert code == pytest.ExitCode.USAGE_ERROR
    (line,) = errors.split("\n\n")[0].splitlines()
    assert "-p reports.pytest_plugin --evidence FILE" in line
    (page,) = re.findall(r"docs/[\w-]+\.md", line)
    assert ROOT / page == PAGE


def test_without_evidence_one_line_says_so() -> None:
    code, _, errors = own_pytest("-p", "reports.pytest_plugin", "conformance/cases/test_burst.py", cwd=ROOT)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "name a file with --evidence" in errors


def test_the_cases_judge_under_anybodys_pytest(tmp_path: Path) -> None:
    try_printer(OBEDIENT, [BY_ID["job/omitted"]], tmp_path)
    plugin = ("-p", "reports.pytest_plugin", "--evidence", tmp_path / "trial.evidence")
    only = ("-v", "-k", "from_shows and omitted")
    code, told, _ = own_pytest(*plugin, *only, "conformance/cases/test_table1.py", cwd=ROOT)
    assert "test_from_shows_the_printer_name[job/omitted] PASSED" in told
    assert code == pytest.ExitCode.TESTS_FAILED  # printer/omitted was not played
    assert "inconclusive: printer/omitted was not played in this run" in told


def test_every_option_of_the_plugin_is_on_the_page() -> None:
    _, told, _ = own_pytest("-p", "reports.pytest_plugin", "--help", cwd=ROOT)
    section = told.partition("\nippmailto:\n")[2].partition("\n\n")[0]
    options = re.findall(r"^  (--[a-z-]+)", section, re.MULTILINE)
    assert len(options) >= 4, told
    page = PAGE.read_text(encoding="utf-8")
    assert [option for option in options if f"| `{option} " not in page] == []
