"""Waiting that ends early when somebody is in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def done_before(hurry: asyncio.Event, work: Coroutine[Any, Any, object], seconds: float | None = None) -> bool:
    """Do that work until there is hurry, or for so many seconds; whether it was done.  What it raises goes through."""
    doing, hurrying = asyncio.ensure_future(work), asyncio.ensure_future(hurry.wait())
    try:
        await asyncio.wait({doing, hurrying}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (doing, hurrying):
            task.cancel()
    await asyncio.wait({doing, hurrying})
    if doing.cancelled():
        return False
    doing.result()
    return True
