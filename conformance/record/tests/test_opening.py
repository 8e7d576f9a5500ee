"""Files that strangers made, and what they laid beside them: SQLite is not let near what it would act on."""

from __future__ import annotations

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

from conformance.record.evidence import PAGE_SIZE, EvidenceFile
from conformance.record.rows import EvidenceError, Fact, Run
from conformance.record.schema import APPLICATION_ID, MOST_ENTRIES, SCHEMA, schema

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


def made_otherwise(path: Path, old: str, new: str) -> None:
    """A file of our schema but for this."""
    assert old in schema()
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA};")
        db.executescript(schema().replace(old, new))


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
    made_otherwise(evidence, *OTHERWISE[name])
    assert "not made as this program makes evidence" in refused(evidence, append=append)


def test_a_name_made_to_harm_is_shown_harmless(evidence: Path) -> None:
    doctored(evidence, f'CREATE TABLE "\x1b[2J{"x" * 9999}" (a)')
    line = refused(evidence)
    assert "\\x1b[2J" in line
    assert len(line) < 400


def test_a_schema_without_end_is_not_read_to_its_end(evidence: Path) -> None:
    doctored(evidence, *(f"CREATE TABLE t{i} (a)" for i in range(300)))

    assert "is not ours" in refused(evidence)
    assert MOST_ENTRIES < 100


def test_the_schema_with_an_index_that_nobody_asked_is_still_ours(evidence: Path) -> None:
    doctored(evidence, "CREATE INDEX message_session ON message (session)")
    with EvidenceFile.open(evidence) as file:
        assert list(file.rows(Run)) == [RUN]


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
