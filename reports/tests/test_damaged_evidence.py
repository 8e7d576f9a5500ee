"""Evidence with one cell changed: it is judged, or refused in one line, and nothing of ours breaks over it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Contact, ContactPart, EvidenceError, HiddenSpan, Row, pack_events
from conformance.record.run_record import RunRecord
from conformance.record.schema import ROWS, columns
from conformance.requirements import catalogue
from conformance.scenarios import BY_ID
from conformance.vocabulary import RFC3995, Edition
from conformance.wire.smtp_events import Event, EventKind
from fakes.printer import OBEDIENT, Policy
from reports.commands.resuming import unfinished
from reports.formats.html import report_html
from reports.formats.junit import junit_xml
from reports.formats.terminal import summary
from reports.formats.verdict_json import verdict_json
from reports.judging.judging import Terms, _add_up
from reports.judging.plugin import Judging
from reports.selftest.trial import judge_quickly, try_printer

ROOT: Final = Path(__file__).parents[2]
LATER: Final = replace(OBEDIENT, edition=Edition.MAILTO_04, vocabulary=RFC3995)
FIRST: Final = ("printer/description", "printer/user-data", "printer/user-data-as-uri", "job/isolation")
PLAYED: Final = {
    OBEDIENT.edition: (*FIRST, "job/html", "job/sequence-ipp", "faults/rcpt-550", "awkward/dots-line",
                       "awkward/user-data-crlf-field", "printer/renewed-inside", "printer/twins-ipp", "job/two-jobs",
                       "printer/event-job-created", "printer/up-time", "printer/login", "printer/cancelled"),
    LATER.edition: (*FIRST, "printer/later-user-data-name", "job/later-two-languages", "printer/later-charset-in-parts",
                    "printer/later-text-only-true", "job/later-refused-at-first"),
}  # fmt: skip
ELSEWHERE: Final = (Contact, ContactPart, HiddenSpan)  # such a run has none; their rows have tests of their own
CELLS: Final = [(kind, column) for kind in ROWS if kind not in ELSEWHERE for column in columns(kind)]
WRITE_SCHEMA: Final = "UPDATE sqlite_schema SET sql=? WHERE name=?"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A small run: as it was recorded, and in tables that take whatever is put into them."""

    edition: Edition
    strict: Path
    loose: Path
    schema: list[tuple[str, str]]

    def changed(self, target: Path, kind: type[Row], column: str, place: int, new: Callable[[Any], object]) -> None:
        """A copy with that cell of the n-th row changed, its tables again as they ought to be."""
        shutil.copy(self.loose, target)
        with closing(sqlite3.connect(target)) as db:
            rowids = [rowid for (rowid,) in db.execute(f'SELECT rowid FROM "{kind.table}" ORDER BY rowid')]
            rowid = rowids[place % len(rowids)]
            (old,) = db.execute(f'SELECT "{column}" FROM "{kind.table}" WHERE rowid=?', (rowid,)).fetchone()
            value = new(old)
            if column != "id" or isinstance(value, int):  # no file can have another in its place
                db.execute(f'UPDATE OR IGNORE "{kind.table}" SET "{column}"=? WHERE rowid=?', (value, rowid))
            db.commit()
            db.execute("PRAGMA writable_schema=ON")
            db.executemany(WRITE_SCHEMA, [(sql, name) for name, sql in self.schema])
            db.commit()


@pytest.fixture(scope="module", params=[OBEDIENT, LATER], ids=lambda policy: policy.edition.value)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    policy: Policy = request.param
    directory = tmp_path_factory.mktemp(policy.edition.value)
    try_printer(policy, [BY_ID[name] for name in PLAYED[policy.edition]], directory)
    strict, loose = directory / "trial.evidence", directory / "loose"
    shutil.copy(strict, loose)
    with closing(sqlite3.connect(loose)) as db:
        schema = db.execute("SELECT name, sql FROM sqlite_schema WHERE type='table'").fetchall()
        db.execute("PRAGMA writable_schema=ON")
        for name, sql in schema:
            db.execute(WRITE_SCHEMA, (sql.replace(" NOT NULL", "").replace(") STRICT", ")"), name))
        db.commit()
    return Recorded(policy.edition, strict, loose, schema)


def come_to(evidence: Path, edition: Edition) -> str:
    """``judged``, or the line it is refused with; whatever else happens goes through."""
    try:
        _judge(evidence, edition)
    except EvidenceError as error:
        return str(error)
    return "judged"


def _judge(evidence: Path, edition: Edition) -> None:
    """All that ``run --resume`` and ``judge`` make of a file, but for playing."""
    unfinished(evidence)
    EvidenceFile.open(evidence, append=True).close()
    with EvidenceFile.open(evidence) as file:
        run_record = RunRecord(file)
        judging = Judging(run_record, catalogue(edition, run_record.vocabulary.name), edition)
        judging.results += judge_quickly(evidence, edition, set(PLAYED[edition]))
        judged = _add_up(judging, run_record, Terms(edition, strict=True))
        json.dumps(verdict_json(judged))
        junit_xml(judged)
        report_html(judged, run_record).encode()
        "\n".join(summary(judged, colour=False, verbose=True)).encode("ascii")


def test_unchanged_it_is_judged(recorded: Recorded, tmp_path: Path) -> None:
    recorded.changed(tmp_path / "same", ROWS[0], "began", 0, lambda old: old)
    for path in (recorded.strict, tmp_path / "same"):
        assert come_to(path, recorded.edition) == "judged"


