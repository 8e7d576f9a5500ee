"""A verdict.json as it is read again: what was judged, and how each case of each requirement came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.requirements import CORE, Binds
from conformance.verdict import JUDGED, Overall, Verdict
from fakes.whole_file import whole_file
from reports.exits import UsageError

from .kinds import fingerprint

VERDICT: Final = "verdict.json"
UNLISTED: Final = "one of a kind that is not listed"  # and so is never of a kind that was there before
MAX_SIZE: Final = 256 << 20  # octets; no verdict of ours comes near


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case of one requirement."""

    requirement: str
    id: str
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    reason: str = ""
    told: tuple[str, str] | None = None  # expected and actual with what is of that run, where that differs

    @property
    def fingerprint(self) -> str:
        """Made anew: what an earlier version stored may be made otherwise."""
        return fingerprint(self.requirement, self.id, *(self.told or (self.expected, self.actual)))


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict by requirement and by case; ``name`` is how messages call it.

    ``cut``: why it cannot vouch for what it does not tell of; empty where it can.  ``unaccounted`` has a kind for each
    mail that nothing accounts for, and that no requirement tells of.
    """

    name: str
    subject: str
    edition: str
    began: str
    printer: Mapping[str, str]
    requirements: Mapping[str, Verdict]
    cases: Mapping[tuple[str, str], StoredCase]
    cut: str = ""
    unaccounted: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """All that keeps it from vouching."""
        mails = f"nothing accounts for {len(self.unaccounted)} of the mails" if self.unaccounted else ""
        return "; ".join(filter(None, (self.cut, mails)))

    @classmethod
    def of(cls, document: Any, name: str) -> StoredVerdict:
        """From the document; raises ``UsageError`` where it is none."""
        try:
            if document["schema"] != 1:
                raise UsageError(f"{name} is of schema {document['schema']!a:.20}, which this version does not read")
            listed = document["requirements"]
            requirements = {_text(entry, "id"): Verdict(entry["verdict"]) for entry in listed}
            cases = [case for entry in listed for case in _cases(entry)]
            by_id = {(case.requirement, case.id): case for case in cases}
            if len(requirements) < len(listed) or len(by_id) < len(cases):
                raise ValueError("the same twice")
            return cls(
                name,
                str(document.get("subject", Binds.PRINTER.value)),
                _text(document, "edition"),
                _text(document, "started"),
                {key: str(value) for key, value in document["printer"].items()},
                requirements,
                by_id,
                "; ".join(_cut(document, requirements)),
                tuple(_unaccounted(document, requirements)),
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{name} is no verdict.json of ippmailto, or it is damaged") from error


def _cases(entry: Mapping[str, Any]) -> Iterator[StoredCase]:
    for case in entry["cases"]:
        expected, actual, reason = (_text(case, name) for name in ("expected", "actual", "reason"))
        values = case.get("in-this-run")
        told = (_text(values, "expected"), _text(values, "actual")) if values is not None else None
        yield StoredCase(
            _text(entry, "id"), _text(case, "id"), Verdict(case["verdict"]), expected, actual, reason, told
        )


def _cut(document: Mapping[str, Any], requirements: Mapping[str, Verdict]) -> Iterator[str]:
    """What keeps a run from vouching for anything, whichever cases it has; earlier versions told less."""
    if document.get("cut-short"):
        yield "the run was cut short"
    for name in () if document.get("selection") else CORE:
        if name in requirements and requirements[name] not in JUDGED:
            yield f"{name} was not judged"


def _unaccounted(document: Mapping[str, Any], requirements: Mapping[str, Verdict]) -> Iterator[str]:
    """The kind of each mail left over that no requirement tells of; where more are left over than listed, that too."""
    if document.get("selection") and document.get("verdict") == Overall.CONFORMS:
        return  # whatever is left over was waived
    told = {name for name, verdict in requirements.items() if verdict in JUDGED and verdict is not Verdict.PASS}
    ledger = document.get("ledger", {})
    listed = ledger.get("left-over", ())
    kinds = [str(left.get("what", "")) for left in listed if told.isdisjoint(left["requirements"])]
    yield from kinds
    if kinds and ledger.get("left-over-in-all", 0) > len(listed):
        yield UNLISTED


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise ValueError(name)
    value.encode()  # a lone half of a character is none, and cannot be written anywhere
    return value


def stored_verdict(path: Path) -> StoredVerdict:
    """Read a verdict.json, or the one in a report directory; raises ``UsageError``."""
    file = path / VERDICT if path.is_dir() else path
    try:
        octets = whole_file(file, MAX_SIZE)
        if octets.startswith(b"SQLite format 3"):
            raise UsageError(f"{file} is evidence; ippmailto judge {file} makes a verdict.json of it")
        document = json.loads(octets)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}; name a verdict.json or a report directory") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no verdict.json of ippmailto, or it is damaged") from error
    return StoredVerdict.of(document, str(file))
