"""The page in a real browser: it follows what comes, everybody can use it, and nothing of a mail runs or loads."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import pytest

from reports.tests.browser import axe
from reports.web.client import LiveMails

from .browsing import chromium, looking
from .processes import ServedRecipient, recipient

OWNED: Final = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><svg onload=x>"
HTML: Final = """From: x@y.example
Subject: html
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<base href="ELSEWHERE/"><meta http-equiv="refresh" content="0;url=ELSEWHERE/refreshed">
<link rel=stylesheet href="ELSEWHERE/style.css">
<style>@import "ELSEWHERE/import.css"; p { background: url(ELSEWHERE/b.png) }</style>
<script>parent.document.title = 'owned'; document.title = 'owned'; top.location = 'ELSEWHERE/top'</script>
<img src="ELSEWHERE/i.png"><img src="cid:part1"><img src="x.png" onerror="top.location='ELSEWHERE/error'">
<iframe src="ELSEWHERE/frame"></iframe><object data="ELSEWHERE/object"></object>
<video src="ELSEWHERE/v" autoplay></video>
<form action="ELSEWHERE/form"><input name=password autofocus><button id=send>Send</button></form>
<p>words of the mail</p><a id=here href="ELSEWHERE/here">here</a>
<a id=top target=_top href="ELSEWHERE/top">top</a> <a id=new target=_blank rel=opener href="ELSEWHERE/new">new</a>
""".replace("\n", "\r\n")  # fmt: skip
PAGES: Final = (
    "/", "/?to=nobody", "/mails/1", "/mails/2", "/mails/1/octets", "/sessions", "/sessions/1", "/wall", "/faults",
    "/enter", "/mails/99",
)  # fmt: skip


@pytest.fixture(scope="module")
def asked_elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another server, and the paths that it was asked for."""
    paths: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - likewise

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def served(
    asked_elsewhere: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedRecipient]:
    with recipient(tmp_path_factory.mktemp("page"), "--fault", "rcpt to no@b.example: 550") as serving:
        hostile = f'From: "{OWNED}" <x@x.example>\r\nSubject: {OWNED}\r\n{OWNED.replace(" ", "")}: x\r\n\r\n{OWNED}\r\n'
        serving.send(hostile.encode())
        serving.send(HTML.replace("ELSEWHERE", asked_elsewhere[0]).encode())
        yield serving


@pytest.fixture(scope="module")
def browser(served: ServedRecipient) -> Iterator[Any]:
    with chromium() as started:
        yield started


def test_a_mail_is_shown_when_it_comes_without_a_reload(browser: Any, served: ServedRecipient) -> None:
    with looking(browser, served.web) as page:
        page.goto("/")
        before = page.locator("tbody tr").count()
        page.wait_for_selector("#live.on")
        page.evaluate("window.stays = true")
        served.send(f"Subject: fresh {OWNED}\r\n\r\nx\r\n".encode(), to="fresh@b.example")
        page.wait_for_selector("tbody tr:first-of-type:has-text('fresh')")
        row = page.locator("tbody tr").first
        assert "fresh@b.example" in row.inner_text()
        assert OWNED in row.inner_text()
        assert row.locator("img, script, svg").count() == 0
        assert page.locator("tbody tr").count() == before + 1
        assert page.evaluate("window.stays")
        assert page.title() == "Mails - ippmailto"
        row.locator("a").nth(1).click()
        page.wait_for_selector("h1:has-text('fresh')")


def test_a_list_that_is_searched_grows_by_what_fits_alone(browser: Any, served: ServedRecipient) -> None:
    with looking(browser, served.web) as page:
        page.goto("/")
        page.get_by_label("Search", exact=True).fill("anna@")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=anna*")
        page.wait_for_selector("#live.on")
        served.send(to="otto@b.example")
        served.send(to="anna@b.example")
        page.wait_for_selector("tbody tr:has-text('anna@b.example')")
        assert page.locator("tbody tr:has-text('otto@b.example')").count() == 0


