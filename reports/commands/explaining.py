"""``explain``: what an entry of the catalogue asks, how the suite reads and observes it, and what breaks it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from conformance.requirements import Reading, Requirement, catalogue, readings
from conformance.requirements import requirements as all_entries
from conformance.verdict import printable
from conformance.vocabulary import Edition
from fakes.defects import DEFECTS
from reports.exits import Exit
from reports.formats.terminal import width_of
from reports.judging.inventory import all_cases, cases
from reports.viewing.as_text import wrapped
from reports.viewing.entries import text_address, why_it_binds
from reports.writing import remark, say

SHOWN: Final = 8  # cases and lies that are named


def explain(options: argparse.Namespace) -> int:
    """Each id in turn; one that does not exist is wrong usage."""
    entries = {entry.id.casefold(): entry for text in all_entries().values() for entry in text}
    open_points = {reading.id.casefold(): reading for reading in readings().values()}
    width, told = width_of(sys.stdout), list[str]()
    for name in options.id:
        key = name.casefold()
        if key in entries:
            told += [*_entry(entries[key], width), ""]
        elif key in open_points:
            told += [*_reading(open_points[key], width), ""]
        elif counts := _counts(key):
            told += [*wrapped("Case", f"{key}, which counts at {', '.join(counts)}", width), ""]
            told += [line for one in counts for line in (*_entry(entries[one.casefold()], width), "")]
        else:
            known = {one.casefold(): one for one in (*(e.id for e in entries.values()), *readings())}
            near = [known[one] for one in get_close_matches(key, known, 3)]
            hint = f"did you mean {' or '.join(near)}?" if near else "ippmailto requirements lists the ids"
            remark(f"nothing is called {printable(name)!a}; {hint}")
            return Exit.USAGE
    say("\n".join(told[:-1]))
    return Exit.CONFORMS


def _counts(case: str) -> list[str]:
    """The entries that a case speaks for, in whichever edition; a finding names its play, too, in brackets."""
    name = case.partition("[")[0]
    known = (entry for edition in Edition for entry in all_cases(edition))
    return list(
        dict.fromkeys(one for entry in known if entry.id.partition("[")[0] == name for one in entry.requirements)
    )


def _entry(entry: Requirement, width: int) -> Iterator[str]:
    editions = ", ".join(edition.value for edition in entry.editions)
    spoken = f"; vocabulary {', '.join(entry.vocabularies)}" if entry.vocabularies else ""
    yield f"{entry.id}: {entry.where}"
    if address := text_address(entry):
        yield f"{'Text':<10}{address}"
    yield from wrapped("Asks", entry.says, width)
    yield from wrapped("Binds", f"{entry.binds.value}; {why_it_binds(entry)} ({editions}{spoken})", width)
    yield from wrapped("Seen by", entry.observe, width)
    for name in entry.reading:
        reading = readings()[name]
        yield from wrapped("Reading", f"{name}: {reading.contradiction}", width)
        yield from wrapped("", f"So it is read: {reading.chosen}", width)
        if reading.switchable:
            yield from wrapped("", f"Other readings: {_others(reading)}", width)
    if entry.untested:
        yield from wrapped("Untested", entry.untested, width)
    yield from _breaks(entry, width)
    yield from _cases(entry, width)


def _breaks(entry: Requirement, width: int) -> Iterator[str]:
    """The lies that it is proved with: what goes wrong in printers, each to be had for trying."""
    lies = [defect for defect in DEFECTS if entry.id in defect.breaks]
    for place, lie in enumerate(lies[:SHOWN]):
        how = f"{lie.says} (ippmailto printer --defect {lie.id})"
        yield from wrapped("Broken by" if place == 0 else "", f"- {how}", width)
    if len(lies) > SHOWN:
        yield from wrapped("", f"and {len(lies) - SHOWN} more; ippmailto printer --list-defects", width)


def _cases(entry: Requirement, width: int) -> Iterator[str]:
    edition = entry.editions[0]
    speaking = [case for case in cases(edition) if entry.id in case.requirements]
    names = list(dict.fromkeys(case.id.partition("[")[0] for case in speaking))
    if not names:
        return
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    yield from wrapped("Cases", f"{', '.join(names[:SHOWN])}{more}, in {len(speaking)} plays", width)
    which = "" if edition is Edition.MAILTO_00 else f" --edition {edition.value}"
    yield f"{'Run':<10}ippmailto run{which} --select {entry.id} PRINTER_URI"


def _others(reading: Reading) -> str:
    return "; ".join(f"--reading {reading.id}={choice.name}: {choice.reads}" for choice in reading.choices[1:])


def _reading(reading: Reading, width: int) -> Iterator[str]:
    yield f"{reading.id}: sections {reading.sections}"
    yield from wrapped("Open is", reading.contradiction, width)
    yield from wrapped("Read as", reading.chosen, width)
    if reading.switchable:
        yield from wrapped("Others", _others(reading), width)
    if reading.unused:
        yield from wrapped("Unused", reading.unused, width)
    known = (entry for edition in Edition for entry in catalogue(edition).values())
    bound = dict.fromkeys(entry.id for entry in known if reading.id in entry.reading)
    if bound:
        yield from wrapped("Counts at", ", ".join(bound), width)
