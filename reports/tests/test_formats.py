"""What CI servers read: each format keeps to its public schema, and all of them count the same requirements."""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import xmlschema

from conformance.requirements import Level
from conformance.verdict import Overall, Verdict
from conformance.vocabulary import VOCABULARIES, Edition
from reports.cli import main
from reports.commands import judge as judge_command
from reports.exits import Exit
from reports.formats import allure, ctrf, junit, sarif
from reports.formats.annotations import MOST
from reports.formats.junit import fault_xml
from reports.formats.markdown import code
from reports.judging.judging import OwnFaultError
from reports.tests.test_command import ippmailto

ROOT: Final = Path(__file__).parents[2]
SCHEMAS: Final = ROOT / "fixtures" / "schemas"
PACKED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
VERDICT_SCHEMA: Final = json.loads(files("reports.formats").joinpath("verdict.schema.json").read_text(encoding="utf-8"))
SARIF: Final = json.loads((SCHEMAS / "microsoft-sarif-2.1.0-rtm.5-schema.json").read_bytes())
CTRF: Final = json.loads((SCHEMAS / "ctrf-0.3.0-schema.json").read_bytes())
JUNIT: Final = SCHEMAS / "jenkins-xunit-junit-10.xsd"
WAIVERS: Final = """
[[waiver]]
requirement = "M4-From-1"
reason = "the name comes with 3.0"
owner = "the mail team"
link = "https://issues.example/7"
[[waiver]]
requirement = "M4-Sender-1"
reason = "it passes now"
owner = "somebody"
"""
Place = tuple[Path, str]  # a report directory, and what was said on standard output


def judged(evidence: Path, directory: Path, *more: str | Path) -> Place:
    """The reports on all of that evidence."""
    edition = ("--edition", "mailto-04", "--select", "*")
    told = ippmailto("judge", evidence, "--report-dir", directory, "--allure", "--github", *edition, *more)
    assert told.returncode in (0, 1, 2, 3), told.stderr
    return directory, told.stdout


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Place:
    directory = tmp_path_factory.mktemp("plain")
    (directory / "run.evidence").write_bytes(lzma.decompress(PACKED.read_bytes()))
    return judged(directory / "run.evidence", directory)


