"""The pages, made here from templates that escape whatever is put into them; the script only keeps them up to date."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from conformance.faults import FaultError
from reports.formats.html.environment import environment, text_of
from reports.formats.html.exhibits import anchor
from reports.version import tool_version
from reports.viewing import octets

from .api import desk_of, leaf_of, set_faults
from .downloads import framed
from .guard import COOKIE, cookie_of, same
from .judged import judged_mail, mark_of, parts_of
from .live_store import LiveStore, NotThereError
from .models import LONGEST_SCRIPT, Id, MailQuery, SessionQuery, State

ON_THE_WALL: Final = 5  # mails
BESIDE_A_RUN: Final = 2  # mails, where there is more to be told
HERE: Final = f"{__package__}.templates"
router = APIRouter(include_in_schema=False)
Number = Annotated[Id, Path()]


def page(template: str, code: int = 200, **names: Any) -> HTMLResponse:
    """A template, filled in."""
    made = environment(HERE).get_template(template)
    return HTMLResponse(made.render(version=tool_version(), **names), code)


def trouble(request: Request, text: str, status: int) -> Response:
    """What went wrong, in words."""
    return page("trouble.html.jinja", status, text=text, status=status, state=None, here="")


async def _around(request: Request, here: str) -> dict[str, Any]:
    """What every page has."""
    return {"state": await desk_of(request).state(), "here": here}


@router.get("/")
async def index(request: Request, asked: Annotated[MailQuery, Query()]) -> Response:
    """The list of mails."""
    desk = desk_of(request)
    found = await desk.ask(LiveStore.newest, asked, asked.before, asked.limit)
    around = await _around(request, "mails")
    older = urlencode({**asked.asked, "before": found.mails[-1].id}) if found.more and found.mails else ""
    marks = {mail.id: mark_of(desk, mail.id) for mail in found.mails}
    stream = "" if asked.before is not None else urlencode({**asked.asked, "after": around["state"].mails})
    return page("mails.html.jinja", found=found, asked=asked, older=older, stream=stream, marks=marks, **around)


@router.get("/mails/{number}")
async def mail(request: Request, number: Number) -> Response:
    """One mail."""
    desk = desk_of(request)
    found = await judged_mail(desk, number)
    summary, view = await desk.ask(LiveStore.session, found.one.summary.session)
    parts = parts_of(found.one)
    named = {name for each in found.fields for name in (*each.meets, *each.breaks)} | set(found.judged.broken)
    return page(
        "mail.html.jinja",
        found=found,
        mail=found.one.summary,
        parts=parts,
        html=[part.number for part in parts if part.leaf and part.type == "text/html"],
        session=summary,
        dialogue=view,
        entries=[found.catalogue[name] for name in sorted(named) if name in found.catalogue],
        results={"anchors": {anchor("smtp", summary.id)}, "anchor_of": None},
        **await _around(request, "mails"),
    )


@router.get("/mails/{number}/html/{part}")
async def html(request: Request, number: Number, part: Annotated[int, Path(ge=0, le=2**31 - 1)]) -> Response:
    """A part of HTML, for the frame of its mail."""
    found = leaf_of(await desk_of(request).ask(LiveStore.one, number), part)
    if found.type != "text/html":
        raise NotThereError(f"part {part} of mail {number} is no HTML")
    return framed(found)


@router.get("/mails/{number}/octets")
async def source(request: Request, number: Number) -> Response:
    """A mail as it was delivered, as text."""
    raw = await desk_of(request).ask(LiveStore.raw, number)
    return page(
        "octets.html.jinja",
        number=number,
        text=octets.spelled(raw[:SOURCE]),
        more=max(0, len(raw) - SOURCE),
        **await _around(request, "mails"),
    )


SOURCE: Final = 256 * 1024  # octets that are shown as text; more is saved


@router.get("/sessions")
async def sessions(request: Request, asked: Annotated[SessionQuery, Query()]) -> Response:
    """The list of sessions."""
    found = await desk_of(request).ask(LiveStore.sessions, asked.before, asked.limit)
    older = urlencode({"before": found.sessions[-1].id}) if found.more and found.sessions else ""
    around = await _around(request, "sessions")
    stream = "" if asked.before is not None else urlencode({"after": around["state"].mails})
    return page("sessions.html.jinja", found=found, older=older, stream=stream, **around)


@router.get("/sessions/{number}")
async def session(request: Request, number: Number) -> Response:
    """One session."""
    summary, view = await desk_of(request).ask(LiveStore.session, number)
    around = await _around(request, "sessions")
    return page("session.html.jinja", session=summary, dialogue=view, results={"anchors": ()}, **around)


@router.get("/run")
async def run(request: Request) -> Response:
    """How the run stands so far."""
    around = await _around(request, "run")
    if around["state"].standing is None:
        raise NotThereError("there is no run here, but a recipient alone")
    return page("run.html.jinja", **around)


@router.get("/wall")
async def wall(request: Request) -> Response:
    """Few figures, for a projector."""
    around = await _around(request, "wall")
    most = ON_THE_WALL if around["state"].standing is None else BESIDE_A_RUN
    newest = await desk_of(request).ask(LiveStore.newest, MailQuery.model_validate({}), None, most)
    return page("wall.html.jinja", newest=newest.mails, newest_at_most=most, **around)


@router.get("/faults")
async def faults(request: Request) -> Response:
    """The fault script in force, to be changed."""
    around = await _around(request, "faults")
    state: State = around["state"]
    return page("faults.html.jinja", script="\n".join(state.faults or ()), wrong="", **around)


@router.post("/faults")
async def change_faults(request: Request) -> Response:
    """Set another one, as the form has it."""
    desk = desk_of(request)
    script = (await _form(request)).get("script", "").replace("\r\n", "\n")
    try:
        if len(script) > LONGEST_SCRIPT:
            raise FaultError("...", f"a script has no more than {LONGEST_SCRIPT} characters")
        await set_faults(desk, script)
    except FaultError as error:
        around = await _around(request, "faults")
        return page("faults.html.jinja", 422, script=script, wrong=str(error), **around)
    return RedirectResponse("/faults", 303)


@router.get("/enter")
async def enter(request: Request) -> Response:
    """Where the token is shown."""
    return page("enter.html.jinja", wrong=False, state=None, here="")


@router.post("/enter")
async def entered(request: Request) -> Response:
    """Let in whoever shows the token: by a cookie that no script and no other site gets."""
    token = desk_of(request).plan.token
    if not token or not same((await _form(request)).get("token", "").strip(), token):
        return page("enter.html.jinja", 403, wrong=True, state=None, here="")
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, cookie_of(token), httponly=True, samesite="strict", path="/")
    return answer


async def _form(request: Request) -> dict[str, str]:
    """A form as browsers send a small one; of anything else nothing."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    read = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    return {name: values[0] for name, values in read.items()}


@router.get("/static/style.css")
async def style() -> Response:
    """The style of the report, and what is the live page's own."""
    return Response(text_of("page.css") + text_of("live.css", (HERE,)), media_type="text/css")


@router.get("/static/live.js")
async def script() -> Response:
    """The only script."""
    return Response(text_of("live.js", (HERE,)), media_type="text/javascript")