def test_nothing_of_a_mail_runs_in_a_browser(browser: Any, served: ServedRecipient) -> None:
    for address in PAGES:
        with looking(browser, served.web) as page:
            page.goto(address)
            page.wait_for_load_state("load")
            assert page.title().endswith(" - ippmailto"), address
            assert page.locator("img, svg, object, embed").count() == 0, address


def test_html_of_a_mail_loads_nothing_and_leads_nowhere(
    browser: Any, served: ServedRecipient, asked_elsewhere: tuple[str, list[str]]
) -> None:
    elsewhere, paths = asked_elsewhere
    with looking(browser, served.web) as page:
        opened: list[Any] = []
        page.context.on("page", lambda new: opened.append(new))
        for name in ("send", "here", "top", "new"):
            page.goto("/mails/2")
            page.frame_locator("iframe").get_by_text("words of the mail").wait_for()
            page.frame_locator("iframe").locator(f"#{name}").click(no_wait_after=True)
            # What a click brings about has happened, or not, when the page has been asked something more.
            assert page.evaluate("fetch('/api/state').then((answer) => answer.status)") == 200
            assert page.title() == "Mail 2 - ippmailto", name
        page.goto(f"{elsewhere}/asked-on-purpose")
        assert [path for path in paths if path != "/favicon.ico"] == ["/asked-on-purpose"]
        assert opened == []


def test_a_link_in_html_of_a_mail_is_stopped_by_the_page_around_it(browser: Any, served: ServedRecipient) -> None:
    with looking(browser, served.web) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto("/mails/2")
        frame = page.frame_locator("iframe")
        with page.expect_event("console", lambda message: "frame-src" in message.text):
            frame.locator("#here").click(no_wait_after=True)
        assert page.title() == "Mail 2 - ippmailto"


@pytest.mark.parametrize("width", [390, 700, 768, 1280])
def test_no_page_scrolls_sideways(browser: Any, served: ServedRecipient, width: int) -> None:
    with looking(browser, served.web, width=width) as page:
        for address in PAGES:
            page.goto(address)
            needed, inside = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert needed <= inside, address


@pytest.mark.takes(30)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_keeps_anybody_from_reading_a_page(
    browser: Any, served: ServedRecipient, dark: bool, width: int
) -> None:
    """By axe-core, contrast of 4.5 included; IPPMAILTO_AXE names a newer axe.min.js."""
    run = """() => axe.run(document, { resultTypes: ["violations"], iframes: false }).then((found) => ({
      checked: found.passes.map((rule) => rule.id),
      wrong: found.violations.map((rule) => [rule.id, rule.impact, rule.nodes.slice(0, 3).map((node) => node.html)]),
    }))"""
    for address in PAGES:
        with looking(browser, served.web, width=width, dark=dark) as page:
            page.goto(address)
            page.evaluate(axe())
            found = page.evaluate(run)
            assert "color-contrast" in found["checked"], address
            assert found["wrong"] == [], address
            assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is dark


def test_all_of_it_can_be_done_by_keyboard(browser: Any, served: ServedRecipient) -> None:
    with looking(browser, served.web) as page:
        page.goto("/faults")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "script"
        page.keyboard.press("Control+A")
        page.keyboard.type("mail: 451 x1\n")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("ol li:has-text('mail: 451 x1')")
    assert LiveMails(served.web).set_faults("") == []


def test_the_wall_follows_figures_and_the_last_mails(browser: Any, served: ServedRecipient) -> None:
    with looking(browser, served.web) as page:
        page.goto("/wall")
        page.wait_for_selector("#live.on")
        mails = page.locator("[data-figure=mails]")
        before = int(mails.inner_text())
        served.send(b"Subject: onto the wall\r\n\r\nx\r\n")
        page.wait_for_selector(".last li:has-text('onto the wall')")
        page.wait_for_function(f"document.querySelector('[data-figure=mails]').textContent === '{before + 1}'")
        assert page.locator(".last li").count() <= 5
