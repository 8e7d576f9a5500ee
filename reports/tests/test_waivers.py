"""Waivers: read strictly, counted for the runs they are for, and shown with who answers for them."""

from __future__ import annotations

import json
import lzma
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conformance.requirements import catalogue
from conformance.verdict import (
    CaseResult,
    JudgedCase,
    Outcome,
    Overall,
    RequirementVerdict,
    RunVerdict,
    Verdict,
    Waiver,
)
from conformance.vocabulary import Edition
from reports.exits import UsageError
from reports.judging.waivers import KNOWN, NOT_SELECTED, WaiverEntry, load_waivers, uses
from reports.tests.test_command import ippmailto

ROOT = Path(__file__).parents[2]
PACKED = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
PRINTER = {"name": "Lobby", "make-and-model": "Example 4000", "uri": "ipp://lobby.example/ipp", "firmware": "2.4.1"}
NTFY = catalogue(Edition.MAILTO_00, "ntfy-01")
WAIVER = Waiver("T1-From-1", "the name comes with 3.0", "the mail team")
BEGAN = "2026-03-31T23:59:59.999Z"


def file(directory: Path, text: str) -> Path:
    path = directory / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def one(**entries: str) -> str:
    given = {"requirement": '"T1-From-1"', "reason": '"known"', "owner": '"the mail team"'} | entries
    return "[[waiver]]\n" + "".join(f"{name} = {value}\n" for name, value in given.items() if value)


# ---------------------------------------------------------------- the file


def test_every_entry_is_read(tmp_path: Path) -> None:
    text = one(
        link='"https://issues.example/7"', match='"None in"', case='"table1.*"', printer='"Lobby*"', firmware='"2.*"',
        expires="2026-12-31", reason='"""\nlong\n  reason"""',
    )  # fmt: skip
    waiver = Waiver("T1-From-1", "long reason", "the mail team", "https://issues.example/7", "None in", "table1.*")
    assert load_waivers(file(tmp_path, text)) == [WaiverEntry(waiver, "Lobby*", "2.*", date(2026, 12, 31))]
    assert len(load_waivers(file(tmp_path, one() + one(requirement='"M4-From-1"')))) == 2
    assert load_waivers(file(tmp_path, "# none any more\n")) == []
    (entry,) = load_waivers(file(tmp_path, one(requirement="", case='"table1.*"', firmware='">= 2.1, <3"')))
    assert (entry.waiver.requirement, entry.firmware) == ("", ">= 2.1, <3")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (one().replace("[[waiver]]", "[waiver]"), "each waiver begins with a line [[waiver]], with two brackets"),
        (
            one().replace("[[waiver]]", "[[waivers]]"),
            "there is no 'waivers' in a waivers file; each waiver begins with",
        ),
        ('waiver = ["x"]', "each waiver begins with"),
        ("version = 1\n" + one(), "there is no 'version' in a waivers file"),
        (one(resaon='"x"'), "there is no 'resaon' in a waiver; did you mean reason?"),
        (one(colour='"x"'), "known are requirement, reason"),
        (one(owner=""), "waiver 1: owner is missing"),
        (one(requirement=""), "waiver 1: requirement is missing, or case in its place"),
        (one(firmware='">=2.1 or so"'), "firmware is a pattern, or a range such as '>=2.1, <3'"),
        (one(firmware='"> new"'), "firmware is a pattern, or a range"),
        (one() + one(owner='"  "'), "waiver 2: owner is empty"),
        (one(reason='""'), "reason is empty"),
        (one(match='""'), "match is empty; leave it out"),
        (one(owner="7"), "owner is a text in quotes, not 7"),
        (one(expires='"2026-12-31"'), "expires is a day, without quotes, such as 2026-12-31"),
        (one(expires="2026-12-31T10:00:00"), "expires is a day"),
        (one(requirement='"T1-Form-1"'), "there is no requirement 'T1-Form-1'; did you mean T1-From-1"),
        (one(requirement='"t1-from-1"'), "did you mean T1-From-1"),
        ("[[waiver", "is not TOML"),
        ("waiver = " + "[" * 5_000, "is not TOML"),
        ("a = '\x01'", "is not TOML"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_waivers(file(tmp_path, text))
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load_waivers(tmp_path / "nowhere.toml")


def test_the_page_about_waivers_shows_every_entry_and_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "waivers.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert load_waivers(file(tmp_path, example))
    for name in KNOWN:
        assert f"`{name}`" in page
        assert re.search(rf"^{name} = ", example, re.MULTILINE), name


# ---------------------------------------------------------------- which runs it is for


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"printer": "lobby"}, ""),
        ({"printer": "example 4*"}, ""),
        ({"printer": "ipp://lobby.example/*"}, ""),
        ({"printer": "Attic"}, "is for another printer, Attic"),
        ({"firmware": "2.4*"}, ""),
        ({"firmware": "2.5*"}, "is for firmware 2.5*, and this printer has 2.4.1"),
        ({"firmware": ">=2.4, <3"}, ""),
        ({"firmware": ">2.4.1"}, "is for firmware >2.4.1, and this printer has 2.4.1"),
        ({"firmware": "==2.4.1.0"}, ""),
        ({"firmware": "!=2.4.1"}, "is for firmware !=2.4.1, and this printer has 2.4.1"),
        ({"firmware": "<2.10"}, ""),
        ({"expires": date(2026, 3, 31)}, ""),
        ({"expires": date(2026, 3, 30)}, "expired on 2026-03-30"),
        (
            {"waiver": replace(WAIVER, requirement="M4-From-1")},
            "names no entry of mailto-00 for printers that speak ntfy-01",
        ),
    ],
)
def test_a_waiver_counts_for_the_runs_it_is_for(change: dict[str, Any], why: str) -> None:
    assert replace(WaiverEntry(WAIVER), **change).why_not(PRINTER, BEGAN, NTFY) == why


