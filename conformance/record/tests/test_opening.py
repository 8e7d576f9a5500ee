"""Files that strangers made, and what they laid beside them: SQLite is not let near what it would act on."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

import pytest

from conformance.record import opening
from conformance.record.evidence import PAGE_SIZE, EvidenceFile
from conformance.record.locking import hold
from conformance.record.rows import (
    Contact,
    EvidenceError,
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

RUN: Final = Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/")
JOURNAL_MAGIC: Final = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
SECTOR: Final = 512


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A small file, closed in order."""
    path = tmp_path / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([RUN])
    return path


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A small file with its log, as a run that was killed leaves them."""
    path = tmp_path / "killed.evidence"
    with EvidenceFile.create(tmp_path / "live") as file:
        file.insert([RUN])
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{tmp_path / 'live'}{suffix}", f"{path}{suffix}")
    return path


def refused(path: Path, *, append: bool = False) -> str:
    """The one line it is refused with."""
    with pytest.raises(EvidenceError) as caught:
        EvidenceFile.open(path, append=append)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.hint
    return line


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


# ---------------------------------------------------------------- beside the file


def hot_journal(evidence: Path, victim: Path) -> None:
    """A journal that SQLite plays back when it opens the file; it then deletes the super-journal that it names."""
    name = os.fsencode(victim)
    head = JOURNAL_MAGIC + struct.pack(">5I", 0, 0, evidence.stat().st_size // PAGE_SIZE, SECTOR, PAGE_SIZE)
    named = struct.pack(">I", 2**30 // PAGE_SIZE + 1) + name + struct.pack(">2I", len(name), sum(name)) + JOURNAL_MAGIC
    Path(f"{evidence}-journal").write_bytes(head.ljust(SECTOR, b"\0") + named)


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("log", [False, True])
def test_a_journal_beside_it_deletes_nothing(evidence: Path, tmp_path: Path, append: bool, log: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    hot_journal(evidence, victim)
    if log:
        Path(f"{evidence}-wal").touch()
    before = contents(tmp_path)
    assert "-journal is there" in refused(evidence, append=append)
    assert contents(tmp_path) == before


def test_that_journal_would_have_deleted_it(evidence: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    hot_journal(evidence, victim)
    with closing(sqlite3.connect(evidence)) as db:
        db.execute("SELECT * FROM run")
    assert not victim.exists()


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("append", [False, True])
def test_a_link_beside_it_is_not_followed(evidence: Path, tmp_path: Path, suffix: str, append: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    Path(f"{evidence}{suffix}").symlink_to(victim)
    assert "symbolic link" in refused(evidence, append=append)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_file_with_another_name_is_read_and_not_written_to(killed: Path, tmp_path: Path, suffix: str) -> None:
    other = tmp_path / "other"
    if suffix == "-shm":
        other.write_text("precious")
        Path(f"{killed}-shm").hardlink_to(other)
    else:
        other.hardlink_to(f"{killed}{suffix}")
    before = other.read_bytes()
    assert f"{killed.name}{suffix} has another name, too" in refused(killed, append=True)
    EvidenceFile.open(killed).close()
    assert other.read_bytes() == before


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_new_file_is_not_made_where_something_waits_for_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "run.evidence"
    Path(f"{path}{suffix}").symlink_to(tmp_path / "victim")
    with pytest.raises(EvidenceError, match="is there"):
        EvidenceFile.create(path)
    assert not path.exists()
    assert not (tmp_path / "victim").exists()


def test_what_a_killed_run_left_is_judged_and_stays_as_it_was(killed: Path) -> None:
    before = contents(killed.parent)
    with EvidenceFile.open(killed) as file:
        assert list(file.rows(Run)) == [RUN]
        assert contents(killed.parent) == before
    assert contents(killed.parent) == before


def test_the_private_copy_is_gone_when_the_file_is_closed(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    with EvidenceFile.open(killed):
        (copy,) = copies.iterdir()
        assert copy.stat().st_mode & 0o077 == 0
    assert not list(copies.iterdir())
    killed.write_bytes(killed.read_bytes()[:5000])
    os.truncate(f"{killed}-wal", 0)
    assert "lacks" in refused(killed)
    assert not list(copies.iterdir())


def test_a_copy_for_which_there_is_no_room_is_told(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10))
    assert "no room" in refused(killed)


def test_a_file_that_changes_while_it_is_copied_is_copied_again(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying, changes = shutil.copyfileobj, iter([1, 2, 3])

    def meanwhile(source: BinaryIO, target: BinaryIO) -> None:
        copying(source, target)
        if (change := next(changes, None)) is not None:
            os.utime(killed, (0, change))

    monkeypatch.setattr(shutil, "copyfileobj", meanwhile)
    with EvidenceFile.open(killed) as file:
        assert list(file.rows(Run)) == [RUN]
    assert next(changes, None) is None


def test_a_file_that_never_stands_still_is_told(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr(shutil, "copyfileobj", lambda *_: os.utime(killed, (0, next(ticks))))
    assert "without a pause" in refused(killed)


def test_a_file_closed_in_order_is_read_where_it_lies(evidence: Path) -> None:
    before = contents(evidence.parent)
    with EvidenceFile.open(evidence) as file:
        assert list(file.rows(Run)) == [RUN]
        assert contents(evidence.parent) == before


# ---------------------------------------------------------------- one writer


def test_a_second_writer_is_refused_and_a_reader_is_not(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Fact(1, 1, "a", "b")])
        assert "another run or recipient is writing to" in refused(evidence, append=True)
        with EvidenceFile.open(evidence) as reader:
            assert [fact.name for fact in reader.rows(Fact)] == ["a"]
        file.insert([Fact(1, 2, "a", "b")])
    with EvidenceFile.create(tmp_path / "new"):
        assert "another run or recipient is writing to" in refused(tmp_path / "new", append=True)
    EvidenceFile.open(evidence, append=True).close()
    assert {path.name for path in tmp_path.iterdir()} == {evidence.name, "new"}


def test_a_file_that_is_made_is_locked_before_it_is_there(tmp_path: Path) -> None:
    lock = hold(tmp_path / "new")
    with pytest.raises(EvidenceError, match="another run or recipient"):
        EvidenceFile.create(tmp_path / "new")
    lock.release()
    EvidenceFile.create(tmp_path / "new").close()


def test_a_file_that_cannot_be_made_is_not_left_half_made(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot write"):
        opening.to_fill(tmp_path / "new", "CREATE TABLE a (b); CREATE TABLE a (b);")
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_run_hinders_nobody(evidence: Path) -> None:
    Path(f"{evidence}-lock").touch()
    EvidenceFile.open(evidence, append=True).close()
    assert [path.name for path in evidence.parent.iterdir()] == [evidence.name]


def test_a_lock_that_was_taken_away_meanwhile_is_taken_anew(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, flock, others = hold(evidence), fcntl.flock, iter([True])

    def late(number: int, how: int) -> None:
        if next(others, False):
            first.release()  # between our opening of the lock file and our lock on it
        flock(number, how)

    monkeypatch.setattr(fcntl, "flock", late)
    second = hold(evidence)
    with pytest.raises(EvidenceError):
        hold(evidence)
    second.release()


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("victim"), os.mkfifo, Path.mkdir])
def test_what_stands_where_the_lock_belongs_is_told(evidence: Path, make: Callable[[Path], None]) -> None:
    make(Path(f"{evidence}-lock"))
    assert "-lock" in refused(evidence, append=True)
    assert not (evidence.parent / "victim").exists()
    EvidenceFile.open(evidence).close()


# ---------------------------------------------------------------- no regular file


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _link(path: Path) -> None:
    EvidenceFile.create(path.with_name("true")).close()
    path.symlink_to("true")


@pytest.mark.parametrize(
    ("make", "says"),
    [(Path.mkdir, "a directory"), (_fifo, "a pipe"), (_socket, "a socket"), (_link, "a symbolic link")],
)
@pytest.mark.parametrize("append", [False, True])
def test_what_is_no_regular_file_is_told(tmp_path: Path, make: Callable[[Path], None], says: str, append: bool) -> None:
    make(tmp_path / "x")
    assert says in refused(tmp_path / "x", append=append)


def test_a_device_is_not_read() -> None:
    assert "a device" in refused(Path("/dev/zero"))


def test_a_file_that_may_not_be_read_is_told(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert "cannot open" in refused(evidence)


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


# ---------------------------------------------------------------- limits


def test_nothing_can_be_attached(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence) as file, pytest.raises(sqlite3.OperationalError, match="too many attached"):
        file._db.execute(f"ATTACH '{tmp_path / 'other'}' AS other")


def test_no_value_is_larger_than_the_file(evidence: Path) -> None:
    with EvidenceFile.open(evidence) as file, pytest.raises(sqlite3.DataError, match="too big"):
        file._db.execute("SELECT zeroblob(1000000)").fetchone()


def test_a_file_that_is_continued_takes_what_is_larger_than_it_was(evidence: Path) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Fact(1, 0, "long", "x" * 1_000_000)])
    with EvidenceFile.open(evidence) as file:
        assert [len(fact.value) for fact in file.rows(Fact)] == [1_000_000]
