"""Leases, on the printer's own clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.vocabulary import NTFY_01, Vocabulary
from conformance.wire import ipp
from conformance.wire.ipp import Group
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.printer.state.clock import Clock
from fakes.printer.state.leases import granted_lease

from .printer_bench import STEADY, VOCABULARIES, PrinterBench, at, speaking

BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))


def number(group: Group | None, name: str) -> int:
    assert group is not None
    attribute = group.get(name)
    assert attribute is not None
    assert attribute.value.integer is not None
    return attribute.value.integer


async def left(bench: PrinterBench, subscription: int) -> int:
    """Seconds until the lease of a subscription ends, as the printer tells."""
    group = await bench.attributes(subscription)
    return number(group, bench.names.lease_expiration) - number(group, bench.names.up_time)


async def renew(bench: PrinterBench, subscription: int, lease: int | None, user: str = "jones") -> ipp.Message:
    n = bench.names
    groups: tuple[Group, ...] = ()
    if lease is not None:
        groups = (Group(GroupTag.SUBSCRIPTION, (ipp.integer(n.lease_requested, lease),)),)
    id_ = ipp.integer(n.subscription_id, subscription)
    return await bench.ask(Operation.RENEW_SUBSCRIPTION, id_, groups=groups, user=user)


@BOTH
@pytest.mark.parametrize(
    ("asked", "granted"), [(None, 3600), (100, 100), (1, 2), (10**6, 86_400), (0, 86_400), (-5, 2)]
)
def test_a_lease_is_granted_as_asked_or_brought_inside_the_range(
    names: Vocabulary, asked: int | None, granted: int
) -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(bench.wish(lease=asked))
        group = message.first(GroupTag.SUBSCRIPTION)
        if names is NTFY_01:
            assert message.code == Status.SUCCESSFUL_OK
            assert number(group, names.lease_expiration) - number(group, names.up_time) == granted
        else:
            assert number(group, names.lease_requested) == granted
            assert (group is not None and "notify-status-code" in group) is (asked not in (None, granted))
        assert granted - 1 <= await left(bench, bench.id_of(message)) <= granted

    at(speaking(names), play)


@pytest.mark.parametrize(("endless", "low", "granted"), [("max", 2, 86_400), ("min", 2, 2), ("max", 0, 0)])
def test_a_lease_without_end_is_granted_only_if_the_range_has_it(endless: str, low: int, granted: int) -> None:
    assert granted_lease(replace(STEADY, endless_lease=endless, lease_min=low), 0) == granted  # type: ignore[arg-type]


def test_a_lease_without_end_ends_at_no_time() -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription(lease=0)
        assert number(await bench.attributes(mine), bench.names.lease_expiration) == 0

    at(replace(STEADY, lease_min=0), play)


@BOTH
def test_a_subscription_is_gone_the_moment_its_lease_ends_and_not_before(names: Vocabulary) -> None:
    """In real time: one lease runs out, one is renewed, and one is cancelled."""

    async def play(bench: PrinterBench) -> None:
        short, renewed = await bench.subscription(lease=1), await bench.subscription(lease=1)
        end = number(await bench.attributes(short), names.lease_expiration)
        message = await renew(bench, renewed, 50)
        assert message.code == Status.SUCCESSFUL_OK
        async with asyncio.timeout(5):
            while (message := await bench.query(short)).code == Status.SUCCESSFUL_OK:
                assert number(message.first(GroupTag.SUBSCRIPTION), names.up_time) < end
                await asyncio.sleep(0.005)
        assert message.code == Status.CLIENT_ERROR_NOT_FOUND
        assert number(await bench.about(), "printer-up-time") == end
        assert 47 <= await left(bench, renewed) <= 50
        await bench.job()
        await bench.notices.arrive(1, renewed)
        assert bench.notices.of(short) == []

    at(speaking(names, lease_min=1), play)


@BOTH
def test_renewing_without_a_lease_grants_the_default(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription(lease=100)
        message = await renew(bench, mine, None)
        assert message.code == Status.SUCCESSFUL_OK
        group = message.first(GroupTag.SUBSCRIPTION)
        if names is NTFY_01:
            assert number(group, names.lease_expiration) - number(group, names.up_time) == 3600
        else:
            assert group == Group(GroupTag.SUBSCRIPTION, (ipp.integer(names.lease_requested, 3600),))
        assert 3599 <= await left(bench, mine) <= 3600

    at(speaking(names), play)


@BOTH
def test_a_renewed_lease_is_brought_inside_the_range_too(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription(lease=100)
        substituted = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        expected = Status.SUCCESSFUL_OK if names is NTFY_01 else substituted
        assert (await renew(bench, mine, 10**7)).code == expected
        assert await left(bench, mine) > 86_000

    at(speaking(names), play)


@BOTH
def test_a_per_job_subscription_has_no_lease(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True)
        name = ipp.integer("job-id" if names is NTFY_01 else "notify-job-id", job)
        message = await bench.ask(Operation.CREATE_JOB_SUBSCRIPTIONS, name, groups=(bench.wish(lease=60),))
        mine = bench.id_of(message)
        refused = message.find(names.lease_requested)
        assert refused is not None
        assert refused.show().endswith("=unsupported")
        described = await bench.attributes(mine)
        if names is NTFY_01:
            assert number(described, names.lease_expiration) == 0
        else:
            assert {names.lease_expiration, names.up_time, names.lease_requested} & {a.name for a in described} == set()
        answer = await renew(bench, mine, 60)
        if names is NTFY_01:
            assert answer.code == Status.SUCCESSFUL_OK
            assert number(answer.first(GroupTag.SUBSCRIPTION), names.lease_expiration) == 0
        else:
            assert answer.code == Status.CLIENT_ERROR_NOT_POSSIBLE

    at(speaking(names), play)


@pytest.mark.parametrize("operation", [Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION])
def test_only_the_owner_and_an_operator_may_renew_and_cancel(operation: Operation) -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription()
        id_ = ipp.integer(bench.names.subscription_id, mine)
        assert (await bench.ask(operation, id_, user="smith")).code == Status.CLIENT_ERROR_FORBIDDEN
        assert (await bench.query(mine)).code == Status.SUCCESSFUL_OK
        assert (await bench.ask(operation, id_, user="operator")).code == Status.SUCCESSFUL_OK

    at(STEADY, play)


def test_strangers_may_cancel_where_the_policy_lets_them() -> None:
    async def play(bench: PrinterBench) -> None:
        id_ = ipp.integer(bench.names.subscription_id, await bench.subscription())
        assert (await bench.ask(Operation.CANCEL_SUBSCRIPTION, id_, user="smith")).code == Status.SUCCESSFUL_OK
        assert (await bench.ask(Operation.CANCEL_SUBSCRIPTION, id_)).code == Status.CLIENT_ERROR_NOT_FOUND

    at(replace(STEADY, strangers_may_manage=True), play)


def test_the_clock_begins_at_one_and_a_timer_is_set_for_the_whole_second() -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        clock = Clock(loop)
        assert clock.up_time() == 1
        handle = clock.at(3, lambda: None)
        assert 1.9 < handle.when() - loop.time() <= 2.0
        handle.cancel()

    asyncio.run(play())
