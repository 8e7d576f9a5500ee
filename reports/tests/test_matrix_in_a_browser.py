"""The pages of the matrix in a real browser: nothing of a printer's runs, everybody can read them, the filter works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from conformance.vocabulary import Edition
from reports.cli import main
from reports.exits import Exit
from reports.tests.browser import expect_no_wider_than, expect_readable, loaded, seen
from reports.tests.verdicts import a_verdict

OWNED: Final = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
PAGES: Final = ("index", "mailto-00", "printer-1", "disagreements", "coverage")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen printers with findings of every kind, one of which wants to be more than a name."""
    directory = tmp_path_factory.mktemp("site")
    runs = directory / "runs"
    runs.mkdir()
    words = ("pass", "fail", "warning", "inconclusive", "not-applicable", "waived")
    for number in range(12):
        model = OWNED if number == 0 else f"Gamma Laserprinter with a long name {number}"
        for firmware in ("1.0", "2.0"):
            word = words[(number + int(firmware[0])) % len(words)]
            document = a_verdict(model, firmware, S_7bit=word, T1_From_1=word)
            (runs / f"{number}-{firmware}.json").write_text(json.dumps(document))
    (runs / "later.json").write_text(json.dumps(a_verdict("Gamma", edition=Edition.MAILTO_04)))
    assert main(["matrix", str(runs), "-o", str(directory / "pages")]) == Exit.CONFORMS
    return directory / "pages"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_a_printer_is_called_runs(site: Path, page: str) -> None:
    document = loaded(site / f"{page}.html")
    assert "<title>owned</title>" not in document
    assert "<img" not in document
    assert document.count("<script>") == 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_makes_a_page_of_the_matrix_scroll_sideways(site: Path, page: str, width: int) -> None:
    expect_no_wider_than(site / f"{page}.html", width)


@pytest.mark.takes(20)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_keeps_anybody_from_reading_the_matrix(site: Path, page: str, dark: bool) -> None:
    expect_readable(site / f"{page}.html", dark=dark)


def test_the_filter_shows_the_rows_that_are_asked_for(site: Path) -> None:
    script = """
const shown = () => [...document.querySelectorAll(".row")].filter((row) => !row.hidden)
  .map((row) => row.querySelector(".id").textContent);
const all = shown();
document.getElementById("differ").click();
const apart = shown();
document.getElementById("differ").click();
for (const box of document.querySelectorAll("input[name=kind]")) if (box.value !== "fail") box.click();
const failing = shown();
for (const box of document.querySelectorAll("input[name=kind]")) if (box.value !== "fail") box.click();
const search = document.getElementById("search");
search.value = "S-7bit";
search.dispatchEvent(new Event("input", { bubbles: true }));
tell({ all, apart, failing, found: shown(), told: document.getElementById("shown").textContent });
"""
    found = seen(site / "mailto-00.html", script)
    assert found["apart"] == found["failing"] == ["T1-From-1", "S-7bit"]
    assert "S-7bit" in found["found"]
    assert len(found["found"]) < 10 < len(found["all"])
    assert found["told"] == f"{len(found['found'])} of {len(found['all'])} requirements shown"
