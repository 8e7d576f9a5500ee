"""Kept bundles by the catalogue of today: what comes out otherwise, and the reason for each requirement."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from reports.bundles.archive import CATALOGUE, EVIDENCE, READINGS, VERDICT, VERSIONS
from reports.cli import main
from reports.exits import Exit
from reports.tests.forged import Members, edited, put_together, signed_anew, taken_apart
from reports.tests.test_bundle_pages import judged, reported

OTHER: Final = "0" * 64


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kept")
    reports = reported(directory)
    judged(reports)
    assert main(["bundle", str(reports), "-o", str(directory / "kept.bundle")]) == Exit.CONFORMS
    return directory / "kept.bundle"


def came_to(word: str, requirement: str = "S-7bit") -> Callable[[Any], None]:
    """A verdict in which that requirement, and each of its cases, came to that."""

    def change(document: Any) -> None:
        for entry in document["requirements"]:
            if entry["id"] == requirement:
                for one in (entry, *entry["cases"]):
                    one["verdict"] = word

    return change


def function_of(members: Members, requirement: str = "S-7bit") -> str:
    """The case that judges it."""
    (entry,) = [one for one in json.loads(members[VERDICT])["requirements"] if one["id"] == requirement]
    name: str = entry["cases"][0]["id"].partition("[")[0]
    return name


def _level(members: Members) -> None:
    edited(members, VERDICT, came_to("warning"))
    edited(members, CATALOGUE, lambda d: d["requirements"]["S-7bit"].update(level="SHOULD", judged="soft"))


def _new_entry(members: Members) -> None:
    def without(document: Any) -> None:
        document["requirements"] = [one for one in document["requirements"] if one["id"] != "S-7bit"]

    edited(members, VERDICT, without)
    edited(members, CATALOGUE, lambda d: d["requirements"].pop("S-7bit"))


def _gone_entry(members: Members) -> None:
    def more(document: Any) -> None:
        document["requirements"].append({**document["requirements"][0], "id": "X-1", "verdict": "pass", "cases": []})

    edited(members, VERDICT, more)
    edited(members, CATALOGUE, lambda d: d["requirements"].update({"X-1": d["requirements"]["S-7bit"]}))


def _case_changed(members: Members) -> None:
    edited(members, VERDICT, came_to("pass"))
    edited(members, CATALOGUE, lambda d: d["cases"][function_of(members)].update(source=OTHER))


def _case_new(members: Members) -> None:
    def called_otherwise(document: Any) -> None:
        for entry in document["requirements"]:
            for case in entry["cases"] if entry["id"] == "S-7bit" else ():
                case["id"] = case["id"].replace(function_of(members), "safety.an_older_case")

    edited(members, VERDICT, came_to("pass"))
    edited(members, VERDICT, called_otherwise)


def _reading(members: Members) -> None:
    edited(members, VERDICT, came_to("pass"))
    edited(members, CATALOGUE, lambda d: d["requirements"]["S-7bit"].update(readings=["C04"]))
    edited(members, READINGS, lambda d: d["C04"].update(reads="Something else."))


def _readers(members: Members) -> None:
    edited(members, VERDICT, came_to("pass"))
    edited(members, VERSIONS, lambda d: d["judges"].update(readers=OTHER))


def _python(members: Members) -> None:
    edited(members, VERDICT, came_to("pass"))
    edited(members, VERSIONS, lambda d: d.update(python="3.99"))


def _lie(members: Members) -> None:
    edited(members, VERDICT, came_to("pass"))


OLDER: Final[dict[str, tuple[Callable[[Members], None], str]]] = {
    "the level": (
        _level,
        "S-7bit: fail, was warning: its level is MUST, and was SHOULD; what a violation means",
    ),
    "a new entry": (_new_entry, "S-7bit: fail: a new entry of the catalogue"),
    "an entry that is gone": (_gone_entry, "X-1: gone, was pass: no entry of the catalogue any more"),
    "a case": (_case_changed, "S-7bit: fail, was pass: the case {case} is changed"),
    "a new case": (_case_new, "S-7bit: fail, was pass: the case {case} is new; the case safety.an_older_case is gone"),
    "a reading": (_reading, "the reading C04 was changed: A SHOULD."),
    "the readers": (_readers, "S-7bit: fail, was pass: how evidence is read was changed"),
    "Python": (_python, "nothing of ippmailto was changed, but python"),
    "nothing": (_lie, "nothing was changed: its evidence never gave that"),
}


@pytest.mark.parametrize("what", OLDER)
def test_what_comes_out_otherwise_is_told_with_its_reason(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    change, told = OLDER[what]
    members = taken_apart(bundle)
    case = function_of(members)
    change(members)
    signed_anew(members, None)
    older = put_together(members, tmp_path / "older.bundle")
    capsys.readouterr()
    code = main(["rejudge", str(older)])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{older}: still does-not-conform by ippmailto {json.loads(members[VERSIONS])['ippmailto']}"
    (why,) = [line for line in said if line.startswith("Why ")]
    assert told.format(case=case) in why
    assert code == (Exit.CONFORMS if what == "an entry that is gone" else Exit.DOES_NOT_CONFORM)


def test_a_bundle_of_today_comes_out_the_same_and_is_left_as_it_is(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, touched = bundle.read_bytes(), bundle.stat().st_mtime_ns
    capsys.readouterr()
    assert main(["rejudge", str(bundle)]) == Exit.CONFORMS
    said = capsys.readouterr().out
    assert "still does-not-conform" in said
    assert "0 new, 0 fixed, 2 still failing" in said
    assert "Why" not in said
    assert bundle.read_bytes() == before
    assert bundle.stat().st_mtime_ns == touched
    assert sorted(path.name for path in bundle.parent.iterdir()) == ["ippmailto-report", "kept.bundle"]


def test_a_reading_that_was_switched_counts_again_and_one_that_is_gone_is_told(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = taken_apart(bundle)
    readings = json.loads(members[READINGS])
    (name, *_) = [name for name, one in readings.items() if one["choice"]]
    edited(members, READINGS, lambda d: d[name].update(own=False, choice="of-yesterday"))
    signed_anew(members, None)
    capsys.readouterr()
    assert main(["rejudge", str(put_together(members, tmp_path / "older.bundle"))]) == Exit.CONFORMS
    assert f"Note      it was judged by the reading {name}=of-yesterday" in capsys.readouterr().out


def test_one_that_is_broken_does_not_keep_the_others_from_being_judged(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, changed = tmp_path / "broken", tmp_path / "changed"
    broken.write_bytes(b"x" * 2000)
    members = taken_apart(bundle)
    members[EVIDENCE] = members[EVIDENCE][:-1] + b"x"
    put_together(members, changed)
    capsys.readouterr()
    assert main(["rejudge", str(broken), str(changed), str(bundle), str(tmp_path / "none"), "--json"]) == Exit.USAGE
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    assert json.loads(line)["bundle"] == str(bundle)
    assert json.loads(line)["otherwise"] == []
    assert [part in line for part, line in zip(("broken", "changed", "none"), told.err.splitlines(), strict=True)] == [
        True
    ] * 3
    assert "run.evidence is not the one in its manifest" in told.err
