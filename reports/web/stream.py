"""Server-sent events: what is new, for as long as somebody listens and reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.types import Receive, Scope, Send

from .desk import BusyError, Desk
from .judged import mark_of
from .live_store import LiveStore, NotThereError
from .models import EventQuery, MailMark

STILL_HERE: Final = 15.0  # seconds between two signs of life
READ_WITHIN: Final = 20.0  # seconds a listener may leave what was sent unread, before its place goes to somebody else
AT_ONCE: Final = 100  # mails in one turn
PAUSE: Final = 0.2  # seconds between two turns: a burst is told in lumps


class EventStream:
    """The answer: an ASGI application for one listener, who has a place as long as it runs."""

    def __init__(self, desk: Desk, wanted: EventQuery, host: str) -> None:
        self._desk, self._wanted, self._host = desk, wanted, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._desk.listeners.taken(self._host):
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            telling = asyncio.ensure_future(self._tell(send))
            leaving = asyncio.ensure_future(_left(receive))
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            for task in (telling, leaving):
                task.cancel()
            await asyncio.wait({telling, leaving})

    async def _tell(self, send: Send) -> None:
        async for text in events(self._desk, self._wanted):
            async with asyncio.timeout(READ_WITHIN):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    """Return when the listener is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def events(desk: Desk, wanted: EventQuery) -> AsyncIterator[str]:
    """As text: ``mail``, ``session`` and ``state`` events; ``over`` is the last one, if nothing is to be had later."""
    yield "retry: 2000\n\n"
    try:
        mails, sessions = await desk.ask(LiveStore.counts)
    except (NotThereError, BusyError):  # it is closed, and perhaps for a moment: a browser asks again
        return
    after, told = mails if wanted.after is None else wanted.after, ""
    marked = max(0, len(desk.referee.judged) - AT_ONCE) if desk.referee is not None else 0
    while True:
        heard, over = desk.bell.rung, desk.bell.over
        try:
            found, after = await desk.ask(LiveStore.after, wanted, after, AT_ONCE)
            begun = await desk.ask(LiveStore.sessions_after, sessions)
            state = (await desk.state()).model_dump_json()
        except (NotThereError, BusyError):  # it was closed meanwhile
            break
        for mail in found:
            yield _event("mail", mail.model_dump_json(), mail.id)
        for session in begun:
            yield _event("session", session.model_dump_json())
        sessions = begun[-1].id if begun else sessions
        for mark in _marks(desk, marked):
            yield _event("mark", mark.model_dump_json())
        marked = len(desk.referee.judged) if desk.referee is not None else 0
        if state != told:
            told = state
            yield _event("state", state)
        if over and len(found) < AT_ONCE:
            break
        if len(found) < AT_ONCE and not await desk.bell.heard(heard, STILL_HERE):
            yield ": still here\n\n"
        await asyncio.sleep(PAUSE)
    if not desk.plan.stays:  # who heard that would not come back
        yield _event("over", "{}")


def _marks(desk: Desk, since: int) -> list[MailMark]:
    """Of the mails that were judged since so many were."""
    judged = desk.referee.judged[since:] if desk.referee is not None else []
    return [mark for mail in judged if (mark := mark_of(desk, mail)) is not None]


def _event(kind: str, data: str, number: int | None = None) -> str:
    identity = f"id: {number}\n" if number is not None else ""
    return f"{identity}event: {kind}\ndata: {data}\n\n"
