"""A kept bundle held to the catalogue of today: what comes out now, and why that is otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from conformance.requirements import CatalogueError, Reading, catalogue, switched
from conformance.verdict import JUDGED, Verdict, on_one_line
from reports.gating.comparison import Comparison, compare, comparison_json, comparison_lines
from reports.gating.stored_verdict import StoredVerdict
from reports.judging.judging import JudgedRun

from .archive import CATALOGUE, EVIDENCE, MANIFEST, READINGS, VERDICT, VERSIONS, BundleError, first_members, unpack
from .judged_again import VerdictTerms, document_of, json_of, judge_again
from .manifest import Manifest
from .provenance import catalogue_of, judges, readings_of, versions
from .signing import opened
from .verifying import members_statement, members_waivers

WORDS: Final[Mapping[str, str]] = {
    "level": "its level",
    "judged": "what a violation means",
    "binds": "whom it binds",
    "untested": "why it is not tested",
    "says": "its text",
    "observe": "how it is seen",
}
"""What of an entry can become otherwise; of the first four the values are told."""
TOLD: Final = ("level", "judged", "binds", "untested")
MOST_NAMED: Final = 3  # cases of one requirement


@dataclass(frozen=True, slots=True)
class CameOtherwise:
    """A requirement that comes out otherwise today; ``None`` where there is, or was, no such entry."""

    requirement: str
    before: Verdict | None
    now: Verdict | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A bundle, and what its evidence gives today."""

    before: str
    now: str
    made_by: str  # the version of ippmailto
    comparison: Comparison
    judged_at_all: bool
    otherwise: tuple[CameOtherwise, ...]
    notes: tuple[str, ...]


def rejudge_bundle(bundle: Path) -> Rejudged:
    """Raises ``BundleError``, ``UsageError`` and ``OwnFaultError``; the bundle is only read."""
    with TemporaryDirectory(prefix="ippmailto-") as place:
        members = unpack(bundle, Path(place))
        manifest = Manifest.of(opened(members[MANIFEST].read_bytes()).payload)
        if wrong := manifest.wrong(members):
            raise BundleError(f"{wrong[0]} is not the one in its manifest; ippmailto verify says more")
        told, kept = json_of(members[VERDICT]), _MadeBy.of(members)
        terms, notes = _terms(told, kept)
        statement = members_statement(members, manifest)
        judged = judge_again(members[EVIDENCE], terms, members_waivers(members), statement)
        made = document_of(judged)
        before, now = StoredVerdict.of(told, str(bundle)), StoredVerdict.of(made, "today")
        found = compare(before, now)
        return Rejudged(
            before=str(told.get("verdict")),
            now=str(made["verdict"]),
            made_by=str(kept.versions.get("ippmailto", "")),
            comparison=found,
            judged_at_all=any(verdict in JUDGED for verdict in now.requirements.values()),
            otherwise=tuple(_otherwise(before, now, kept, judged)),
            notes=tuple(notes),
        )


def told_verdict(bundle: Path) -> bytes:
    """The verdict.json that a bundle holds, as its manifest has it; who has signed that is not asked.

    Raises ``BundleError`` and ``UsageError``.
    """
    members = first_members(bundle, VERDICT)
    if MANIFEST not in members:
        raise BundleError(f"it has no {MANIFEST}")
    digest = hashlib.sha256(members[VERDICT]).hexdigest()
    if Manifest.of(opened(members[MANIFEST]).payload).digests.get(VERDICT) != digest:
        raise BundleError(f"{VERDICT} is not the one in its manifest; ippmailto verify says more")
    return members[VERDICT]


@dataclass(frozen=True, slots=True)
class _MadeBy:
    """By what a verdict was made: as a bundle has it, and as it is today."""

    entries: Mapping[str, Any]
    cases: Mapping[str, Any]
    readings: Mapping[str, Any]
    versions: Mapping[str, Any]

    @classmethod
    def of(cls, members: Mapping[str, Path]) -> _MadeBy:
        kept, readings = json_of(members[CATALOGUE]), json_of(members[READINGS])
        entries, cases = kept.get("requirements"), kept.get("cases")
        nested = (entries, cases, readings)
        if not all(isinstance(one, dict) and all(isinstance(each, dict) for each in one.values()) for one in nested):
            raise BundleError(f"{CATALOGUE} or {READINGS} is damaged")
        found = cls(entries or {}, cases or {}, readings, json_of(members[VERSIONS]))
        if not all(_is_words(entry.get("readings", [])) for entry in found.entries.values()):
            raise BundleError(f"{CATALOGUE} is damaged")
        return found

    @classmethod
    def today(cls, judged: JudgedRun) -> _MadeBy:
        now = catalogue_of(judged.edition, judged.vocabulary, judged.whom)
        return cls(now["requirements"], now["cases"], readings_of(judged.catalogue, judged.switched), versions())


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _terms(told: Mapping[str, Any], kept: _MadeBy) -> tuple[VerdictTerms, list[str]]:
    """Those of the verdict; where it had a reading of the suite's own, that of today."""
    terms = VerdictTerms.of(told)
    known, wishes, notes = catalogue(terms.edition).readings, list[str](), list[str]()
    for name, one in kept.readings.items():
        if one.get("own", True):
            continue
        wish = f"{name}={one.get('choice', '')}"
        if _is_possible(wish, known):
            wishes.append(wish)
        else:
            notes.append(f"it was judged by the reading {wish}, which is not among those of today")
    return replace(terms, readings=tuple(wishes)), notes