def test_what_a_run_does_not_tell_waives_nothing() -> None:
    entry = WaiverEntry(WAIVER, firmware="*")
    assert entry.why_not(PRINTER | {"firmware": ""}, BEGAN, NTFY) == ""
    assert "tells none" in replace(entry, firmware="<9").why_not(PRINTER | {"firmware": ""}, BEGAN, NTFY)
    assert "this printer has beta" in replace(entry, firmware="<9").why_not(PRINTER | {"firmware": "beta"}, BEGAN, NTFY)
    assert "tells none" in replace(entry, firmware="2*").why_not(PRINTER | {"firmware": ""}, BEGAN, NTFY)
    assert "does not tell on which day" in WaiverEntry(WAIVER, expires=date(2099, 1, 1)).why_not(PRINTER, "\x1b", NTFY)


# ---------------------------------------------------------------- which of them can go


def whole(**verdicts: Verdict) -> RunVerdict:
    """A verdict on all of a run: one case for each of these requirements, by the id with ``_`` for ``-``."""
    found = []
    for name, verdict in verdicts.items():
        requirement = name.replace("_", "-")
        case = CaseResult("table1.x[job/omitted]", (requirement,), Outcome.MET)
        found.append(RequirementVerdict(requirement, verdict, "", (JudgedCase(case, verdict),)))
    return RunVerdict(Overall.CONFORMS, tuple(found), {})


@pytest.mark.parametrize(
    ("change", "verdict", "why", "stale"),
    [
        ({}, Verdict.PASS, "what it is about passes now", True),
        ({}, Verdict.WARNING, "what it is about passes now", True),
        ({}, Verdict.FAIL, "fails in another way", True),
        ({}, Verdict.INCONCLUSIVE, "could be observed", False),
        ({}, Verdict.NOT_APPLICABLE, "was not judged", False),
        ({"case": "table1.y[*"}, Verdict.PASS, "there is no such case", True),
        ({"case": "table1.*"}, Verdict.PASS, "what it is about passes now", True),
        ({"requirement": "", "case": "*[job/omitted]"}, Verdict.PASS, "what it is about passes now", True),
        ({"requirement": "T1-To-1"}, Verdict.PASS, "was not judged", False),
    ],
)
def test_a_waiver_that_covers_nothing_says_why_and_whether_it_can_go(
    change: dict[str, str], verdict: Verdict, why: str, stale: bool
) -> None:
    entry = WaiverEntry(replace(WAIVER, **change))
    (use,) = uses([entry], {}, whole(T1_From_1=verdict), BEGAN)
    assert why in use.why
    assert (use.cases, use.stale) == (0, stale)


