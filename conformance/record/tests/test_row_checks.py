"""Rows that no recording makes are told in one line, each with its table and number."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Row, pack_events
from conformance.wire.smtp_events import Event, EventKind

ASK: Final[dict[str, Any]] = {
    "label": "s", "address": "r1.1.s@recipient.example", "other": "r1.1.sx@recipient.example", "carrier": "job",
    "recipient": "mailto:r1.1.s@recipient.example", "events": ["job-completed"], "user_data": "626f62", "format": None,
    "charset": None, "language": None, "lease": None, "text_only": None,
}  # fmt: skip
GREETED: Final = Event(1, EventKind.SERVER, b"220 here\r\n")


def said(octets: bytes) -> bytes:
    return pack_events([GREETED, Event(2, EventKind.CLIENT, octets)])


def detail(**changes: object) -> str:
    return json.dumps({"asks": [ASK], "user": "Bob Jones", "name": "job 1j", "job": 1} | changes)


GOOD: Final[list[Row]] = [
    rows.Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/", '{"awkward": 5, "seed": 0}'),
    rows.RunEnd(1, 9),
    rows.Fact(1, 1, "vocabulary", "ntfy-01"),
    rows.Play(1, 1, 1, "job/html"),
    rows.Play(2, 1, 1, "job/html-utf-8"),
    rows.PlayEnd(1, 8, "played"),
    rows.PlayEnd(2, 8, "cut-short"),
    rows.Step(1, 1, 2, "Print", "j", detail()),
    rows.Exchange(1, 1, 1, 2, "ipp://127.0.0.1/", 2, 3, "", b"", b"", 200, b"", b""),
    rows.Exchange(2, 2, 9, 2, "ipp://127.0.0.1/", 2, 3, "", b"", b"", 200, b"", b"", "timeout"),  # its step never ended
    rows.Exchange(3, 0, 0, 11, "ipp://127.0.0.1/", 2, 3, "", b"", b"", 200, b"", b""),
    rows.Session(1, 1, "127.0.0.1:25", "127.0.0.1:4711"),
    rows.Transcript(1, 1, 0, said(b"DATA\r\n")),
    rows.Transcript(2, 1, 6, said(b"abc\r\n.\r\n")),
    rows.MailRow(1, 1, 2, 6, 11, b"MAIL FROM:<>\r\n"),
    rows.HiddenSpan(1, 1, 0, 4, "login"),
    rows.Contact(1, 1, 2, "ipp://127.0.0.1/", "127.0.0.1:4712"),
    rows.ContactPart(1, 1, 3, "request", b"GET / HTTP/1.1\r\n\r\n"),
]
WRONG: Final[dict[str, tuple[Row, str]]] = {
    "hidden-of-no-session": (rows.HiddenSpan(2, 9, 0, 4, "login"), "hidden 2: there is no session 9"),
    "hidden-beyond-the-end": (rows.HiddenSpan(2, 1, 0, 15, "login"), "octets 0 to 15 of session 1, which has 14"),
    "hidden-nothing": (rows.HiddenSpan(2, 1, 4, 4, "login"), "octets 4 to 4"),
    "hidden-of-no-kind": (rows.HiddenSpan(2, 1, 0, 4, "word"), "its kind is 'word'"),
    "contact-of-no-play": (rows.Contact(2, 9, 2, "", ""), "contact 2: there is no play 9"),
    "part-of-no-contact": (rows.ContactPart(2, 9, 3, "end", b""), "contact_part 2: there is no contact 9"),
    "part-of-no-kind": (rows.ContactPart(2, 1, 3, "word", b""), "its kind is 'word'"),
    "no-run": (rows.RunEnd(2, 9), "run_end 2: there is no run 2"),
    "ended-twice": (rows.RunEnd(1, 9), "run 1 has ended before"),
    "fact-of-no-run": (rows.Fact(3, 1, "a", "b"), "there is no run 3"),
    "time-below-0": (rows.Fact(1, -1, "a", "b"), "t is -1"),
    "options-no-json": (rows.Run(2, 0, "", "", "", "{"), "run 2: its JSON cannot be read"),
    "options-no-object": (rows.Run(2, 0, "", "", "", "[]"), "its JSON is no object"),
    "options-deep": (rows.Run(2, 0, "", "", "", "[" * 100_000), "nested too deep"),
    "options-not-a-number": (rows.Run(2, 0, "", "", "", '{"seed": NaN}'), "NaN is no number"),
    "options-endless": (rows.Run(2, 0, "", "", "", '{"awkward": 1000000000}'), "its options"),
    "seed-of-another-kind": (rows.Run(2, 0, "", "", "", '{"seed": true}'), "its seed is True"),
    "id-0": (rows.Play(0, 1, 1, "job/html"), "id is 0"),
    "play-of-no-run": (rows.Play(3, 2, 1, "job/html"), "there is no run 2"),
    "scenario-that-steers": (rows.Play(3, 1, 1, "awkward/random-\x1b[2J"), "its scenario is 'awkward/random-\\x1b[2J'"),
    "scenario-without-end": (rows.Play(3, 1, 1, "a" * 999), "its scenario"),
    "end-of-no-play": (rows.PlayEnd(3, 1, "played"), "there is no play 3"),
    "second-end": (rows.PlayEnd(2, 1, "played"), "play 2 has ended before"),
    "step-of-no-play": (rows.Step(2, 9, 2, "Print"), "there is no play 9"),
    "asks-for-nothing": (rows.Step(2, 1, 2, "Print", "j", detail(asks=[1])), "1 where an object belongs"),
    "asks-in-an-object": (rows.Step(2, 1, 2, "Print", "j", detail(asks={})), "asks is {}"),
    "ask-without-address": (
        rows.Step(2, 1, 2, "Print", "j", detail(asks=[{k: v for k, v in ASK.items() if k != "address"}])), "address"),
    "ask-of-another-type": (rows.Step(2, 1, 2, "Print", "j", detail(asks=[ASK | {"lease": "5"}])), "lease is '5'"),
    "ask-for-a-number": (rows.Step(2, 1, 2, "Print", "j", detail(asks=[ASK | {"events": [1]}])), "events is 1"),
    "user-data-no-octets": (rows.Step(2, 1, 2, "Print", "j", detail(asks=[ASK | {"user_data": "x"}])), "hexadecimal"),
    "half-a-character": (rows.Step(2, 1, 2, "Print", "j", '{"name": "\\ud800"}'), "its JSON cannot be read"),
    "number-beyond-all": (rows.Step(2, 1, 2, "Print", "j", '{"lease": 1%s}' % ("0" * 400)), "no number that was"),
    "digits-beyond-all": (rows.Step(2, 1, 2, "Print", "j", '{"lease": 1%s}' % ("0" * 9000)), "its JSON cannot be read"),
    "exchange-of-no-play": (rows.Exchange(4, 9, 0, 2, "", 2, 3, "", b"", b"", 200, b"", b""), "there is no play 9"),
    "exchange-of-no-step": (rows.Exchange(4, 1, 9, 2, "", 2, 3, "", b"", b"", 200, b"", b""), "no step 9 of play 1"),
    "ends-before-it-begins": (rows.Exchange(4, 0, 0, 2, "", 5, 3, "", b"", b"", 200, b"", b""), "ends before"),
    "unheard-of-problem": (rows.Exchange(4, 0, 0, 2, "", 2, 3, "", b"", b"", 0, b"", b"", "bad"), "its problem"),
    "unheard-of-status": (rows.Exchange(4, 0, 0, 2, "", 2, 3, "", b"", b"", 1000, b"", b""), "its status 1000"),
    "unheard-of-operation": (rows.Exchange(4, 0, 0, 65536, "", 2, 3, "", b"", b"", 200, b"", b""), "operation is 65"),
    "transcript-of-no-session": (rows.Transcript(3, 2, 0, b""), "there is no session 2"),
    "octets-left-out": (rows.Transcript(3, 1, 20, b""), "begins at octet 20 of session 1, of which 14"),
    "octets-twice": (rows.Transcript(3, 1, 6, said(b"x")), "begins at octet 6"),
    "events-cut": (rows.Transcript(3, 1, 14, said(b"x")[:-1]), "transcript 3: a transcript is damaged: 1 octets"),
    "event-of-no-kind": (rows.Transcript(3, 1, 14, said(b"").replace(b"C", b"?")), "a transcript is damaged"),
    "event-after-all-time": (
        rows.Transcript(3, 1, 14, pack_events([Event(2**63, EventKind.EOF)])), "an event at 9223372036854775808 ns"),
    "mail-of-no-session": (rows.MailRow(2, 2, 1, 0, 0, b""), "there is no session 2"),
    "mail-beyond-the-end": (rows.MailRow(2, 1, 1, 6, 15, b""), "octets 6 to 15 of session 1, which has 14"),
    "mail-within-another": (rows.MailRow(2, 1, 1, 10, 12, b""), "octet 10 of session 1, where a mail ends at 11"),
    "mail-backwards": (rows.MailRow(2, 1, 1, 8, 7, b""), "octets 8 to 7"),
}  # fmt: skip


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    path = tmp_path / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert(GOOD)
    return path


def test_what_a_run_records_is_taken(evidence: Path) -> None:
    with EvidenceFile.open(evidence) as file:
        steps, mails = list(file.rows(rows.Step)), list(file.rows(rows.MailRow))
    assert [row for row in GOOD if isinstance(row, rows.Step | rows.MailRow)] == [*steps, *mails]


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_a_row_that_no_run_records_is_told(evidence: Path, name: str, append: bool) -> None:
    row, says = WRONG[name]
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([row])
    with pytest.raises(EvidenceError) as caught:
        EvidenceFile.open(evidence, append=append)
    assert says in caught.value.message
    assert f"{row.table} " in caught.value.message
    assert str(caught.value).isprintable()
    assert len(caught.value.message) < 500


def test_an_outcome_that_there_is_not_is_told(evidence: Path) -> None:
    with closing(sqlite3.connect(evidence)) as db:
        db.execute("UPDATE play_end SET outcome='won' WHERE play=1")
        db.commit()
    with pytest.raises(EvidenceError, match="play_end 1: its outcome is 'won'"):
        EvidenceFile.open(evidence)


def test_a_step_that_an_ended_play_lacks_is_told(evidence: Path) -> None:
    with closing(sqlite3.connect(evidence)) as db:
        db.execute("DELETE FROM step")
        db.commit()
    with pytest.raises(EvidenceError, match="there is no step 1 of play 1"):
        EvidenceFile.open(evidence)


def test_more_in_json_than_is_known_is_taken(evidence: Path) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([rows.Step(2, 1, 2, "Print", "", detail(asks=[ASK | {"new": [1.5]}], newer={"a": None}))])
    EvidenceFile.open(evidence).close()
