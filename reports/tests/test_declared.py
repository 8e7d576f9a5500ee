"""What is said of printer and bench beforehand: IXIT files are written and looked at, and stand in the record."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .test_command import ippmailto, verdict

RECORD = {"firmware": "3.1 beta", "serial": "CN-0042", "tester": "Jane <Doe>", "station": "bench 7"}


def test_an_ixit_is_written_once_and_is_right(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    assert ippmailto("ixit", "--init", path).returncode == 0
    assert ippmailto("ixit", path).stdout == f"{path} is right\n"
    assert ippmailto("ixit", "--init").stdout == path.read_text()
    path.write_text("parallel = 0\n")
    again = ippmailto("ixit", "--init", path)
    assert (again.returncode, path.read_text()) == (2, "parallel = 0\n")
    assert "--overwrite" in again.stderr
    wrong = ippmailto("ixit", path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert f"{path}, line 1: parallel must be more than 0" in wrong.stderr
    assert ippmailto("ixit", "--init", path, "--overwrite").returncode == 0
    assert ippmailto("ixit").returncode == 2


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a record."""
    directory = tmp_path_factory.mktemp("recorded")
    (directory / "bench.toml").write_text("".join(f"{name} = {json.dumps(v)}\n" for name, v in RECORD.items()))
    arguments = ("--select", "T1-From-1", "--awkward", "0", "--allure")
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