# ---------------------------------------------------------------- any cell, anything in it

texts = st.one_of(
    st.sampled_from(["", "{}", "[]", "null", "0", "{", "[" * 100_000, '{"a":' * 100_000, '{"asks": [{}]}', "played",
                     "refused", "vocabulary", "rfc3995", "\x1b[2J\n\r\0", "\u202e", "C", "text/html", "s", "j",
                     '{"awkward": 1000000000}', '{"lease": NaN}', '{"job": 1}', '{"script": "\\ud800"}']),
    st.text(max_size=20),
)  # fmt: skip
numbers = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 3, 255, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)]), st.integers(0, 200)
)
octets = st.one_of(
    st.sampled_from([b"", b"\0", b"\r\n", b"RCPT TO:<\xff>\r\n", b"\x01\x01" * 8]),
    st.lists(st.builds(Event, st.sampled_from([0, 2**64 - 1]), st.sampled_from(EventKind), st.binary(max_size=9)),
             max_size=3).map(pack_events),
    st.binary(max_size=40),
)  # fmt: skip
anything = st.one_of(st.none(), texts, numbers, octets, st.floats())


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Any], object]:
    """What becomes of a cell: something else of its kind, something of another kind, or a bit of it."""
    how, at, other = draw(st.integers(0, 4)), draw(st.integers(0, 10**6)), draw(anything)
    number, text, blob = draw(numbers), draw(texts), draw(octets)

    def change(old: Any) -> object:
        if isinstance(old, int):
            return (number, old + 1, -old, old * 1000, other)[how]
        cut = at % (len(old) + 1)
        if isinstance(old, bytes):
            flipped = old[:cut] + bytes([old[cut] ^ 1 << at % 8]) + old[cut + 1 :] if cut < len(old) else b"\xff"
            return (blob, old[:cut], flipped, old + blob, other)[how]
        with_json = _changed_json(old, at, other) if old[:1] == "{" else text
        return (text, old[:cut], with_json, old[:cut] + text + old[cut:], other)[how]

    return change


def _changed_json(text: str, at: int, other: object) -> str:
    """A JSON object with one of its values, however deep, replaced or left out."""
    found = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def look(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(inner, dict | list):
                look(inner)

    look(found)
    if places:
        container, key = places[at % len(places)]
        if isinstance(other, bytes):
            del container[key]
        else:
            container[key] = [other] if at % 3 == 0 else other
    return json.dumps(found)


@settings(
    max_examples=int(os.environ.get("EVIDENCE_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cell=st.sampled_from(CELLS), place=st.integers(0, 500), change=changes())
def test_one_changed_cell_is_judged_or_refused(
    recorded: Recorded, tmp_path: Path, cell: tuple[type[Row], str], place: int, change: Callable[[Any], object]
) -> None:
    recorded.changed(tmp_path / "changed", *cell, place, change)
    assert "\n" not in come_to(tmp_path / "changed", recorded.edition)


# ---------------------------------------------------------------- the command

Change = Callable[[Any], object]
TOLD: Final[dict[str, tuple[str, str, Change, str]]] = {
    "null": ("session", "peer", lambda _: None, "damaged"),
    "wrong-type": ("message", "start", lambda _: "x", "damaged"),
    "deep-json": ("step", "detail", lambda _: '{"asks":' + "[" * 100_000, "nested too deep"),
    "foreign-json": ("step", "detail", lambda _: '{"asks": [{"label": "s"}]}', "address is missing"),
    "no-such-session": ("message", "session", lambda _: 999, "there is no session 999"),
    "beyond-the-end": ("message", "end", lambda _: 10**6, "octets"),
    "negative": ("message", "start", lambda _: -1, "start is -1"),
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("command", [["judge"], ["run", "-q", "--resume"]], ids=["judge", "resume"])
@pytest.mark.parametrize("recorded", [OBEDIENT], indirect=True, ids=["mailto-00"])
def test_the_command_says_so_in_one_line(recorded: Recorded, tmp_path: Path, name: str, command: list[str]) -> None:
    table, column, change, says = TOLD[name]
    kind = next(kind for kind in ROWS if kind.table == table)
    evidence, report = tmp_path / "changed", tmp_path / "report"
    recorded.changed(evidence, kind, column, 0, change)
    done = subprocess.run(
        [sys.executable, "-m", "reports", *command, str(evidence), "--report-dir", str(report)],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    (line,) = done.stderr.splitlines()
    assert says in line
    assert done.returncode == 2
    assert not (report / "verdict.json").exists()


@pytest.mark.parametrize("recorded", [OBEDIENT], indirect=True, ids=["mailto-00"])
def test_a_copy_without_its_log_is_judged_and_told_of(recorded: Recorded, tmp_path: Path) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    shutil.copy(recorded.strict, live)
    with EvidenceFile.open(live, append=True):
        shutil.copy(live, copy)
    done = subprocess.run(
        [sys.executable, "-m", "reports", "judge", "-q", str(copy), "--report-dir", str(tmp_path)],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "copy-wal, which holds what came last, is not beside it; what is there is judged" in line
    document = json.loads((tmp_path / "verdict.json").read_text())
    assert document["cut-short"] is True
    assert document["evidence"]["lacks"] in line
    assert "holds what came last" in (tmp_path / "report.html").read_text()
