"""The calls: what they answer is what is in the evidence, and whoever waits is told, within bounds."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from reports.web import stream, watchers
from reports.web.api import last_heard
from reports.web.models import LONGEST_WAIT, EventQuery
from reports.web.stream import EventStream, events
from reports.web.watchers import PlacesLeft, TooManyError

from .desks import PLAIN, SECONDS, Laid, WatchedBell, client_of, desk_on, evidence, got, with_client

MIXED = (
    b"From: Printer <p@printer.example>\r\nSubject: =?utf-8?q?Auftrag_f=C3=BCr_Anna?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n'
    b"Content-Type: application/ipp\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="job.ipp"\r\n\r\nAAECAwQ=\r\n--b--\r\n'
)


@pytest.fixture
def laid(tmp_path: Path) -> Iterator[Laid]:
    with evidence(tmp_path) as made:
        yield made


def test_the_list_has_the_newest_first_and_goes_on_where_it_ended(laid: Laid) -> None:
    for i in range(1, 6):
        laid.mail(b"Subject: Job %d\r\n\r\nx\r\n" % i, to=[f"u{i}@b.example"])
    first, then = got(laid, "/api/mails?limit=3", "/api/mails?limit=3&before=3")
    assert [mail["subject"] for mail in first.json()["mails"]] == ["Job 5", "Job 4", "Job 3"]
    assert [mail["id"] for mail in then.json()["mails"]] == [2, 1]
    assert (first.json()["more"], then.json()["more"]) == (True, False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"to": "ANNA@"}, [2]),
        ({"from": "other@"}, [2]),
        ({"subject": "für"}, [2]),
        ({"q": "anna auftrag"}, [2]),
        ({"q": "anna nothing"}, []),
        ({"to": "b.example"}, [2, 1]),
    ],
    ids=str,
)
def test_a_search_finds_what_fits(laid: Laid, query: dict[str, str], found: list[int]) -> None:
    laid.mail()
    laid.mail(MIXED, to=["x@b.example", "anna@b.example"], sender="other@x.example")
    (answer,) = got(laid, f"/api/mails?{httpx.QueryParams(query)}")
    assert [mail["id"] for mail in answer.json()["mails"]] == found


def test_a_mail_is_taken_apart_and_each_content_has_its_checksum(laid: Laid) -> None:
    number = laid.mail(MIXED)
    told, raw, part = got(laid, f"/api/mails/{number}", f"/api/mails/{number}/raw", f"/api/mails/{number}/parts/2")
    mail = told.json()
    assert mail["summary"]["subject"] == "Auftrag für Anna"
    assert mail["summary"]["attachments"] == 1
    assert raw.content == MIXED
    assert mail["sha256"] == hashlib.sha256(MIXED).hexdigest()
    assert part.content == bytes(range(5))
    assert [one["type"] for one in mail["parts"]][2] == "application/ipp"
    assert mail["parts"][2]["sha256"] == hashlib.sha256(bytes(range(5))).hexdigest()
    assert part.headers["content-disposition"] == 'attachment; filename="job.ipp"'
    start, end = next(field["octets"] for field in mail["fields"] if field["name"] == "Subject")
    assert MIXED[start:end].startswith(b"Subject: =?utf-8?q?Auftrag")


def test_a_mail_of_which_nothing_is_known_is_judged_by_itself_and_not_called_good(laid: Laid) -> None:
    laid.mail(b"Date: yesterday\r\nFrom: p@x.example\r\nFrom: q@x.example\r\nSubject: x\r\n\r\nx\r\n")
    laid.mail()
    broken, plain = (answer.json()["judged"] for answer in got(laid, "/api/mails/1", "/api/mails/2"))
    assert "S-date" in broken["broken"]
    assert (broken["by"], plain["by"]) == ("mail", "mail")
    assert "need to know what it was made from" in plain["says"]
    assert "no verdict" in plain["says"]


def test_a_mail_is_judged_by_the_edition_that_was_asked_for(laid: Laid) -> None:
    laid.mail(b"From: p@x.example\r\nSubject: x\r\n\r\nx\r\n")
    (first,), (later,) = got(laid, "/api/mails/1"), got(laid, "/api/mails/1", edition="mailto-04")
    for answer, edition, mark in ((first, "mailto-00", "T1-"), (later, "mailto-04", "M4-")):
        judged = answer.json()["judged"]
        assert edition in judged["says"]
        assert any(name.startswith(mark) for name in (*judged["broken"], *judged["met"]))


def test_a_session_without_a_mail_is_there_with_its_dialogue(laid: Laid) -> None:
    laid.mail()
    number = laid.session(b"EHLO printer\r\n", b"MAIL FROM:<a@b.c>\r\n", b"QUIT\r\n")
    every, one = got(laid, "/api/sessions", f"/api/sessions/{number}")
    assert [(each["id"], each["mails"]) for each in every.json()["sessions"]] == [(2, []), (1, [1])]
    said = [(line["who"], line["text"]) for line in one.json()["lines"]]
    assert ("printer", "MAIL FROM:<a@b.c>") in said
    assert said[-1] == ("connection", "the end (quit)")


def test_credentials_of_a_session_are_not_shown(laid: Laid) -> None:
    number = laid.session(b"EHLO x\r\n", b"AUTH PLAIN AGFubmEAc2VjcmV0\r\n")
    (answer,) = got(laid, f"/api/sessions/{number}")
    assert "AGFubmEAc2VjcmV0" not in answer.text
    assert "AUTH PLAIN" in answer.text


def test_what_is_not_there_is_said_to_be_missing(laid: Laid) -> None:
    laid.mail()
    paths = ("/api/mails/9", "/api/mails/1/parts/7", "/api/sessions/9", "/mails/9", "/nowhere", "/run")
    assert [answer.status_code for answer in got(laid, *paths)] == [404] * 6


def test_waiting_ends_as_soon_as_what_is_waited_for_has_come(laid: Laid) -> None:
    async def used() -> dict[str, Any]:
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk, client_of(desk) as client:
            bell = desk.bell = WatchedBell()
            asked = asyncio.create_task(client.get("/api/wait?to=wanted@&subject=job&count=2&timeout=60"))
            for to in ("wanted@b.example", "other@b.example", "wanted@b.example"):
                await bell.heeded()
                laid.mail(to=[to])
                desk.bell.ring()
            answer: dict[str, Any] = (await asked).json()
            return answer

    answer = asyncio.run(used())
    assert answer["complete"] is True
    assert [mail["id"] for mail in answer["mails"]] == [1, 3]


def test_waiting_ends_when_its_time_is_up_with_what_there_is(laid: Laid) -> None:
    laid.mail()
    (answer,) = got(laid, "/api/wait?count=2&timeout=0.05")
    assert answer.json()["complete"] is False
    assert len(answer.json()["mails"]) == 1


@pytest.mark.parametrize(
    "query", [f"timeout={LONGEST_WAIT + 1}", "timeout=nan", "count=0", "count=1001", "nobody=1", f"to={'x' * 999}"]
)
def test_nobody_waits_beyond_the_bounds(laid: Laid, query: str) -> None:
    (answer,) = got(laid, f"/api/wait?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_there_are_places_for_so_many_and_for_so_many_of_one_host() -> None:
    places = PlacesLeft(3, of_one=2)
    with places.taken("a"), places.taken("a"):
        with pytest.raises(TooManyError), places.taken("a"):
            pass
        with places.taken("b"), pytest.raises(TooManyError), places.taken("c"):
            pass
    with places.taken("c"), places.taken("c"):
        pass


def test_who_finds_no_place_is_told_to_come_again(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers.PlacesLeft, "taken", _full)
    wait, listen = got(laid, "/api/wait", "/api/events")
    assert (wait.status_code, listen.status_code) == (503, 503)
    assert wait.headers["retry-after"]


def _full(places: PlacesLeft, host: str) -> Any:
    raise TooManyError


async def told(desk: Any, wanted: EventQuery, until: str) -> list[tuple[str, Any]]:
    """The events up to one of that kind."""
    found = []
    async for text in events(desk, wanted):
        lines = dict(line.split(": ", 1) for line in text.strip().splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
            if lines["event"] == until:
                break
    return found


def test_a_listener_is_told_of_mails_sessions_figures_and_the_end(laid: Laid) -> None:
    async def used() -> list[tuple[str, Any]]:
        laid.mail()
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk:
            bell = desk.bell = WatchedBell()
            listening = asyncio.create_task(told(desk, EventQuery.model_validate({"to": "anna"}), "over"))
            await bell.heeded()
            laid.mail(to=["anna@b.example"])
            laid.mail(to=["otto@b.example"])
            desk.bell.ring()
            await bell.heeded()
            await desk.let_go()
            return await listening

    found = asyncio.run(used())
    assert [data["id"] for kind, data in found if kind == "mail"] == [2]
    assert [data["id"] for kind, data in found if kind == "session"] == [2, 3]
    assert [data["mails"] for kind, data in found if kind == "state"] == [1, 3]
    assert found[-1][0] == "over"


@pytest.mark.parametrize(
    ("told", "last"),
    [("7", 7), ("", None), ("x", None), ("-1", None), ("9" * 5000, None), ("2147483648", None), ("²", None)],
)
def test_a_listener_may_say_anything_of_what_it_heard_last(told: str, last: int | None) -> None:
    assert last_heard(told) == last


def test_a_listener_that_was_cut_off_goes_on_where_it_was(laid: Laid) -> None:
    async def used() -> list[tuple[str, Any]]:
        for _ in range(4):
            laid.mail()
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk:
            return await told(desk, EventQuery.model_validate({"after": 2}), "state")

    assert [data["id"] for kind, data in asyncio.run(used()) if kind == "mail"] == [3, 4]


def test_a_listener_that_does_not_read_loses_its_place(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "READ_WITHIN", 0.05)

    async def used() -> int:
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk:

            async def send(message: Any) -> None:
                if message["type"] == "http.response.body":
                    await asyncio.Event().wait()  # the buffers are full, for ever

            async def receive() -> Any:
                await asyncio.Event().wait()

            answer = EventStream(desk, EventQuery.model_validate({}), "192.0.2.9")
            await answer({"type": "http"}, receive, send)
            return desk.listeners._taken.total()

    assert asyncio.run(used()) == 0


def test_faults_are_set_and_a_wrong_script_changes_nothing(laid: Laid) -> None:
    async def use(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.put("/api/faults", json={"script": "# why\nrcpt: 451 x2\nany: trickle"}),
            await client.put("/api/faults", json={"script": "rcpt: nonsense"}),
            await client.get("/api/faults"),
            await client.post("/faults", data={"script": "mail: 452\r\ndata-end: close"}),
            await client.get("/api/faults"),
            await client.post("/faults", data={"script": "<script>: 1"}),
        ]

    put, wrong, there, form, then, escaped = with_client(laid, use, faults=())
    assert put.json() == {"faults": ["rcpt: 451 x2", "any: trickle"]}
    assert wrong.status_code == 422
    assert "nothing called 'nonsense'" in wrong.json()["error"]
    assert there.json() == put.json()
    assert form.status_code == 303
    assert then.json() == {"faults": ["mail: 452", "data-end: close"]}
    assert escaped.status_code == 422
    assert "&lt;script&gt;" in escaped.text


def test_nobody_sets_faults_in_a_run(laid: Laid) -> None:
    async def use(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.put("/api/faults", json={"script": "rcpt: 451"}), await client.get("/faults")]

    put, page = with_client(laid, use)  # it was not told of faults, as that of a run is not
    assert put.status_code == 409
    assert page.status_code == 200
    assert "<textarea" not in page.text


def test_a_page_that_was_left_by_its_evidence_says_so(laid: Laid) -> None:
    async def used() -> tuple[int, str]:
        async with asyncio.timeout(SECONDS), desk_on(laid) as desk, client_of(desk) as client:
            await desk.let_go()
            answer = await client.get("/api/mails")
            return answer.status_code, answer.json()["error"]

    assert asyncio.run(used()) == (404, "the evidence has been closed; ippmailto web shows it")


def test_a_page_that_stays_asks_for_patience_and_then_shows_the_closed_evidence(tmp_path: Path) -> None:
    async def used() -> list[httpx.Response]:
        with ExitStack() as writing:
            laid = writing.enter_context(evidence(tmp_path))
            async with asyncio.timeout(SECONDS), desk_on(laid, stays=True) as desk, client_of(desk) as client:
                bell = desk.bell = WatchedBell()
                listening = asyncio.create_task(told(desk, EventQuery.model_validate({}), "over"))
                await bell.heeded()
                await desk.let_go()
                assert "over" not in [kind for kind, _ in await listening], "who heard that would not come back"
                assert await told(desk, EventQuery.model_validate({}), "over") == []
                closed = [await client.get(path) for path in ("/wall", "/api/state", "/api/wait")]
                laid.mail()
                writing.close()
                await desk.open_again()
                then = [await client.get(path) for path in ("/wall", "/api/state", "/api/wait?timeout=120")]
                return [*closed, *then]

    wall, state, wait, wall_then, state_then, wait_then = asyncio.run(used())
    for answer in (wall, state, wait):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "comes back by itself" in answer.text
    assert wall.headers["refresh"] == "3"
    assert wall_then.status_code == 200
    assert "over: nothing more comes" in wall_then.text
    told_then = state_then.json()
    assert (told_then["live"], told_then["mails"], told_then["smtp"]) == (False, 1, "")
    assert wait_then.json()["complete"] is True


def test_nobody_waits_where_nothing_more_comes(tmp_path: Path) -> None:
    with evidence(tmp_path) as laid:
        laid.mail()
    (answer,) = got(laid, "/api/wait?count=2&timeout=120", live=False)
    assert (answer.json()["complete"], len(answer.json()["mails"])) == (False, 1)


def test_the_example_is_one_mail(laid: Laid) -> None:
    laid.mail(PLAIN)
    (answer,) = got(laid, "/api/state")
    assert answer.json() | {"mails": 1, "sessions": 1, "kind": "recipient", "live": True} == answer.json()
