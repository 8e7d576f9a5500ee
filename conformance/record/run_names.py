"""Sentences that two runs have in common: what is of one run only is told by a name in braces.

A case says what it saw with the numbers, times and addresses of its run.  Reports compare by text, so that such a value
becomes what it is: ``{job}``, ``{port}``, or the scenario in the place of the play's number.  Values that differ within
one result keep differing names (``{job}``, ``{job 2}``), or else a wrong number would read like the right one.  Which
values they were is kept beside the result, and ``where`` points to the octets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Final

from conformance.verdict import CaseResult, Sentences

from . import own_names
from .run_record import RunRecord

_FIRST_FREE: Final = 32_768  # ports from here on are given out by systems, and are others in the next run
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_TIME: Final = re.compile(
    rf"(?:{_DAY},? )?\d{{1,2}} {_MONTH} \d{{2,4}}(?: {_CLOCK})?"
    rf"|{_DAY} {_MONTH} +\d{{1,2}} {_CLOCK}(?: \d{{4}})?"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK})?"
    r"|(?<![\d:.])\d{2}:\d{2}:\d{2}(?![\d:.])"
)
_MORE: Final = re.compile(r"(\(and |\.\.\. )\d+ (more of the kind\)|characters more\Z)")
_OWN_JOB: Final = re.compile(r"(?<!\w)(job|sentinel) (\d{1,9})(?=[a-z]|\.\d)")
_OWN_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z\d-]{0,80})\.(\d{1,9})\.([A-Za-z]\w*)")

_ID: Final = r"(?:[- _]?(?:id|number|no|nr)\b\.?)?"
_WORD: Final = r"(?:\b|(?<=\\[nrt]))"  # also behind the escape of a line's end
_NUMBERS: Final = r"(\d+)(?!\w)(?:, (\d+))?(?:, (\d+))?(?:, (\d+))?(?:, (\d+))?(?: and (\d+)\b)?"

# What is of one run stands in the groups; the rest says that it is.
_VALUES: Final[Mapping[str, re.Pattern[str]]] = {
    "message-id": re.compile(r"(?i:(?:message|content)-id|in-reply-to|references): *<?([^\s@<>'\"{]+)"),
    "boundary": re.compile(r"(?i:\bboundary)=\"?([^\s\";]+)"),
    "date-time": re.compile(r"<dateTime (0x[0-9a-f]+)>"),
    "uuid": re.compile(r"\b([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b"),
    "job": re.compile(rf"(?i:(?:{_WORD}jobs?{_ID}(?:[ -][a-z]+)?|/jobs/)[-\s:.#=(']*){_NUMBERS}"),
    "subscription": re.compile(rf"(?i:{_WORD}subscriptions?{_ID}[-\s:.#=(']*){_NUMBERS}"),
    "number": re.compile(r"\b(?:mail|smtp|ipp|client|session|exchange) #(\d+)"),
    "port": re.compile(r"(?<=[\w\]]):(\d{5})(?!\d)|\bport (\d{5})(?!\d)"),
    "seconds": re.compile(r"(?<![\w.])(?:(\d+\.\d+) to )?(\d+\.\d+)(?= s\b)"),
    "up-time": re.compile(
        r"(?:up[- ]time|expiration-time|time-at-[a-z-]+|\bTime)[ =:]+(?:of |from )?(\d+)(?: to (\d+))?"
    ),
}

_MEASURED: Final = frozenset(("date-time", "seconds", "up-time"))  # two of them may be equal, or not, by chance


class RunNames:
    """What is of this run, and what it is called."""

    def __init__(self, run_record: RunRecord) -> None:
        self._run_record = run_record

    def comparable(self, result: CaseResult) -> CaseResult:
        """The result with names for what is of this run; with the sentences as they were, where that changed any."""
        known: dict[str, list[str]] = {}
        told = Sentences(result.expected, result.actual, result.reason)
        named = [self._named(text, known) for text in (told.expected, told.actual, told.reason)]
        if named == [told.expected, told.actual, told.reason]:
            return result
        expected, actual, reason = named
        return replace(result, expected=expected, actual=actual, reason=reason, told=told)

    def text(self, told: str) -> str:
        """One sentence by itself."""
        return self._named(told, {})

    def _named(self, text: str, known: dict[str, list[str]]) -> str:
        if not any(map(str.isdigit, text)):
            return text
        text = _MORE.sub(r"\1\2", text)
        text = _OWN_ADDRESS.sub(self._own_address, text)
        text = _OWN_JOB.sub(lambda found: f"{found[1]} {self._play(int(found[2])) or found[2]}", text)
        text = _TIME.sub(lambda found: _shape(found[0]), text)
        for kind, pattern in _VALUES.items():
            text = pattern.sub(partial(_values_named, kind, known.setdefault(kind, [])), text)
        return text

    def _own_address(self, found: re.Match[str]) -> str:
        name = self._play(int(found[2])) or "{play}"
        first = found[1].lower()
        token = next((token for token in self._tokens if first.endswith(token)), "")
        if token:
            return f"{found[1][: -len(token)]}{'{run}' if first == found[1] else '{RUN}'}.{name}.{found[3]}"
        if found[3].removesuffix(own_names.NOBODY) not in self._labels.get(int(found[2]), ()):
            return found[0]
        return f"{found[1]}.{name}.{found[3]}"

    def _play(self, number: int) -> str:
        """The play by its scenario, empty where there is none."""
        scenario = self._scenarios.get(number)
        return f"{{{scenario}}}" if scenario is not None else ""

    @cached_property
    def _scenarios(self) -> dict[int, str]:
        return {play.row.id: play.scenario for play in self._run_record.every_play}

    @cached_property
    def _labels(self) -> dict[int, frozenset[str]]:
        return {play.row.id: frozenset(play.subscriptions) for play in self._run_record.every_play}

    @cached_property
    def _tokens(self) -> frozenset[str]:
        """How the addresses of each sitting begin."""
        asked = [s.asked for play in self._run_record.every_play for s in play.subscriptions.values()]
        return frozenset(own_names.mark(one.address, one.other).partition(".")[0] for one in asked)


def _values_named(kind: str, known: list[str], found: re.Match[str]) -> str:
    """The match with each value in it named."""
    text, end = "", found.start()
    for number, value in enumerate(found.groups(), 1):
        if value is None or (kind == "port" and int(value) < _FIRST_FREE):
            continue
        if value not in known:
            known.append(value)
        place = 0 if kind in _MEASURED else known.index(value)
        text += found.string[end : found.start(number)] + (f"{{{kind} {place + 1}}}" if place else f"{{{kind}}}")
        end = found.end(number)
    return text + found.string[end : found.end()]


def _shape(time: str) -> str:
    """A time without its value, as it is written: how it is written may be what is wrong."""
    time = re.sub(rf"\b{_DAY}\b", "Ddd", time)
    time = re.sub(rf"\b{_MONTH}\b", "Mmm", time)
    time = re.sub(r"(?<!\d)\d (?=Mmm)", "00 ", time)
    time = re.sub(r"(?<=Mmm) +\d{1,2}(?!\d)", " 00", time)
    return "{" + re.sub(r"\d", "0", re.sub(r"\.\d+", ".0", time)) + "}"
