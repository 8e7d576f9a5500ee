"""Mails that want to be more than text: on every page and in every answer they stay octets or text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from reports.web import downloads, live_store
from reports.web.downloads import safe_name
from reports.web.models import EventQuery
from reports.web.stream import events

from .desks import SECONDS, Laid, desk_on, evidence, got

OWNED = "<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)></textarea></title></template>"
PLACES = {
    "subject": f"Subject: {OWNED}\r\n\r\nx\r\n",
    "encoded subject": "Subject: =?utf-8?q?=3Cscript=3Ealert=281=29=3C/script=3E?=\r\n\r\nx\r\n",
    "from": f'From: "{OWNED}" <x@y.example>\r\n\r\nx\r\n',
    "field name": f"{OWNED.replace(' ', '')}: x\r\n\r\nx\r\n",
    "field of nobody's": f"X-Any: {OWNED}\r\n\r\nx\r\n",
    "text": f"Subject: x\r\n\r\n{OWNED}\r\n",
    "html": f"Content-Type: text/html\r\n\r\n{OWNED}\r\n",
    "charset": f'Content-Type: text/plain; charset="{OWNED}"\r\n\r\nx\r\n',
    "type": f"Content-Type: {OWNED}\r\n\r\nx\r\n",
    "file name": f'Content-Type: image/svg+xml; name="{OWNED}"\r\n\r\n<svg onload="alert(1)"/>\r\n',
    "disposition": f'Content-Disposition: attachment; filename="{OWNED}"\r\n\r\nx\r\n',
    "utf-7": "Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-script+AD4-alert(1)+ADw-/script+AD4-\r\n",
    "event stream": "Subject: x\r\n event: over\r\n data: {}\r\n\r\nx\r\n",
    "jinja": "Subject: {{ config }}{% raw %}\r\n\r\n{{ 7*7 }}\r\n",
    "bidi": "Subject: =?utf-8?q?=E2=80=AEevil?=\r\n\r\nx\r\n",
}
ALLOWED = {"iframe": {"sandbox", "src", "title", "referrerpolicy", "loading"}, "script": {"src", "defer"}}


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def shape(answer: httpx.Response) -> set[str]:
    """Which elements with which attributes; a mail may change how many there are, and never which."""
    return {f"{tag} {' '.join(sorted(attributes))}" for tag, attributes in Elements(answer.text).found}


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laid]:
    with evidence(tmp_path_factory.mktemp("hostile")) as made:
        for octets in PLACES.values():
            made.mail(octets.encode())
        made.mail(b"x: x\r\n\r\nx\r\n", to=[f"{OWNED}@b.example"], sender=f"{OWNED}@x.example")
        made.session(f"EHLO {OWNED}\r\n".encode(), b"\x1b]0;owned\x07\r\n", peer=f"{OWNED}:1")
        yield made


def test_no_mail_brings_an_element_onto_a_page(laid: Laid) -> None:
    numbers = range(1, len(PLACES) + 2)
    paths = ["/", "/sessions", "/wall", *(f"/mails/{n}" for n in numbers), *(f"/mails/{n}/octets" for n in numbers)]
    paths += [f"/sessions/{n}" for n in (*numbers, len(PLACES) + 2)]
    for answer in got(laid, *paths):
        assert answer.status_code == 200, answer.url
        for tag, attributes in Elements(answer.text).found:
            assert tag not in ("img", "svg", "object", "embed", "base", "meta") or tag == "meta", answer.url
            assert not [name for name in attributes if name.startswith("on") or name == "style"], answer.url
            assert tag not in ALLOWED or set(attributes) <= ALLOWED[tag], answer.url
        assert sum(tag == "script" for tag, _ in Elements(answer.text).found) == 1, answer.url
        assert "\x1b" not in answer.text


def test_what_was_sent_is_there_to_be_read_all_the_same(laid: Laid) -> None:
    (answer,) = got(laid, "/mails/1")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


def test_a_search_that_is_markup_stays_text(laid: Laid) -> None:
    (answer,) = got(laid, f"/?{httpx.QueryParams({'q': OWNED, 'to': chr(34) + OWNED})}")
    assert answer.status_code == 200
    assert not [tag for tag, _ in Elements(answer.text).found if tag in ("img", "svg")]


def test_characters_that_steer_a_screen_are_escapes(laid: Laid) -> None:
    number = list(PLACES).index("bidi") + 1
    listed, one = got(laid, f"/api/mails/{number}", f"/mails/{number}")
    assert "‮" not in listed.text + one.text
    assert r"\u202eevil" in listed.json()["summary"]["subject"]


def test_an_event_in_a_subject_stays_in_its_subject(tmp_path: Path) -> None:
    async def told(laid: Laid) -> list[str]:
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk:
            found = []
            async for text in events(desk, EventQuery.model_validate({"after": 0})):
                found.append(text)
                if "event: state" in text:
                    break
            return found

    with evidence(tmp_path) as laid:
        laid.mail(b"Subject: =?utf-8?q?x=0A=0Aevent:_over=0Adata:_{}=0A=0A=E2=80=A8?=\r\n\r\nx\r\n")
        (mail,) = [text for text in asyncio.run(told(laid)) if "event: mail" in text]
    assert mail.count("\n") == 4
    assert mail.isprintable() or "\u2028" not in mail
    assert "event: over" in json.loads(mail.splitlines()[2].removeprefix("data: "))["subject"]


# ---------------------------------------------------------------- HTML and whatever is attached


def html(text: str, charset: str = "utf-8") -> bytes:
    return (
        f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
        + text.encode()
    )


def test_html_is_served_into_a_sandbox_where_nothing_runs_loads_or_leaves(tmp_path: Path) -> None:
    with evidence(tmp_path) as laid:
        laid.mail(html("<meta http-equiv=refresh content='0;url=http://evil.example'><form action=//evil.example>"))
        page, frame = got(laid, "/mails/1", "/mails/1/html/0")
    (attributes,) = [attributes for tag, attributes in Elements(page.text).found if tag == "iframe"]
    assert attributes["sandbox"] is None  # the strictest: not one allow-
    assert attributes["src"] == "/mails/1/html/0"
    policy = frame.headers["content-security-policy"].split("; ")
    assert policy[0] == "sandbox"
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert not [each for each in policy if "script" in each]
    assert frame.headers["referrer-policy"] == "no-referrer"
    assert frame.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "iso-2022-jp", "x-user-defined", "hz", "no such"])
def test_a_charset_is_turned_into_one_that_browsers_do_not_guess(tmp_path: Path, charset: str) -> None:
    with evidence(tmp_path) as laid:
        laid.mail(html("+ADw-script+AD4-", charset))
        (frame,) = got(laid, "/mails/1/html/0")
    assert frame.headers["content-type"] == "text/html; charset=utf-8"
    frame.content.decode("utf-8")


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/pdf"])
def test_whatever_is_attached_is_saved_and_never_shown(tmp_path: Path, kind: str) -> None:
    with evidence(tmp_path) as laid:
        laid.mail(f"Content-Type: {kind}\r\nContent-Disposition: inline\r\n\r\n<svg onload=alert(1)>\r\n".encode())
        for answer in got(laid, "/api/mails/1/parts/0", "/api/mails/1/raw"):
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment; ")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "/etc/shadow": "shadow",
    "a\r\nSet-Cookie: x=1": "a_Set-Cookie_x_1",
    'a"; filename="b.html': "a_filename_b.html",
    ".htaccess": "htaccess",
    "": "otherwise",
    "...": "otherwise",
    "日本.pdf": "pdf",
    "x" * 500 + ".pdf": "x" * 68 + ".pdf",
    "a\x00b.txt": "a_b.txt",
    "‮gpj.exe": "gpj.exe",
    "aux;rm -rf ~": "aux_rm_-rf",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_name_is_a_name_and_no_path_and_no_header(name: str) -> None:
    assert safe_name(name, "otherwise") == NAMES[name]


def test_a_file_name_cannot_end_its_header(tmp_path: Path) -> None:
    named = "Content-Disposition: attachment; filename*=utf-8''a%0D%0ASet-Cookie:%20x=1%22.html\r\n\r\nx\r\n"
    with evidence(tmp_path) as laid:
        laid.mail(named.encode())
        (answer,) = got(laid, "/api/mails/1/parts/0")
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"] == 'attachment; filename="a_Set-Cookie_x_1_.html"'


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/live.js/../../x", "/mails/../etc", "/mails/1%2f..",
     "/mails/-1", "/mails/1e3", "/api/mails/99999999999999999999", "/api/mails/1/parts/-1",
     "/api/mails/1/parts/%2e%2e%2fx"],
)  # fmt: skip
def test_no_path_leads_out(laid: Laid, path: str) -> None:
    (answer,) = got(laid, path)
    assert answer.status_code in (404, 422)


# ---------------------------------------------------------------- much of it


def test_a_mail_that_is_too_large_is_listed_and_saved_and_not_taken_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_store, "LARGEST", 10_000)
    monkeypatch.setattr(live_store, "HEAD", 1_000)
    octets = b"Subject: large\r\n\r\n" + b"x" * 70 * 1000 + b"\r\n"
    with evidence(tmp_path) as laid:
        laid.mail(octets)
        listed, one, page, raw, session = got(
            laid, "/api/mails", "/api/mails/1", "/mails/1", "/api/mails/1/raw", "/sessions/1"
        )
    assert (listed.json()["mails"][0]["subject"], listed.json()["mails"][0]["attachments"]) == ("large", None)
    assert (one.json()["complete"], one.json()["judged"]["by"]) == (False, "nothing")
    assert "too large" in page.text
    assert raw.content == octets
    assert "too large" in session.text


def test_many_fields_parts_and_recipients_are_cut_and_counted(tmp_path: Path) -> None:
    fields = b"".join(b"X-%d: y\r\n" % i for i in range(5_000))
    parts = b"".join(b"--b\r\n\r\n%d\r\n" % i for i in range(5_000))
    with evidence(tmp_path) as laid:
        laid.mail(b'Content-Type: multipart/mixed; boundary="b"\r\n' + fields + b"\r\n" + parts + b"--b--\r\n")
        laid.mail(to=[f"u{i}@b.example" for i in range(2_000)])
        apart, crowd, page = got(laid, "/api/mails/1", "/api/mails/2", "/mails/1")
    assert len(apart.json()["fields"]) == 40
    assert len(apart.json()["parts"]) == 20
    assert (len(crowd.json()["summary"]["recipients"]), crowd.json()["summary"]["recipients_more"]) == (5, 1995)
    assert len(page.text) < 200_000


def test_what_is_compressed_is_never_unpacked(tmp_path: Path) -> None:
    """A part that calls itself gzip is octets; a body that does is not taken for what it says."""
    import gzip

    packed = gzip.compress(b"0" * 10_000_000)
    with evidence(tmp_path) as laid:
        laid.mail(b"Content-Type: application/gzip\r\nContent-Encoding: gzip\r\n\r\n" + packed[:2000] + b"\r\n")
        (part,) = got(laid, "/api/mails/1/parts/0")
    assert part.content == packed[:2000] + b"\r\n"
    assert "content-encoding" not in part.headers


def test_html_beyond_the_bound_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "FRAMED", 100)
    with evidence(tmp_path) as laid:
        laid.mail(html("<b>" * 100))
        (frame,) = got(laid, "/mails/1/html/0")
    assert frame.text == "This part is too large to be shown; save it."
