"""Who is let in, and what every answer says to the browser: before any page or call is looked for.

In this order: is the request for us (Host), does a page of somebody else's send it (Origin, Sec-Fetch-*), is it too
large, does it show the token.  ``docs/live-page.md`` has the threats that each of these stands against.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "ippmailto"
ENTER: Final = "/enter"
OPEN: Final = (ENTER, "/static/style.css", "/static/live.js")  # what is needed to show the token
MOST_SENT: Final = 64 * 1024  # octets of a body; a fault script has a quarter of that
SENT_WITHIN: Final = 10.0  # seconds for all of it
READS: Final = ("GET", "HEAD")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # nobody else hears of it; without any, forms of ours would come from nowhere
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware.  ``names`` are the hosts by which it may be called, beside addresses and localhost."""

    def __init__(self, app: ASGIApp, token: str = "", names: Iterable[str] = ()) -> None:
        self._app, self._token = app, token
        self._names = frozenset(name.lower().rstrip(".") for name in names if name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answered.setdefault(name, value)
            await send(message)

        refused = self._refusal(scope, headers)
        if refused is None:
            await self._app(scope, receive if scope["method"] in READS else _bounded(receive), sending)
            return
        status, why = refused
        if status == 401 and "text/html" in headers.get("accept", "") and scope["method"] in READS:
            await _answer(sending, 303, b"", [(b"location", ENTER.encode())])
            return
        more = [(b"www-authenticate", b"Bearer")] if status == 401 else []
        body = json.dumps({"error": why}).encode()
        await _answer(sending, status, body, [(b"content-type", b"application/json"), *more])

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """The status and why, or ``None`` for one that may pass."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, "the page is not served under this name; call it by address, or name it with --web"
        if why := _foreign(scope, headers, host):
            return 403, why
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > MOST_SENT:
            return 413, f"no more than {MOST_SENT} octets are taken"
        if self._token and scope["path"] not in OPEN and not self.knows(headers):
            return 401, "show the token: Authorization: Bearer TOKEN, or by /enter in a browser"
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether a Host is one that no stranger's DNS can have led here."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        name = name.rstrip(".")
        if name == "localhost" or name in self._names:
            return True
        try:
            ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        return True

    def knows(self, headers: Headers) -> bool:
        """Whether the token was shown, now or before."""
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and same(shown.strip(), self._token):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and same(cookie.value, cookie_of(self._token))


def same(given: str, wanted: str) -> bool:
    """Compared so that the time tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def cookie_of(token: str) -> str:
    """What a browser keeps that has shown the token: not the token itself, and the same after a new start."""
    return hmac.new(token.encode(), b"cookie of the live page", hashlib.sha256).hexdigest()


def _foreign(scope: Scope, headers: Headers, host: str) -> str:
    """Why a request is another page's; empty for one of ours, and for a program, which says nothing of the kind."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        return "a page from elsewhere may not call this one"
    if scope["method"] not in READS:
        if site not in (None, "same-origin"):
            return "a page from elsewhere may not change anything here"
        return ""
    navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if site in ("cross-site", "same-site") and not navigates:
        return "a page from elsewhere may not read or embed this one"
    return ""


def _bounded(receive: Receive) -> Receive:
    """A body without a length is bounded, too, and has its time; beyond that it is as if the client had gone."""
    taken = 0
    until = asyncio.get_running_loop().time() + SENT_WITHIN

    async def bounded() -> Message:
        nonlocal taken
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MOST_SENT:
                return {"type": "http.disconnect"}
        return message

    return bounded


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
