"""What is in a file that strangers made: tables that are not ours, and rows that are not there any more."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import PAGE_SIZE, EvidenceFile
from conformance.record.rows import (
    Contact,
    Fact,
    HiddenSpan,
    Mark,
    Play,
    Run,
    Session,
    Transcript,
    pack_events,
)
from conformance.record.schema import APPLICATION_ID, CLIENTLESS, MOST_ENTRIES, SCHEMA, UNHIDDEN, UNMARKED, schema
from conformance.wire.smtp_events import Event, EventKind

from .strange_evidence import RUN, closed_in, killed_in, refused


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return closed_in(tmp_path)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    return killed_in(tmp_path)


# ---------------------------------------------------------------- the schema


def doctored(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def made(path: Path, sql: str, version: int = SCHEMA) -> None:
    """A file of ours with that schema."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={version}; {sql}")


FOREIGN: Final = {
    "trigger": "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM message; END",
    "view": "CREATE VIEW v AS SELECT * FROM run",
    "table": "CREATE TABLE t (a)",
    "index": "CREATE INDEX i ON run (began)",
    "virtual-table": "CREATE VIRTUAL TABLE t USING rtree(id, a, b)",
    "statistics": "ANALYZE",
}
OTHERWISE: Final = {
    "generated-column": ('"envelope" BLOB NOT NULL', '"envelope" BLOB AS (zeroblob(1000000000)) NOT NULL'),
    "wrong-type": ('"envelope" BLOB NOT NULL', '"envelope" TEXT NOT NULL'),
    "not-strict": (') STRICT;\nCREATE TABLE "message"', ');\nCREATE TABLE "message"'),
    "null": ('"envelope" BLOB NOT NULL', '"envelope" BLOB'),
    "default": ('"envelope" BLOB NOT NULL', "\"envelope\" BLOB NOT NULL DEFAULT x'00'"),
    "check": ('"envelope" BLOB NOT NULL', '"envelope" BLOB NOT NULL CHECK (randomblob(1000000000) IS NOT NULL)'),
    "no-column": (', "envelope" BLOB NOT NULL', ""),
    "no-table": ('CREATE TABLE "run_end" ("run" INTEGER NOT NULL, "t" INTEGER NOT NULL, "reason" TEXT NOT NULL)'
                 ' STRICT;\n', ""),
    "no-index": ('CREATE INDEX transcript_session ON transcript (session, "start");', ""),
    "index-of-an-expression": ('(session, "start");', '(abs(session), "start");'),
    "partial-index": ('(session, "start");', '(session, "start") WHERE session > 3;'),
}  # fmt: skip


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_ours_in_the_schema_is_refused(evidence: Path, name: str, append: bool) -> None:
    doctored(evidence, FOREIGN[name])
    assert "is not ours" in refused(evidence, append=append)


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("name", OTHERWISE)
def test_a_table_made_otherwise_is_refused(evidence: Path, name: str, append: bool) -> None:
    old, new = OTHERWISE[name]
    assert old in schema()
    made(evidence, schema().replace(old, new))
    assert "not made as this program makes evidence" in refused(evidence, append=append)


@pytest.mark.parametrize("append", [False, True])
def test_an_index_that_leaves_rows_out_is_refused(evidence: Path, append: bool) -> None:
    """What is looked up by it would be missing, and nothing else tells."""
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Session(1, 0, "here", "there"), Transcript(1, 1, 0, b"")])
    index = "UPDATE sqlite_schema SET sql = {} WHERE name = 'transcript_session'"
    doctored(evidence, "PRAGMA writable_schema=ON", index.format("sql || ' WHERE 0'"))
    doctored(evidence, "REINDEX transcript_session")
    doctored(evidence, "PRAGMA writable_schema=ON", index.format("substr(sql, 1, length(sql) - 8)"))
    assert "is damaged: row 1 missing from index transcript_session" in refused(evidence, append=append)


def test_a_name_made_to_harm_is_shown_harmless(evidence: Path) -> None:
    doctored(evidence, f'CREATE TABLE "\x1b[2J{"x" * 9999}" (a)')
    line = refused(evidence)
    assert "\\x1b[2J" in line
    assert len(line) < 400


def test_a_schema_without_end_is_not_read_to_its_end(evidence: Path) -> None:
    doctored(evidence, *(f"CREATE TABLE t{i} (a)" for i in range(300)))

    assert "is not ours" in refused(evidence)
    assert MOST_ENTRIES < 100


EARLIER: Final = (schema(UNMARKED), schema(UNMARKED) + "CREATE INDEX message_session ON message (session);")


