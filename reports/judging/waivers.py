"""The waivers file: known failures that somebody answers for, until some day, for some printers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from conformance.patterns import matches
from conformance.requirements import Catalogue, requirements
from conformance.verdict import RunVerdict, Verdict, Waiver, printable
from fakes.typed_toml import EntryError, TomlFile
from reports.exits import UsageError

from .firmware import is_meant, why_no_range

NEEDED: Final = ("reason", "owner")
KNOWN: Final = ("requirement", *NEEDED, "link", "match", "case", "printer", "firmware", "expires")
NOT_SELECTED: Final = "no case was selected for it"
BEGIN: Final = "each waiver begins with a line [[waiver]]"


@dataclass(frozen=True, slots=True)
class WaiverEntry:
    """One waiver of a file, and for which runs it counts.

    ``printer`` is a pattern of the printer's name, make and model, or URI, ``firmware`` one of its version, or a range;
    ``expires`` is the last day.
    """

    waiver: Waiver
    printer: str = ""
    firmware: str = ""
    expires: date | None = None

    def why_not(self, printer: Mapping[str, str], began: str, known: Catalogue) -> str:
        """Why it does not count for a run that began then; empty if it does."""
        if self.has_expired(began):
            return f"expired on {self.expires}"
        if self.waiver.requirement and self.waiver.requirement not in known:
            return f"names no entry of {known.edition.value} for printers that speak {known.vocabulary}"
        if self.printer and not any(matches(printer[key], self.printer) for key in ("name", "make-and-model", "uri")):
            return f"is for another printer, {printable(self.printer)}"
        if self.firmware and not is_meant(printer["firmware"], self.firmware):
            told = (
                f"this printer has {printable(printer['firmware'])}"
                if printer["firmware"]
                else "this printer tells none"
            )
            return f"is for firmware {printable(self.firmware)}, and {told}"
        if self.expires is not None and _day(began) is None:
            return "expires, and the evidence does not tell on which day the run began"
        return ""

    def has_expired(self, began: str) -> bool:
        """Whether its last day was before a run that began then."""
        day = _day(began)
        return self.expires is not None and day is not None and day > self.expires


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """What became of a waiver: how many failing cases it covered, or why none.

    ``stale``: it can go, or has to be renewed.  One that is for other printers, or for what was not judged, is not.
    """

    entry: WaiverEntry
    cases: int
    why: str = ""
    stale: bool = False


def uses(
    entries: Sequence[WaiverEntry], set_aside: Mapping[WaiverEntry, str], verdict: RunVerdict, began: str
) -> list[WaiverUse]:
    """For each waiver, in the order of the file."""
    covered = [case.waiver for requirement in verdict.requirements for case in requirement.cases]
    found = []
    for entry in entries:
        if entry in set_aside:
            found.append(WaiverUse(entry, 0, set_aside[entry], entry.has_expired(began)))
        elif cases := covered.count(entry.waiver):
            found.append(WaiverUse(entry, cases))
        else:
            found.append(WaiverUse(entry, 0, *_idle(entry.waiver, verdict)))
    return found


def _idle(waiver: Waiver, verdict: RunVerdict) -> tuple[str, bool]:
    """Why a waiver that counts covers nothing, and whether that makes it stale."""
    met = {
        case.verdict
        for requirement in verdict.requirements
        for case in requirement.cases
        if waiver.is_about(requirement.id, case.case)
    }
    if Verdict.FAIL in met:
        return "covers nothing that failed: what it is about fails in another way", True
    if Verdict.WAIVED in met:
        return "covers nothing that failed: another waiver does", True
    if Verdict.INCONCLUSIVE in met:
        return "covers nothing that failed, and not all that it is about could be observed", False
    if met & {Verdict.PASS, Verdict.WARNING}:
        return "covers nothing that failed: what it is about passes now", True
    if met or not waiver.case or not _judges_all(verdict):
        return "covers nothing that failed: what it is about was not judged", False
    return "covers nothing that failed: there is no such case", True


def _judges_all(verdict: RunVerdict) -> bool:
    """Whether nothing was left out: a part of a run lacks cases that there are."""
    return bool(verdict.requirements) and all(r.cases or r.reason != NOT_SELECTED for r in verdict.requirements)


def _day(began: str) -> date | None:
    try:
        return datetime.fromisoformat(began).date()
    except ValueError:
        return None


# ---------------------------------------------------------------- the file


def load_waivers(path: Path) -> list[WaiverEntry]:
    """Read a file; raises ``UsageError``, in one line."""
    try:
        data = TomlFile.read(path).data
    except EntryError as error:
        raise UsageError(str(error)) from error
    if foreign := [name for name in data if name != "waiver"]:
        raise UsageError(f"{path}: there is no {foreign[0]!a} in a waivers file; {BEGIN}")
    listed = data.get("waiver", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise UsageError(f"{path}: {BEGIN}, with two brackets on each side")
    return [_entry(f"{path}: waiver {number}", one) for number, one in enumerate(listed, 1)]


def _entry(where: str, data: Mapping[str, Any]) -> WaiverEntry:
    if wrong := next(_wrong(data), ""):
        raise UsageError(f"{where}: {wrong}")
    texts = {name: " ".join(value.split()) for name, value in data.items() if isinstance(value, str)}
    own = {name: texts[name] for name in ("requirement", "reason", "owner", "link", "match", "case") if name in texts}
    waiver = Waiver(**({"requirement": ""} | own))
    return WaiverEntry(waiver, texts.get("printer", ""), texts.get("firmware", ""), data.get("expires"))


def _wrong(data: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an entry, the first thing first."""
    for name, value in data.items():
        if name not in KNOWN:
            near = get_close_matches(name, KNOWN, 1)
            meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(KNOWN)}"
            yield f"there is no {name!a} in a waiver; {meant}"
        elif name == "expires":
            if type(value) is not date:
                yield f"expires is a day, without quotes, such as 2026-12-31; not {value!a:.60}"
        elif not isinstance(value, str):
            yield f"{name} is a text in quotes, not {value!a:.60}"
        elif not value.strip():
            yield f"{name} is empty" + ("" if name in NEEDED else "; leave it out if it does not matter")
    if "requirement" not in data and "case" not in data:
        yield "requirement is missing, or case in its place"
    for name in NEEDED:
        if name not in data:
            yield f"{name} is missing; a waiver has requirement or case, {', '.join(NEEDED)}"
    if (firmware := data.get("firmware")) and (why := why_no_range(firmware)):
        yield why
    if (wanted := data.get("requirement")) and wanted not in (known := _all_ids()):
        near = get_close_matches(wanted, known, 2) or get_close_matches(wanted.upper(), known, 2)
        yield f"there is no requirement {wanted!a}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def _all_ids() -> list[str]:
    return [entry.id for entries in requirements().values() for entry in entries]
