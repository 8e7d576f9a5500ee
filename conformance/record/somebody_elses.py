"""Whether somebody else has a subscription at this printer, by what Get-Subscriptions told and which numbers it gave.

A list of everybody's subscriptions tells who had one at that time.  Where each number that was given out from then on
is known, and so whom it was given to, nobody else made one since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd
from typing import Final

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
ENOUGH: Final = 3  # steps between numbers, without which nobody knows how they go


@dataclass(frozen=True, slots=True)
class _List:
    """An answer with everybody's subscriptions and their recipients."""

    answer: Answer
    recipients: frozenset[str]
    users: int  # by their names
    who: bytes | None  # asked for it


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
        return any(key in one.recipients for one in self._lists)

    def surely_has_none(self, key: str, t: int) -> bool:
        """Whether nobody can have had one for that address when a mail came, so that it was nobody's."""
        seeing = {one.who for one in self._lists if one.users > 1}  # who may see others' subscriptions
        before = [one for one in self._lists if one.answer.row.t_end <= t and one.who in seeing]
        return bool(before) and not self.has(key) and self._nobody_made_one(before[-1].answer.row.t_start, t)

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
        recipients = [a.value.text() or "" for g in groups if (a := g.get(v.recipient)) is not None]
        users = {a.value.octets for g in groups if (a := g.get(v.user_name)) is not None}
        if any(one is not None for one in narrowed) or len(recipients) < len(groups):
            return None
        addresses = (recipient.removeprefix("mailto:").partition("?")[0] for recipient in recipients)
        who = answer.request.find("requesting-user-name")
        name = who.value.octets if who is not None else None
        return _List(answer, frozenset(map(address_key, addresses)), len(users), name)

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
