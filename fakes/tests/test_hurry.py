"""What is waited for until somebody is in a hurry."""

from __future__ import annotations

import asyncio

import pytest

from fakes.hurry import done_before


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _at_once() -> None:
    await asyncio.sleep(0)


async def _fails() -> None:
    raise LookupError


def test_work_that_is_done_is_done() -> None:
    assert asyncio.run(done_before(asyncio.Event(), _at_once()))


def test_hurry_ends_what_would_never_end() -> None:
    async def hurried() -> bool:
        hurry = asyncio.Event()
        asyncio.get_running_loop().call_soon(hurry.set)
        return await done_before(hurry, _for_ever())

    assert not asyncio.run(asyncio.wait_for(hurried(), 10))


def test_work_has_its_time_and_no_more() -> None:
    assert not asyncio.run(asyncio.wait_for(done_before(asyncio.Event(), _for_ever(), 0.0), 10))


def test_what_the_work_raises_goes_through() -> None:
    with pytest.raises(LookupError):
        asyncio.run(done_before(asyncio.Event(), _fails()))


def test_nothing_goes_on_when_the_waiting_is_cancelled() -> None:
    async def cancelled() -> bool:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await _for_ever()
            finally:
                ended.set()

        waiting = asyncio.create_task(done_before(asyncio.Event(), work()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        await ended.wait()
        await asyncio.wait({waiting})
        return waiting.cancelled()

    assert asyncio.run(asyncio.wait_for(cancelled(), 10))
