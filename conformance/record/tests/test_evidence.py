"""The evidence file: what goes in comes out, and what is no evidence is told so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import (
    EvidenceError,
    Fact,
    MailRow,
    Run,
    RunEnd,
    Session,
    Transcript,
    pack_events,
    unpack_events,
)
from conformance.record.schema import APPLICATION_ID
from conformance.wire.smtp_events import Event, EventKind

events = st.lists(
    st.builds(Event, st.integers(0, 2**63 - 1), st.sampled_from(EventKind), st.binary(max_size=100)), max_size=20
)


@given(events)
def test_events_come_back_as_they_were_packed(given_events: list[Event]) -> None:
    assert unpack_events(pack_events(given_events)) == given_events


@given(st.binary(max_size=60))
def test_damaged_events_are_an_evidence_error_or_events(blob: bytes) -> None:
    try:
        read = unpack_events(blob)
    except EvidenceError:
        return
    assert pack_events(read) == blob


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows: list[Run | Fact] = [Run(1, 0, "2026-01-01T00:00:00Z", "tool", "ipp://x/"), Fact(1, 5, "a", "b")]
    with EvidenceFile.create(tmp_path / "a.evidence") as file:
        file.insert(rows)
    with EvidenceFile.open(tmp_path / "a.evidence") as file:
        assert [*file.rows(Run), *file.rows(Fact)] == rows


def test_a_mail_is_cut_out_of_the_client_stream_across_transcripts(tmp_path: Path) -> None:
    client = [b"DATA\r\nab", b"cdef", b"\r\n.\r\nQUIT\r\n"]
    with EvidenceFile.create(tmp_path / "a.evidence") as file:
        at = 0
        for number, octets in enumerate(client, 1):
            noise = Event(0, EventKind.SERVER, b"354 go\r\n")
            file.insert([Transcript(number, 7, at, pack_events([Event(0, EventKind.CLIENT, octets), noise]))])
            at += len(octets)
        assert file.client_octets(7, 6, 14) == b"abcdef\r\n"
        assert file.client_octets(7, 0, 4) == b"DATA"
        with pytest.raises(EvidenceError):
            file.client_octets(7, 0, at + 1)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.evidence").write_text("precious")
    with pytest.raises(EvidenceError, match="exists"):
        EvidenceFile.create(tmp_path / "a.evidence")
    assert (tmp_path / "a.evidence").read_text() == "precious"


def test_the_file_is_private(tmp_path: Path) -> None:
    EvidenceFile.create(tmp_path / "a.evidence").close()
    assert (tmp_path / "a.evidence").stat().st_mode & 0o077 == 0


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (a)")
    db.close()


def _future(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version=99; CREATE TABLE t (a);")
    db.close()


def _truncated(path: Path) -> None:
    with EvidenceFile.create(path) as file:
        file.insert([Fact(1, n, "x" * 500, "y" * 500) for n in range(200)])
    octets = path.read_bytes()
    path.write_bytes(octets[: len(octets) // 2])


def _tableless(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version=1; CREATE TABLE t (a);")
    db.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b""), "not an evidence file"),
        (lambda path: path.write_bytes(b"From: a\r\n" * 50), "not an evidence file"),
        (_foreign, "another application"),
        (_future, "schema 99"),
        (_truncated, "damaged"),
        (_tableless, "table t is not ours"),
        (lambda path: None, "no file"),
    ],
    ids=["empty", "a-mail", "foreign", "future", "truncated", "without-tables", "missing"],
)
def test_what_is_no_evidence_gets_a_clear_error(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "x.evidence"
    assert callable(make)
    make(path)
    with pytest.raises(EvidenceError, match=says) as caught:
        EvidenceFile.open(path)
    assert caught.value.hint


def test_rows_of_a_refused_transaction_are_not_there(tmp_path: Path) -> None:
    with EvidenceFile.create(tmp_path / "a.evidence") as file:
        file.insert([Session(1, 0, "a", "b")])
        with pytest.raises(sqlite3.IntegrityError):
            file.insert([Session(2, 0, "a", "b"), Session(1, 0, "a", "b")])
        assert [s.id for s in file.rows(Session)] == [1]
        assert file.next_id(MailRow) == 1
        file.insert([RunEnd(1, 9)])
