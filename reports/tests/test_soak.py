"""The soak plays what its seed draws, and notices what is lost, doubled, changed or there against what was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Row, Session, Transcript, pack_events
from conformance.wire.smtp_events import Event, EventKind
from reports.benchmark.children import BenchmarkError
from reports.benchmark.soak import STATIONS, _Came, _Soak, body_of, main, sessions

SESSIONS = 2_000
SEED = 7


@pytest.mark.takes(20)
def test_of_two_thousand_sessions_with_faults_nothing_acknowledged_is_lost_and_none_twice(tmp_path: Path) -> None:
    result = sessions(tmp_path, SESSIONS, SEED, print)
    told = {figure.what: figure.value for figure in result.figures}
    acknowledged = next(value for what, value in told.items() if what.startswith("mails acknowledged"))
    stored = next(value for what, value in told.items() if what.startswith("mails stored"))
    # what was stored and could not be said any more is of chance: a client that left in that very moment
    assert SESSIONS < acknowledged <= stored < 3 * SESSIONS
    (table,) = result.tables
    memory = [float(row[1]) for row in table.rows]
    assert len(memory) == STATIONS
    assert memory[-1] - memory[STATIONS // 2 - 1] < 8  # MB: what is needed at all is there after half of them


def test_so_few_that_there_is_no_station_for_each_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--sessions", "3"])
    assert ended.value.code == 2
    assert "--sessions takes 10 or more" in capsys.readouterr().err


# ---------------------------------------------------------------- what it notices


def stored(path: Path, *bodies: bytes) -> None:
    """Evidence of as many sessions as the soak had, which is one, with these mails in it."""
    octets = b"".join(bodies)
    rows: list[Row] = [Session(1, 1, "here", "there")]
    rows.append(Transcript(1, 1, 0, pack_events([Event(1, EventKind.CLIENT, octets)])))
    at = 0
    for number, body in enumerate(bodies, 1):
        rows.append(MailRow(number, 1, 1, at, at + len(body), b""))
        at += len(body)
    with EvidenceFile.create(path) as file:
        file.insert(rows)


def soak_of(*came: _Came) -> _Soak:
    soak = _Soak(1, SEED, 0)
    soak.came[: len(came)] = bytes(came)
    return soak


FIRST, SECOND = body_of(SEED, 0), body_of(SEED, 1)


def test_what_was_told_is_what_is_there(tmp_path: Path) -> None:
    stored(tmp_path / "e", FIRST)
    assert soak_of(_Came.ACKNOWLEDGED, _Came.UNKNOWN).compare(tmp_path / "e") == 1
    assert soak_of(_Came.UNKNOWN).compare(tmp_path / "e") == 1


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        ([FIRST], "mail 1 of seed 7 is there 0 times; told its client: acknowledged"),
        ([FIRST, SECOND, SECOND], "mail 1 of seed 7 is there 2 times; told its client: acknowledged"),
        ([FIRST, FIRST, SECOND], "mail 0 of seed 7 is there 2 times; told its client: unknown"),
        ([SECOND, body_of(SEED, 2)], "mail 2 of seed 7 is there 1 times; told its client: nothing"),
        ([SECOND.replace(b"\0", b"")], "mail 1 is none that was sent"),
        ([body_of(SEED + 1, 1)], "mail 1 is none that was sent"),
        ([b"Subject: 99\r\n"], "mail 1 is none that was sent"),
    ],
)
def test_what_is_not_as_was_told_is_noticed(tmp_path: Path, bodies: list[bytes], says: str) -> None:
    stored(tmp_path / "e", *bodies)
    with pytest.raises(BenchmarkError, match=says):
        soak_of(_Came.UNKNOWN, _Came.ACKNOWLEDGED).compare(tmp_path / "e")


def test_a_session_that_is_not_on_record_is_noticed(tmp_path: Path) -> None:
    stored(tmp_path / "e", FIRST)
    with pytest.raises(BenchmarkError, match="1 of 2 sessions"):
        _Soak(2, SEED, 0).compare(tmp_path / "e")
