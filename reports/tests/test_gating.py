"""The commands that a pipeline goes by: a baseline, the difference, and waivers that are written from a verdict."""

from __future__ import annotations

import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from conformance.verdict import Overall, RunVerdict, Verdict
from conformance.vocabulary import Edition
from reports.cli import main
from reports.commands.gating import exit_code
from reports.exits import Exit
from reports.gating.comparison import Comparison
from reports.judging.judging import JudgedRun, judge_file
from reports.judging.selection import Selection
from reports.judging.waivers import load_waivers
from reports.tests.test_command import ippmailto
from reports.tests.test_formats import PACKED, VERDICT_SCHEMA

FEW: Final = "M4-From-1,M4-Sender-1,S-7bit"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report directory with its evidence, in which two requirements fail and one passes."""
    directory = tmp_path_factory.mktemp("run")
    (directory / "run.evidence").write_bytes(lzma.decompress(PACKED.read_bytes()))
    assert judge(directory, directory)[0] == Exit.DOES_NOT_CONFORM
    return directory


def judge(run: Path, directory: Path, *more: str | Path) -> tuple[int, str]:
    """Exit code, and what was said."""
    told = ippmailto(
        "judge", run / "run.evidence", "--report-dir", directory, "--edition", "mailto-04", "--select", FEW, *more
    )
    return told.returncode, told.stdout + told.stderr


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


def as_if(run: Path, path: Path, **verdicts: str) -> Path:
    """The verdict with other words for these requirements and all their cases."""
    document = verdict(run)
    for requirement in document["requirements"]:
        if word := verdicts.get(requirement["id"].replace("-", "_")):
            for told in (requirement, *requirement["cases"]):
                told["verdict"] = word
    path.write_text(json.dumps(document))
    return path


# ---------------------------------------------------------------- baseline


def test_what_failed_before_does_not_fail_the_pipeline(run: Path, tmp_path: Path) -> None:
    for baseline in (run, run / "verdict.json"):
        code, said = judge(run, tmp_path, "--baseline", baseline)
        assert code == Exit.CONFORMS
        lines = said.splitlines()
        assert lines[0].startswith("does-not-conform: 2 fail")
        assert lines[1].endswith("verdict.json: 0 new, 0 fixed, 2 still failing")
    document = verdict(tmp_path)
    jsonschema.validate(document, VERDICT_SCHEMA)
    assert document["verdict"] == "does-not-conform"
    assert document["baseline"]["new"] == []
    assert {change["requirement"] for change in document["baseline"]["still"]} == {"M4-From-1", "S-7bit"}


def test_what_is_new_fails_the_pipeline_and_is_told(run: Path, tmp_path: Path) -> None:
    old = as_if(run, tmp_path / "old.json", S_7bit="pass", M4_Sender_1="fail")
    code, said = judge(run, tmp_path / "report", "--baseline", old)
    assert code == Exit.DOES_NOT_CONFORM
    assert "1 new, 1 fixed, 1 still failing" in said
    assert "New       S-7bit: " in said
    assert "Fixed     M4-Sender-1: " in said
    assert "Still     M4-From-1" in said


def test_a_baseline_of_another_edition_is_told_before_anything_is_played(run: Path, tmp_path: Path) -> None:
    told = ippmailto("run", "--report-dir", tmp_path / "report", "--baseline", run)
    assert told.returncode == Exit.USAGE
    assert "judged by --edition mailto-04" in told.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": 1}', '{"schema": 2}', '{"schema": 1, "requirements": 7}', "\xff", "[" * 9999]
)
def test_a_baseline_that_is_none_is_one_line(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "verdict.json").write_text(text, encoding="latin-1")
    assert main(["diff", str(tmp_path), str(tmp_path)]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "verdict.json" in line


@pytest.mark.parametrize("key", ["subject", "edition"])
def test_what_a_forged_baseline_says_steers_no_terminal(
    run: Path, tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads((run / "verdict.json").read_text())
    told[key] = "\x1b[2J\nconforms\u202e"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(told))
    for given in ((forged, run), (run, forged)):
        assert main(["diff", *map(str, given)]) == Exit.USAGE
        (line,) = capsys.readouterr().err.splitlines()
        assert "\\x1b[2J\\nconforms\\u202e" in line


def test_a_baseline_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(tmp_path / "a"), str(tmp_path)]) == Exit.USAGE
    assert "name a verdict.json or a report directory" in capsys.readouterr().err


# ---------------------------------------------------------------- the exit code


@pytest.fixture(scope="module")
def judged(run: Path) -> JudgedRun:
    selection = Selection(tuple(FEW.split(",")))
    return judge_file(run / "run.evidence", edition=Edition.MAILTO_04, selection=selection)


@pytest.mark.parametrize(
    ("overall", "counts", "found", "code"),
    [
        (Overall.DOES_NOT_CONFORM, {Verdict.FAIL: 1}, {}, Exit.CONFORMS),
        (Overall.INCONCLUSIVE, {Verdict.INCONCLUSIVE: 1, Verdict.PASS: 1}, {}, Exit.CONFORMS),
        (Overall.INCONCLUSIVE, {Verdict.INCONCLUSIVE: 1, Verdict.PASS: 1}, {"unclear": ("1-2",)}, Exit.INCONCLUSIVE),
        (Overall.INCONCLUSIVE, {Verdict.INCONCLUSIVE: 1}, {}, Exit.INCONCLUSIVE),
        (Overall.INCONCLUSIVE, {Verdict.NOT_APPLICABLE: 1}, {}, Exit.INCONCLUSIVE),
        (Overall.NOT_JUDGED, {}, {}, Exit.NOT_JUDGED),
        (Overall.CONFORMS, {Verdict.PASS: 1}, {}, Exit.CONFORMS),
    ],
)
def test_with_a_baseline_nothing_judged_is_no_success(
    judged: JudgedRun, overall: Overall, counts: dict[Verdict, int], found: dict[str, Any], code: Exit
) -> None:
    other = replace(judged, verdict=RunVerdict(overall, (), counts), baseline=Comparison("old", **found))
    assert exit_code(other, strict_waivers=False) is code


def test_a_run_that_was_cut_short_is_no_success_with_a_baseline(judged: JudgedRun) -> None:
    told = RunVerdict(Overall.DOES_NOT_CONFORM, (), {Verdict.FAIL: 1})
    assert (
        exit_code(replace(judged, verdict=told, cut_short=True, baseline=Comparison("old")), strict_waivers=False) == 3
    )


def test_a_mail_that_nothing_accounts_for_is_no_success_with_a_baseline_either(judged: JudgedRun) -> None:
    told = RunVerdict(Overall.INCONCLUSIVE, (), {Verdict.PASS: 1}, unexplained=1)
    assert exit_code(replace(judged, verdict=told, baseline=Comparison("old")), strict_waivers=False) == 3
    as_before = Comparison("old", stray_as_before=True)
    assert exit_code(replace(judged, verdict=told, baseline=as_before), strict_waivers=False) == 0


# ---------------------------------------------------------------- diff


def test_diff_compares_two_reports(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = as_if(run, tmp_path / "old.json", S_7bit="pass")
    assert main(["diff", str(old), str(run)]) == Exit.DOES_NOT_CONFORM
    assert "1 new, 0 fixed, 1 still failing" in capsys.readouterr().out
    assert main(["diff", str(run), str(old)]) == Exit.CONFORMS
    assert "0 new, 1 fixed, 1 still failing" in capsys.readouterr().out
    assert main(["diff", "--json", str(run), str(run)]) == Exit.CONFORMS
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, VERDICT_SCHEMA["$defs"]["comparison"] | {"$defs": VERDICT_SCHEMA["$defs"]})
    assert len(document["still"]) > 2


def test_diff_with_nothing_that_was_judged_is_no_success(run: Path, tmp_path: Path) -> None:
    now = as_if(run, tmp_path / "now.json", S_7bit="not-tested", M4_From_1="not-tested", M4_Sender_1="not-tested")
    assert main(["diff", str(run), str(now)]) == Exit.INCONCLUSIVE


def test_diff_of_evidence_says_what_to_do(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(run), str(run / "run.evidence")]) == Exit.USAGE
    assert "ippmailto judge" in capsys.readouterr().err


def test_diff_tells_what_has_become_inconclusive(run: Path, tmp_path: Path) -> None:
    now = as_if(run, tmp_path / "now.json", S_7bit="inconclusive")
    assert main(["diff", str(run), str(now)]) == Exit.INCONCLUSIVE


# ---------------------------------------------------------------- waive

ANSWER: Final = ("--owner", "the mail team", "--reason", 'it comes with "3.0" \\ later')


def test_what_is_written_waives_all_that_failed(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    assert main(["waive", str(run), *ANSWER, "--link", "https://issues.example/7", "-o", str(path)]) == 0
    entries = load_waivers(path)
    assert {entry.waiver.requirement for entry in entries} == {"M4-From-1", "S-7bit"}
    assert {entry.waiver.reason for entry in entries} == {'it comes with "3.0" \\ later'}
    assert all(entry.waiver.match and entry.waiver.case and entry.expires for entry in entries)
    code, said = judge(run, tmp_path / "report", "--waivers", path, "--strict-waivers")
    assert code == Exit.CONFORMS, said
    counts = verdict(tmp_path / "report")["counts"]
    assert (counts["fail"], counts["waived"]) == (0, 2)


def test_a_printer_that_tells_what_no_file_can_hold_is_waived_all_the_same(run: Path, tmp_path: Path) -> None:
    document = verdict(run)
    document["printer"] |= {"make-and-model": "a\ud800\x1b[b]*", "firmware": "1\n2"}
    (tmp_path / "verdict.json").write_text(json.dumps(document))
    assert main(["waive", str(tmp_path), *ANSWER, "-o", str(tmp_path / "waivers.toml")]) == 0
    for entry in load_waivers(tmp_path / "waivers.toml"):
        assert (entry.printer, entry.firmware) == ("a??[b]*", "1?2")


def test_another_kind_of_failure_is_not_waived(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    document = verdict(run)
    for requirement in document["requirements"]:
        for case in requirement["cases"]:
            case["actual"] = "something else altogether"
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert main(["waive", str(tmp_path / "old.json"), *ANSWER, "-o", str(path)]) == 0
    code, said = judge(run, tmp_path / "report", "--waivers", path)
    assert code == Exit.DOES_NOT_CONFORM
    assert "what it is about fails in another way" in said


def test_a_part_is_waived_and_printed(run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["waive", str(run), *ANSWER, "--select", "s-*", "--expires", "2099-12-31"]) == 0
    text = capsys.readouterr().out
    (tmp_path / "waivers.toml").write_text(text)
    assert {e.waiver.requirement for e in load_waivers(tmp_path / "waivers.toml")} == {"S-7bit"}
    assert "expires = 2099-12-31" in text


def test_a_file_that_is_there_is_not_replaced_unasked(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text("precious")
    arguments = ["waive", str(run), *ANSWER, "-o", str(path)]
    assert main(arguments) == Exit.USAGE
    assert path.read_text() == "precious"
    assert main([*arguments, "--overwrite"]) == 0
    assert load_waivers(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--select", "M4-Sender-1", *ANSWER], "there is nothing to waive"),
        (["--owner", "", "--reason", "x"], "has an owner and a reason"),
        (["--owner", "x", "--reason", "a\nb"], "control characters"),
    ],
)
def test_what_cannot_be_waived_is_one_line(
    run: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["waive", str(run), *more]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line


# ---------------------------------------------------------------- waivers that can go


@pytest.mark.parametrize(
    ("entries", "why", "strict"),
    [
        ('requirement = "M4-Sender-1"', "what it is about passes now", Exit.USAGE),
        ('requirement = "M4-From-1"\nexpires = 2001-01-01', "expired on 2001-01-01", Exit.USAGE),
        ('requirement = "M4-From-1"\nmatch = "no such thing"', "another waiver does", Exit.USAGE),
        ('requirement = "M4-From-1"\nfirmware = ">=99"', "is for firmware >=99", Exit.CONFORMS),
        ('requirement = "M4-To-1"', "was not judged", Exit.CONFORMS),
        ('case = "octets.no_such_case[*"', "was not judged", Exit.CONFORMS),
    ],
)
def test_a_waiver_that_can_go_is_told_and_fails_where_that_is_wanted(
    run: Path, tmp_path: Path, entries: str, why: str, strict: Exit
) -> None:
    path = tmp_path / "waivers.toml"
    assert main(["waive", str(run), *ANSWER, "-o", str(path)]) == 0
    path.write_text(path.read_text() + f'[[waiver]]\nowner = "x"\nreason = "y"\n{entries}\n')
    code, said = judge(run, tmp_path / "report", "--waivers", path)
    assert (code, why in said) == (Exit.CONFORMS, True), said
    assert judge(run, tmp_path / "report", "--waivers", path, "--strict-waivers")[0] == strict


def test_a_failure_counts_before_a_waiver_that_can_go(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('[[waiver]]\nrequirement = "M4-Sender-1"\nowner = "x"\nreason = "y"\n')
    assert judge(run, tmp_path / "report", "--waivers", path, "--strict-waivers")[0] == Exit.DOES_NOT_CONFORM


def test_a_waiver_may_be_for_a_case_alone(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('[[waiver]]\ncase = "OCTETS.*"\nowner = "x"\nreason = "y"\n')
    judge(run, tmp_path / "report", "--waivers", path)
    verdicts = {r["id"]: r["verdict"] for r in verdict(tmp_path / "report")["requirements"]}
    assert (verdicts["S-7bit"], verdicts["M4-From-1"]) == ("waived", "fail")
