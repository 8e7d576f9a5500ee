"""What the cases of the later edition take for a date, a charset, a word, a mailbox: as wide as the texts allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.mailto_04 import TEXT_ONLY, Moment, in_charset, moment_of, same_charset, text_only
from conformance.cases.wording import tells_event_or_state
from conformance.record import rows
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Asked
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios import BY_ID, selected
from conformance.verdict import Inconclusive, Outcome
from conformance.vocabulary import RFC3995, Edition
from conformance.wire import imf, ipp
from conformance.wire.registry import GroupTag
from fakes.printer import Policy
from fakes.printer.state.clock import Clock
from reports.selftest.trial import try_printer

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun, 22 Nov 2026 12:00:30 +0000", Moment(NOON, SECOND)),
        ("22 Nov 2026 13:00:30 +0100", Moment(NOON, SECOND)),
        ("22 nov 26 07:00:30 EST", Moment(NOON, SECOND)),
        ("Sun, 22 Nov 2026 12:00 GMT", Moment(NOON.replace(second=0), MINUTE)),
        ("Sun, 22 Nov 2026 12:00:30 +0000 (Coordinated Universal Time)", Moment(NOON, SECOND)),
        ("Sun, 22 Nov 2026 12 : 00 : 30 UT", Moment(NOON, SECOND)),
        ("Sun, 22 Nov 2026 12:00:30 +0000 (UTC (Zulu))", Moment(NOON, SECOND)),
        (r"Sun, 22 Nov 2026 12:00:30 +0000 (a \) b)", Moment(NOON, SECOND)),
        ("Sun, 22 Nov 2026 12:00:30(by my watch) +0000", Moment(NOON, SECOND)),
        ("(a)Sun(b),(c)22(d)Nov(e)2026(f)12(g):(h)00:30 +0000", Moment(NOON, SECOND)),
    ],
)
def test_dates_of_rfc_822_and_2822_are_read(text: str, moment: Moment) -> None:
    assert moment_of(text.encode()) == moment


@pytest.mark.parametrize("text", ["", "17 Jul 00 1632 PDT", "2026-11-22T12:00:30Z", "32 Nov 2026 12:00:00 GMT", "noon"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text.encode()) is None


def test_a_zone_that_nobody_knows_is_no_fault() -> None:
    with pytest.raises(Inconclusive):
        moment_of(b"Sun, 22 Nov 2026 12:00:30 CET")


@pytest.mark.parametrize(
    ("answered", "granted"),
    [
        ((), True),
        ((ipp.Group(GroupTag.UNSUPPORTED, (ipp.boolean(TEXT_ONLY, True),)),), False),
        ((ipp.Group(GroupTag.UNSUPPORTED, (ipp.boolean("notify-something", True),)),), True),
    ],
)
def test_what_was_sent_back_is_not_granted(answered: tuple[ipp.Group, ...], granted: bool) -> None:
    made = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer("notify-subscription-id", 5),))
    request, response = ipp.Message(0x0016, 1), ipp.Message(0, 1, (*answered, made))
    answer = Answer(cast(Any, SimpleNamespace(id=7, operation=0x0016)), request, response)
    step = cast(Any, SimpleNamespace(answer=answer, answers=[answer], is_answered=True))
    subscription = SubscriptionRecord(Asked("s", "a@b.example", text_only=True), step, 0, RFC3995)
    play = PlayRecord(cast(RunRecord, SimpleNamespace(vocabulary=RFC3995)), rows.Play(1, 1, 0, ""))
    play.steps = []  # nobody asked for the subscription afterwards
    assert text_only(play, subscription) is granted


def _part(content_type: str, body: bytes) -> imf.Part:
    return imf.read(content_type.encode() + b"\r\n\r\n" + body).root


@pytest.mark.parametrize(
    ("content_type", "body", "charset", "fits"),
    [
        ("Content-Type: text/plain; charset=utf-8", "Grüße".encode(), "utf-8", True),
        ("Content-Type: text/plain; charset=UTF-8", "Grüße".encode(), "utf-8", True),
        ("Content-Type: text/plain; charset=latin1", "Grüße".encode("latin-1"), "iso-8859-1", True),
        ("Content-Type: text/plain", b"Job completed.", "utf-8", True),  # RFC 2046 section 4.1.2
        ("Content-Type: text/plain; charset=us-ascii", b"Job completed.", "iso-8859-1", True),
        ("Content-Type: text/plain", "Grüße".encode(), "utf-8", False),
        ("Content-Type: text/plain; charset=utf-8", b"Job completed.", "iso-8859-1", False),
        ("Content-Type: text/plain; charset=utf-8", "Grüße".encode("latin-1"), "utf-8", False),
        ("Content-Type: text/plain; charset=us-ascii", b"Job completed.", "utf-16", False),
    ],
)
def test_a_text_is_in_a_charset_by_label_and_octets(content_type: str, body: bytes, charset: str, fits: bool) -> None:
    assert in_charset(_part(content_type, body), charset) is fits


def test_charsets_have_several_names() -> None:
    assert same_charset("ISO-8859-1", "latin1")
    assert same_charset("x-nobody-knows", "X-Nobody-Knows")
    assert not same_charset("x-nobody-knows", "x-others-know")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Job completed.", "job"),
        ("financials has been printed", "job"),
        ("your document is ready", "job"),
        ("please collect it", "job"),
        ("The printer is idle again", "printer"),
        ("tiger has a paper jam", "printer"),
        ("cover-open", "printer"),
    ],
)
def test_words_for_event_or_state_are_found(text: str, kind: str) -> None:
    assert tells_event_or_state(text, kind, ("job-completed",) if kind == "job" else ("printer-state-changed",))


@pytest.mark.parametrize("text", ["Printer: tiger Job name: financials Job number: 7", "Dear subscriber, see you soon"])
@pytest.mark.parametrize("kind", ["job", "printer"])
def test_a_text_without_news_has_no_such_words(text: str, kind: str) -> None:
    assert not tells_event_or_state(text, kind, ("job-completed",))


def test_a_clock_that_is_wrong_is_no_wrong_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "today", lambda self: datetime.now(UTC) - timedelta(days=3, hours=5))
    policy = Policy(edition=Edition.MAILTO_04, vocabulary=RFC3995)
    trial = try_printer(policy, [BY_ID["job/later-text-only-true"], BY_ID["printer/later-printer-event"]], tmp_path)
    assert not trial.missed()
    dated = [r for r in trial.results if "M4-Date-3" in r.requirements and not r.id.endswith("[run]")]
    assert [r.outcome for r in dated] == [Outcome.MET, Outcome.MET]


def test_a_printer_without_a_clock_needs_no_date(tmp_path: Path) -> None:
    policy = Policy(edition=Edition.MAILTO_04, vocabulary=RFC3995, current_time=False)
    trial = try_printer(policy, [BY_ID["job/later-text-only-true"]], tmp_path)
    assert not trial.missed()
    dated = [r for r in trial.results if {"M4-Date-1", "M4-Date-3"} & set(r.requirements)]
    assert {r.outcome for r in dated} == {Outcome.NOT_APPLICABLE}
    told = [
        r.outcome
        for r in trial.results
        if "M4-Body-8" in r.requirements and r.id.endswith("[job/later-text-only-true]")
    ]
    assert told == [Outcome.MET]


@pytest.mark.parametrize("content", ["plain", "alternative"])
def test_a_printer_may_choose_what_it_sends(content: str, tmp_path: Path) -> None:
    """Plain text to everybody, umlauts in base64, one language, jobs by their numbers: none of that is a fault."""
    policy = Policy(
        edition=Edition.MAILTO_04,
        vocabulary=RFC3995,
        free_content=content,  # type: ignore[arg-type]  # both values are among those of the Literal
        text_encoding="base64",
        languages=("de",),
        names_jobs=False,
        printer_name='"Drucker" Größe.1',
    )
    scenarios = [s for s in selected("later") + selected("later-charset") + selected("later-both") if s.editions]
    trial = try_printer(policy, list({s.id: s for s in scenarios}.values()), tmp_path)
    assert not {name: [r.actual for r in results] for name, results in trial.missed().items()}
