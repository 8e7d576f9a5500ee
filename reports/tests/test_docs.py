"""The generated pages of the documentation are those that the code would make now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from reports import pages
from reports.judging.coverage import coverage
from reports.judging.inventory import cases
from reports.selftest.worked_example import PageError

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_requirements_is_up_to_date() -> None:
    written = (DOCS / "requirements.md").read_text(encoding="utf-8") == pages.requirements()
    assert written, "docs/requirements.md is stale: python -m reports.pages requirements"


def test_the_page_of_readings_is_up_to_date() -> None:
    written = (DOCS / "readings.md").read_text(encoding="utf-8") == pages.readings_page()
    assert written, "docs/readings.md is stale: python -m reports.pages readings"


def test_every_generated_page_is_there_and_says_what_writes_it() -> None:
    for page in pages.PAGES:
        text = (DOCS / f"{page.name}.md").read_text(encoding="utf-8")
        assert f"python -m reports.pages {page.name}" in text, page.name


def test_no_page_that_people_write_says_one_heading_twice() -> None:
    written = {f"{page.name}.md" for page in pages.PAGES}
    for page in sorted(DOCS.glob("*.md")):
        text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
        headings = re.findall(r"(?m)^#+ .+$", text)
        assert page.name in written or len(headings) == len(set(headings)), page.name


def test_a_page_is_written_whole_or_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(path: Path) -> None:
        path.write_text("half of")
        raise PageError("no more of it")

    old = tmp_path / "requirements.md"
    old.write_text("the whole")
    with monkeypatch.context() as patch:
        patch.setattr(pages, "PAGES", (pages.GeneratedPage("requirements", "no time", breaks),))
        assert pages.main(["--docs", str(tmp_path)]) == 1
    assert old.read_text() == "the whole"
    assert "is left as it was: no more of it" in capsys.readouterr().err
    assert pages.main(["requirements", "--docs", str(tmp_path)]) == 0
    assert old.read_text(encoding="utf-8") == pages.requirements()
    assert [path.name for path in tmp_path.iterdir()] == ["requirements.md"]


def test_a_page_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        pages.main(["requirement"])
    assert ended.value.code == 2
    assert "--list" in capsys.readouterr().err


def test_every_entry_has_a_case_or_a_written_reason() -> None:
    for edition in Edition:
        covered = coverage(cases(edition))
        for entry in catalogue(edition).values():
            assert covered.get(entry.id) or entry.untested, f"{entry.id} has neither a case nor a reason"
