"""A run that is inconclusive as a whole is green in no format, though each of its requirements may be."""

from __future__ import annotations

import json
import lzma
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.requirements import CORE
from conformance.verdict import Outcome, Overall, Verdict, Waiver, judge
from conformance.vocabulary import Edition
from reports.formats.allure import write_allure
from reports.formats.annotations import annotation_lines
from reports.formats.ctrf import ctrf_json
from reports.formats.junit import junit_xml
from reports.formats.per_requirement import ENOUGH
from reports.formats.terminal import ledger_lines
from reports.formats.verdict_json import verdict_json
from reports.gating.stored_verdict import stored_verdict
from reports.judging.judging import JudgedRun, judge_file, too_little
from reports.judging.selection import Selection
from reports.judging.waivers import WaiverEntry
from reports.tests.laid_sessions import lay_mail
from reports.tests.test_formats import PACKED

STRAY = ("3-6",)  # where a mail counts that nothing accounts for


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> JudgedRun:
    """A run of one requirement, which passes."""
    evidence = tmp_path_factory.mktemp("run") / "run.evidence"
    evidence.write_bytes(lzma.decompress(PACKED.read_bytes()))
    judged = judge_file(evidence, edition=Edition.MAILTO_04, selection=Selection(("M4-Sender-1",)))
    assert judged.verdict.overall is Overall.CONFORMS
    return judged


def as_if(judged: JudgedRun, *, outcome: Outcome = Outcome.MET, stray: bool = False, core: bool = False) -> JudgedRun:
    """The same with another outcome of its cases, a mail that is left over, or 1-2 as what had to be judged."""
    entries = [(r.id, True, r.reason) for r in judged.verdict.requirements]
    cases = [replace(j.case, outcome=outcome) for r in judged.verdict.requirements for j in r.cases]
    told = judge(entries, cases, left_over=[STRAY] if stray else [], core=CORE if core else ())
    return replace(judged, verdict=told, reason=too_little(told))


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({"outcome": Outcome.NOT_APPLICABLE}, "nothing of what was selected applied"),
        ({"stray": True}, "nothing accounts for 1 of the mails that came"),
        ({"core": True}, "too little was judged: a whole run conforms only where 1-2 was"),
    ],
    ids=["not applicable", "a mail left over", "the core not judged"],
)
def test_what_is_inconclusive_as_a_whole_is_green_nowhere(
    passing: JudgedRun, tmp_path: Path, case: dict[str, Any], why: str
) -> None:
    judged = as_if(passing, **case)
    assert judged.verdict.overall is Overall.INCONCLUSIVE
    assert not judged.verdict.counts[Verdict.INCONCLUSIVE]
    (suite,) = ET.fromstring(junit_xml(judged))
    (error,) = suite.iterfind(f"testcase[@name='{ENOUGH}']/error")
    assert (suite.get("errors"), error.get("message")) == ("1", why)
    results = json.loads(ctrf_json(judged))["results"]
    assert [t["message"] for t in results["tests"] if t["status"] == "other"] == [why]
    assert results["summary"]["other"] == 1
    write_allure(judged, tmp_path)
    told = [json.loads(path.read_bytes()) for path in tmp_path.glob("*-result.json")]
    assert [r["statusDetails"]["message"] for r in told if r["status"] == "broken"] == [why]
    assert f"::warning title=ippmailto%3A inconclusive::{why}" in annotation_lines(judged)


@pytest.mark.parametrize("outcome", [Outcome.MET, Outcome.VIOLATED, Outcome.INCONCLUSIVE])
def test_a_verdict_that_a_requirement_shows_is_not_told_twice(passing: JudgedRun, outcome: Outcome) -> None:
    judged = as_if(passing, outcome=outcome)
    assert ENOUGH not in junit_xml(judged).decode()
    assert ENOUGH not in ctrf_json(judged).decode()
    assert not [line for line in annotation_lines(judged) if "title=ippmailto" in line]


STRANGER = b"MAIL FROM:<printer@p.example>\r\nRCPT TO:<stranger@else.example>\r\n"


@pytest.mark.parametrize(
    ("waived", "overall"), [("", Overall.INCONCLUSIVE), ("3-6", Overall.CONFORMS), ("1-2", Overall.INCONCLUSIVE)]
)
def test_a_mail_to_a_stranger_counts_whatever_was_selected(tmp_path: Path, waived: str, overall: Overall) -> None:
    evidence = tmp_path / "run.evidence"
    evidence.write_bytes(lzma.decompress(PACKED.read_bytes()))
    lay_mail(evidence, STRANGER, b"Subject: x\r\n\r\nhello\r\n")
    waivers = [WaiverEntry(Waiver(waived, "an archive", "me"))] if waived else []
    selection = Selection(("M4-Sender-1",))
    judged = judge_file(evidence, edition=Edition.MAILTO_04, selection=selection, waivers=waivers)
    assert judged.verdict.overall is overall
    assert judged.verdict.unexplained == (overall is Overall.INCONCLUSIVE)
    told = "\n".join(ledger_lines(judged))
    assert ("stranger@else.example" in told) == (overall is Overall.INCONCLUSIVE)
    stored = stored_verdict(_written(judged, tmp_path))
    assert ("nothing accounts for 1 " in stored.short) == (overall is Overall.INCONCLUSIVE)


def _written(judged: JudgedRun, directory: Path) -> Path:
    path = directory / "verdict.json"
    path.write_text(json.dumps(verdict_json(judged)))
    return path
