"""Whether somebody else has a subscription at this printer, by what Get-Subscriptions told and which numbers it gave.

A list of everybody's subscriptions tells who had one at that time.  Where each number that was given out from then on
is known, and so whom it was given to, nobody else made one since.  A printer can list what there is not: what comes
out of nowhere, or as a part of what is ours, explains no mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd
from typing import Final

from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from .exchanges import Answer
from .recorded_run import address_key
from .run_record import RunRecord

_CREATE: Final = (
    Operation.PRINT_JOB,
    Operation.CREATE_JOB,
    Operation.CREATE_PRINTER_SUBSCRIPTIONS,
    Operation.CREATE_JOB_SUBSCRIPTIONS,
)
_LISTED: Final = "the printer lists a subscription of his"
ENOUGH: Final = 3  # steps between numbers, without which nobody knows how they go


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a list has of a subscription, whosever it is."""

    key: str
    number: int | None
    job: int | None


@dataclass(frozen=True, slots=True)
class _List:
    """An answer with everybody's subscriptions and their recipients."""

    answer: Answer
    all: tuple[_Listed, ...]
    users: int  # by their names
    who: bytes | None  # asked for it

    def has(self, key: str) -> bool:
        """Whether it has one for that address."""
        return any(one.key == key for one in self.all)


@dataclass(frozen=True, slots=True)
class _Given:
    """The number of a subscription of ours, and when it was asked for and told."""

    asked: int
    answered: int
    number: int


class SomebodyElses:
    """The subscriptions of others, as far as they are known."""

    def __init__(self, run: RunRecord) -> None:
        self._run = run

    def has(self, key: str) -> bool:
        """Whether a list of the run has a subscription for that address."""
        return any(one.has(key) for one in self._lists)

    def had(self, key: str, t: int) -> bool:
        """Whether the last list before that time, or the first one after it, has a subscription for that address."""
        before = [one for one in self._seeing if one.answer.row.t_end <= t]
        after = [one for one in self._seeing if one.answer.row.t_end > t]
        return any(one.has(key) for one in (*before[-1:], *after[:1]))

    def doubt(self, key: str, jobs: Collection[int]) -> str | None:
        """Why what is listed for that address may be no subscription; ``jobs`` are the numbers of ours."""
        last: dict[bytes | None, _List] = {}  # of each who asks: a printer may show one what it keeps from another
        for now in self._seeing:
            before = last.get(now.who)
            for one in (one for one in now.all if one.key == key):
                if one.job in jobs:
                    return f"{_LISTED} of job {one.job}, which is ours: who else knew of it?"
                if one.number is None or any(o.number == one.number and o.key != key for o in now.all):
                    number = "no number" if one.number is None else f"number {one.number}, as another's"
                    return f"{_LISTED} with {number}"
            new = before is not None and now.has(key) and not before.has(key)
            begin = before.answer.row.t_start if before is not None else 0
            if new and self._nobody_made_one(begin, now.answer.row.t_end):
                return f"{_LISTED} that was not there before, though each number given out meanwhile went to us"
            last[now.who] = now
        return None

    def surely_has_none(self, key: str, t: int) -> bool:
        """Whether nobody can have had one for that address when a mail came, so that it was nobody's."""
        before = [one for one in self._seeing if one.answer.row.t_end <= t]
        return bool(before) and not self.has(key) and self._nobody_made_one(before[-1].answer.row.t_start, t)

    @cached_property
    def _seeing(self) -> list[_List]:
        """Those for users who may see others' subscriptions."""
        seeing = {one.who for one in self._lists if one.users > 1}
        return [one for one in self._lists if one.who in seeing]

    @cached_property
    def _lists(self) -> list[_List]:
        """All of them; none, where no list of the run shows that others' subscriptions are listed, too."""
        found = [one for answer in self._run.answers() if (one := self._read(answer)) is not None]
        return found if any(one.users > 1 for one in found) else []

    def _read(self, answer: Answer) -> _List | None:
        """The list, if it is not narrowed, and has the recipients of all."""
        v = self._run.vocabulary
        if answer.row.operation != Operation.GET_SUBSCRIPTIONS or not answer.ok or answer.message.problem is not None:
            return None
        narrowed = (answer.request.find(name) for name in ("limit", "my-subscriptions", v.job_id))
        groups = [g for g in answer.message.all(GroupTag.SUBSCRIPTION) if "notify-pull-method" not in g]
        told = [_listed(g, a.value.text() or "", v) for g in groups if (a := g.get(v.recipient)) is not None]
        users = {a.value.octets for g in groups if (a := g.get(v.user_name)) is not None}
        if any(one is not None for one in narrowed) or len(told) < len(groups):
            return None
        who = answer.request.find("requesting-user-name")
        name = who.value.octets if who is not None else None
        return _List(answer, tuple(told), len(users), name)

    def _nobody_made_one(self, begin: int, end: int) -> bool:
        """Whether all the numbers were given to us, from the last before the one time to the first after the other.

        In which steps they are given is learnt from the rest: where others subscribe between, they go by larger ones.
        """
        before = [one.number for one in self._given if one.answered < begin]
        after = [one.number for one in self._given if one.asked >= end]
        numbers = {one.number for one in self._given}
        if not before or not after or len(numbers) < len(self._given) or self._run.restart_between(begin, end):
            return False
        steps = [later - earlier for side in (before, after) for earlier, later in pairwise(sorted(side))]
        if len(steps) < ENOUGH or before[-1] >= after[0]:
            return False  # or they are given in no order that is known
        due = range(before[-1], after[0], gcd(*steps))
        return len(due) <= len(numbers) and numbers.issuperset(due)

    @cached_property
    def _given(self) -> list[_Given]:
        """The numbers that subscriptions of ours got, in the order they were asked for."""
        return sorted(self._numbers(), key=lambda one: (one.asked, one.number))

    def _numbers(self) -> Iterator[_Given]:
        name = self._run.vocabulary.subscription_id
        for answer in self._run.answers():
            if answer.row.operation in _CREATE:
                told = (attribute for group in answer.message.groups for attribute in group if attribute.name == name)
                found = (n for a in told if (n := a.value.integer) is not None)
                yield from (_Given(answer.row.t_start, answer.row.t_end, number) for number in found)


def _listed(group: ipp.Group, recipient: str, v: Vocabulary) -> _Listed:
    number, job = (a.value.integer if (a := group.get(n)) is not None else None for n in (v.subscription_id, v.job_id))
    return _Listed(address_key(recipient.removeprefix("mailto:").partition("?")[0]), number, job)
