"""How long mails are waited for, and who may be at the printer together."""

from __future__ import annotations

import asyncio

from fakes.stage.pacing import AdaptiveTimeout, ExclusiveSlots, Places

SECOND = 1_000_000_000


def test_a_job_on_paper_does_not_lengthen_the_silence_that_is_kept() -> None:
    timeout = AdaptiveTimeout(60.0)
    timeout.learn(0, 2 * SECOND)
    timeout.learn(0, 20 * SECOND, printed=True)
    assert timeout.settle < 5
    assert timeout.limit() < 20 < timeout.limit(printed=True)


def test_where_everything_is_printed_that_is_what_counts() -> None:
    timeout = AdaptiveTimeout(60.0)
    timeout.learn(0, 10 * SECOND, printed=True)
    assert timeout.settle > 20
    assert timeout.limit() > 20


def test_the_first_mail_about_paper_has_all_the_time() -> None:
    timeout = AdaptiveTimeout(60.0)
    timeout.learn(0, SECOND)
    assert timeout.limit(printed=True) == 60.0


def test_nobody_is_alone_while_somebody_waits_for_a_mail() -> None:
    async def play() -> None:
        slots, order = ExclusiveSlots(1), []

        async def alone() -> None:
            await slots.enter(True)
            order.append("alone")

        await slots.enter(False)
        async with slots.idle():
            other = asyncio.create_task(alone())
            await asyncio.sleep(0)
            order.append("still waiting")
        await slots.leave(False)
        await other
        assert order == ["still waiting", "alone"]

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_comes_back_goes_before_the_queue() -> None:
    async def play() -> None:
        slots, order = ExclusiveSlots(1), []

        async def enter(name: str, *, first: bool) -> None:
            await (slots.enter_first(False) if first else slots.enter(False))
            order.append(name)
            await slots.leave(False)

        await slots.enter(False)
        new = asyncio.create_task(enter("new", first=False))
        await asyncio.sleep(0)
        back = asyncio.create_task(enter("back", first=True))
        await asyncio.sleep(0)
        await slots.leave(False)
        await asyncio.gather(new, back)
        assert order == ["back", "new"]

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_needs_no_place_for_a_subscription_waits_for_none() -> None:
    async def play() -> None:
        places = Places(2)
        async with places.taken(5):
            assert places.free == 0
            async with places.taken(0):
                pass
        assert places.free == 2

    asyncio.run(asyncio.wait_for(play(), 5))
