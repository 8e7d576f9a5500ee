"""Get-Subscriptions: what is listed, whose, how many, and with which attributes."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.counted import counted
from conformance.record.exchanges import Answer
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import NotApplicable
from conformance.vocabulary import RFC3995
from conformance.wire.registry import GroupTag

from .case import case, expect
from .ipp_lookup import listed_numbers, listing, require_lease


def _made(play: PlayRecord, label: str) -> SubscriptionRecord:
    s = play.subscriptions[label]
    return s.created()


def _require_leases(play: PlayRecord, answer: Answer, labels: str, listed: Sequence[int]) -> None:
    """``Inconclusive`` where one that is not listed may have come to the end of its lease."""
    for s in (_made(play, label) for label in labels):
        if s.id not in listed:
            require_lease(play, s, answer)


@case("N-23", on="many")
def test_the_list_has_the_subscriptions_of_the_printer(play: PlayRecord) -> None:
    wanted = {_made(play, "a").id, _made(play, "b").id}
    answer, listed = listed_numbers(play, "list")
    of_jobs = {_made(play, "c").id, _made(play, "d").id} & set(listed)
    if not of_jobs:  # which are wrong there, whoever's lease is over
        _require_leases(play, answer, "ab", listed)
    expect(
        wanted <= set(listed) and not of_jobs,
        expected=f"{_numbers(wanted)} and no subscription of a job",
        actual=_numbers(listed),
        where=answer.where(),
    )


@case("N-23", on="many")
def test_the_list_of_a_job_has_its_subscription_alone(play: PlayRecord) -> None:
    wanted = _made(play, "c").id
    answer, listed = listed_numbers(play, "of-job")
    expect(
        listed == [wanted],
        expected=f"subscription {wanted}, the only subscription of that job",
        actual=_numbers(listed),
        where=answer.where(),
    )


@case("N-23", on="two-listed")
def test_the_list_of_a_job_has_both_of_its_subscriptions(play: PlayRecord) -> None:
    wanted = {_made(play, "c").id, _made(play, "d").id}
    answer, listed = listed_numbers(play, "of-job")
    expect(
        set(listed) == wanted,
        expected=f"{_numbers(wanted)}, the subscriptions of that job",
        actual=_numbers(listed),
        where=answer.where(),
    )


@case("N-23", on="many")
def test_a_list_is_no_longer_than_its_limit(play: PlayRecord) -> None:
    _made(play, "a")
    _made(play, "b")
    answer, groups = listing(play, "limited")
    if not groups:
        _require_leases(play, answer, "ab", ())
    expect(
        len(groups) == 1,
        expected="one subscription, since limit is 1",
        actual=f"{len(groups)} of them",
        where=answer.where(),
    )


@case("N-23", on="many")
def test_a_list_of_ones_own_leaves_out_others(play: PlayRecord) -> None:
    mine, hers = _made(play, "a"), _made(play, "b")
    owners = [_owner(play, "about-a"), _owner(play, "about-b")]
    if None in owners or owners[0] == owners[1]:
        raise NotApplicable("the printer does not tell our two users apart")
    answer, listed = listed_numbers(play, "mine")
    if hers.id not in listed:
        _require_leases(play, answer, "a", listed)
    expect(
        mine.id in listed and hers.id not in listed,
        expected=f"subscription {mine.id} of {owners[0]}, who asked, and not subscription {hers.id} of {owners[1]}",
        actual=_numbers(listed),
        where=answer.where(),
    )


def _owner(play: PlayRecord, label: str) -> str | None:
    answer, group = play.query(label)
    attribute = group.get(play.run_record.vocabulary.user_name) if group is not None else None
    return attribute.value.text(answer.message.charset) if attribute is not None else None


@case("N-23", on="many")
def test_a_list_has_only_numbers_unless_more_is_asked_for(play: PlayRecord) -> None:
    _made(play, "a")
    answer, groups = listing(play, "list")
    name = play.run_record.vocabulary.subscription_id
    either = play.run_record.vocabulary is not RFC3995 and not play.chose(Otherwise.B01_NUMBERS)
    if either and groups and all(name in group and len(group.attributes) > 1 for group in groups):
        return  # one draft has both (B01)
    more = sorted({a.name for group in groups for a in group if a.name != name})
    bare = [group for group in groups if name not in group]
    expect(
        not more and not bare,
        expected=f"{name} alone in each group, since requested-attributes was left out",
        actual=f"also {', '.join(more)}" if more else f"{counted(len(bare), 'group')} without it",
        where=answer.where(),
    )


@case("N-23", on="many")
def test_a_list_has_what_is_asked_for(play: PlayRecord) -> None:
    s, v = _made(play, "a"), play.run_record.vocabulary
    answer, groups = listing(play, "told")
    found = [g for g in groups if (number := g.get(v.subscription_id)) is not None and number.value.integer == s.id]
    if not found:
        require_lease(play, s, answer)
    expect(
        len(found) == 1 and len(found[0].attributes) > 1,
        expected=f"subscription {s.id} with its attributes, since all was asked for",
        actual=" ".join(a.show() for a in found[0])
        if found
        else f"{counted(len(groups), 'group')}, none with that number",
        where=answer.where(),
    )


@case("N-23", on="no-subscription")
def test_an_empty_list_is_no_error(play: PlayRecord) -> None:
    if play.run_record.vocabulary is not RFC3995:
        raise NotApplicable("the drafts do not say what an empty list is")
    answer = play.labelled("of-job").answer.judgeable()
    groups = answer.message.all(GroupTag.SUBSCRIPTION)
    expect(
        answer.ok and not groups,
        expected="success without subscription groups, since the job has no subscription",
        actual=f"{answer.keyword}, {counted(len(groups), 'group')}",
        where=answer.where(),
    )


def _numbers(numbers: set[int | None] | list[int]) -> str:
    listed = ", ".join(map(str, sorted(numbers, key=lambda number: number or 0)))
    return f"subscriptions {listed}" if listed else "no subscription"
