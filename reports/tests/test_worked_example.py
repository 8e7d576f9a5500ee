"""The worked example: every finding is on the page, with its octets, and with what a reader made of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from conformance.requirements import catalogue
from conformance.scenarios import BY_ID
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.defects import DEFECTS
from reports.formats.verdict_json import verdict_json
from reports.judging.judging import judge_file
from reports.judging.selection import Selection
from reports.selftest.kill_matrix import policy_of
from reports.selftest.trial import try_printer
from reports.selftest.worked_example import UNREAD, main

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def liar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report directory of a printer that leaves its name out of From."""
    directory = tmp_path_factory.mktemp("liar")
    (defect,) = (d for d in DEFECTS if d.id == "later-from-without-name")
    try_printer(policy_of(defect), [BY_ID["job/later-text-only-true"]], directory)
    judged = judge_file(
        directory / "trial.evidence", edition=Edition.MAILTO_04, selection=Selection(("M4-From-*", "M4-CT-1"))
    )
    (directory / "verdict.json").write_text(json.dumps(verdict_json(judged)), encoding="utf-8")
    return directory


def test_a_finding_is_told_with_its_octets(liar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(liar)]) == 0
    page = capsys.readouterr().out
    assert "### Fails: M4-From-2 (section 6.1.2, MUST)" in page
    assert "From: <printer-admin@printer.example>\\r\\n" in page
    assert "M4-CT-1" not in page.partition("### Could not be judged")[0]
    assert page.count(UNREAD) == 2


def test_a_remark_stands_by_its_finding(liar: Path, tmp_path: Path) -> None:
    remarks, out = tmp_path / "notes.toml", tmp_path / "page.md"
    remarks.write_text('page.before = "# Title"\nread.M4-From-1 = "Looked at, and so it is."\n', encoding="utf-8")
    assert main([str(liar), "--notes", str(remarks), "-o", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert page.startswith("# Title\n")
    assert page.count("*Read:* Looked at, and so it is.") == 1
    assert page.count(UNREAD) == 1


def test_what_the_first_run_told_is_only_named_after_the_second(liar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(liar), str(liar)]) == 0
    assert "Found as above: M4-From-1, M4-From-2." in capsys.readouterr().out


def test_a_directory_without_a_verdict_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "verdict.json" in capsys.readouterr().err


def test_every_remark_is_about_a_requirement() -> None:
    table = tomllib.loads((DOCS / "cups-worked-example.toml").read_text(encoding="utf-8"))
    known = {name for edition in Edition for vocabulary in VOCABULARIES for name in catalogue(edition, vocabulary)}
    assert not sorted(set(table["read"]) - known)


def test_every_published_finding_was_read() -> None:
    page = (DOCS / "cups-worked-example.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^### (?:Fails|Warns): ", page, re.MULTILINE)) > 30
    assert UNREAD not in page
