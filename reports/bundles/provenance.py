"""By what a verdict was made: versions, the catalogue with its readings, and a digest of all that judges.

Two programs whose digests are equal judge alike.  Where they are not, the catalogue that a bundle carries says what has
become otherwise: an entry, its level, a reading, a case.
"""

from __future__ import annotations

import hashlib
import inspect
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Final

import conformance
import reports
from conformance.record.schema import SCHEMA
from conformance.requirements import Binds, Catalogue, Otherwise, catalogue, choices_made
from conformance.vocabulary import Edition
from reports.judging.inventory import case_functions
from reports.version import tool_version

JUDGE: Final = ("judging", "gating", "declarations", "formats/verdict_json.py", "formats/declared.py")


# ---------------------------------------------------------------- versions


def versions() -> dict[str, Any]:
    """What judges here, in words and digests."""
    return {
        "ippmailto": tool_version(),
        "python": platform.python_version(),
        "evidence-schema": SCHEMA,
        "dependencies": _dependencies(),
        "judges": dict(judges()),
    }


def _dependencies() -> dict[str, str]:
    """Of what the distribution needs, the versions that are installed."""
    try:
        wanted = requires("ippmailto") or []
    except PackageNotFoundError:
        return {}
    names = sorted({re.split(r"[^A-Za-z0-9._-]", line)[0] for line in wanted if "extra ==" not in line})
    return {name: version(name) for name in names}


@cache
def judges() -> Mapping[str, str]:
    """A digest for each part of what makes a verdict of evidence."""
    root = Path(conformance.__file__).parent
    files = [path for path in root.rglob("*") if path.suffix in (".py", ".toml") and "tests" not in path.parts]
    catalogue_files = [path for path in files if path.parent.name == "requirements"]
    cases = [path for path in files if path.parent.name == "cases"]
    readers = [path for path in files if path not in {*catalogue_files, *cases}]
    beside = Path(reports.__file__).parent
    own = [path for name in JUDGE for path in _sources(beside / name)]
    return {
        "catalogue": _digest(root, catalogue_files),
        "cases": _digest(root, cases),
        "readers": _digest(root, readers),
        "judge": _digest(beside, own),
    }


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.glob("*.py") if one.is_file()]


def _digest(root: Path, files: Iterable[Path]) -> str:
    """Of names and contents, in the order of the names."""
    found = hashlib.sha256()
    for path in sorted(files):
        octets = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(octets)}\n".encode() + octets)
    return found.hexdigest()


# ---------------------------------------------------------------- the catalogue


def catalogue_of(edition: Edition, vocabulary: str, whom: Binds) -> dict[str, Any]:
    """What a verdict was made by: the entries that count, and the case functions with a digest of their source."""
    known = catalogue(edition, vocabulary, whom)
    return {
        "edition": edition.value,
        "vocabulary": vocabulary,
        "subject": whom.value,
        "requirements": {
            entry.id: {
                "section": entry.section,
                "level": entry.level.value,
                "binds": entry.binds.value,
                "judged": entry.severity.value,
                "says": entry.says,
                "observe": entry.observe,
                "readings": list(entry.reading),
                "untested": entry.untested or "",
            }
            for entry in known.values()
        },
        "cases": _cases(edition, whom),
    }


def _cases(edition: Edition, whom: Binds) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for case in case_functions(edition, whom=whom):
        name = f"{case.module.rpartition('.')[2].removeprefix('test_')}.{case.name.removeprefix('test_')}"
        source = hashlib.sha256(inspect.getsource(case.function).encode()).hexdigest()
        found[name] = {"requirements": list(case.requirements), "source": source}
    return dict(sorted(found.items()))


def readings_of(known: Catalogue, switched: Iterable[Otherwise]) -> dict[str, Any]:
    """How each contradiction was read, in words; ``choice`` is empty for a reading that has only one."""
    made = choices_made(switched, known.readings)
    return {
        reading.id: {
            "choice": made.get(reading.id, ""),
            "own": not reading.switchable or made[reading.id] == reading.choices[0].name,
            "reads": next(c.reads for c in reading.choices if c.name == made.get(reading.id, reading.choices[0].name)),
            "sections": reading.sections,
            "contradiction": reading.contradiction,
        }
        for reading in known.readings.values()
    }
