"""How long mails are waited for, and who may be at the printer together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from fakes.stage.pacing import AdaptiveTimeout, ExclusiveSlots, Places

SECOND = 1_000_000_000

Pause = Callable[[ExclusiveSlots], AbstractAsyncContextManager[None]]
PAUSES = pytest.mark.parametrize(
    "pause", [ExclusiveSlots.idle, lambda slots: slots.given_up(False)], ids=["idle", "given-up"]
)


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

        async def new() -> None:
            await slots.enter(False)
            order.append("new")
            await slots.leave(False)

        await slots.enter(False)
        async with slots.given_up(False):
            await slots.enter(False)
            waiting = asyncio.create_task(new())
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(asyncio.ensure_future, slots.leave(False))
        order.append("back")
        await slots.leave(False)
        await waiting
        assert order == ["back", "new"]

    asyncio.run(asyncio.wait_for(play(), 5))


@PAUSES
def test_who_is_cancelled_waits_for_nobody(
    pause: Callable[[ExclusiveSlots], AbstractAsyncContextManager[None]],
) -> None:
    async def play() -> None:
        slots, started = ExclusiveSlots(1), asyncio.Event()

        async def pausing() -> None:
            await slots.enter(False)
            try:
                async with pause(slots):
                    started.set()
                    await asyncio.Event().wait()
            finally:
                await slots.leave(False)

        paused = asyncio.create_task(pausing())
        await started.wait()
        await slots.enter(False)  # and keeps it: as a play does that ends after the other
        paused.cancel()
        await asyncio.wait_for(asyncio.wait([paused]), 5)
        assert paused.cancelled()
        await slots.leave(False)
        await slots.enter(True)  # nothing is left taken

    asyncio.run(asyncio.wait_for(play(), 10))


@PAUSES
def test_who_is_cancelled_on_the_way_back_waits_for_nobody(pause: Pause) -> None:
    async def play() -> None:
        slots, coming_back = ExclusiveSlots(1), asyncio.Event()

        async def pausing() -> None:
            await slots.enter(False)
            try:
                async with pause(slots):
                    await slots.enter(False)
                    coming_back.set()
            finally:
                await slots.leave(False)

        paused = asyncio.create_task(pausing())
        await coming_back.wait()
        await asyncio.sleep(0)
        paused.cancel()
        await asyncio.wait_for(asyncio.wait([paused]), 5)
        assert paused.cancelled()
        await slots.leave(False)
        await slots.enter(True)

    asyncio.run(asyncio.wait_for(play(), 10))


def test_who_needs_no_place_for_a_subscription_waits_for_none() -> None:
    async def play() -> None:
        places = Places(2)
        async with places.taken(5):
            assert places.free == 0
            async with places.taken(0):
                pass
        assert places.free == 2

    asyncio.run(asyncio.wait_for(play(), 5))


def test_places_are_claimed_without_waiting_and_never_more_than_there_are() -> None:
    async def play() -> None:
        places = Places(3)
        assert places.claim(2) == 2
        assert places.claim(2) == 0
        assert places.claim(0) == 0
        waiting = asyncio.create_task(places.room(5))  # all of them
        await asyncio.sleep(0)
        assert not waiting.done()
        await places.give_back(2)
        await waiting
        assert places.claim(5) == places.all
        assert places.free == 0

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_refuses_all_mail_is_not_at_the_printer_while_somebody_waits_for_one() -> None:
    async def play() -> None:
        slots, order = ExclusiveSlots(2), list[str]()

        async def alone(name: str, *, unmailed: bool) -> None:
            await slots.enter(True, unmailed=unmailed)
            order.append(name)
            await slots.leave(True)

        await slots.enter(True)
        async with slots.given_up(True, mail=True):
            await alone("minds its own mail", unmailed=False)
            refusing = asyncio.create_task(alone("refuses all", unmailed=True))
            await asyncio.sleep(0)
            assert order == ["minds its own mail"]
        order.append("back")
        await slots.leave(True)
        await refusing
        assert order == ["minds its own mail", "back", "refuses all"]

    asyncio.run(asyncio.wait_for(play(), 5))