def test_in_a_part_of_a_run_a_case_may_be_missing() -> None:
    part = whole(T1_From_1=Verdict.PASS)
    left_out = RequirementVerdict("T1-To-1", Verdict.NOT_TESTED, NOT_SELECTED)
    entry = WaiverEntry(replace(WAIVER, case="table1.y[*"))
    (use,) = uses([entry], {}, replace(part, requirements=(*part.requirements, left_out)), BEGAN)
    assert not use.stale


def test_what_is_for_other_printers_does_not_go_until_it_has_expired() -> None:
    elsewhere, old = WaiverEntry(WAIVER, printer="Attic"), WaiverEntry(WAIVER, expires=date(2001, 1, 1))
    aside = {entry: entry.why_not(PRINTER, BEGAN, NTFY) for entry in (elsewhere, old)}
    assert [use.stale for use in uses([elsewhere, old], aside, whole(T1_From_1=Verdict.FAIL), BEGAN)] == [False, True]


# ---------------------------------------------------------------- what is shown

WAIVERS = """
[[waiver]]
requirement = "M4-From-1"
reason = "the name comes with 3.0"
owner = "the mail team"
link = "https://issues.example/7"
[[waiver]]
requirement = "M4-From-1"
case = "no.such_case*"
reason = "never"
owner = "nobody"
[[waiver]]
requirement = "M4-From-1"
reason = "old"
owner = "somebody"
expires = 2001-01-01
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The report directory of a judging with these waivers, and what was said."""
    directory = tmp_path_factory.mktemp("waived")
    evidence = directory / "run.evidence"
    evidence.write_bytes(lzma.decompress(PACKED.read_bytes()))
    select = ("--allure", "--edition", "mailto-04", "--select", "M4-From-1,M4-Sender-1")
    told = ippmailto(
        "judge", evidence, "--report-dir", directory, "--waivers", file(directory, WAIVERS), "--allure", *select
    )
    assert told.returncode in (0, 1, 3), told.stderr
    return directory, told.stdout


def test_what_is_waived_is_told_with_who_answers_for_it(judged: tuple[Path, str]) -> None:
    directory, said = judged
    document = json.loads((directory / "verdict.json").read_text())
    (requirement,) = [r for r in document["requirements"] if r["id"] == "M4-From-1"]
    assert requirement["verdict"] == "waived"
    waived = [case for case in requirement["cases"] if case["verdict"] == "waived"]
    told = {"owner": "the mail team", "reason": "the name comes with 3.0", "link": "https://issues.example/7"}
    assert waived
    assert all(case["waiver"] == told for case in waived)
    assert document["waivers"] == [
        {"requirement": "M4-From-1", **told, "cases": len(waived), "idle": "", "stale": False},
        {"requirement": "M4-From-1", "case": "no.such_case*", "owner": "nobody", "reason": "never", "link": "",
         "cases": 0, "idle": "covers nothing that failed: what it is about was not judged", "stale": False},
        {"requirement": "M4-From-1", "owner": "somebody", "reason": "old", "link": "", "cases": 0,
         "idle": "expired on 2001-01-01", "stale": True},
    ]  # fmt: skip
    line = "by the mail team: the name comes with 3.0 (https://issues.example/7)"
    assert f"Waived: {line}" in said
    assert "The waiver for M4-From-1 by nobody covers nothing that failed" in said
    assert "The waiver for M4-From-1 by somebody expired on 2001-01-01" in said
    page = (directory / "report.html").read_text()
    assert line.removeprefix("by ") in page
    assert "it expired on 2001-01-01" in page


def test_what_is_waived_is_skipped_for_other_programs(judged: tuple[Path, str]) -> None:
    directory, _ = judged
    (suite,) = ET.parse(directory / "junit.xml").getroot()
    skipped = [case.find("skipped") for case in suite if case.get("name") == "M4-From-1"]
    messages = [element.get("message", "") for element in skipped if element is not None]
    assert [m for m in messages if m.startswith("waived by the mail team: the name comes with 3.0 (https://")]
    results = [json.loads(p.read_text()) for p in (directory / "allure-results").glob("*-result.json")]
    (waived,) = [
        r for r in results if r.get("statusDetails", {}).get("message", "").startswith("waived by the mail team")
    ]
    assert waived["status"] == "skipped"
    assert waived["statusDetails"]["known"] is True
    assert waived["links"] == [
        {"type": "issue", "url": "https://issues.example/7", "name": "waiver of the mail team"},
    ]  # fmt: skip