@pytest.mark.parametrize("sql", EARLIER)
def test_what_earlier_versions_made_is_read_and_continued(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "old.evidence"
    made(path, sql, UNMARKED)
    doctored(path, "INSERT INTO run VALUES (1, 0, '', '', '', '{}')", "INSERT INTO fact VALUES (1, 5, 'a', 'b')")
    with EvidenceFile.open(path) as file:
        assert [fact.value for fact in file.rows(Fact)] == ["b"]
    with EvidenceFile.open(path, append=True) as file:
        file.insert([Fact(1, 6, "a", "c")])
    with EvidenceFile.open(path) as file:
        assert [fact.value for fact in file.rows(Fact)] == ["b", "c"]
        assert [mark.rows for mark in file.rows(Mark)] == [3, 5]


def test_what_the_version_before_made_has_no_clients_and_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "old.evidence"
    made(path, schema(CLIENTLESS), CLIENTLESS)
    doctored(path, "INSERT INTO run VALUES (1, 0, '', '', '', '{}')", "INSERT INTO mark VALUES (1, 2)")
    with EvidenceFile.open(path) as file:
        assert list(file.rows(Contact)) == []
    with EvidenceFile.open(path, append=True) as file:
        file.insert([Play(1, 1, 1, "client/plain"), Contact(1, 1, 2, "ipp://127.0.0.1/", "")])
    with EvidenceFile.open(path) as file:
        assert [contact.uri for contact in file.rows(Contact)] == ["ipp://127.0.0.1/"]


def test_what_hid_no_credentials_is_continued_with_those_that_are_hidden(tmp_path: Path) -> None:
    path = tmp_path / "old.evidence"
    made(path, schema(UNHIDDEN), UNHIDDEN)
    doctored(path, "INSERT INTO run VALUES (1, 0, '', '', '', '{}')", "INSERT INTO mark VALUES (1, 2)")
    with EvidenceFile.open(path) as file:
        assert list(file.rows(HiddenSpan)) == []
    said = pack_events([Event(2, EventKind.CLIENT, b"AUTH PLAIN ****\r\n")])
    with EvidenceFile.open(path, append=True) as file:
        file.insert([Session(1, 1, "", ""), Transcript(1, 1, 0, said), HiddenSpan(1, 1, 11, 15, "login")])
    with EvidenceFile.open(path) as file:
        assert [span.end for span in file.rows(HiddenSpan)] == [15]


def test_an_earlier_schema_under_the_number_of_a_later_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "x", EARLIER[0], SCHEMA)
    assert "lacks contact" in refused(tmp_path / "x")


# ---------------------------------------------------------------- what is missing


def test_a_file_closed_in_order_is_all_there_is(evidence: Path) -> None:
    assert [path.name for path in evidence.parent.iterdir()] == [evidence.name]
    with EvidenceFile.open(evidence) as file:
        assert file.lacks == ""


def test_a_copy_without_its_log_is_told_of(tmp_path: Path) -> None:
    with EvidenceFile.create(tmp_path / "live") as file:
        file.insert([RUN])
        file._db.execute("PRAGMA wal_checkpoint").fetchall()  # what was logged up to now is moved into the file
        file.insert([Fact(1, 1, "late", "lost")])
        shutil.copyfile(tmp_path / "live", tmp_path / "copy")
    with EvidenceFile.open(tmp_path / "copy") as file:
        assert list(file.rows(Run)) == [RUN]
        assert list(file.rows(Fact)) == []
        assert "copy-wal, which holds what came last, is not beside it" in file.lacks
    (tmp_path / "copy-wal").touch()  # as empty as that
    with EvidenceFile.open(tmp_path / "copy") as file:
        assert file.lacks


def test_a_copy_of_which_nothing_is_left_without_its_log_is_told_of(killed: Path) -> None:
    Path(f"{killed}-wal").unlink()
    assert "killed.evidence-wal, which holds what came last, is not beside it" in refused(killed)


def test_a_killed_run_with_its_log_lacks_nothing(killed: Path) -> None:
    with EvidenceFile.open(killed) as file:
        assert file.lacks == ""


def test_a_continued_file_that_was_killed_at_once_lacks_nothing(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence, append=True):
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{evidence}{suffix}", tmp_path / f"copy{suffix}")
    with EvidenceFile.open(tmp_path / "copy") as file:
        assert file.lacks == ""
        assert list(file.rows(Run)) == [RUN]


@pytest.mark.parametrize("statement", ["DELETE FROM fact WHERE name='b'", "INSERT INTO fact VALUES (1, 1, 'd', '')"])
def test_rows_taken_out_or_put_in_are_told_of(evidence: Path, statement: str) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Fact(1, 1, name, "") for name in "abc"])
    doctored(evidence, statement)
    assert "rows, and says that there are 7" in refused(evidence)


def test_pages_of_two_moments_are_told_of(tmp_path: Path) -> None:
    """A copy made while SQLite moved its log into the file: some pages are new and some are old."""
    live, pages = tmp_path / "live", []
    with EvidenceFile.create(live) as file:
        for number in (1, 2):
            file.insert([RUN] if number == 1 else [Fact(1, number, "a", "b")])
            file._db.execute("PRAGMA wal_checkpoint").fetchall()
            octets = live.read_bytes()
            pages.append([octets[at : at + PAGE_SIZE] for at in range(0, len(octets), PAGE_SIZE)])
    old, new = pages
    changed = [at for at, page in enumerate(new) if page != old[at]]
    assert len(changed) == 2  # the facts and the marks
    for at in changed:
        (tmp_path / "torn").write_bytes(b"".join([*new[:at], old[at], *new[at + 1 :]]))
        assert "rows, and says that there are" in refused(tmp_path / "torn")


def test_a_log_beside_a_file_that_was_closed_is_refused(evidence: Path, killed: Path) -> None:
    shutil.copyfile(f"{killed}-wal", f"{evidence}-wal")
    assert "was closed without one" in refused(evidence)


def test_a_log_that_is_none_is_refused(killed: Path) -> None:
    Path(f"{killed}-wal").write_bytes(b"x" * 100)
    assert "is no log of SQLite's" in refused(killed)
