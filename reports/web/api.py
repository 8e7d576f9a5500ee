"""The calls below /api: what there is as JSON, octets to save, events, waiting for a mail, faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from conformance.faults import FaultError, script

from .desk import Desk
from .downloads import part_saved, saved
from .judged import detail_of, judged_mail
from .live_store import LiveStore, NotThereError, OneMail
from .models import (
    DialogueLine,
    EventQuery,
    FaultScriptText,
    FaultsInForce,
    Id,
    MailDetail,
    MailList,
    MailQuery,
    MailSummary,
    SessionDetail,
    SessionList,
    SessionQuery,
    State,
    Trouble,
    Waited,
    WaitQuery,
)
from .stream import AT_ONCE, EventStream

_NUMBER: Final = re.compile("[0-9]{1,10}")  # of a mail; Python takes some thousand digits for an error
router = APIRouter(prefix="/api", default_response_class=JSONResponse)
Number = Annotated[Id, Path()]
_TOLD: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": Trouble, "description": says}
    for code, says in (
        (400, "The body did not come, or is no JSON"),
        (401, "The token was not shown"),
        (403, "A page from elsewhere asks"),
        (404, "There is no such thing"),
        (409, "It cannot be done here"),
        (413, "Too much was sent"),
        (421, "The Host is not one of this page"),
        (422, "What was asked is not as described"),
        (503, "Too many ask at once; ask again"),
    )
}


_EVENT: Final = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["mail", "session", "mark", "state", "over"]},
        "data": {"type": "string", "description": "JSON on one line"},
        "id": {"type": "string", "pattern": "^[0-9]+$", "description": "of a mail: its number"},
    },
}


def _may(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What else may be answered, beside what anybody may get."""
    return {code: _TOLD[code] for code in (401, 403, 413, 421, 422, 503, *codes)}


def _octets(says: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content, "description": says}, **_may(404)}


def desk_of(request: Request) -> Desk:
    """What the application was made with."""
    desk: Desk = request.app.state.desk
    return desk


def host_of(request: Request) -> str:
    """Who asks."""
    return request.client.host if request.client is not None else ""


@router.get("/state", responses=_may())
async def state(request: Request) -> State:
    """How many mails and sessions there are; of a run also how it stands so far."""
    return await desk_of(request).state()


@router.get("/mails", responses=_may())
async def mails(request: Request, asked: Annotated[MailQuery, Query()]) -> MailList:
    """Mails, the newest first."""
    return await desk_of(request).ask(LiveStore.newest, asked, asked.before, asked.limit)


@router.get("/mails/{number}", responses=_may(404))
async def mail(request: Request, number: Number) -> MailDetail:
    """A mail, taken apart, with what is known of each field."""
    return detail_of(await judged_mail(desk_of(request), number))


@router.get("/mails/{number}/raw", response_class=Response, responses=_octets("The mail as it was delivered"))
async def raw(request: Request, number: Number) -> Response:
    """A mail as it was delivered, octet for octet, without the dots of SMTP."""
    return saved(await desk_of(request).ask(LiveStore.raw, number), f"mail-{number}.eml")


@router.get(
    "/mails/{number}/parts/{part}", response_class=Response, responses=_octets("The content of the part, decoded")
)
async def part(request: Request, number: Number, part: Annotated[int, Path(ge=0, le=2**31 - 1)]) -> Response:
    """The content of a part, to be saved."""
    found = leaf_of(await desk_of(request).ask(LiveStore.one, number), part)
    return part_saved(found, number, part)


def leaf_of(one: OneMail, number: int) -> Any:
    """A part that has a content; raises :class:`NotThereError`."""
    if number >= len(one.parts) or one.parts[number][0].parts:
        raise NotThereError(f"mail {one.summary.id} has no content numbered {number}")
    return one.parts[number][0]


@router.get("/sessions", responses=_may())
async def sessions(request: Request, asked: Annotated[SessionQuery, Query()]) -> SessionList:
    """SMTP sessions, the newest first, those that brought no mail, too."""
    return await desk_of(request).ask(LiveStore.sessions, asked.before, asked.limit)


