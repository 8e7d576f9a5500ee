"""The pages that describe a language by hand say all of it, and nothing that is not so."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Final

from conformance.faults import Action, Fault, Place, script
from fakes.stage.ixit import PASSWORDS, Ixit

DOCS: Final = Path(__file__).parents[2] / "docs"
IXIT: Final = (DOCS / "ixit.md").read_text(encoding="utf-8")
FAULTS: Final = (DOCS / "faults.md").read_text(encoding="utf-8")
TYPES: Final = {str: "text", float: "number", int: "whole number", bool: "true or false"}
OR_BOOL: Final = (
    "relay",
    "relay-rewrites",
)  # entries that take a text, true or false


def rows(page: str) -> list[list[str]]:
    """The rows of its tables that begin with code, cell by cell."""
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in page.splitlines() if line[:3] == "| `"]


def blocks(page: str, language: str) -> list[str]:
    """Its examples in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def words(page: str, heading: str) -> list[str]:
    """What the table under that heading is about, without what goes with each."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return [row[0].strip("`").partition(" ")[0] for row in rows(section)]


# ---------------------------------------------------------------- the IXIT


def test_every_entry_of_the_ixit_is_told_with_its_type_and_default() -> None:
    default = Ixit()
    known = {f.name.replace("_", "-"): getattr(default, f.name) for f in fields(Ixit)}
    wanted = {}
    for name, value in known.items():
        kind = TYPES[type(value)] + (", or true or false" if name in OR_BOOL else "")
        wanted[name] = (kind, repr(value), type(value))
    told = {}
    for name, kind, value, *_ in (row for row in rows(IXIT) if not row[0].endswith("-from`")):
        meant = tomllib.loads(f"value = {value.strip('`')}")["value"]
        told[name.strip("`")] = (kind, repr(meant), type(meant))
    assert told == wanted, "docs/ixit.md and the fields of Ixit differ"


def test_an_entry_is_told_on_the_page_as_in_a_new_file() -> None:
    sections, heading = {}, ""
    for line in IXIT.splitlines():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        for name, _, _, says in (row for row in rows(line) if len(row) == 4):
            sections[name.strip("`")] = (heading, says)
    wanted = {f.name.replace("_", "-"): (f.metadata["section"], f.metadata["says"]) for f in fields(Ixit)}
    assert sections == wanted


def test_every_password_may_be_named_by_its_place() -> None:
    told = {row[0].strip("`") for row in rows(IXIT) if row[0].endswith("-from`")}
    assert told == {f"{name.replace('_', '-')}-from" for name in PASSWORDS}


def test_no_entry_is_told_twice() -> None:
    names = [row[0] for row in rows(IXIT)]
    assert len(names) == len(set(names))


def test_the_example_of_an_ixit_is_one(tmp_path: Path) -> None:
    (example,) = blocks(IXIT, "toml")
    entries = tomllib.loads(example)
    secrets = {name: entries.pop(name) for name in list(entries) if name.endswith("-from")}
    assert Ixit.of(entries, "docs/ixit.md").access().pin
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    named = dict.fromkeys(secrets, f"file:{tmp_path / 'password'}")
    assert Ixit.of(entries | named, "docs/ixit.md").own_password == "secret"
    assert {value.partition(":")[0] for value in secrets.values()} == {"env", "file"}


# ---------------------------------------------------------------- fault scripts


def examples() -> list[Fault]:
    """Every line of every example."""
    return [fault for block in blocks(FAULTS, "faults") for fault in script(block)]


def test_every_place_of_a_fault_is_told() -> None:
    assert sorted(words(FAULTS, "Places")) == sorted(Place)


def test_every_action_of_a_fault_is_told_where_it_belongs() -> None:
    for heading, kind in (("Outcomes", "OUTCOME"), ("Manners", "MANNER")):
        told = words(FAULTS, heading)
        assert sorted(told) == sorted(a.value for a in Action if a.kind.name == kind), heading
    assert [a for a in Action if a.kind.name == "SETTING"] == [Action.SIZE]
    assert words(FAULTS, "The setting") == ["N"]


def test_where_an_action_goes_is_told() -> None:
    told = {row[0].strip("`").partition(" ")[0]: row[2].strip("`") for row in rows(FAULTS) if len(row) == 3}
    for action in Action:
        if action is not Action.SIZE:
            assert told[action] == (action.only_at or "anywhere")


def test_every_example_is_understood_and_each_place_and_action_has_one() -> None:
    found = examples()
    assert {fault.action for fault in found} == set(Action)
    assert {fault.place for fault in found} == set(Place)


def test_the_faults_of_the_command_line_are_understood() -> None:
    lines = re.findall(r"--fault '([^']+)'", FAULTS)
    assert len(script("\n".join(lines))) == 2
