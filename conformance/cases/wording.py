"""English words by which a text tells what has happened: the keywords' own, and those that people use for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from conformance.wire.registry import JobState, PrinterState

# How people say what keywords say, and the reasons of RFC 2911; beginnings of words.
_OTHER_WORDS: Final = {
    "job": (
        "printed", "printing", "finish", "done", "start", "end", "queue", "releas", "fail", "success", "new", "abort",
        "hold", "incoming", "error", "delet", "purg", "interrupt", "outgoing", "destination", "creat", "pend", "receiv",
        "submit", "ready", "wait", "await", "collect", "pick up", "picked up", "deliver", "availab", "arriv", "over",
        "halt", "suspend", "held", "continu",
    ),
    "printer": (
        "resum", "start", "wait", "ready", "error", "jam", "empty", "out of", "offline", "online", "reason", "cover",
        "door", "toner", "ink", "media", "paper", "marker", "tray", "spool", "interlock", "timed", "connect", "moving",
        "shut", "fuser", "full", "missing", "needed", "alarm", "warn", "attention", "halt", "suspend", "held", "hold",
        "interrupt", "continu", "disabl", "enabl", "problem", "fault", "trouble", "fail", "down",
    ),
}  # fmt: skip
_NO_NEWS: Final = frozenset({"job", "printer", "none", "the", "by", "at", "in", "to", "with", "no", "of", "or"})
ENDED: Final = frozenset({"job-completed"})
_CREATED: Final = "creat"
_STEM: Final = 6  # letters of a keyword's word that its other forms share


def tells_event_or_state(text: str, kind: str, events: Iterable[str]) -> bool:
    """Whether an English text has a word for an event of that kind ("job" or "printer"), a state, or a reason."""
    return _words(kind, frozenset(events)).search(text.lower()) is not None


def tells_creation_alone(text: str) -> bool:
    """Whether all that an English text has of such words says that a job was created."""
    return set(_words("job", ENDED).findall(text.lower())) == {_CREATED}


@lru_cache(64)
def _words(kind: str, events: frozenset[str]) -> re.Pattern[str]:
    """The beginnings of all these words; each case asks for each mail."""
    states = map(_keyword, JobState if kind == "job" else PrinterState)
    keywords = [*events, *states]
    stems = {word[:_STEM] for keyword in keywords for word in keyword.split("-") if word not in _NO_NEWS}
    stems |= set(_OTHER_WORDS[kind]) | {"state", "status", "paus", "chang", "stop", "accept"}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(stems)))})")


def _keyword(state: JobState | PrinterState) -> str:
    return state.keyword


def without(text: str, names: Iterable[str]) -> str:
    """The text without these names, whose own words say nothing of what has happened."""
    for name in sorted((name for name in names if name), key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text
