"""What is said of printer and bench beforehand: IXIT files, and statements that a run is held to."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import pytest

from conformance.record.run_facts import RunFacts
from conformance.vocabulary import NTFY_01, RFC3995, Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from reports.declarations import MismatchKind, Statement, StatementError, compared
from reports.declarations.comparison import demanding

from .test_command import ROOT, ippmailto, verdict
from .test_formats import VERDICT_SCHEMA, closed

DECLARED = """
firmware = "3.0"
operations = ["Print-Job", "Renew-Subscription", "<Fly>"]
charsets = ["UTF-8", "us-ascii", "iso-8859-1"]
max-events = 5
"""
RECORD = {"firmware": "3.1 beta", "serial": "CN-0042", "tester": "Jane <Doe>", "station": "bench 7"}


def test_an_ixit_is_written_once_and_is_right(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    assert ippmailto("ixit", "--init", path).returncode == 0
    assert ippmailto("ixit", path).stdout == f"{path} is right\n"
    assert ippmailto("ixit", "--init").stdout == path.read_text()
    path.write_text("parallel = 0\ncarrier = 1\n")
    again = ippmailto("ixit", "--init", path)
    assert (again.returncode, path.read_text()) == (2, "parallel = 0\ncarrier = 1\n")
    assert "--overwrite" in again.stderr
    wrong = ippmailto("ixit", path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    told = wrong.stderr.splitlines()
    assert [line.partition(" must be ")[0] for line in told] == [
        f"ippmailto: {path}, line 1: parallel", f"ippmailto: {path}, line 2: carrier"
    ]  # fmt: skip
    assert ippmailto("ixit", "--init", path, "--overwrite").returncode == 0
    assert ippmailto("ixit").returncode == 2


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a record."""
    directory = tmp_path_factory.mktemp("recorded")
    (directory / "bench.toml").write_text("".join(f"{name} = {json.dumps(v)}\n" for name, v in RECORD.items()))
    (directory / "ics.toml").write_text(DECLARED)
    arguments = ("--select", "T1-From-1,N-01", "--awkward", "0", "--allure", "--ics", directory / "ics.toml")
    done = ippmailto("run", "--ixit", directory / "bench.toml", "--report-dir", directory, *arguments)
    assert done.returncode == 0, done.stderr
    (directory / "said").write_text(done.stdout)
    return directory


def test_firmware_serial_tester_and_station_stand_in_each_report(recorded: Path) -> None:
    document = verdict(recorded)
    assert document["record"] == RECORD
    assert document["printer"]["firmware"] == RECORD["firmware"]  # this printer does not tell it
    assert (
        f"Record    {', '.join(f'{name} {value}' for name, value in RECORD.items())}" in (recorded / "said").read_text()
    )
    properties = {p.get("name"): p.get("value") for p in ET.parse(recorded / "junit.xml").iter("property")}
    assert {name: properties[name] for name in RECORD} == RECORD
    page = (recorded / "report.html").read_text()
    for name, value in (("Serial number", "CN-0042"), ("Tester", "Jane &lt;Doe&gt;"), ("Station", "bench 7")):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page
        assert name in (recorded / "report.md").read_text()
    assert "Station = bench 7" in (recorded / "allure-results" / "environment.properties").read_text()


def test_the_record_is_in_the_evidence(recorded: Path, tmp_path: Path) -> None:
    (evidence,) = recorded.glob("*.evidence")
    assert ippmailto("judge", evidence, "--report-dir", tmp_path, "-q").returncode == 0
    assert verdict(tmp_path)["record"] == RECORD


# ---------------------------------------------------------------- statements


def differences(directory: Path) -> set[tuple[str, str, str]]:
    return {(d["kind"], d["item"], d["told"]) for d in verdict(directory)["declarations"]["differences"]}