@pytest.fixture(scope="module")
def gated(plain: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """With waivers, and against a baseline in which one requirement passed and another failed that passes."""
    directory = tmp_path_factory.mktemp("gated")
    (directory / "waivers.toml").write_text(WAIVERS)
    document = verdict(plain)
    for requirement in document["requirements"]:
        if other := {"S-7bit": "pass", "M4-Sender-1": "fail"}.get(requirement["id"]):
            for told in (requirement, *requirement["cases"]):
                told["verdict"] = other
    (directory / "old.json").write_text(json.dumps(document))
    gate = ("--waivers", directory / "waivers.toml", "--baseline", directory / "old.json")
    return judged(plain[0] / "run.evidence", directory, *gate)


@pytest.fixture(params=["plain", "gated"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


def document(place: Place, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place[0] / name).read_bytes())
    return found


def verdict(place: Place) -> dict[str, Any]:
    return document(place, "verdict.json")


def results(place: Place) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in (place[0] / "allure-results").glob("*-result.json")]


def suite(place: Place) -> ET.Element:
    (found,) = ET.parse(place[0] / "junit.xml").getroot()
    return found


# ---------------------------------------------------------------- schemas


def closed(schema: Any) -> Any:
    """The schema, with nothing allowed beside what it describes."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(value) for name, value in schema.items()}
    if "properties" in found and "additionalProperties" not in found:
        found["additionalProperties"] = False
    return found


def test_verdict_json_keeps_to_its_schema_which_describes_all_of_it(place: Place) -> None:
    jsonschema.Draft202012Validator.check_schema(VERDICT_SCHEMA)
    jsonschema.validate(verdict(place), closed(VERDICT_SCHEMA), jsonschema.Draft202012Validator)


def test_the_schema_has_the_words_that_the_code_has() -> None:
    kinds = VERDICT_SCHEMA["$defs"]
    assert set(kinds["verdict"]["enum"]) == {v.value for v in Verdict}
    assert set(VERDICT_SCHEMA["properties"]["verdict"]["enum"]) == {o.value for o in Overall}
    assert set(VERDICT_SCHEMA["properties"]["edition"]["enum"]) == {e.value for e in Edition}
    assert set(VERDICT_SCHEMA["properties"]["vocabulary"]["enum"]) == set(VOCABULARIES)
    assert set(kinds["requirement"]["properties"]["level"]["enum"]) == {level.value for level in Level}


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == VERDICT_SCHEMA


def test_sarif_keeps_to_the_schema_of_the_standard(place: Place) -> None:
    jsonschema.validate(document(place, "results.sarif"), SARIF, jsonschema.Draft4Validator)


def test_ctrf_keeps_to_its_schema(place: Place) -> None:
    jsonschema.validate(document(place, "ctrf.json"), CTRF, jsonschema.Draft7Validator)


def test_junit_keeps_to_the_schema_of_jenkins(place: Place, tmp_path: Path) -> None:
    schema = xmlschema.XMLSchema(str(JUNIT))
    schema.validate(str(place[0] / "junit.xml"))
    (tmp_path / "fault.xml").write_bytes(fault_xml("the cases could not be run\x1b"))
    schema.validate(str(tmp_path / "fault.xml"))


# ---------------------------------------------------------------- one count


def in_junit(place: Place) -> Counter[str]:
    words = [next((c.tag for c in case if c.tag != "system-out"), "passed") for case in suite(place).iter("testcase")]
    return Counter(words)


def in_ctrf(place: Place) -> Counter[str]:
    return Counter(test["status"] for test in document(place, "ctrf.json")["results"]["tests"])


def in_allure(place: Place) -> Counter[str]:
    return Counter(result["status"] for result in results(place))


def in_sarif(place: Place) -> Counter[str]:
    found = document(place, "results.sarif")["runs"][0]["results"]
    return Counter(f"{r['kind']}, {r['level']}" + (", suppressed" if r.get("suppressions") else "") for r in found)


COUNTED: Final = {
    "JUnit": (in_junit, {v: junit.ELEMENTS.get(v, "passed") for v in Verdict}),
    "CTRF": (in_ctrf, ctrf.STATUS),
    "Allure": (in_allure, allure.STATUS),
    "SARIF": (
        in_sarif,
        {v: ", ".join(words) + (", suppressed" if v is Verdict.WAIVED else "") for v, words in sarif.KINDS.items()},
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_every_format_counts_the_requirements_of_verdict_json(place: Place, name: str) -> None:
    count, words = COUNTED[name]
    counts = verdict(place)["counts"]
    wanted = Counter[str]()
    for one, word in words.items():
        wanted[word] += counts[one.value]
    assert counts["fail"] > 2
    assert count(place) == +wanted


def test_the_summaries_of_the_formats_are_those_counts(place: Place) -> None:
    counts = verdict(place)["counts"]
    root = ET.parse(place[0] / "junit.xml").getroot()
    for element in (root, suite(place)):
        assert (int(element.get("failures", "")), int(element.get("errors", ""))) == (
            counts["fail"],
            counts["inconclusive"],
        )
        assert int(element.get("tests", "")) == sum(counts.values())
    told = document(place, "ctrf.json")["results"]["summary"]
    assert (told["tests"], told["failed"], told["other"]) == (
        sum(counts.values()),
        counts["fail"],
        counts["inconclusive"],
    )
    page = (place[0] / "report.md").read_text()
    headings = re.findall(r"^## (Failed|Waived|Warnings) \((\d+)\)$", page, re.MULTILINE)
    words = {"Failed": "fail", "Waived": "waived", "Warnings": "warning"}
    wanted = {word: counts[word] for word in words.values() if counts[word]}
    assert {words[name]: int(number) for name, number in headings} == wanted


def test_allure_itself_counts_the_same(place: Place, tmp_path: Path) -> None:
    """By whichever of its programs is there; IPPMAILTO_ALLURE names one that is not on the path."""
    program = os.environ.get("IPPMAILTO_ALLURE") or shutil.which("allure")
    if program is None:
        pytest.skip("no Allure here; npm install -g allure (or allure-commandline, which needs Java)")
    command = [program, "generate", str(place[0] / "allure-results"), "-o", str(tmp_path / "page")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pages = [tmp_path / "page" / name for name in ("widgets/summary.json", "widgets/statistic.json", "summary.json")]
    told: dict[str, Any] = json.loads(next(path for path in pages if path.exists()).read_bytes())
    statistic: dict[str, int] = told.get("statistic", told.get("stats", told))
    assert Counter({word: n for word, n in statistic.items() if n and word != "total"}) == in_allure(place)


def test_the_page_about_the_formats_has_the_table_that_the_code_has() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*)\|$", page, re.MULTILINE)
    told = {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}
    for one in Verdict:
        wanted = [words.get(one, "no result") for _, words in COUNTED.values()]
        assert told[one.value][: len(wanted)] == wanted, one
    header = re.search(r"^\| Verdict \|(.*?)\|$", page, re.MULTILINE)
    assert header is not None
    assert [cell.strip() for cell in header[1].split("|")][: len(COUNTED)] == list(COUNTED)


# ---------------------------------------------------------------- each by itself


def test_junit_tells_how_long_the_plays_of_a_requirement_took(plain: Place) -> None:
    times = {case.get("name"): float(case.get("time", "")) for case in suite(plain).iter("testcase")}
    assert times["M4-From-1"] > 0
    assert max(times.values()) < 3600
    told = {p.get("name"): p.get("value") for p in suite(plain).iter("property")}
    assert (told["edition"], told["verdict"]) == ("mailto-04", "does-not-conform")


def test_the_results_of_allure_are_the_same_tests_in_every_run(plain: Place, tmp_path: Path) -> None:
    """The same printer, played at another time and judged in another directory."""
    shutil.copy(plain[0] / "run.evidence", tmp_path / "other.evidence")
    with closing(sqlite3.connect(tmp_path / "other.evidence")) as db, db:
        db.execute("UPDATE run SET began = '2020-01-01T00:00:00Z'")
    again = judged(tmp_path / "other.evidence", tmp_path / "report", "--select", "S-7bit", "--strict")
    for name in ("historyId", "testCaseId", "fullName", "name"):
        ours = {result[name] for result in results(plain)}
        assert ours == {result[name] for result in results(again)}
        assert len(ours) == len(results(plain))
    assert not {result["uuid"] for result in results(plain)} & {result["uuid"] for result in results(again)}


def test_the_results_of_allure_are_sorted_and_weighed(plain: Place) -> None:
    (found,) = [r for r in results(plain) if r["fullName"] == "mailto-04/M4-From-1"]
    labels = {label["name"]: label["value"] for label in found["labels"]}
    assert labels["parentSuite"] == "ippmailto mailto-04"
    assert labels["suite"] == "draft-ietf-ipp-notify-mailto-04"
    assert labels["severity"] == "critical"
    assert found["steps"]
    assert found["stop"] > found["start"] > 0


def test_allure_is_written_only_when_it_is_asked_for(plain: Place, tmp_path: Path) -> None:
    told = ippmailto("judge", plain[0] / "run.evidence", "--report-dir", tmp_path, "-q", "--select", "S-7bit")
    assert told.returncode == 1, told.stderr
    assert {path.name for path in tmp_path.iterdir()} == {
        "verdict.json", "report.html", "report.md", "junit.xml", "results.sarif", "ctrf.json",
    }  # fmt: skip


def test_a_place_in_sarif_is_a_region_of_a_file_in_the_evidence(plain: Place) -> None:
    run = document(plain, "results.sarif")["runs"][0]
    (found,) = [r for r in run["results"] if r["ruleId"] == "S-7bit"]
    place = found["locations"][0]["physicalLocation"]
    artifact = run["artifacts"][place["artifactLocation"]["index"]]
    assert artifact == {"location": {"uri": place["artifactLocation"]["uri"]}, "parentIndex": 0}
    assert re.fullmatch(r"run\.evidence/(mail|smtp|ipp)/\d+", artifact["location"]["uri"])
    assert place["region"]["byteLength"] > 0
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == "S-7bit"


def test_sarif_says_what_is_new_since_the_baseline(gated: Place) -> None:
    states = {r["ruleId"]: r["baselineState"] for r in document(gated, "results.sarif")["runs"][0]["results"]}
    assert states["S-7bit"] == "new"
    assert states["M4-Sender-1"] == "updated"
    assert Counter(states.values())["unchanged"] > 5


def test_sarif_without_a_baseline_compares_with_nothing(plain: Place) -> None:
    assert not [r for r in document(plain, "results.sarif")["runs"][0]["results"] if "baselineState" in r]


def test_what_is_waived_is_shown_as_waived_everywhere(gated: Place) -> None:
    directory, said = gated
    answer = "the mail team: the name comes with 3.0 (https://issues.example/7)"
    (result,) = [r for r in document(gated, "results.sarif")["runs"][0]["results"] if r["ruleId"] == "M4-From-1"]
    assert [s["justification"] for s in result["suppressions"]] == [answer]
    (test,) = [t for t in document(gated, "ctrf.json")["results"]["tests"] if t["name"] == "M4-From-1"]
    assert (test["rawStatus"], test["message"]) == ("waived", f"waived by {answer}")
    assert f"waived by `{answer}`" in (directory / "report.md").read_text()
    assert "::notice title=waived M4-From-1 (MUST)::" in said
    assert f"waived by {answer}" in said


def test_only_what_is_new_is_an_error_at_github(plain: Place, gated: Place) -> None:
    def of(kind: str, said: str) -> list[str]:
        return re.findall(rf"^::{kind} title=fail (\S+) ", said, re.MULTILINE)

    assert "S-7bit" in of("error", plain[1])
    assert len(of("error", plain[1])) > 2
    assert of("error", gated[1]) == ["S-7bit"]
    assert len(of("warning", gated[1])) > 1


def commands(said: str) -> Iterator[str]:
    return (line for line in said.splitlines() if line.startswith("::"))


def test_github_is_not_told_more_of_a_kind_than_it_shows(plain: Place, gated: Place) -> None:
    for _, said in (plain, gated):
        kinds = Counter(line.split()[0] for line in commands(said))
        assert max(kinds.values()) <= MOST


def test_while_a_printers_words_are_shown_github_heeds_no_command(plain: Place) -> None:
    first, *lines = plain[1].splitlines()
    end = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert end is not None
    place = lines.index(f"::{end[1]}::")
    assert any(line.startswith("FAIL S-7bit") for line in lines[:place])
    assert all(line.startswith("::") for line in lines[place:])


def test_the_summary_of_a_job_gets_the_report(plain: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    judged(plain[0] / "run.evidence", tmp_path / "report")
    told = (tmp_path / "summary.md").read_text()
    assert told == "before\n" + (tmp_path / "report" / "report.md").read_text()


@pytest.mark.parametrize("text", ["", "`", "a``b", "`x`", "<b>*x*</b>|", "\n# head\n", "\x1b[31m"])
def test_what_a_printer_sent_is_no_markup(text: str) -> None:
    span = code(text)
    found = re.fullmatch(r"(`+)([^\n]*)\1", span)
    assert found is not None
    assert found[1] not in found[2]
    assert span.isprintable()


def test_a_fault_of_ours_is_an_error_for_ci(
    plain: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OwnFaultError("1 cases broke, the first: x")

    monkeypatch.setattr(judge_command, "judge_run", breaks)
    evidence = shutil.copy(plain[0] / "run.evidence", tmp_path / "run.evidence")
    assert main(["judge", str(evidence), "--report-dir", str(tmp_path / "report")]) == Exit.OWN_FAULT
    assert "our own fault" in capsys.readouterr().err
    found = suite((tmp_path / "report", ""))
    assert (found.get("tests"), found.get("errors"), found.get("failures")) == ("1", "1", "0")
    (error,) = found.iter("error")
    assert error.get("type") == "own-fault"
