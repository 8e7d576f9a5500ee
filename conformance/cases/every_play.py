"""Rules that were made for the plays of their own, looked at in all other plays of the run that brought mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.sentinel_play import sentinel_plays
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .findings import SHOWN

APART = {"awkward", "no-user-data", "no-recipient"}
"""Plays of values that have no place in a mail, or lack what it needs; what becomes of them is judged there."""


Which = Callable[[PlayRecord], bool]


def any_play(play: PlayRecord) -> bool:
    """Every play will do."""
    return True


def asks_for(wanted: Callable[[SubscriptionRecord], bool]) -> Which:
    """The plays all of whose subscriptions are of a kind."""

    def which(play: PlayRecord) -> bool:
        return bool(play.subscriptions) and all(map(wanted, play.subscriptions.values()))

    return which


def elsewhere(run: RunRecord, judge: Callable[[PlayRecord], None], own: str, which: Which = any_play) -> None:
    """The judgement of a case in every play that is not tagged with ``own``, as one; what it cannot see it passes over.

    ``which`` are the plays that the rule binds.
    ``NotApplicable`` where there is no such play that it can judge: by itself it shows nothing about the printer.
    """
    looked, found = 0, list[tuple[Violation, PlayRecord]]()
    for other in _ordinary(run, own):
        if not which(other):
            continue
        try:
            judge(other)
        except (Inconclusive, NotApplicable):
            continue
        except Violation as violation:
            found.append((violation, other))
        looked += 1
    if not looked:
        raise NotApplicable("no play of this run but those that are judged for themselves brought such mails")
    if found:
        raise _as_one(found)


def _ordinary(run: RunRecord, own: str) -> Iterator[PlayRecord]:
    for other in run.plays.values():
        scenario = BY_ID.get(other.scenario)  # those that were drawn are hostile, and not there
        if scenario is not None and not scenario.tags & {own, *APART}:
            yield other
    yield from sentinel_plays(run)


def _as_one(found: list[tuple[Violation, PlayRecord]]) -> Violation:
    """The first that fails, or else the first that warns, with the number of the others."""
    failing = [pair for pair in found if pair[0].binding is not False] or found
    first, where_to = failing[0]
    more = f" (and {len(found) - 1} more of the kind)" if len(found) > 1 else ""
    places = tuple(place for violation, _ in failing for place in violation.where[:1])
    return Violation(
        first.expected,
        f"{first.actual}, in {where_to.scenario}{more}",
        (*first.where, *(place for place in places if place not in first.where))[:SHOWN],
        first.remark,
        binding=first.binding,
    )
