"""Judging the evidence of a bundle by the terms that its verdict names, and what is then otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.requirements import CatalogueError, catalogue, switched
from conformance.verdict import printable
from conformance.vocabulary import Edition
from fakes.stage.ixit import NOT_KEPT, Ixit
from fakes.typed_toml import loaded
from reports.declarations import Statement, StatementError
from reports.formats.verdict_json import verdict_json
from reports.judging.judging import JudgedRun, judge_file
from reports.judging.selection import Selection, SelectionError
from reports.judging.waivers import WaiverEntry

from .archive import EVIDENCE, BundleError

MOST_NAMED: Final = 5  # differences that are told; where there are more, the first say enough
ELSEWHERE: Final = ("baseline",)  # what is compared with something that no bundle has


@dataclass(frozen=True, slots=True)
class VerdictTerms:
    """By what a verdict says it was made."""

    edition: Edition
    selection: Selection
    strict: bool
    readings: tuple[str, ...]  # ID=CHOICE, those of the suite's own among them

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> VerdictTerms:
        """From verdict.json; raises ``BundleError`` for what cannot be one."""
        try:
            patterns, strict = document["selection"], document["strict"]
            if not all(isinstance(one, str) for one in patterns) or not isinstance(strict, bool):
                raise TypeError
            readings = tuple(f"{name}={choice}" for name, choice in document["readings"].items())
            return cls(Edition(document["edition"]), Selection(tuple(patterns)), strict, readings)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BundleError("verdict.json does not say by what it was made, or is damaged") from error


def judge_again(
    evidence: Path, terms: VerdictTerms, waivers: tuple[WaiverEntry, ...], statement: Statement | None
) -> JudgedRun:
    """Raises ``BundleError`` for what cannot be judged so, and ``OwnFaultError``."""
    try:
        return judge_file(
            evidence,
            edition=terms.edition,
            selection=terms.selection,
            strict=terms.strict,
            waivers=waivers,
            choices=switched(terms.readings, catalogue(terms.edition).readings),
            statement=statement,
        )
    except EvidenceError as error:
        raise BundleError(f"its evidence cannot be judged: {error.message}") from error
    except (SelectionError, CatalogueError, StatementError) as error:
        raise BundleError(f"its evidence cannot be judged as its verdict says: {error}") from error


def document_of(judged: JudgedRun) -> dict[str, Any]:
    """verdict.json as a bundle has it: the evidence is called as it is there."""
    document: dict[str, Any] = json.loads(json.dumps(verdict_json(judged)))
    document["evidence"]["file"] = EVIDENCE
    return document


def differences(told: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """How a verdict is otherwise than the one that its evidence gives, in a line for each thing; empty if it is not.

    Which version made it does not count, nor where the evidence was, nor what it says of a baseline.
    """
    found = list(_differences(told, made))
    return [*found[:MOST_NAMED], *(["and more"] if len(found) > MOST_NAMED else [])]


def _differences(told: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    for name in ("verdict", "counts"):
        if told.get(name) != made.get(name):
            yield f"{name} is {_short(told.get(name))}, and the evidence gives {_short(made.get(name))}"
    was, now = (_by_id(document.get("requirements", ())) for document in (told, made))
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            yield from _of_requirement(name, was.get(name), now.get(name))
    for name in dict.fromkeys((*told, *made)):
        if name not in ("verdict", "counts", "requirements", "tool", "evidence", *ELSEWHERE) and told.get(
            name
        ) != made.get(name):
            yield f"{name} is {_short(told.get(name))}, and the evidence gives {_short(made.get(name))}"


def _by_id(entries: Any) -> dict[str, Any]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) and "id" in one for one in entries):
        raise BundleError("verdict.json is damaged: its requirements have no ids")
    found = {str(one["id"]): one for one in entries}
    if len(found) < len(entries):
        raise BundleError("verdict.json is damaged: it has a requirement twice")
    return found


def _of_requirement(name: str, was: Any, now: Any) -> Iterator[str]:
    if was is None or now is None:
        yield f"{name} is {'not there' if was is None else 'there'}, and the evidence gives {_word(now)}"
        return
    if was.get("verdict") != now["verdict"]:
        yield f"{name} is {_word(was)}, and the evidence gives {_word(now)}"
        return
    cases = _by_id(was.get("cases", [])), _by_id(now["cases"])
    for case in dict.fromkeys((*cases[0], *cases[1])):
        if cases[0].get(case) != cases[1].get(case):
            yield f"{name}: what it says of {printable(case)[:80]} is not what the evidence gives"
            return
    keys = [key for key in now if was.get(key) != now[key]]
    yield f"{name}: {', '.join(keys) or 'something'} of it is not what the catalogue has"


def _word(entry: Any) -> str:
    return _short(entry.get("verdict")) if entry is not None else "nothing"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return printable(text if len(text) <= 60 else text[:57] + "...")


# ---------------------------------------------------------------- what the run was told


def ixit_entries(evidence: Path) -> dict[str, Any]:
    """What the IXIT of the last sitting said, without users and commands, by the names of the entries."""
    with EvidenceFile.open(evidence) as file:
        (options,) = [run.options for run in file.rows(rows.Run)][-1:] or ["{}"]
    told = json.loads(options).get("ixit") or {}
    known = {name.replace("_", "-") for name in Ixit.__slots__ if name not in NOT_KEPT}
    return {name: value for name, value in told.items() if name in known}


def toml_of(path: Path) -> dict[str, Any]:
    """A member in TOML; raises ``BundleError``."""
    try:
        return loaded(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleError(f"{path.name} is damaged: {error}") from error


def json_of(path: Path) -> dict[str, Any]:
    """A member in JSON; raises ``BundleError``."""
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path.name} is damaged: it is not JSON") from error
    if not isinstance(found, dict):
        raise BundleError(f"{path.name} is damaged: it is no object")
    return found