def test_a_statement_is_drafted_from_evidence_and_holds(recorded: Path, tmp_path: Path) -> None:
    (evidence,) = recorded.glob("*.evidence")
    draft = tmp_path / "ics.toml"
    assert ippmailto("ics", evidence, "-o", draft).returncode == 0
    statement = Statement.load(draft)
    assert (statement.edition, statement.vocabulary, statement.schemes) == ("mailto-00", "ntfy-01", ("mailto",))
    assert statement.leases is not None
    assert statement.firmware is None  # this printer does not tell it, so the draft does not
    done = ippmailto("judge", evidence, "--ics", draft, "--report-dir", tmp_path / "again")
    assert done.returncode == 0
    assert differences(tmp_path / "again") == set()
    assert "0 differences" in done.stdout
    assert ippmailto("ics", evidence, "-o", draft).returncode == 2  # never in place of one that was mended


def test_a_statement_is_drafted_from_a_printer() -> None:
    command = [sys.executable, "-m", "reports", "printer", "--stop-at-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            uri = process.stdout.readline().split()[1]
            done = ippmailto("ics", uri, "--edition", "mailto-04")
        finally:
            process.stdin.close()
    assert done.returncode == 0, done.stderr
    assert 'edition = "mailto-04"\n' in done.stdout
    assert '"Create-Printer-Subscriptions", ' in done.stdout
    assert "# firmware = ...\n" in done.stdout
    assert ippmailto("ics", uri).returncode == 5  # it has stopped
    assert ippmailto("ics", "nowhere.evidence").returncode == 2


def test_what_differs_is_in_each_report_and_fails_nothing(recorded: Path, tmp_path: Path) -> None:
    found = differences(recorded)
    assert ("declared-otherwise", "firmware", "3.0 is declared, and it is 3.1 beta") in found
    assert ("declared-not-discovered", "operations", "<Fly> is declared, and the printer does not list it") in found
    assert ("discovered-not-declared", "operations", "the printer lists Hold-Job, which is not declared") in found
    assert {item for _, item, _ in found} == {"firmware", "operations"}
    assert verdict(recorded)["verdict"] == "conforms"
    jsonschema.validate(verdict(recorded), closed(VERDICT_SCHEMA), jsonschema.Draft202012Validator)
    kinds = VERDICT_SCHEMA["properties"]["declarations"]["properties"]["differences"]["items"]["properties"]["kind"]
    assert set(kinds["enum"]) == set(MismatchKind)
    assert f"Declared  4 features, {len(found)} differences" in (recorded / "said").read_text()
    assert (
        "operations: &lt;Fly&gt; is declared, and the printer does not list it"
        in (recorded / "report.html").read_text()
    )
    assert "## Not as declared" in (recorded / "report.md").read_text()
    assert f'name="declared-differences" value="{len(found)}"' in (recorded / "junit.xml").read_text()
    (evidence,) = recorded.glob("*.evidence")
    ippmailto("judge", evidence, "--report-dir", tmp_path, "-q")
    assert differences(tmp_path) == found  # the run was told, so that judging need not be


def test_what_is_seen_stands_beside_what_is_said(recorded: Path) -> None:
    items = {item["item"]: item for item in verdict(recorded)["declarations"]["items"]}
    assert items["charsets"]["declared"] == ["UTF-8", "us-ascii", "iso-8859-1"]
    assert items["schemes"] == {"item": "schemes", "declared": None, "discovered": ["mailto"], "observed": ["mailto"]}
    assert "Create-Printer-Subscriptions" in items["operations"]["observed"]
    assert "text/plain" in items["formats"]["observed"]
    assert items["security"]["observed"] == ["none"]


def answer(operation: str, status: Status, number: int) -> SimpleNamespace:
    row = SimpleNamespace(id=number, tls="")
    return SimpleNamespace(operation=operation, status=status, ok=status < 0x400, row=row)


def held(
    statement: Statement, answers: list[SimpleNamespace], *listed: ipp.Attribute
) -> list[tuple[MismatchKind, str]]:
    """How a statement differs from a printer that lists that and answered so."""
    run = SimpleNamespace(
        printer=ipp.Group(GroupTag.PRINTER, listed),
        vocabulary=NTFY_01, facts=RunFacts(), descriptions=(), every_play=[], mails=[], answers=lambda: iter(answers),
    )  # fmt: skip
    found = compared(statement, cast(Any, run), Edition.MAILTO_00)
    assert found is not None
    return [(one.kind, one.told.split()[0]) for one in found.mismatches]


def test_an_operation_that_is_listed_and_refused_is_not_there() -> None:
    listed = ipp.enum("operations-supported", Operation.RENEW_SUBSCRIPTION, Operation.GET_JOBS)
    renew = ("Renew-Subscription", Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED)
    statement = Statement(operations=("Renew-Subscription", "Get-Jobs"))
    assert held(statement, [answer(*renew, 1)], listed) == [(MismatchKind.REFUSED, "Renew-Subscription")]
    both = [answer(*renew, 1), answer("Renew-Subscription", Status.SUCCESSFUL_OK, 2)]
    assert held(statement, both, listed) == []
    assert held(statement, [answer("Get-Jobs", Status.CLIENT_ERROR_NOT_AUTHORIZED, 1)], listed) == []


def test_what_works_and_is_neither_declared_nor_listed_is_told() -> None:
    listed = ipp.enum("operations-supported", Operation.GET_JOBS)
    works = [answer("Get-Jobs", Status.SUCCESSFUL_OK, 1), answer("Purge-Jobs", Status.SUCCESSFUL_OK, 2)]
    assert held(Statement(operations=("Get-Jobs",)), works, listed) == [(MismatchKind.SEEN_ONLY, "Purge-Jobs")]


def test_a_value_that_is_not_told_is_another_matter_than_one_that_is_told_otherwise() -> None:
    assert held(Statement(max_events=5), []) == [(MismatchKind.NOT_DISCOVERED, "5")]
    assert held(Statement(max_events=5), [], ipp.integer("max-events-supported", 6)) == [(MismatchKind.OTHERWISE, "5")]
    assert held(Statement(max_events=5), [], ipp.integer("max-events-supported", 5)) == []
    assert held(Statement(edition="mailto-04"), []) == [(MismatchKind.OTHERWISE, "mailto-04")]
    assert held(Statement(relay=()), []) == []  # declared to have none
    assert held(Statement(), [], ipp.integer("max-events-supported", 6)) == []  # nothing is said


def test_what_every_printer_has_to_list_names_the_entry_that_demands_it() -> None:
    assert demanding("operations", "Renew-Subscription", NTFY_01) == ("N-01",)
    assert demanding("operations", "Hold-Job", NTFY_01) == ()
    assert demanding("schemes", "mailto", NTFY_01) == ("N-02",)
    assert demanding("events", "printer-stopped", NTFY_01) == ()
    assert demanding("events", "printer-stopped", RFC3995) == ("N-03",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('evnts = ["none"]', "line 1: unknown entry 'evnts'; did you mean events?"),
        ("events = [1]", "line 1: what is listed in events must be a text in quotes, not 1"),
        ('events = "none"', "line 1: events must be a list in brackets, not 'none'"),
        ('max-events = "5"', "line 1: max-events must be a whole number, not '5'"),
        ("max-events = -1", "line 1: max-events must be 0 or more, not -1"),
        ('edition = "mailto-01"', "line 1: edition must be mailto-00 or mailto-04, not 'mailto-01'"),
    ],
)
def test_what_is_wrong_with_a_statement_is_told_before_anything_is_played(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "ics.toml"
    path.write_text(text)
    with pytest.raises(StatementError) as caught:
        Statement.load(path)
    assert str(caught.value) == f"{path}, {says}"
    done = ippmailto("run", "--ics", path, "--report-dir", tmp_path / "out")
    assert (done.returncode, says in done.stderr) == (2, True)
    assert not list(tmp_path.rglob("*.evidence"))


def test_a_statement_is_kept_as_it_was() -> None:
    statement = Statement(firmware="1", max_events=0, relay=(), formats=("text/plain",))
    assert Statement.of_json(statement.as_json(), "x") == statement
    for damaged in ("[]", "{", '{"events": 1}', '{"what": 1}'):
        with pytest.raises(StatementError):
            Statement.of_json(damaged, "x")
