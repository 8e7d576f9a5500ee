"""Where the report on a judging goes: never in place of the report on something else, unless that is wanted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from conformance.vocabulary import Edition
from fakes.whole_file import whole_file
from reports.exits import UsageError
from reports.gating.stored_verdict import MAX_SIZE
from reports.judging.selection import EVERYTHING, Selection

VERDICT: Final = "verdict.json"
MAX_NAME: Final = 40  # characters of a selection in the name of a directory; a longer one is cut and told by its digest


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about; judging the same again replaces it.  ``began`` is empty for a run that is to begin."""

    evidence: str  # the file's name, without its directory
    began: str
    edition: Edition
    selection: Selection = EVERYTHING

    @property
    def name(self) -> str:
        """Of a directory of its own: the evidence, then what is not as usual."""
        parts = [Path(self.evidence).stem]
        if self.edition is not Edition.MAILTO_00:
            parts.append(self.edition.value)
        if self.selection:
            parts.append(_short(str(self.selection)))
        return ".".join(parts)


def _short(text: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9.,-]", "_", text)[:MAX_NAME]
    return plain if plain == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def place_for(base: Path, subject: Subject, *, apart: bool = False, overwrite: bool = False) -> Path:
    """The directory for a report: ``base`` if nothing else is reported there, else one of its own in it.

    ``apart`` gives it one of its own in any case, ``overwrite`` takes ``base`` or that one whatever is there.
    """
    return next(place for place in _places(base, subject.name, apart) if overwrite or _is_free(place, subject))


def _places(base: Path, name: str, apart: bool) -> Iterator[Path]:
    if not apart:
        yield base
    yield base / name
    for number in count(2):
        yield base / f"{name}-{number}"


def _is_free(place: Path, subject: Subject) -> bool:
    """Whether there is no report, or an earlier one on the same; one that cannot be read is on something else."""
    path = place / VERDICT
    if not path.exists():
        return True
    try:
        told: dict[str, Any] = json.loads(whole_file(path, MAX_SIZE))
        evidence, select = Path(told["evidence"]["file"]).name, tuple(told.get("selection", ()))
        return Subject(evidence, told["started"], Edition(told["edition"]), Selection(select)) == subject
    except (OSError, ValueError, TypeError, LookupError):
        return False


def reported_beside(evidence: Path) -> Path | None:
    """The directory that a run lies in, if the report there is on that run: it is out of date when the run goes on."""
    try:
        told: dict[str, Any] = json.loads(whole_file(evidence.parent / VERDICT, MAX_SIZE))
        return evidence.parent if Path(told["evidence"]["file"]).name == evidence.name else None
    except (OSError, ValueError, TypeError, LookupError):
        return None


def named_evidence(path: Path) -> Path:
    """Where --evidence says; raises ``UsageError`` where there is no such directory, which may be a slip."""
    if not path.parent.is_dir():
        raise UsageError(f"there is no directory {path.parent} for the evidence; make it, or name another (--evidence)")
    return path


def make_directory(path: Path, options: str = "--report-dir, --evidence") -> None:
    """Make it, or see that files can be made in it; raises ``UsageError``.  ``options`` are those that name it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except FileExistsError as error:
        raise UsageError(f"{path} is no directory; name another ({options})") from error
    except OSError as error:
        raise UsageError(f"cannot write in the directory {path}: {error.strerror}; name another ({options})") from error
