"""The page in a real browser: nothing of a printer's runs, everybody can read it, and it does what it offers."""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from .browser import expect_no_wider_than, expect_readable, loaded, seen
from .laid_sessions import lay_mails

ROOT: Final = Path(__file__).parents[2]
RECORDED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
OWNED: Final = b"<script>document.title='owned'</script><img src=x onerror=document.title='owned'><svg onload=x>"
HOSTILE: Final = (
    b"From: \"" + OWNED + b"\" <x@x.example>\r\nSubject: " + OWNED + b"</pre></details>\r\n" + OWNED + b": x\r\n"
    b"Content-Type: text/html; charset=\"'><script>document.title='owned'</script>\"\r\n\r\n" + OWNED + b"\r\n"
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on a run with findings of every kind, and with mails that want to be more than text."""
    directory = tmp_path_factory.mktemp("page")
    evidence = directory / "run.evidence"
    evidence.write_bytes(lzma.decompress(RECORDED.read_bytes()))
    lay_mails(evidence, [HOSTILE] * 4)
    command = [sys.executable, "-m", "reports", "judge", str(evidence), "-q", "--report-dir", str(directory)]
    command += ["--select", "M4-*,S-*,4.7-*,1-*"]
    baseline = directory / "released"
    baseline.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "--report-dir", str(baseline)], env=environment, capture_output=True, check=False)
    _change(baseline / "verdict.json")
    command += ["--baseline", str(baseline)]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    return directory / "report.html"


def _change(verdict: Path) -> None:
    """What fails passed before, but for the first that does; and what passes first had failed."""
    document = json.loads(verdict.read_text())
    failing = [r for r in document["requirements"] if r["verdict"] == "fail"][1:]
    passing = [r for r in document["requirements"] if r["verdict"] == "pass"][:1]
    for requirements, verdict_before in ((failing, "pass"), (passing, "fail")):
        for requirement in requirements:
            requirement["verdict"] = verdict_before
            for case in requirement["cases"]:
                case["verdict"] = verdict_before
    verdict.write_text(json.dumps(document))


def title(document: str) -> str:
    found = re.search("<title>([^<]*)</title>", document)
    assert found
    return found[1]


def test_nothing_that_a_printer_sent_runs(page: Path) -> None:
    assert "document.title=" in page.read_text()  # it is there, as text
    document = loaded(page)
    assert title(document) == "George Washington: does-not-conform"
    assert "requirements shown" in document  # our own script did run
    assert "<img" not in document
    assert document.count("<script>") == 1


def test_the_policy_of_the_page_stops_what_gets_in_all_the_same(page: Path) -> None:
    spoilt = page.with_name("spoilt.html")
    spoilt.write_text(page.read_text().replace("</main>", OWNED.decode() + "</main>"))
    assert title(loaded(spoilt)) == "George Washington: does-not-conform"


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_makes_the_page_scroll_sideways(page: Path, width: int) -> None:
    expect_no_wider_than(page, width)


@pytest.mark.takes(20)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_keeps_anybody_from_reading_it(page: Path, dark: bool) -> None:
    expect_readable(page, dark=dark)


def test_filter_and_search_show_what_is_asked_for(page: Path) -> None:
    script = """
const shown = () => [...document.querySelectorAll(".req")].filter((row) => !row.hidden);
const rows = () => shown().map((row) => row.dataset.verdict);
const all = rows();
const box = (word) => document.querySelector(`input[value="${word}"]`);
box("pass").click();
const without = rows();
box("pass").click();
const search = document.getElementById("search");
search.value = "M4-From-2";
search.dispatchEvent(new Event("input", { bubbles: true }));
tell({ all, without, found: rows(), told: document.getElementById("shown").textContent });
"""
    found = seen(page, script)
    assert set(found["all"]) > {"pass", "fail"}
    assert found["without"] == [verdict for verdict in found["all"] if verdict != "pass"]
    assert found["found"] == ["fail"]
    assert found["told"] == f"1 of {len(found['all'])} requirements shown"


def test_what_is_new_fixed_and_the_same_stands_on_the_page(page: Path) -> None:
    script = """
const rows = [...document.querySelectorAll(".since tbody")].map((body) => [
  body.querySelector("th span").textContent, body.querySelectorAll("tr").length
]);
tell({ rows, new: document.querySelectorAll(".findings .new").length, findings: [...document.querySelectorAll(
  ".findings .word.fail")].length, links: [...document.querySelectorAll(".since a")].every(
  (link) => document.getElementById(link.hash.slice(1))) });"""
    found = seen(page, script)
    rows = dict(found["rows"])
    assert rows["New"] == found["new"] == found["findings"] - 1
    assert rows["Fixed"] == rows["Still failing"] == 1
    assert found["links"]


def test_on_paper_is_what_somebody_has_to_act_on(page: Path) -> None:
    """What passed is left out unless it was opened, and so is a section without anything else."""
    script = """
for (const sheet of document.styleSheets) for (const rule of [...sheet.cssRules])
  if (rule.media && rule.media.mediaText === "print") rule.media.mediaText = "all";
const words = () => [...document.querySelectorAll(".req")].filter((each) => each.getClientRects().length).map(
  (each) => each.dataset.verdict);
const heads = [...document.querySelectorAll(".section")].filter((each) => each.getClientRects().length);
const empty = heads.filter((each) => ![...each.querySelectorAll(".req")].some((row) => row.getClientRects().length));
const closed = words();
document.querySelectorAll(".req").forEach((each) => { each.open = true; });
const course = getComputedStyle(document.querySelector(".course")).breakInside;
tell({ closed, opened: words(), empty: empty.length, course });"""
    found = seen(page, script)
    assert set(found["closed"]) <= {"fail", "warning", "waived", "inconclusive"}
    assert "fail" in found["closed"]
    assert {"pass", "not-tested"} <= set(found["opened"])
    assert found["empty"] == 0
    assert found["course"] == "avoid"  # its heading stays with its picture


def test_a_link_to_a_piece_of_evidence_opens_it(page: Path) -> None:
    script = """
const link = document.querySelector('.case a[href^="#mail-"]');
const exhibit = document.getElementById(link.hash.slice(1));
const before = exhibit.open;
addEventListener("hashchange", () => tell([before, exhibit.open, exhibit.querySelectorAll("mark").length > 0]));
link.click();
"""
    assert seen(page, script) == [False, True, True]


def test_what_is_saved_is_what_was_sent(page: Path) -> None:
    links = re.findall(r'download="mail-[0-9]+\.eml" href="([^"]*)"', page.read_text())
    script = "Promise.all([...document.querySelectorAll('a[download$=\".eml\"]')].map((a) => fetch(a.href))).then("
    script += "(all) => Promise.all(all.map((one) => one.text()))).then(tell);"
    mails = seen(page, script)
    assert len(mails) == len(links) > 1
    assert all(mail.startswith(("Date: ", "From: ", "Received: ", "Return-Path: ")) for mail in mails)
    assert HOSTILE.decode() in mails