def _is_possible(wish: str, known: Mapping[str, Reading]) -> bool:
    try:
        switched([wish], known)
    except CatalogueError:
        return False
    return True


# ---------------------------------------------------------------- why


def _otherwise(before: StoredVerdict, now: StoredVerdict, kept: _MadeBy, judged: JudgedRun) -> Iterator[CameOtherwise]:
    today = _MadeBy.today(judged)
    for name in dict.fromkeys((*now.requirements, *before.requirements)):
        was, found = before.requirements.get(name), now.requirements.get(name)
        if was is found:
            continue
        if was is None:
            yield CameOtherwise(name, was, found, ("a new entry of the catalogue",))
        elif found is None:
            yield CameOtherwise(name, was, found, ("no entry of the catalogue any more",))
        else:
            yield CameOtherwise(name, was, found, tuple(_why(name, before, now, kept, today)))


def _why(name: str, before: StoredVerdict, now: StoredVerdict, kept: _MadeBy, today: _MadeBy) -> Iterator[str]:
    """All that has become otherwise about a requirement; what nothing in the catalogue explains is told as such."""
    told = [
        *_of_entry(kept.entries.get(name, {}), today.entries.get(name, {})),
        *_of_readings(kept.entries.get(name, {}), today.entries.get(name, {}), kept.readings, today.readings),
        *_of_cases(_functions(name, before), _functions(name, now), kept.cases, today.cases),
    ]
    yield from told or [_beside(kept.versions, today.versions)]


def _of_entry(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key, words in WORDS.items():
        if was.get(key) != now.get(key):
            values = f" is {now.get(key) or 'nothing'}, and was {was.get(key) or 'nothing'}" if key in TOLD else ""
            yield f"{words}{values or ' was changed'}"


def _of_readings(
    was: Mapping[str, Any], now: Mapping[str, Any], before: Mapping[str, Any], today: Mapping[str, Any]
) -> Iterator[str]:
    names = [name for entry in (now, was) for name in entry.get("readings", ())]
    for name in dict.fromkeys(names):
        old, new = before.get(name), today.get(name)
        if old is None or new is None:
            yield f"the reading {name} is {'new' if old is None else 'gone'}"
        elif old.get("choice") != new["choice"]:
            yield f"the reading {name} is {new['choice'] or 'fixed'}, and was {old.get('choice') or 'fixed'}"
        elif old.get("reads") != new["reads"]:
            yield f"the reading {name} was changed: {new['reads']}"


def _functions(name: str, verdict: StoredVerdict) -> set[str]:
    """The functions of its cases."""
    return {case.id.partition("[")[0] for case in verdict.cases.values() if case.requirement == name}


def _of_cases(was: set[str], now: set[str], before: Mapping[str, Any], today: Mapping[str, Any]) -> Iterator[str]:
    changed = [name for name in was & now if before.get(name, {}).get("source") != today.get(name, {}).get("source")]
    for names, what in ((now - was, "new"), (was - now, "gone"), (changed, "changed")):
        if names:
            yield f"{_listed(sorted(names))} {'are' if len(names) > 1 else 'is'} {what}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"the case{'s' if len(names) > 1 else ''} {', '.join(names[:MOST_NAMED])}{more}"


def _beside(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What is not of the catalogue: what reads the evidence and adds up, or what that runs on."""
    kept = was.get("judges")
    judged_by = kept if isinstance(kept, dict) else {}
    parts = [name for name, digest in judges().items() if judged_by.get(name) != digest]
    if parts:
        words = {"readers": "how evidence is read", "judge": "how verdicts are added up", "cases": "what cases share"}
        return f"{', '.join(words.get(name, 'other entries') for name in parts)} was changed"
    others = [name for name in ("python", "dependencies") if was.get(name) != now.get(name)]
    if others:
        return f"nothing of ippmailto was changed, but {' and '.join(others)}; please report it"
    return "nothing was changed: its evidence never gave that; ippmailto verify says more"


# ---------------------------------------------------------------- told


def rejudged_lines(bundle: Path, found: Rejudged) -> Iterator[str]:
    """The verdict of then and of today, and each requirement that differs."""
    same = "still " if found.before == found.now else ""
    was = "" if same else f", and was {found.before}"
    yield f"{on_one_line(str(bundle))}: {same}{found.now}{was} by ippmailto {on_one_line(found.made_by)}"
    yield from comparison_lines(found.comparison)
    for one in found.otherwise:
        yield on_one_line(f"Why       {one.requirement}: {_was(one)}: {'; '.join(one.why)}")
    for note in found.notes:
        yield on_one_line(f"Note      {note}")


def _was(one: CameOtherwise) -> str:
    if one.before is None:
        return one.now.value if one.now else ""
    return f"{one.now.value if one.now else 'gone'}, was {one.before.value}"


def rejudged_json(bundle: Path, found: Rejudged) -> dict[str, Any]:
    """For programs."""
    return {
        "bundle": str(bundle),
        "before": found.before,
        "now": found.now,
        "made-by": found.made_by,
        "otherwise": [
            {
                "requirement": one.requirement,
                "before": one.before.value if one.before else None,
                "now": one.now.value if one.now else None,
                "why": list(one.why),
            }
            for one in found.otherwise
        ],
        "notes": list(found.notes),
        "comparison": comparison_json(found.comparison),
    }
