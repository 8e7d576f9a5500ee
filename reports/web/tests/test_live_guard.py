"""Who is let in: no name that a stranger's DNS made, no page of somebody else's, nobody without the token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reports.web import guard
from reports.web.guard import COOKIE, MOST_SENT, POLICY, cookie_of

from .desks import HOST, Laid, evidence, with_client

TOKEN = "a-token-of-this-very-test"
PATHS = (
    "/",
    "/mails/1",
    "/sessions",
    "/sessions/1",
    "/wall",
    "/faults",
    "/openapi.json",
    "/api/state",
    "/api/mails/1/raw",
)
OTHERS = (
    "evil.example",
    "evil.example:8631",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "",
    "a@evil.example",
    "[::1",
)
OWN = ("127.0.0.1:8631", "localhost:8631", "LOCALHOST", "[::1]:8631", "192.0.2.1:99")
PUT = {"script": "rcpt: 451"}


@pytest.fixture
def laid(tmp_path: Path) -> Iterator[Laid]:
    with evidence(tmp_path) as made:
        made.mail()
        yield made


def answers(laid: Laid, *asked: tuple[str, str, dict[str, str]], token: str = "") -> list[httpx.Response]:
    """To method, path and headers; a PUT has a script."""

    async def use(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.request(method, path, headers=headers, json=PUT if method == "PUT" else None)
            for method, path, headers in asked
        ]

    return with_client(laid, use, token=token, faults=())


def test_a_name_that_is_not_ours_gets_nothing_of_it(laid: Laid) -> None:
    """DNS rebinding: the browser has our address under somebody else's name, and says that name."""
    found = answers(laid, *(("GET", "/", {"host": name}) for name in (*OTHERS, *OWN)))
    assert [answer.status_code for answer in found] == [421] * len(OTHERS) + [200] * len(OWN)
    assert "hello" not in found[0].text


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8631"},
        {"origin": "http://127.0.0.1:80"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_a_page_from_elsewhere_changes_nothing(laid: Laid, method: str, headers: dict[str, str]) -> None:
    path = "/api/faults" if method == "PUT" else "/faults"
    change, then = answers(laid, (method, path, headers), ("GET", "/api/faults", {}))
    assert change.status_code == 403
    assert then.json() == {"faults": []}


def test_our_own_page_and_a_program_may(laid: Laid) -> None:
    own = {"origin": HOST, "sec-fetch-site": "same-origin"}
    found = answers(laid, ("PUT", "/api/faults", own), ("PUT", "/api/faults", {}))
    assert [answer.status_code for answer in found] == [200, 200]


def test_a_page_from_elsewhere_reads_nothing_and_takes_no_place_of_those_who_wait(laid: Laid) -> None:
    fetched = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"}
    framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    paths = ("/api/wait?count=9&timeout=60", "/api/events", "/", "/api/state")
    found = answers(laid, *(("GET", path, how) for path in paths for how in (fetched, framed)), ("GET", "/", followed))
    assert [answer.status_code for answer in found] == [403] * 8 + [200]


def test_nothing_is_shared_with_other_origins(laid: Laid) -> None:
    for answer in answers(laid, *(("GET", path, {}) for path in PATHS)):
        assert not [name for name in answer.headers if name.startswith("access-control-")], answer.url


def test_every_answer_forbids_what_the_page_does_not_need(laid: Laid) -> None:
    found = answers(laid, *(("GET", path, {}) for path in (*PATHS, "/nowhere", "/static/live.js")))
    refused = answers(laid, ("GET", "/", {"host": "evil.example"}))
    for answer in (*found, *refused):
        assert answer.headers["x-content-type-options"] == "nosniff", answer.url
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert "script-src 'self'" in POLICY
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in POLICY


def test_no_page_has_script_or_style_of_its_own_or_of_another_host(laid: Laid) -> None:
    for answer in answers(laid, *(("GET", path, {}) for path in PATHS[:6])):
        assert answer.text.count("<script") == answer.text.count('<script src="/static/live.js" defer></script>') == 1
        for spelling in ("<style", " style=", " onclick=", " onload=", "javascript:", "http://", "https://", 'src="//'):
            assert spelling not in answer.text, (answer.url, spelling)


# ---------------------------------------------------------------- the token


def test_without_the_token_nothing_but_the_way_in_is_served(laid: Laid) -> None:
    closed = answers(laid, *(("GET", path, {}) for path in PATHS), token=TOKEN)
    assert {answer.status_code for answer in closed} == {401}
    assert not [answer for answer in closed if "hello" in answer.text]
    wrong = [{"authorization": f"Bearer {TOKEN}x"}, {"authorization": TOKEN}, {"cookie": f"{COOKIE}={TOKEN}"}]
    assert {answer.status_code for answer in answers(laid, *(("GET", "/", how) for how in wrong), token=TOKEN)} == {401}
    (browser,) = answers(laid, ("GET", "/", {"accept": "text/html"}), token=TOKEN)
    assert (browser.status_code, browser.headers["location"]) == (303, "/enter")
    right = [{"authorization": f"Bearer {TOKEN}"}, {"cookie": f"{COOKIE}={cookie_of(TOKEN)}"}]
    assert {answer.status_code for answer in answers(laid, *(("GET", "/", how) for how in right), token=TOKEN)} == {200}


def test_a_token_in_an_address_opens_nothing(laid: Laid) -> None:
    """So that nobody gets used to having one in his history, in a screen shot or in a log."""
    found = answers(laid, *(("GET", f"/?{name}={TOKEN}", {}) for name in ("token", "access_token")), token=TOKEN)
    assert {answer.status_code for answer in found} == {401}


def test_a_browser_that_has_shown_the_token_has_a_cookie_that_no_script_and_no_other_site_gets(laid: Laid) -> None:
    async def use(client: httpx.AsyncClient) -> tuple[httpx.Response, ...]:
        wrong = await client.post("/enter", data={"token": "guess"})
        before = await client.get("/")
        right = await client.post("/enter", data={"token": TOKEN})
        return wrong, before, right, await client.get("/")

    wrong, before, right, after = with_client(laid, use, token=TOKEN)
    assert [answer.status_code for answer in (wrong, before, right, after)] == [403, 401, 303, 200]
    assert "set-cookie" not in wrong.headers
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie + right.headers["location"] + after.text


def test_tokens_are_compared_so_that_the_time_tells_nothing(monkeypatch: pytest.MonkeyPatch, laid: Laid) -> None:
    seen = []

    def compared(given: bytes, wanted: bytes) -> bool:
        seen.append(wanted)
        return False

    monkeypatch.setattr("hmac.compare_digest", compared)
    (answer,) = answers(laid, ("GET", "/", {"authorization": f"Bearer {TOKEN}", "cookie": f"{COOKIE}=x"}), token=TOKEN)
    assert answer.status_code == 401
    assert seen == [TOKEN.encode(), cookie_of(TOKEN).encode()]


# ---------------------------------------------------------------- what is sent


def test_a_body_beyond_the_bound_is_refused_before_it_is_read(laid: Laid) -> None:
    async def use(client: httpx.AsyncClient) -> list[int]:
        announced = await client.put("/api/faults", content=b"x" * (MOST_SENT + 1))

        async def pieces() -> object:
            for _ in range(MOST_SENT // 1000 + 2):
                yield b"x" * 1000

        unannounced = await client.put("/api/faults", content=pieces())  # type: ignore[arg-type]
        return [announced.status_code, unannounced.status_code]

    assert with_client(laid, use, faults=()) == [413, 400]


def test_a_body_that_never_comes_is_not_waited_for(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SENT_WITHIN", 0.05)

    async def use(client: httpx.AsyncClient) -> int:
        async def never() -> object:
            yield b'{"script"'
            await asyncio.Event().wait()

        return (await client.put("/api/faults", content=never())).status_code  # type: ignore[arg-type]

    assert with_client(laid, use, faults=()) == 400
