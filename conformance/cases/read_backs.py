"""What subscriptions told of themselves in a run, whenever they were read one by one or listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.record.exchanges import Answer, told_group
from conformance.record.lives import History, Life, history_of
from conformance.record.outcomes import Carrier, Refused
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import NotApplicable
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from .findings import Finding, conclude
from .mail_lookup import is_anothers


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A subscription as Get-Subscription-Attributes told it, or Get-Subscriptions, after it was asked for in a play."""

    play: PlayRecord
    subscription: SubscriptionRecord
    answer: Answer
    group: ipp.Group
    listed: bool = False  # a list has only the attributes that were asked for

    def leaves_out(self, name: str) -> bool:
        """Whether it need not have the attribute, and has not."""
        return self.listed and name not in self.group

    def found(self, name: str, asked: str) -> Finding:
        """What the attribute is, and where, in place of what was asked for."""
        return self.differs(name, f"where {asked} was asked for")

    def differs(self, name: str, why: str) -> Finding:
        """What the attribute is, and where, which ought to be another."""
        attribute = self.group.get(name)
        told = attribute.show(self.answer.message.charset) if attribute is not None else f"no {name}"
        how = ", in a list" if self.listed else ""
        return Finding(f"{told}, {why} ({self.play.scenario}{how})", self.answer.where(attribute))


Look = Callable[[ReadBack], Finding | None]


def judge_all(run: RunRecord, look: Look, expected: str, *, binding: bool | None = None) -> None:
    """The look at every subscription that was read back in this run."""
    read = run.once(read_backs)
    if not read:
        raise NotApplicable("no subscription of the run was read back")
    conclude([found for each in read if (found := look(each)) is not None], expected=expected, binding=binding)


def read_backs(run_record: RunRecord) -> list[ReadBack]:
    """All of them."""
    return list(_each(run_record))


def _each(run_record: RunRecord) -> Iterator[ReadBack]:
    history = history_of(run_record)
    lives = {(life.play.row.id, life.label): life for life in history.lives}
    for play in run_record.plays.values():
        made = (s for s in play.subscriptions.values() if s.id is not None)
        by_number: dict[int | None, SubscriptionRecord] = {s.id: s for s in made}
        for step in play.steps:
            for answer in step.answers:
                for number, group, listed in _told(run_record, answer):
                    subscription = by_number.get(number)
                    if subscription is None:
                        continue
                    life = lives.get((play.row.id, subscription.label))
                    sure = _is_there(play, life, history, answer) and not _is_a_siblings(play, subscription, group)
                    if sure or not is_anothers(subscription, group):
                        yield ReadBack(play, subscription, answer, group, listed)


def _told(run_record: RunRecord, answer: Answer) -> Iterator[tuple[int | None, ipp.Group, bool]]:
    """The groups of an answer, each with the number that it is told under, and whether it stands in a list."""
    name = run_record.vocabulary.subscription_id
    if not answer.ok:
        return
    if answer.row.operation == Operation.GET_SUBSCRIPTION_ATTRIBUTES:
        about, group = answer.request.find(name, GroupTag.OPERATION), told_group(answer.message, run_record.vocabulary)
        if about is not None and group is not None:
            yield about.value.integer, group, False
    elif answer.row.operation == Operation.GET_SUBSCRIPTIONS:
        for group in answer.message.all(GroupTag.SUBSCRIPTION):
            number = group.get(name)
            if number is not None:
                yield number.value.integer, group, True


def _is_there(play: PlayRecord, life: Life | None, history: History, answer: Answer) -> bool:
    """Whether a subscription surely was still there, so that nobody else can have its number.

    One of a job ends with that, and one whose recipient was refused may be ended for it.
    """
    if life is None or life.may_end_early or life.meddled or any(True for _ in play.steps_of(Refused)):
        return False
    if life.carrier is Carrier.JOB:
        job = history.numbered(life.job or 0, life.made)
        return job is not None and answer.row.t_end < min(life.ending, job.printing)
    return answer.row.t_end < life.ending


def _is_a_siblings(play: PlayRecord, subscription: SubscriptionRecord, group: ipp.Group) -> bool:
    """Whether it tells of another of the same request, whose answers may be in another order (R-Groups-1)."""
    others = (s for s in play.subscriptions.values() if s.step is subscription.step and s is not subscription)
    return any(not is_anothers(other, group) for other in others)