@router.get("/sessions/{number}", responses=_may(404))
async def session(request: Request, number: Number) -> SessionDetail:
    """What was said in a session.  The octets of mails are left out: they are with the mails."""
    summary, view = await desk_of(request).ask(LiveStore.session, number)
    lines = view.lines if view is not None else ()
    told = [DialogueLine(seconds=one.seconds, who=one.speaker.value, text=one.text) for one in lines]
    return SessionDetail(summary=summary, lines=told, lines_more=view.more if view is not None else 0)


@router.get("/wait", responses=_may())
async def wait(request: Request, asked: Annotated[WaitQuery, Query()]) -> Waited:
    """Answer as soon as as many mails are there as are waited for, and at the latest when the time is up."""
    desk, loop = desk_of(request), asyncio.get_running_loop()
    until, after, found = loop.time() + asked.timeout, asked.after, list[MailSummary]()
    with desk.waiters.taken(host_of(request)):
        while True:
            heard = desk.bell.rung
            while len(found) < asked.count:
                more, looked = await desk.ask(LiveStore.after, asked, after, min(AT_ONCE, asked.count - len(found)))
                found += more
                if looked == after:
                    break
                after = looked
            over = desk.bell.over or not desk.live or await request.is_disconnected()
            if len(found) >= asked.count or over or not await desk.bell.heard(heard, until - loop.time()):
                return Waited(complete=len(found) >= asked.count, mails=found)


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": _EVENT}},
            "description": "Events called mail, session, state and over; the data of the first three are as elsewhere",
        },
        **_may(),
    },
)
async def events(request: Request, asked: Annotated[EventQuery, Query()]) -> Response:
    """What is new, as server-sent events.  Last-Event-ID goes on where a listener was cut off."""
    last = last_heard(request.headers.get("last-event-id", ""))
    if last is not None:
        asked = asked.model_copy(update={"after": last})
    return _Streamed(EventStream(desk_of(request), asked, host_of(request)))


def last_heard(text: str) -> int | None:
    """The mail that a listener has heard of last, or nothing where that is no number of one."""
    return int(text) if _NUMBER.fullmatch(text) and int(text) < 2**31 else None


class _Streamed(Response):
    """A stream as FastAPI wants to be given one."""

    def __init__(self, stream: EventStream) -> None:
        super().__init__()
        self._stream = stream

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._stream(scope, receive, send)


@router.get("/faults", responses=_may(409))
async def faults(request: Request) -> FaultsInForce:
    """The fault script in force."""
    return FaultsInForce(faults=_settable(desk_of(request)))


@router.put("/faults", responses=_may(400, 409))
async def put_faults(request: Request, wanted: Annotated[FaultScriptText, Body()]) -> FaultsInForce:
    """Set a fault script in place of the last one; connections that are open follow at their next answer."""
    return FaultsInForce(faults=await set_faults(desk_of(request), wanted.script))


async def set_faults(desk: Desk, text: str) -> list[str]:
    """Have the recipient misbehave so; raises ``FaultError`` and :class:`NotHereError`."""
    _settable(desk)
    assert desk.set_faults is not None
    desk.faults = list(await desk.set_faults([fault.line for fault in script(text)]))
    desk.bell.ring()
    return desk.faults


def _settable(desk: Desk) -> list[str]:
    if desk.faults is None or desk.set_faults is None or not desk.live:
        raise NotHereError(
            "a run's faults are those of its plays: others would be laid at the printer's door"
            if desk.plan.run
            else "the recipient has ended"
        )
    return desk.faults


class NotHereError(Exception):
    """It cannot be done on this page."""


def told(error: Exception) -> Mapping[str, str]:
    """An error as JSON."""
    return Trouble(error=str(error)).model_dump()


__all__ = ["FaultError", "NotHereError", "desk_of", "host_of", "leaf_of", "router", "set_faults", "told"]
