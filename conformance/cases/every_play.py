"""Rules that were made for the plays of their own, looked at in all other plays of the run that brought mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from conformance.record import rows
from conformance.record.lives import ENDS
from conformance.record.outcomes import Refused
from conformance.record.pulling import COMPLETED
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.sentinel_play import sentinel_plays
from conformance.record.subscription_record import SubscriptionRecord
from conformance.record.walk_account import walk_plays
from conformance.scenarios import BY_ID, Scenario
from conformance.scenarios.walks import is_walk
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .findings import SHOWN

APART = {"awkward", "no-user-data", "no-recipient"}
"""Plays of values that have no place in a mail, or lack what it needs; what becomes of them is judged there."""


Which = Callable[[PlayRecord], bool]


def any_play(play: PlayRecord) -> bool:
    """Every play will do."""
    return True


def is_due_for_a_job(play: PlayRecord) -> bool:
    """The plays whose subscriptions hear of jobs alone, and of their ends, and whose mails our recipient takes."""
    refused = any(True for _ in play.steps_of(Refused))
    return not refused and bool(play.subscriptions) and all(map(_hears_of_ends, play.subscriptions.values()))


def _hears_of_ends(subscription: SubscriptionRecord) -> bool:
    listed = {*(subscription.asked.events or ())}
    return COMPLETED in listed and listed <= {*ENDS}


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
    if not _look(judge, filter(which, _ordinary(run, own))):
        raise NotApplicable("no play of this run but those that are judged for themselves brought such mails")


def on_walks(run: RunRecord, judges: Sequence[Callable[[PlayRecord], None]], media_type: str) -> None:
    """The same in the walks alone, of what asked for a format: each subscription is looked at by itself."""
    plays = [_ToldApart(run, play.row) for play in walk_plays(run)]
    asked = [(play, s.label) for play in plays for s in play.subscriptions.values() if s.format == media_type]
    views = [_OneAlone(run, play.row, label) for play, label in asked]
    if not sum(_look(judge, views) for judge in judges):
        raise NotApplicable(f"no walk of this run brought mails with {media_type}")


def _look(judge: Callable[[PlayRecord], None], plays: Iterable[PlayRecord]) -> int:
    """How many of the plays it could judge."""
    looked, found = 0, list[tuple[Violation, PlayRecord]]()
    for play in plays:
        try:
            judge(play)
        except (Inconclusive, NotApplicable):
            continue
        except Violation as violation:
            if play.restart is not None:
                continue
            found.append((violation, play))
        looked += 1
    if found:
        raise _as_one(found)
    return looked


def _ordinary(run: RunRecord, own: str) -> Iterator[PlayRecord]:
    walks = run.once(_told_apart)
    for other in run.plays.values():
        scenario = BY_ID.get(other.scenario)  # those that were drawn are not there: awkward data, and walks
        if is_walk(other.scenario):
            yield walks[other.scenario]
        elif scenario is not None and own not in scenario.tags and _has_place(scenario):
            yield other
    yield from run.once(sentinel_plays)


def _told_apart(run: RunRecord) -> dict[str, PlayRecord]:
    return {play.scenario: _ToldApart(run, play.row) for play in run.plays.values() if is_walk(play.scenario)}


def _has_place(scenario: Scenario) -> bool:
    """Whether what is asked for there has its place in a mail, as awkward names have."""
    return "mail" in scenario.tags or not scenario.tags & APART


class _ToldApart(PlayRecord):
    """A walk with those of its subscriptions whose mails cannot be another's: two may have one recipient."""

    @cached_property
    def subscriptions(self) -> dict[str, SubscriptionRecord]:
        """By label."""
        found = super().subscriptions
        addresses = Counter(s.address for s in found.values())
        for label in [label for label, s in found.items() if addresses[s.address] > 1]:
            del found[label]
        return found


class _OneAlone(PlayRecord):
    """A walk with one of its subscriptions alone."""

    def __init__(self, run_record: RunRecord, row: rows.Play, label: str) -> None:
        super().__init__(run_record, row)
        self._label = label

    @cached_property
    def subscriptions(self) -> dict[str, SubscriptionRecord]:
        """By label, which is that of any play's first subscription as well."""
        found = super().subscriptions
        for label in [label for label in found if label != self._label]:
            del found[label]
        return found

    @property
    def subscription(self) -> SubscriptionRecord:
        """The one that there is."""
        return self.subscriptions[self._label]


def _as_one(found: list[tuple[Violation, PlayRecord]]) -> Violation:
    """The first that fails, or else the first that warns, with the number of the others."""
    failing = [pair for pair in found if pair[0].binding is not False] or found
    failing.sort(key=lambda pair: pair[1].scenario)  # the order of plays is that of a run
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
