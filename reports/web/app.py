"""The application: guard, pages and calls, and what each kind of trouble is answered with."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from reports.version import tool_version

from . import api, pages
from .desk import BusyError, Desk
from .guard import Guard
from .live_store import NotThereError
from .watchers import TooManyError

FULL = "too many ask at once; ask again in a few seconds"


def application(desk: Desk, names: Iterable[str] = ()) -> FastAPI:
    """All that is served; ``names`` are those of the host, beside its addresses."""
    app = FastAPI(
        title="ippmailto live page",
        version=tool_version(),
        description="What the recipient takes and what the run finds. docs/api.md has examples.",
        openapi_url="/openapi.json",
        docs_url=None,  # it would load scripts from another host
        redoc_url=None,
    )
    app.state.desk = desk
    app.include_router(api.router)
    app.include_router(pages.router)
    app.add_middleware(Guard, token=desk.plan.token, names=tuple(names))
    app.add_exception_handler(RequestValidationError, _wrong)
    for kind, status in (
        (NotThereError, 404),
        (api.NotHereError, 409),
        (api.FaultError, 422),
        (BusyError, 503),
        (TooManyError, 503),
        (ClientDisconnect, 413),
    ):
        app.add_exception_handler(kind, _Answer(status))
    app.add_exception_handler(HTTPException, _http)
    return app


class _Answer:
    """An exception as an answer with that status: a page for whoever asked for one, else JSON."""

    def __init__(self, status: int) -> None:
        self._status = status

    def __call__(self, request: Request, error: Exception) -> Response:
        text = str(error) or FULL
        more = {"retry-after": "3"} if self._status == 503 else {}
        if request.url.path.startswith("/api"):
            return JSONResponse({"error": text}, self._status, more)
        answer = pages.trouble(request, text, self._status)
        answer.headers.update({"refresh": more["retry-after"], **more} if more else {})
        return answer


def _wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return _Answer(422)(request, ValueError(ascii(said)[1:-1]))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = _Answer(error.status_code)(request, ValueError(str(error.detail)))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer
